"""The pages as HTML. Every word that came from outside goes through ``escape``; all others stand in strings/."""
from datetime import UTC, datetime
from html import escape
from io import BytesIO
from urllib.parse import quote


def page(words, title, body, alert="", script=False):
    """A whole page; ``alert`` is what went wrong."""
    said = words["said"].get(alert, alert)
    alert = f'<p role="alert">{escape(said)}</p>\n' if said else ""
    script = '<script type="module" src="/account/passkey.js"></script>\n' if script else ""
    return (f'<!doctype html>\n<html lang="{words["lang"]}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{escape(title)} – Hearth</title>\n"
            f'<link rel="stylesheet" href="/account/account.css">\n{script}</head>\n<body>\n<main>\n'
            f"<h1>{escape(title)}</h1>\n{alert}{body}</main>\n</body>\n</html>\n").encode()


def sign_in(words, place, hint="", again=False, alert=""):
    """Ask for a name and a password. ``place`` is where to go then."""
    why = words["again_as"] if again else words["sign_in_for"] if place.startswith("/signin/v1/") else words["sign_in_why"]
    first, second = (" autofocus", "") if not hint else ("", " autofocus")
    return page(words, words["sign_in"], f"<p>{escape(why)}</p>\n" + form("/signin", (
        hidden("continue", place),
        field("name", words["name"], hint, f'required maxlength="255" autocomplete="username" autocapitalize="none" spellcheck="false"{first}'),
        field("password", words["password"], "", f'type="password" required maxlength="1024" autocomplete="current-password"{second}'),
        f'<p class="tick"><input type="checkbox" id="lasting" name="lasting" value="1" checked> '
        f'<label for="lasting">{escape(words["lasting"])}</label></p>\n',
    ), words["sign_in"]) + form("/signin/passkey", (hidden("continue", place),), words["use_passkey"], quiet=True), alert)


def second(words, place, lasting, kinds, alert=""):
    """Ask for the second factor."""
    carried = hidden("continue", place) + hidden("lasting", lasting)
    why = words["second_app"] if "otp" in kinds else words["second_other"]
    body = f"<p>{escape(why)}</p>\n" + form("/signin/code", (
        carried, field("code", words["code"], "", 'required maxlength="64" autocomplete="one-time-code" autocapitalize="none" '
                                                  'spellcheck="false" autofocus')), words["go_on"])
    if "passkey" in kinds:
        body += form("/signin/passkey", (carried,), words["passkey_second"], quiet=True)
    return page(words, words["second_title"], body + start_over(words, place), alert)


def enrol(words, action, secret, uri, carried="", required=False, alert=""):
    """Show a key for an authenticator app, and ask for a code of it."""
    why = f'<p>{escape(words["enrol_required"])}</p>\n' if required else ""
    return page(words, words["enrol_title"], f'{why}<p>{escape(words["enrol_how"])}</p>\n{qr(uri, words["enrol_alt"])}'
                f'<p>{escape(words["enrol_by_hand"])}<br><code class="key">{escape(" ".join(_fours(secret)))}</code></p>\n'
                + form(action, (carried, hidden("secret", secret), field(
                    "code", words["enrol_code"], "", 'required maxlength="10" inputmode="numeric" autocomplete="one-time-code" autofocus')),
                    words["add"]), alert)


def codes(words, codes, place):
    """Show recovery codes, this once."""
    listed = "".join(f"<li><code>{code}</code></li>\n" for code in codes)
    return page(words, words["codes_title"], f'<p>{escape(words["codes_why"])}</p>\n<ol class="codes">\n{listed}</ol>\n'
                f'<p class="screen">{escape(words["print"])}</p>\n'
                f'<p class="screen"><a class="button" href="{escape(place)}">{escape(words["codes_done"])}</a></p>\n')


def passkey(words, action, options, kind, carried="", place="", alert=""):
    """Let the browser ask for a passkey; ``kind`` is ``get`` or ``create``. The script sends the form."""
    body = (f'<p id="wait">{escape(words["passkey_wait"])}</p>\n<noscript><p role="alert">{escape(words["passkey_no_script"])}</p></noscript>\n'
            f'<p role="alert" id="failed" hidden>{escape(words["passkey_failed"])}</p>\n'
            f'<form method="post" action="{action}" id="passkey" data-kind="{kind}" data-options="{escape(options)}">\n'
            f'{carried}{hidden("answer", "")}<p><button type="submit">{escape(words["passkey_again"])}</button></p>\n</form>\n')
    return page(words, words["passkey_title"], body + (start_over(words, place) if kind == "get" else back(words)), alert, script=True)


def out(words, ask):
    """Ask whether to sign out, or say that it is done."""
    if ask:
        return page(words, words["sign_out"], f'<p>{escape(words["out_ask"])}</p>\n' + form("/signout", (), words["sign_out"])
                    + f'<p><a href="/account">{escape(words["stay"])}</a></p>\n')
    return page(words, words["out_title"], f'<p>{escape(words["out_text"])}</p>\n<p><a href="/signin">{escape(words["sign_in"])}</a></p>\n')


def account(words, account, session, state, required, tokens, sessions, secure, alert="", done="", audits=False):
    """Everything about the account of who is signed in."""
    done = f'<p role="status">{escape(done)}</p>\n' if done else ""
    name = words["account_of"].format(name=account.display_name, login=account.name)
    return page(words, words["account"], f'{done}<p>{escape(name)} · <a href="/files">{escape(words["to_files"])}</a></p>\n'
                + _factor(words, state, required) + _passkeys(words, state, required, secure) + _password(words, account)
                + _tokens(words, tokens) + _sessions(words, session, sessions)
                + _part(words["export_title"], f'<p>{escape(words["export_why"])}</p>\n' + form("/account/export", (), words["export_make"], quiet=True))
                + (f'<p><a href="/account/audit">{escape(words["audit_title"])}</a></p>\n' if audits else "")
                + f'<p><a href="/signout">{escape(words["sign_out"])}</a></p>\n', alert)


def token(words, account, secret):
    """Show a new app token, this once."""
    return page(words, words["token_new_title"], f'<p>{escape(words["token_new"].format(login=account.name))}</p>\n'
                f'<p><code class="key">{escape(" ".join(_fours(secret)))}</code></p>\n{qr(secret, words["token_alt"])}{back(words)}')


def audit(words, entries, after):
    """The audit trail, the newest first; ``after`` leads to older lines."""
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in _told(entry)) + "</tr>\n" for entry in entries)
    heads = "".join(f'<th scope="col">{escape(words[name])}</th>'
                    for name in ("audit_when", "audit_who", "audit_what", "audit_on", "audit_from"))
    older = f'<p><a href="/account/audit?next={escape(quote(after))}">{escape(words["audit_older"])}</a></p>\n' if after else ""
    return page(words, words["audit_title"], f'<div class="wide" tabindex="0" role="region" aria-label="{escape(words["audit_title"])}"><table>\n'
                f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n{older}{back(words)}")


def _told(entry):
    """The cells of one line of the trail."""
    on = next((entry[name] for name in ("path", "account_name", "name", "account", "client", "node", "space") if entry.get(name)), "")
    result = "" if entry.get("result") == "done" else f" ({entry.get('result', '')})"
    return (entry["time"][:19].replace("T", " "), str(entry.get("who_name") or entry.get("who") or "–"), entry["action"] + result, str(on),
            f"{entry.get('address', '')} {entry.get('agent', '')}"[:120])


def refusal(words, text, place="/account"):
    """Anything else that went wrong."""
    return page(words, words["refused_title"], f'<p><a href="{escape(place)}">{escape(words["home"])}</a></p>\n', text)


def _factor(words, state, required):
    if state.totp is None:
        text, label = ("" if state.any else f'<p>{escape(words["factor_none"])}</p>\n'), words["factor_add"]
    else:
        text, label = f'<p>{escape(words["factor_app"].format(when=_day(state.totp)))}</p>\n', words["factor_replace"]
    body = text + f'<p><a class="button" href="/account/app">{escape(label)}</a></p>\n'
    if state.totp is not None and (state.passkeys or not required):
        body += form("/account/app/remove", (), words["remove"], quiet=True, of=words["factor_title"])
    if required:
        body += f'<p>{escape(words["factor_required"])}</p>\n'
    if state.any:
        body += f'<p>{escape(words["recovery_left"].format(number=state.recovery))}</p>\n'
        body += form("/account/recovery", (), words["recovery_new"], quiet=True)
    return _part(words["factor_title"], body)


def _passkeys(words, state, required, secure):
    rows = []
    for each in state.passkeys:
        used = words["passkey_used"].format(when=_day(each["used"])) if each["used"] else words["passkey_unused"]
        last = required and state.totp is None and len(state.passkeys) == 1
        rows.append(f'<li>{escape(each["label"])} <small>{escape(used)}</small>' + ("" if last else form(
            "/account/passkey/remove", (hidden("id", each["id"]),), words["remove"], quiet=True, of=each["label"])) + "</li>\n")
    add = form("/account/passkey", (field("label", words["passkey_label"], "", 'maxlength="64"', id="passkey-label"),), words["passkey_add"]) \
        if secure else f'<p>{escape(words["passkeys_need_https"])}</p>\n'
    return _part(words["passkeys_title"], f'<p>{escape(words["passkeys_why"])}</p>\n{_list(rows)}{add}')


def _password(words, account):
    new = 'type="password" required minlength="8" maxlength="256" autocomplete="new-password"'
    return _part(words["password_title"], f'<p>{escape(words["password_note"])}</p>\n' + form("/account/password", (
        f'<input type="text" name="name" value="{escape(account.name)}" autocomplete="username" hidden>\n',
        field("current", words["password_current"], "", 'type="password" required maxlength="1024" autocomplete="current-password"'),
        field("new", words["password_new"], "", new, words["password_hint"]),
        field("again", words["password_again"], "", new)), words["password_change"]))


def _tokens(words, tokens):
    rows = []
    for each in tokens:
        used = words["token_used"].format(when=_day(each.used), address=each.address) if each.used else words["token_unused"]
        facts = words["token_facts"].format(created=_day(each.created), used=used)
        limits = (f', {words["token_one_folder"]}' if each.folder else "") + (f', {words["token_looks"]}' if each.read_only else "")
        ends = limits + (f', {words["token_until"].format(when=_day(each.expires))}' if each.expires else "")
        label = each.label or each.id
        rows.append(f'<li>{escape(label)} <small>{escape(facts + ends)}</small>'
                    + form("/account/token/end", (hidden("id", each.id),), words["end"], quiet=True, of=label) + "</li>\n")
    options = "".join(f'<option value="{value}">{escape(words[text])}</option>' for value, text in (
        ("", "token_ever"), ("30", "token_month"), ("365", "token_year")))
    make = form("/account/token", (
        field("label", words["token_label"], "", 'required maxlength="255"', id="token-label"),
        f'<p><label for="days">{escape(words["token_expires"])}</label>\n<select id="days" name="days">{options}</select></p>\n',
        field("folder", words["token_folder"], "", 'maxlength="3000" autocapitalize="none" spellcheck="false"', words["token_folder_hint"]),
        f'<p class="tick"><input type="checkbox" id="read_only" name="read_only" value="1"> '
        f'<label for="read_only">{escape(words["token_read_only"])}</label></p>\n'),
        words["token_make"])
    return _part(words["tokens_title"], f'<p>{escape(words["tokens_why"])}</p>\n{_list(rows)}{make}')


def _sessions(words, this, sessions):
    rows = []
    for each in sessions:
        device = each.device or words["session_unknown"]
        mark = f' <strong>{escape(words["session_this"])}</strong>' if each.id == this.id else form(
            "/account/session/end", (hidden("id", each.id),), words["end"], quiet=True, of=device)
        facts = words["session_facts"].format(since=_day(each.created), used=_day(each.used), address=each.address)
        rows.append(f"<li>{escape(device)} <small>{escape(facts)}</small>{mark}</li>\n")
    others = form("/account/session/others", (), words["sessions_end_others"], quiet=True) if len(sessions) > 1 else ""
    return _part(words["sessions_title"], f'<p>{escape(words["sessions_why"])}</p>\n{_list(rows)}{others}')


# The pieces.

def form(action, parts, label, quiet=False, of=""):
    """A form that is sent by one button; ``of`` says to a screen reader what it is about."""
    name = f' aria-label="{escape(label)}: {escape(of)}"' if of else ""
    kind = ' class="quiet"' if quiet else ""
    return f'<form method="post" action="{action}">\n{"".join(parts)}<p><button type="submit"{kind}{name}>{escape(label)}</button></p>\n</form>\n'


def field(name, label, value, attributes, hint="", id=None):
    """A field with its label, and a hint beneath; ``id`` where a page has two of that name."""
    id = id or name
    described = f' aria-describedby="{id}-hint"' if hint else ""
    small = f'\n<small id="{id}-hint">{escape(hint)}</small>' if hint else ""
    kind = "" if "type=" in attributes else 'type="text" '
    return (f'<p><label for="{id}">{escape(label)}</label>\n'
            f'<input id="{id}" name="{name}" value="{escape(value)}" {kind}{attributes}{described}>{small}</p>\n')


def hidden(name, value):
    """What a form carries along."""
    return f'<input type="hidden" name="{name}" value="{escape(value)}">\n'


def qr(text, label):
    """A QR code as an inline picture, dark on light in every theme."""
    import segno
    drawn = BytesIO()
    segno.make(text, micro=False, error="m").save(drawn, kind="svg", scale=5, border=3, xmldecl=False, svgns=True, nl=False, omitsize=True,
                                                  dark="#000", light="#fff")
    return f'<div class="qr" role="img" aria-label="{escape(label)}">{drawn.getvalue().decode()}</div>\n'


def start_over(words, place):
    """A way back to the beginning."""
    return f'<p><a href="/signin?again=1&amp;continue={escape(quote(place))}">{escape(words["other_way"])}</a></p>\n'


def back(words):
    """A way back to the account."""
    return f'<p><a href="/account">{escape(words["back"])}</a></p>\n'


def _part(title, body):
    return f"<section>\n<h2>{escape(title)}</h2>\n{body}</section>\n"


def _list(rows):
    return f'<ul class="things">\n{"".join(rows)}</ul>\n' if rows else ""


def _fours(text):
    return [text[start:start + 4] for start in range(0, len(text), 4)]


def _day(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
