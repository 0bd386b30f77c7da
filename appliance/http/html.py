"""The pieces of the server's own pages, which need no script. Every word that came from outside goes through ``escape``."""
import re
from html import escape
from io import BytesIO

STYLE = "/account/account.css"                      # of all of them
_TURNING = re.compile("[\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069]")
_FLAME = ('<svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true"><path d="M12 3c1 3.5 5.5 5.5 5.5 11a5.5 5.5 0 0 1-11 0c0-2.2 1-3.7 2-4.7.2 1.7 1 2.7 '
          '2 3.2C10.3 9.5 10.5 6 12 3z"></path></svg>')


def page(words, title, body, alert="", scripts=(), done="", above="", wide=False, way=""):
    """A whole page; ``alert`` is what went wrong, ``done`` what went well, ``above`` stands before the title, ``way`` is a place to go
    back to: ``(address, text)``, and ``scripts`` are addresses of modules."""
    alert = words.get("said", {}).get(alert, alert)  # what the house says in English, in their language
    alert = f'<p role="alert">{escape(alert)}</p>\n' if alert else ""
    done = f'<p role="status">{escape(done)}</p>\n' if done else ""
    theme = f' data-theme="{words["theme"]}"' if words["theme"] else ""
    back = f'<a href="{escape(way[0])}">{escape(way[1])}</a>' if way else ""
    loaded = "".join(f'<script type="module" src="{each}"></script>\n' for each in scripts)
    return (f'<!doctype html>\n<html lang="{words["lang"]}"{theme}>\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="theme-color" content="#faf8f6" media="(prefers-color-scheme: light)">\n'
            '<meta name="theme-color" content="#171412" media="(prefers-color-scheme: dark)">\n'
            f"<title>{escape(legible(title))} – Hearth</title>\n"
            f'<link rel="icon" href="/icon.svg" type="image/svg+xml">\n<link rel="stylesheet" href="{STYLE}">\n{loaded}</head>\n<body>\n'
            f'<header class="top"><span class="brand">{_FLAME}Hearth</span>{back}</header>\n'
            f'<main{" class=wide" if wide else ""}>\n{above}<h1>{name(title)}</h1>\n{alert}{done}{body}</main>\n</body>\n</html>\n').encode()


def legible(name):
    """A name as it is shown: the marks that turn the direction of what follows are seen and turn nothing, else ``a\\u202egpj.exe`` would look like a picture."""
    return _TURNING.sub("\ufffd", name)


def name(text):
    """A name from outside, which may be written in any direction."""
    return f"<bdi>{escape(legible(text))}</bdi>"


def form(action, parts, label, quiet=False, of=""):
    """A form that is sent by one button; ``of`` says to a screen reader what it is about."""
    name = f' aria-label="{escape(label)}: {escape(of)}"' if of else ""
    kind = ' class="quiet"' if quiet else ""
    return f'<form method="post" action="{escape(action)}">\n{"".join(parts)}<p><button type="submit"{kind}{name}>{escape(label)}</button></p>\n</form>\n'


def field(name, label, value, attributes, hint="", id=None):
    """A field with its label, and a hint beneath; ``id`` where a page has two of that name."""
    id = id or name
    described = f' aria-describedby="{id}-hint"' if hint else ""
    small = f'\n<small id="{id}-hint">{escape(hint)}</small>' if hint else ""
    kind = "" if "type=" in attributes else 'type="text" '
    return (f'<p><label for="{id}">{escape(label)}</label>\n'
            f'<input id="{id}" name="{name}" value="{escape(value)}" {kind}{attributes}{described}>{small}</p>\n')


def choice(name, label, options, chosen="", hint="", id=None):
    """A field to choose from ``options``: ``(value, text)``."""
    id = id or name
    described = f' aria-describedby="{id}-hint"' if hint else ""
    small = f'\n<small id="{id}-hint">{escape(hint)}</small>' if hint else ""
    listed = "".join(f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>' for value, text in options)
    return f'<p><label for="{id}">{escape(label)}</label>\n<select id="{id}" name="{name}"{described}>{listed}</select>{small}</p>\n'


def tick(name, label, on=False, value="1", id=None):
    """A box to tick."""
    id = id or name
    return (f'<p class="tick"><input type="checkbox" id="{escape(id)}" name="{name}" value="{escape(value)}"{" checked" if on else ""}> '
            f'<label for="{escape(id)}">{escape(label)}</label></p>\n')


def hidden(name, value):
    """What a form carries along."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">\n'


def qr(text, label):
    """A QR code as an inline picture."""
    return f'<div class="qr" role="img" aria-label="{escape(label)}">{qr_svg(text).decode()}</div>\n'


def qr_svg(text):
    """A QR code as the bytes of an SVG, dark on light in every theme."""
    import segno
    drawn = BytesIO()
    segno.make(text, micro=False, error="m").save(drawn, kind="svg", scale=5, border=3, xmldecl=False, svgns=True, nl=False, omitsize=True,
                                                  dark="#000", light="#fff")
    return drawn.getvalue()


def button(address, label, quiet=False):
    """A link that looks like a button."""
    return f'<a class="button{" quiet" if quiet else ""}" href="{escape(address)}">{escape(label)}</a>'


def part(title, body, id=""):
    """A part of a page under its own heading; ``id`` makes a place that one can be sent to."""
    return f'<section{f" id={id}" if id else ""}>\n<h2>{escape(title)}</h2>\n{body}</section>\n'


def things(rows):
    """A list of things, each a line of HTML; "" where there is none."""
    return f'<ul class="things">\n{"".join(rows)}</ul>\n' if rows else ""


def fours(text):
    """A secret in groups of four, to be read and typed."""
    return " ".join(text[start:start + 4] for start in range(0, len(text), 4))


def size(lang, bytes):
    """A number of bytes for people: 1.4 MB."""
    size, unit = float(bytes), 0
    while size >= 1000 and unit < 4:
        size, unit = size / 1000, unit + 1
    text = f"{size:.0f}" if unit == 0 or size >= 100 else f"{size:.1f}"
    return f"{text.replace('.', ',') if lang == 'de' else text} {('B', 'kB', 'MB', 'GB', 'TB')[unit]}"
