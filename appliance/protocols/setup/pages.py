"""The pages of the set-up, as HTML. Every word that came from outside goes through ``escape``; all others stand in strings/."""
from html import escape
from urllib.parse import quote, urlsplit

from appliance.http import html, language
from appliance.identity import STEPS

_SCRIPT = "/account/page.js"                        # buttons to print and copy, and a page that looks again
_AGAIN = 10                                         # seconds after which it does
_NEW = 'type="password" required minlength="8" maxlength="256" autocomplete="new-password"'


def welcome(words, url, empty):
    """What this is and how to connect; ``empty`` while nobody has an account."""
    wait = f'<p>{escape(words["nobody_yet"])}</p>\n<p>{html.button("/setup", words["begin"])}</p>\n' if empty else ""
    return html.page(words, words["welcome"], f'<p class="lead">{escape(words["what"])}</p>\n{wait}{_connect(words, url)}')


def code(words, alert=""):
    """Ask for the code."""
    field = html.field("code", words["code"], "", 'required maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false" autofocus')
    return html.page(words, words["code_title"], f'<p>{escape(words["code_why"])}</p>\n<form method="get" action="/setup">\n{field}'
                     f'<p><button type="submit">{escape(words["go_on"])}</button></p>\n</form>\n'
                     f'<p class="note">{escape(words["code_command"])} <code>hearth setup --admin NAME --password-stdin</code></p>\n', alert)


def form(words, code, name="", display_name="", alert=""):
    """Ask for the first account."""
    here, wrong = quote(code), ' aria-invalid="true"' if alert else ""
    others = " · ".join(f'<a href="/setup?code={escape(here)}&amp;lang={lang}" lang="{lang}" hreflang="{lang}">{escape(called)}</a>'
                        for lang, called in language.NAMES.items() if lang != words["lang"])
    fields = (
        html.hidden("code", code), html.hidden("lang", words["lang"]),
        html.field("display_name", words["display_name"], display_name, 'maxlength="255" autocomplete="name" autofocus', words["display_name_hint"]),
        html.field("name", words["name"], name, f'required maxlength="64" autocomplete="username" autocapitalize="none" spellcheck="false"{wrong}', words["name_hint"]),
        html.field("password", words["password"], "", _NEW + wrong, words["password_hint"]),
        html.field("again", words["again"], "", _NEW + wrong))
    return html.page(words, words["account_title"], f'<p class="lead">{escape(words["account_why"])}</p>\n<p>{others}</p>\n'
                     + html.form("/setup", fields, words["account_make"])
                     + f'<p>{escape(words["restore_why"])} <a href="/setup/restore?code={escape(here)}&amp;lang={words["lang"]}">{escape(words["restore_title"])}</a></p>\n',
                     alert, above=_steps(words, 0))


def restore(words, code, said, alert=""):
    """Ask where a backup lies and for its key, as they stand on the recovery sheet."""
    plain = 'autocomplete="off" autocapitalize="none" spellcheck="false"'
    fields = (html.hidden("code", code), html.hidden("lang", words["lang"]),
              html.field("place", words["restore_place"], said.get("place", ""), f'required maxlength="1000" {plain} autofocus', words["restore_place_hint"]),
              html.field("key", words["restore_key"], said.get("key", ""), f'required maxlength="100" {plain}', words["restore_key_hint"]))
    more = (html.field("access", words["restore_access"], said.get("access", ""), f'maxlength="200" {plain}', words["restore_access_hint"]),
            html.field("secret", words["restore_secret"], "", 'type="password" maxlength="200" autocomplete="off"'))
    return html.page(words, words["restore_title"], f'<p class="lead">{escape(words["restore_what"])}</p>\n' + html.form("/setup/restore", (*fields, *more), words["restore_begin"]),
                     alert, way=(f"/setup?code={quote(code)}&lang={words['lang']}", words["back"]))


def restoring(words, code):
    """It goes on; the page looks again by itself, with a script only where the box answers: it starts anew in the end."""
    here = escape(f"/setup/restore?code={quote(code)}&lang={words['lang']}")
    return html.page(words, words["restore_title"], f'<noscript><meta http-equiv="refresh" content="{_AGAIN}; url={here}"></noscript>\n'
                     f'<p role="status" data-again="{_AGAIN}" data-at="{here}">{escape(words["restore_running"])}</p>\n<progress aria-label="{escape(words["restore_title"])}"></progress>\n'
                     f'<p>{escape(words["restore_after"])} <a href="/">{escape(words["to_files"])}</a></p>\n', scripts=(_SCRIPT,))


def factor(words, state, secure):
    """Offer a second factor; the pages of the account do it and lead back here."""
    here = "/setup/factor"
    app = f"/account/app?continue={quote(here, safe='')}"
    if state.any:
        body = f'<p role="status">{escape(words["factor_there"])}</p>\n'
    else:
        body = f'<p class="lead">{escape(words["factor_why"])}</p>\n<p>{html.button(app, words["factor_app"])}</p>\n'
    if secure:
        body += html.form("/account/passkey", (html.hidden("continue", here), html.hidden("label", words["passkey_label"])), words["passkey"], quiet=True)
    return _page(words, "factor", words["factor_title"], body + _go(words, "factor", words["go_on"] if state.any else words["later"]))


def place(words, path, total, free, kind, card):
    """Say where the data lies."""
    used = max(0, total - free)
    body = (f'<p class="lead">{escape(words["place_why"])}</p>\n<dl>\n<dt>{escape(words["place_folder"])}</dt><dd><code>{escape(path)}</code></dd>\n'
            f'<dt>{escape(words["place_room"])}</dt><dd>{escape(words["place_free"].format(free=_size(words, free), total=_size(words, total)))}<br>'
            f'<meter min="0" max="{total}" value="{used}" aria-label="{escape(words["place_used"])}"></meter></dd>\n'
            f'<dt>{escape(words["place_kind"])}</dt><dd>{escape(kind)}</dd>\n</dl>\n<p>{escape(words["place_card" if card else "place_hint"])}</p>\n')
    return _page(words, "place", words["place_title"], body + _go(words, "place", words["go_on"]))


def family(words, others, rooms, said, url, made, alert=""):
    """Make accounts for the family; ``made`` is the one that was just made and its password."""
    body, done = f'<p class="lead">{escape(words["family_why"])}</p>\n', ""
    if made:
        account, password = made
        done = words["family_made"].format(name=account.display_name)
        body += (f'<div class="card">\n<h2>{escape(words["card_title"].format(name=account.display_name))}</h2>\n<dl>\n'
                 f'<dt>{escape(words["card_address"])}</dt><dd><code>{escape(url)}</code></dd>\n<dt>{escape(words["name"])}</dt><dd><code class="key">{escape(account.name)}</code></dd>\n'
                 f'<dt>{escape(words["card_password"])}</dt><dd><code class="key">{escape(password)}</code></dd>\n</dl>\n{html.qr(url, words["qr_address"])}'
                 f'<p>{escape(words["card_keep"])}</p>\n<p class="screen"><button type="button" class="quiet" data-print hidden>{escape(words["print"])}</button></p>\n</div>\n')
        said = {}
    if others:
        body += f'<h2>{escape(words["family_there"])}</h2>\n' + html.things([
            f'<li>{html.name(account.display_name)} <small>{escape(account.name)}{_room(words, account.quota)}</small></li>\n' for account in others])
    wrong = ' aria-invalid="true"' if alert else ""
    body += f'<h2>{escape(words["family_another" if others else "family_first"])}</h2>\n' + html.form("/setup/family", (
        html.field("display_name", words["family_name"], said.get("display_name", ""), f'required maxlength="255" autocomplete="off"{wrong}'),
        html.field("name", words["family_login"], said.get("name", ""), f'maxlength="64" autocomplete="off" autocapitalize="none" spellcheck="false"{wrong}', words["family_login_hint"]),
        html.choice("room", words["family_room"], [(each, f"{each} GB" if each else words["room_all"]) for each in rooms], said.get("room", ""), words["family_room_hint"])),
        words["family_make"], quiet=True)
    return _page(words, "family", words["family_title"], body + _go(words, "family", words["go_on"] if others else words["later"]), alert, done, (_SCRIPT,))


def space(words, others, spaces, said, alert=""):
    """Make a space for all of them."""
    body = f'<p class="lead">{escape(words["space_why"])}</p>\n'
    if spaces:
        body += html.things([f'<li><strong>{html.name(name)}</strong></li>\n' for name in spaces])
    else:
        ticks = "".join(html.tick("who", account.display_name, True, account.id, f"who-{account.id}") for account in others)
        body += html.form("/setup/space", (html.field("name", words["space_name"], said.get("name", words["space_family"]), 'required maxlength="200" autocomplete="off"'),
                                           f'<fieldset><legend>{escape(words["space_who"])}</legend>{ticks}</fieldset>\n' if ticks else ""), words["space_make"])
    return _page(words, "space", words["space_title"], body + _go(words, "space", words["go_on"] if spaces else words["later"]), alert, words["space_made"] if spaces else "")


def phone(words, url):
    """Connect a phone: the address, and an app token where a program wants one."""
    near = urlsplit(url).hostname in ("localhost", "127.0.0.1", "::1")
    body = (f'<p class="lead">{escape(words["phone_why"])}</p>\n' + (f'<p role="status">{escape(words["phone_near"])}</p>\n' if near else "")
            + f'<p><code class="key">{escape(url)}</code></p>\n{html.qr(url, words["qr_address"])}<ol>\n<li>{escape(words["phone_app"])}</li>\n<li>{escape(words["phone_scan"])}</li>\n'
            f'<li>{escape(words["phone_sign_in"])}</li>\n</ol>\n<p>{escape(words["phone_browser"])}</p>\n'
            + html.part(words["token_title"], f'<p>{escape(words["token_why"])}</p>\n<dl><dt>WebDAV</dt><dd><code>{escape(url)}/remote.php/webdav/</code></dd></dl>\n'
                        + html.form("/account/token", (html.hidden("continue", "/setup/phone"), html.hidden("label", words["token_label"])), words["token_make"], quiet=True)))
    return _page(words, "phone", words["phone_title"], body + _go(words, "phone", words["finish"]))


def already(words, url):
    """The box has its administrator, and all is done."""
    return html.page(words, words["already_title"], f'<p>{escape(words["already"])} <code>hearth user list</code></p>\n<p>{html.button("/files", words["to_files"])}</p>\n'
                     + _connect(words, url))


def unfinished(words):
    """The box has its administrator, who may go on after a sign-in."""
    return html.page(words, words["already_title"], f'<p>{escape(words["unfinished"])}</p>\n<p>{html.button("/signin?continue=/setup", words["sign_in"])}</p>\n')


def refusal(words, text):
    """Anything else that went wrong."""
    return html.page(words, words["refused"], f'<p><a href="/setup">{escape(words["begin_again"])}</a></p>\n', text)


def _page(words, step, title, body, alert="", done="", scripts=()):
    return html.page(words, title, body, alert, scripts, done, above=_steps(words, STEPS.index(step) + 1))


def _steps(words, place):
    count = len(STEPS) + 1
    bars = "".join(f'<li{" class=done" if each <= place else ""}></li>' for each in range(count))
    back = f' · <a href="/setup/{STEPS[place - 2]}">{escape(words["back"])}</a>' if place > 1 else ""
    return f'<p class="step">{escape(words["step"].format(number=place + 1, count=count))}{back}</p>\n<ol class="steps" aria-hidden="true">{bars}</ol>\n'


def _go(words, step, label):
    return f'<div class="last">{html.form(f"/setup/{step}", (html.hidden("go", "on"),), label, quiet=label == words["later"])}</div>\n'


def _connect(words, url):
    return html.part(words["connect_title"], f'<dl>\n<dt>{escape(words["connect_sync"])}</dt>\n<dd><code>{escape(url)}</code></dd>\n'
                     f'<dt>{escape(words["connect_dav"])}</dt>\n<dd><code>{escape(url)}/remote.php/webdav/</code></dd>\n</dl>\n<p>{escape(words["connect_how"])}</p>\n'
                     f'<p><a href="/account">{escape(words["to_account"])}</a></p>\n')


def _room(words, quota):
    return f", {escape(_size(words, quota))}" if quota else ""


def _size(words, bytes):
    return html.size(words["lang"], bytes)
