"""What a link leads to, as HTML. Every word that came from outside goes through ``escape``; all others stand in strings/."""
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote


def page(words, title, body, alert="", script=False):
    """A whole page; ``alert`` is what went wrong."""
    alert = f'<p role="alert">{escape(alert)}</p>\n' if alert else ""
    script = '<script type="module" src="/s/upload.js"></script>\n' if script else ""
    return (f'<!doctype html>\n<html lang="{words["lang"]}">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f'<title>{escape(title)} – Hearth</title>\n<link rel="stylesheet" href="/s/links.css">\n{script}</head>\n<body>\n<main>\n'
            f'<h1><bdi>{escape(title)}</bdi></h1>\n{alert}{body}</main>\n</body>\n</html>\n').encode()


def password(words, token, alert=""):
    """Ask for the password of a link."""
    return page(words, words["password_title"], f'<p>{escape(words["password_why"])}</p>\n<form method="post" action="/s/{escape(token)}">\n'
                f'<p><label for="password">{escape(words["password"])}</label>\n'
                '<input id="password" name="password" type="password" required maxlength="256" autocomplete="current-password" autofocus></p>\n'
                f'<p><button type="submit">{escape(words["open"])}</button></p>\n</form>\n', alert)


def single(words, token, node, link):
    """A file, to be downloaded."""
    href = f"/dav/public-files/{token}/{quote(node.name)}"
    return page(words, node.name, f'<p>{escape(_size(words, node.size))}, {_day(node)}</p>\n<p><a class="button" href="{escape(href)}" download>'
                f'{escape(words["download"])}</a></p>\n{_end(words, link)}')


def folder(words, token, path, here, link, nodes, more, adds, id, top):
    """A folder: what is in it, all of it as an archive, and a place to put something into it, as far as the link lets do that."""
    drop = link.kind == "createOnly"
    title = link.name if link.name and not path else here.name
    crumbs = _crumbs(words, top, path) if path else ""
    body = crumbs + (_uploads(words, token, path, drop) if adds else "")
    if not drop:
        rows = "".join(_row(words, token, path, node) for node in nodes) or f'<li class="empty">{escape(words["empty"])}</li>\n'
        body += f'<ul class="things" aria-label="{escape(words["files"])}">\n{rows}</ul>\n'
        if more:
            body += f'<p role="status">{escape(words["more"])}</p>\n'
        if nodes:
            archive = f"/archiver?public-token={token}&id={quote(id, safe='')}"
            body += f'<p><a class="button quiet" href="{escape(archive)}" download>{escape(words["archive"])}</a></p>\n'
    return page(words, title, body + _end(words, link), script=adds)


def refusal(words, text):
    """Nothing to see."""
    return page(words, words["refused_title"], "", text)


def _row(words, token, path, node):
    below = "/".join(filter(None, (path, node.name)))
    place = "/s" if node.folder else "/dav/public-files"
    facts = words["folder"] if node.folder else _size(words, node.size)
    return (f'<li><a href="{escape(f"{place}/{token}/{quote(below)}")}"{"" if node.folder else " download"}><bdi>{escape(node.name)}</bdi></a>'
            f' <small>{escape(facts)}, {_day(node)}</small></li>\n')


def _crumbs(words, top, path):
    parts = path.split("/")
    steps = [(top, words["top"])] + [(f"{top}/{quote('/'.join(parts[:place]))}", parts[place - 1]) for place in range(1, len(parts))]
    return f'<nav aria-label="{escape(words["way"])}"><p>' + " / ".join(
        f'<a href="{escape(href)}"><bdi>{escape(name)}</bdi></a>' for href, name in steps) + "</p></nav>\n"


def _uploads(words, token, path, drop):
    said = "".join(f' data-{name}="{escape(words["upload_" + name])}"' for name in ("done", "failed", "refused", "full", "waiting", "again"))
    folder = "/".join(filter(None, (f"/dav/public-files/{token}", quote(path))))
    return (f'<section id="uploads" data-folder="{escape(folder)}"{said}>\n<p>{escape(words["drop_why" if drop else "upload_why"])}</p>\n'
            f'<p class="drop"><label for="files">{escape(words["choose"])}</label>\n<input id="files" type="file" multiple></p>\n'
            f'<noscript><p role="alert">{escape(words["no_script"])}</p></noscript>\n<ul class="things" id="tray" aria-live="polite"></ul>\n</section>\n')


def _end(words, link):
    return f'<p class="note">{escape(words["until"].format(day=_date(link.expires)))}</p>\n' if link.expires else ""


def _size(words, bytes):
    size, unit = float(bytes), 0
    while size >= 1000 and unit < 4:
        size, unit = size / 1000, unit + 1
    text = f"{size:.0f}" if unit == 0 or size >= 100 else f"{size:.1f}"
    return f"{text.replace('.', words['point'])} {('B', 'kB', 'MB', 'GB', 'TB')[unit]}"


def _day(node):
    return f"<time>{_date(node.mtime_ns // 1_000_000_000)}</time>"


def _date(seconds):
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    except (ValueError, OverflowError):
        return ""
