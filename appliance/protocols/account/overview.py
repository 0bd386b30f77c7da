"""``/account`` as HTML: everything about the account of who is signed in, a part for each thing that one can do."""
from html import escape

from appliance.http import html, language
from appliance.protocols.account.pages import PAGE, day, page

_PARTS = ("look", "factor", "passkeys", "password", "tokens", "sessions", "told", "export")


def account(words, account, session, state, required, tokens, sessions, secure, told, alert="", done="", admin=False):
    """The page. ``told`` holds the switches of notices: ``(setting, value)``."""
    name = words["account_of"].format(name=account.display_name, login=account.name)
    parts = "".join((_look(words, account), _factor(words, state, required), _passkeys(words, state, required, secure), _password(words, account),
                     _tokens(words, tokens), _sessions(words, session, sessions), _told(words, told), _export(words)))
    places = "".join(f'<li><a href="#{each}">{escape(words[each + "_title"])}</a></li>\n' for each in _PARTS)
    ends = (html.button("/admin", words["administration"], quiet=True) + html.button("/account/audit", words["audit_title"], quiet=True) if admin else "") + html.button("/signout", words["sign_out"], quiet=True)
    return page(words, words["account"], f'<p>{escape(name)}</p>\n<nav class="places" aria-label="{escape(words["account_parts"])}"><ul>\n{places}</ul></nav>\n'
                f'{parts}<p class="buttons last">{ends}</p>\n', alert, (PAGE,), done)


def _look(words, account):
    languages = (("", words["look_browser"]), *((each, language.NAMES[each]) for each in language.LANGUAGES))
    chosen = account.language if account.language in language.LANGUAGES else ""
    themes = (("", words["theme_system"]), ("light", words["theme_light"]), ("dark", words["theme_dark"]))
    return html.part(words["look_title"], html.form("/account/look", (
        html.choice("language", words["look_language"], languages, chosen), html.choice("theme", words["look_theme"], themes, words["theme"], words["look_theme_hint"])),
        words["save"], quiet=True), "look")


def _told(words, told):
    rows, others = [], []
    for setting, value in told:
        text = words["told"].get(setting.name, setting.display_name)
        if setting.kind == "channels":
            ticks = "".join(html.tick(f"{setting.id}.{channel}", words[f"told_{channel}"], value[channel], id=f"{setting.name}-{channel}")
                            for channel in value if channel not in setting.fixed)
            rows.append(f'<li><fieldset><legend>{escape(text)}</legend>{ticks}</fieldset></li>\n')
        elif setting.kind == "switch":
            others.append(html.tick(setting.id, text, value, id=setting.name))
        else:
            options = [(choice_value, words["told_often"].get(choice_value, shown)) for choice_value, shown in setting.choices]
            others.append(html.choice(setting.id, text, options, value, id=setting.name))
    return html.part(words["told_title"], f'<p>{escape(words["told_why"])}</p>\n' + html.form("/account/told", (html.things(rows), *others), words["save"], quiet=True), "told")


def _export(words):
    return html.part(words["export_title"], f'<p>{escape(words["export_why"])}</p>\n' + html.form("/account/export", (), words["export_make"], quiet=True), "export")


def _factor(words, state, required):
    if state.totp is None:
        text, label = ("" if state.any else f'<p>{escape(words["factor_none"])}</p>\n'), words["factor_add"]
    else:
        text, label = f'<p>{escape(words["factor_app"].format(when=day(state.totp)))}</p>\n', words["factor_replace"]
    body = text + f'<p><a class="button" href="/account/app">{escape(label)}</a></p>\n'
    if state.totp is not None and (state.passkeys or not required):
        body += html.form("/account/app/remove", (), words["remove"], quiet=True, of=words["factor_title"])
    if required:
        body += f'<p>{escape(words["factor_required"])}</p>\n'
    if state.any:
        body += f'<p>{escape(words["recovery_left"].format(number=state.recovery))}</p>\n'
        body += html.form("/account/recovery", (), words["recovery_new"], quiet=True)
    return html.part(words["factor_title"], body, "factor")


def _passkeys(words, state, required, secure):
    rows = []
    for each in state.passkeys:
        used = words["passkey_used"].format(when=day(each["used"])) if each["used"] else words["passkey_unused"]
        last = required and state.totp is None and len(state.passkeys) == 1
        rows.append(f'<li>{escape(each["label"])} <small>{escape(used)}</small>' + ("" if last else html.form(
            "/account/passkey/remove", (html.hidden("id", each["id"]),), words["remove"], quiet=True, of=each["label"])) + "</li>\n")
    add = html.form("/account/passkey", (html.field("label", words["passkey_label"], "", 'maxlength="64"', id="passkey-label"),), words["passkey_add"]) \
        if secure else f'<p>{escape(words["passkeys_need_https"])}</p>\n'
    return html.part(words["passkeys_title"], f'<p>{escape(words["passkeys_why"])}</p>\n{html.things(rows)}{add}', "passkeys")


def _password(words, account):
    new = 'type="password" required minlength="8" maxlength="256" autocomplete="new-password"'
    return html.part(words["password_title"], f'<p>{escape(words["password_note"])}</p>\n' + html.form("/account/password", (
        f'<input type="text" name="name" value="{escape(account.name)}" autocomplete="username" hidden>\n',
        html.field("current", words["password_current"], "", 'type="password" required maxlength="1024" autocomplete="current-password"'),
        html.field("new", words["password_new"], "", new, words["password_hint"]),
        html.field("again", words["password_again"], "", new)), words["password_change"]), "password")


def _tokens(words, tokens):
    rows = []
    for each in tokens:
        used = words["token_used"].format(when=day(each.used), address=each.address) if each.used else words["token_unused"]
        facts = words["token_facts"].format(created=day(each.created), used=used)
        limits = (f', {words["token_one_folder"]}' if each.folder else "") + (f', {words["token_looks"]}' if each.read_only else "")
        ends = limits + (f', {words["token_until"].format(when=day(each.expires))}' if each.expires else "")
        label = each.label or each.id
        rows.append(f'<li>{escape(label)} <small>{escape(facts + ends)}</small>'
                    + html.form("/account/token/end", (html.hidden("id", each.id),), words["end"], quiet=True, of=label) + "</li>\n")
    make = html.form("/account/token", (
        html.field("label", words["token_label"], "", 'required maxlength="255"', id="token-label"),
        html.choice("days", words["token_expires"], (("", words["token_ever"]), ("30", words["token_month"]), ("365", words["token_year"]))),
        html.field("folder", words["token_folder"], "", 'maxlength="3000" autocapitalize="none" spellcheck="false"', words["token_folder_hint"]),
        html.tick("read_only", words["token_read_only"])),
        words["token_make"])
    return html.part(words["tokens_title"], f'<p>{escape(words["tokens_why"])}</p>\n{html.things(rows)}{make}', "tokens")


def _sessions(words, this, sessions):
    rows = []
    for each in sessions:
        device = each.device or words["session_unknown"]
        mark = f' <strong>{escape(words["session_this"])}</strong>' if each.id == this.id else html.form(
            "/account/session/end", (html.hidden("id", each.id),), words["end"], quiet=True, of=device)
        facts = words["session_facts"].format(since=day(each.created), used=day(each.used), address=each.address)
        rows.append(f"<li>{escape(device)} <small>{escape(facts)}</small>{mark}</li>\n")
    others = html.form("/account/session/others", (), words["sessions_end_others"], quiet=True) if len(sessions) > 1 else ""
    return html.part(words["sessions_title"], f'<p>{escape(words["sessions_why"])}</p>\n{html.things(rows)}{others}', "sessions")
