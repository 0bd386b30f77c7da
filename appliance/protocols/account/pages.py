"""The pages as HTML, but for the account itself (overview.py). Every word that came from outside goes through ``escape``; all others stand in strings/."""
from datetime import UTC, datetime
from html import escape
from urllib.parse import quote

from appliance.http import html

PASSKEY, PAGE = "/account/passkey.js", "/account/page.js"


def page(words, title, body, alert="", scripts=(), done="", way=True):
    """A whole page; ``way`` leads back to the files."""
    return html.page(words, title, body, alert, scripts, done, way=("/files", words["to_files"]) if way else ())


def sign_in(words, place, hint="", again=False, alert=""):
    """Ask for a name and a password. ``place`` is where to go then."""
    why = words["again_as"] if again else words["sign_in_for"] if place.startswith("/signin/v1/") else words["sign_in_why"]
    first, second = (" autofocus", "") if not hint else ("", " autofocus")
    return page(words, words["sign_in"], f"<p>{escape(why)}</p>\n" + html.form("/signin", (
        html.hidden("continue", place),
        html.field("name", words["name"], hint, f'required maxlength="255" autocomplete="username" autocapitalize="none" spellcheck="false"{first}'),
        html.field("password", words["password"], "", f'type="password" required maxlength="1024" autocomplete="current-password"{second}'),
        html.tick("lasting", words["lasting"], True),
    ), words["sign_in"]) + html.form("/signin/passkey", (html.hidden("continue", place),), words["use_passkey"], quiet=True), alert, (PAGE,), way=False)


def second(words, place, lasting, kinds, alert=""):
    """Ask for the second factor."""
    carried = html.hidden("continue", place) + html.hidden("lasting", lasting)
    why = words["second_app"] if "otp" in kinds else words["second_other"]
    body = f"<p>{escape(why)}</p>\n" + html.form("/signin/code", (
        carried, html.field("code", words["code"], "", 'required maxlength="64" autocomplete="one-time-code" autocapitalize="none" '
                                                  'spellcheck="false" autofocus')), words["go_on"])
    if "passkey" in kinds:
        body += html.form("/signin/passkey", (carried,), words["passkey_second"], quiet=True)
    return page(words, words["second_title"], body + start_over(words, place), alert, way=False)


def enrol(words, action, secret, uri, carried="", required=False, alert="", place=""):
    """Show a key for an authenticator app, and ask for a code of it."""
    why = f'<p>{escape(words["enrol_required"])}</p>\n' if required else ""
    return page(words, words["enrol_title"], f'{why}<p>{escape(words["enrol_how"])}</p>\n{html.qr(uri, words["enrol_alt"])}'
                f'<p>{escape(words["enrol_by_hand"])}<br><code class="key">{escape(html.fours(secret))}</code></p>\n'
                + html.form(action, (carried, html.hidden("secret", secret), html.field(
                    "code", words["enrol_code"], "", 'required maxlength="10" inputmode="numeric" autocomplete="one-time-code" autofocus')),
                    words["add"]) + ("" if required else back(words, place, quiet=True)), alert, way=False)


def codes(words, codes, place):
    """Show recovery codes, this once."""
    listed = "".join(f"<li><code>{code}</code></li>\n" for code in codes)
    return page(words, words["codes_title"], f'<p>{escape(words["codes_why"])}</p>\n<ol class="codes">\n{listed}</ol>\n'
                f'<p class="screen buttons">{html.button(place, words["codes_done"])}<button type="button" class="quiet" data-print hidden>{escape(words["print"])}</button></p>\n'
                f'<noscript><p class="screen">{escape(words["print_how"])}</p></noscript>\n', scripts=(PAGE,), way=False)


def passkey(words, action, options, kind, carried="", place="", alert=""):
    """Let the browser ask for a passkey; ``kind`` is ``get`` or ``create``. The script sends the form."""
    body = (f'<p id="wait">{escape(words["passkey_wait"])}</p>\n<noscript><p role="alert">{escape(words["passkey_no_script"])}</p></noscript>\n'
            f'<p role="alert" id="failed" hidden>{escape(words["passkey_failed"])}</p>\n'
            f'<form method="post" action="{action}" id="passkey" data-kind="{kind}" data-options="{escape(options)}">\n'
            f'{carried}{html.hidden("answer", "")}<p><button type="submit">{escape(words["passkey_again"])}</button></p>\n</form>\n')
    return page(words, words["passkey_title"], body + (start_over(words, place) if kind == "get" else back(words, place)), alert, (PASSKEY,))


def out(words, ask):
    """Ask whether to sign out, or say that it is done."""
    if ask:
        return page(words, words["sign_out"], f'<p>{escape(words["out_ask"])}</p>\n' + html.form("/signout", (), words["sign_out"])
                    + f'<p><a href="/account">{escape(words["stay"])}</a></p>\n')
    return page(words, words["out_title"], f'<p>{escape(words["out_text"])}</p>\n<p><a href="/signin">{escape(words["sign_in"])}</a></p>\n', way=False)


def token(words, account, secret, place=""):
    """Show a new app token, this once."""
    return page(words, words["token_new_title"], f'<p>{escape(words["token_new"].format(login=account.name))}</p>\n'
                f'<p><code class="key">{escape(html.fours(secret))}</code></p>\n'
                f'<p><button type="button" class="quiet" data-copy="{escape(secret)}" data-copied="{escape(words["copied"])}" hidden>{escape(words["copy"])}</button></p>\n'
                f'{html.qr(secret, words["token_alt"])}{back(words, place)}', scripts=(PAGE,))


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


# The pieces.

def start_over(words, place):
    """A way back to the beginning."""
    return f'<p><a href="/signin?again=1&amp;continue={escape(quote(place))}">{escape(words["other_way"])}</a></p>\n'


def back(words, place="/account", quiet=False):
    """A way back to the account, or on with what the person was about; ``quiet`` where something else on the page is more to the point."""
    return f'<p><a href="/account">{escape(words["back"])}</a></p>\n' if place in ("", "/account") else f'<p>{html.button(place, words["go_on"], quiet)}</p>\n'


def day(seconds):
    """A time as it is shown, in UTC."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M")
