"""What a link leads to, as HTML: pictures as a gallery, everything else as a list, and a page for each picture, film and song, with nothing but a
browser. Every word that came from outside goes through ``escape``; all others stand in strings/."""
import mimetypes
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from appliance.http import html

_UPLOADS, _PICTURES = "/s/upload.js", "/s/pictures.js"
_THUMB, _LARGE = "preview=1&x=256&y=256&processor=thumbnail", "preview=1&x=1920&y=1920&processor=fit"
_ICONS = {"folder": "M3 6.5A1.5 1.5 0 0 1 4.5 5h4l2 2.5h9A1.5 1.5 0 0 1 21 9v9.5A1.5 1.5 0 0 1 19.5 20h-15A1.5 1.5 0 0 1 3 18.5z",
          "file": "M6 3h8l5 5v12a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1zM14 3v5h5",
          "picture": "M4.5 4h15A1.5 1.5 0 0 1 21 5.5v13a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18.5v-13A1.5 1.5 0 0 1 4.5 4zM3 16l5-5 8 9M14 14l2.5-2.5L21 16M15.5 8.5h.01"}


def password(words, token, alert=""):
    """Ask for the password of a link."""
    field = html.field("password", words["password"], "", 'type="password" required maxlength="256" autocomplete="current-password" autofocus')
    return html.page(words, words["password_title"], f'<p>{escape(words["password_why"])}</p>\n' + html.form(f"/s/{token}", (field,), words["open"]), alert)


def single(words, token, path, node, link, nodes, supports):
    """One file: shown as far as a browser can, and to be downloaded. ``nodes`` are all in its folder: one goes from picture to picture."""
    href, kind = f"/dav/public-files/{token}/{quote(path)}", _kind(node, supports)
    shown = {"picture": f'<img src="{escape(f"{href}?{_LARGE}")}" alt="{escape(node.name)}">', "film": f'<video src="{escape(href)}" controls preload="metadata"></video>',
             "sound": f'<audio src="{escape(href)}" controls preload="metadata"></audio>'}.get(kind, "")
    body = f'<div class="shown">{shown}</div>\n' if shown else ""
    body += f'<p class="note">{escape(html.size(words["lang"], node.size))}, {_day(words, node)}</p>\n'
    body += f'<p class="buttons"><a class="button" href="{escape(href)}" download>{escape(words["download"])}</a></p>\n'
    folder = path.rpartition("/")[0]
    scripts = ()
    if kind == "picture":
        body, scripts = body + _NO_PICTURE, (_PICTURES,)
    return html.page(words, node.name, _turns(words, token, folder, node, nodes, supports) + body + _end(words, link), scripts=scripts, wide=bool(shown),
                     way=_place(token, folder, words["all"]) if nodes else ())


def folder(words, token, path, here, link, nodes, more, adds, id, supports):
    """A folder: what is in it, all of it as an archive, and a place to put something into it, as far as the link lets do that."""
    drop = link.kind == "createOnly"
    title = link.name if link.name and not path else here.name
    body = (_crumbs(words, f"/s/{token}", path) if path else "") + (_uploads(words, token, path, drop) if adds else "")
    seen = [] if drop else [node for node in nodes if _kind(node, supports) == "picture"]
    if not drop:
        if nodes:
            archive = f"/archiver?public-token={token}&id={quote(id, safe='')}"
            body += f'<p class="buttons"><a class="button quiet" href="{escape(archive)}" download>{escape(words["archive"])}</a></p>\n'
        others = [_row(words, token, path, node, supports) for node in nodes if node not in seen]
        if seen:
            body += f'<ul class="gallery" aria-label="{escape(words["pictures"])}">\n{"".join(_tile(token, path, node) for node in seen)}</ul>\n{_NO_PICTURE}'
        if others or not seen:
            rows = "".join(others) or f'<li class="empty">{escape(words["empty"])}</li>\n'
            body += f'<ul class="things" aria-label="{escape(words["files"])}">\n{rows}</ul>\n'
        if more:
            body += f'<p role="status">{escape(words["more"])}</p>\n'
    return html.page(words, title, body + _end(words, link), scripts=(*((_UPLOADS,) if adds else ()), *((_PICTURES,) if seen else ())), wide=bool(seen))


def refusal(words, text):
    """Nothing to see."""
    return html.page(words, words["refused_title"], "", text)


def _kind(node, supports):
    """How a browser can show a file: as a picture, a film or a sound; "" for not at all."""
    kind = "" if node.folder else (mimetypes.guess_type(node.name)[0] or "").partition("/")[0]
    return {"image": "picture" if supports(node.name) else "", "video": "film", "audio": "sound"}.get(kind, "")


def _place(token, path, text):
    return f"/s/{token}" + (f"/{quote(path)}" if path else ""), text


def _turns(words, token, folder, node, nodes, supports):
    """The picture before and the one after."""
    shown = [each for each in nodes if _kind(each, supports)]
    at = next((place for place, each in enumerate(shown) if each.id == node.id), None)
    if at is None or len(shown) < 2:
        return ""

    def turn(place, label, rel):
        address = _place(token, "/".join(filter(None, (folder, shown[place].name))), "")[0] if 0 <= place < len(shown) else ""
        return f'<a class="button quiet" rel="{rel}" href="{escape(address)}">{escape(label)}</a>' if address else "<span></span>"
    return f'<nav class="turn" aria-label="{escape(words["turn"])}">{turn(at - 1, words["before"], "prev")}{turn(at + 1, words["after"], "next")}</nav>\n'


def _tile(token, path, node):
    below = "/".join(filter(None, (path, node.name)))
    source = f"/dav/public-files/{token}/{quote(below)}?{_THUMB}"
    return (f'<li><a href="{escape(_place(token, below, "")[0])}"><img src="{escape(source)}" alt="" loading="lazy" width="256" height="256">'
            f'{html.name(node.name)}</a></li>\n')


def _row(words, token, path, node, supports):
    below = "/".join(filter(None, (path, node.name)))
    place = "/s" if node.folder or _kind(node, supports) else "/dav/public-files"
    facts = words["folder"] if node.folder else html.size(words["lang"], node.size)
    kind = "folder" if node.folder else "file"
    return (f'<li><a class="row" href="{escape(f"{place}/{token}/{quote(below)}")}"{"" if place == "/s" else " download"}>{_icon(kind)}<span>{html.name(node.name)}'
            f' <small>{escape(facts)}, {_day(words, node)}</small></span></a></li>\n')


def _icon(kind):
    return (f'<svg class="{kind}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.6" stroke-linejoin="round" aria-hidden="true">'
            f'<path d="{_ICONS[kind]}"></path></svg>')


_NO_PICTURE = f'<template id="no-picture">{_icon("picture")}</template>\n'     # in place of one that cannot be drawn


def _crumbs(words, top, path):
    parts = path.split("/")
    steps = [(top, words["top"])] + [(f"{top}/{quote('/'.join(parts[:place]))}", parts[place - 1]) for place in range(1, len(parts))]
    return f'<nav aria-label="{escape(words["way"])}"><p>' + " / ".join(
        f'<a href="{escape(href)}">{html.name(name)}</a>' for href, name in steps) + "</p></nav>\n"


def _uploads(words, token, path, drop):
    said = "".join(f' data-{name}="{escape(words["upload_" + name])}"' for name in ("done", "failed", "refused", "full", "waiting", "again"))
    folder = "/".join(filter(None, (f"/dav/public-files/{token}", quote(path))))
    return (f'<section id="uploads" data-folder="{escape(folder)}"{said}>\n<p>{escape(words["drop_why" if drop else "upload_why"])}</p>\n'
            f'<p class="drop"><label for="files">{escape(words["choose"])}<span class="by-mouse">{escape(words["or_drop"])}</span></label>\n<input id="files" type="file" multiple></p>\n'
            f'<noscript><p role="alert">{escape(words["no_script"])}</p></noscript>\n<ul class="things" id="tray" aria-live="polite"></ul>\n</section>\n')


def _end(words, link):
    return f'<p class="note">{escape(words["until"].format(day=_date(words, link.expires)))}</p>\n' if link.expires else ""


def _day(words, node):
    return f"<time>{_date(words, node.mtime_ns // 1_000_000_000)}</time>"


def _date(words, seconds):
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%d.%m.%Y" if words["lang"] == "de" else "%Y-%m-%d")
    except (ValueError, OverflowError):
        return ""
