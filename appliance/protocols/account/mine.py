"""What people see and change of their own account. Whatever changes how they sign in asks first who they are, if that was long ago."""
from appliance.activity import named
from appliance.core import errors, events
from appliance.http import cookies, html, language, words
from appliance.identity import roles, settings
from appliance.protocols.account import overview, pages
from appliance.protocols.account.visit import Answer

DAY = 86_400                                        # seconds
EXPORTED = "/personal_data_export.json"
AUDITED = 100                                       # lines of a page of the audit trail
SUPPOSED = "hearth-passkey"                         # the cookie of a challenge that is out


def look(visit, alert="", done=""):
    """``GET /account``"""
    people, account = visit.people, visit.account
    return Answer(overview.account(
        visit.words, account, visit.session, people.factors.of(account.id), people.policy.requires(account), people.tokens.of(account.id),
        people.sessions.of(account.id), visit.url.startswith("https:") or "//localhost" in visit.url, _told(visit), alert, done,
        roles.allowed(visit.actor, "Accounts.ReadWrite")))


def _told(visit):
    """What of notices the person may set, and how it is: ``(Setting, value)``."""
    kept, actor = visit.people.settings.of(visit.account.id), visit.actor
    return [(setting, kept.get(id, setting.default)) for id, setting in settings.SETTINGS.items() if id not in (settings.LANGUAGE, settings.AUTO_ACCEPT)
            and (id not in settings.PERMISSION or roles.allowed(actor, settings.PERMISSION[id], own=True))]


def told(visit):
    """``POST /account/told``: which notices come, and where to."""
    for setting, before in _told(visit):
        said = visit.said.get(setting.id, "")
        value = {channel: bool(visit.said.get(f"{setting.id}.{channel}")) for channel in before} if setting.kind == settings.CHANNELS \
            else bool(said) if setting.kind == settings.SWITCH else said
        if setting.kind == settings.CHANNELS:
            value = {**value, **{channel: before[channel] for channel in setting.fixed}}
        if value != before:
            visit.people.settings.set(visit.account.id, setting.id, value)
    return look(visit, done=visit.words["saved"])


def appear(visit):
    """``POST /account/look``: the language, of the account, and the theme, of this browser."""
    wanted, theme = visit.said.get("language", ""), visit.said.get("theme", "")
    if wanted not in ("", *language.LANGUAGES) or theme not in ("", *words.THEMES):
        raise errors.Invalid(visit.words["form_unclear"])
    if wanted != visit.account.language:
        visit.house.administration.speak(visit.actor, wanted)
    return visit.to("/account", cookies.show("theme", theme), cookies.show("language", wanted))


def password(visit):
    """``POST /account/password``"""
    said, people = visit.said, visit.people
    try:
        if said.get("new", "") != said.get("again", ""):
            raise errors.Invalid(visit.words["password_differ"])
        try:
            people.check_password(visit.account.id, said.get("current", ""), visit.address)
        except errors.Unauthenticated:
            raise errors.Invalid(visit.words["wrong_current"]) from None
        people.passwd(visit.account.id, said.get("new", ""), but=visit.session.id)
        visit.tell(events.PasswordChanged)
    except (errors.Invalid, errors.TooManyAttempts) as error:
        return _shown(visit, error)
    return _renewed(visit, look(visit, done=visit.words["password_done"]))


def ask_app(visit):
    """``GET /account/app``: a new key for an authenticator app."""
    return Answer(_app(visit, visit.people.factors.new_totp()))


def add_app(visit):
    """``POST /account/app``: a code of it makes it count."""
    secret = visit.said.get("secret", "")
    try:
        codes = visit.people.factors.add_totp(visit.account.id, secret, visit.said.get("code", ""))
    except errors.Invalid as error:
        if not visit.people.factors.is_secret(secret):
            raise
        return visit.refused(error, lambda alert: _app(visit, secret, alert))
    visit.tell(events.FactorAdded, "totp")
    return _added(visit, codes, "otp")


def remove_app(visit):
    """``POST /account/app/remove``"""
    return _remove(visit, "totp")


def renew_recovery(visit):
    """``POST /account/recovery``"""
    codes = visit.people.factors.renew_recovery(visit.account.id)
    visit.tell(events.FactorAdded, "recovery")
    return Answer(pages.codes(visit.words, codes, visit.place))


def passkey(visit):
    """``POST /account/passkey``: first the options for the browser, then its answer."""
    label, people = visit.said.get("label", ""), visit.people
    if not visit.said.get("answer"):
        carried = html.hidden("label", label) + html.hidden("continue", visit.place)
        id, options = people.entrance.creation(visit.account, visit.url)
        return Answer(pages.passkey(visit.words, "/account/passkey", options, "create", carried, visit.place),
                      headers=(cookies.give(visit.environ, SUPPOSED, id, 600),))
    try:
        challenge = people.entrance.created(cookies.read(visit.environ, SUPPOSED), visit.account)
        codes = people.factors.add_passkey(visit.account.id, visit.said["answer"], visit.url, challenge, label)
    except (errors.Invalid, errors.AlreadyExists, errors.Unauthenticated) as error:
        return _shown(visit, error)
    visit.tell(events.FactorAdded, "passkey")
    return _added(visit, codes, "passkey")


def remove_passkey(visit):
    """``POST /account/passkey/remove``"""
    return _remove(visit, "passkey", visit.said.get("id", ""))


def make_token(visit):
    """``POST /account/token``"""
    days = visit.said.get("days", "")
    if days not in ("", "30", "365"):
        raise errors.Invalid(visit.words["form_unclear"])
    try:
        secret, token = visit.people.tokens.create(visit.account.id, visit.said.get("label", ""), int(days) * DAY if days else None,
                                                   bool(visit.said.get("read_only")), _folder(visit))
    except (errors.Invalid, errors.NotFound, errors.Conflict) as error:
        return _shown(visit, error)
    visit.tell(events.TokenMade, token.id, token.label)
    return Answer(pages.token(visit.words, visit.account, secret, visit.place))


def _folder(visit):
    """The id of the folder that a new token is limited to, "" for everything."""
    path = visit.said.get("folder", "").strip().strip("/")
    if not path:
        return ""
    actor, files = visit.actor, visit.house.files
    try:
        node = files.node(actor, files.home(actor), path)
    except (errors.NotFound, errors.Invalid):
        node = None
    if node is None or not node.folder:
        raise errors.NotFound(visit.words["token_no_folder"])
    return node.id


def export(visit):
    """``POST /account/export``: all that is known of the person, as a file among their own."""
    try:
        visit.house.personal_data.export(visit.actor, EXPORTED)
    except errors.HouseError as error:
        return _shown(visit, error)
    return look(visit, done=visit.words["export_done"].format(file=EXPORTED))


def audit(visit):
    """``GET /account/audit``: the audit trail, for who may see it. Forbidden."""
    page = visit.house.audit.read(visit.actor, after=visit.said.get("next", ""), limit=AUDITED)
    names = {account.id: account.name for account in visit.people.list()}
    return Answer(pages.audit(visit.words, named(page.entries, names), page.after))


def end_token(visit):
    """``POST /account/token/end``"""
    visit.people.tokens.revoke(visit.said.get("id", ""), visit.account.id)
    visit.tell(events.TokenRevoked, visit.said["id"])
    return visit.to("/account")


def end_session(visit):
    """``POST /account/session/end``"""
    visit.people.sessions.end(visit.said.get("id", ""), visit.account.id)
    visit.tell(events.SessionEnded, visit.said["id"])
    return visit.to("/account")


def end_others(visit):
    """``POST /account/session/others``"""
    visit.people.sessions.end_all(visit.account.id, but=visit.session.id)
    visit.tell(events.SessionEnded)
    return visit.to("/account")


def _app(visit, secret, alert=""):
    uri = visit.people.factors.totp_uri(secret, visit.account.name, visit.url)
    return pages.enrol(visit.words, "/account/app", secret, uri, html.hidden("continue", visit.place), alert=alert, place=visit.place)


def _added(visit, codes, method):
    """A factor has been added: recovery codes where these are the first, and a new secret for the session."""
    shown = Answer(pages.codes(visit.words, codes, visit.place)) if codes else visit.to(visit.place)
    return _renewed(visit, shown, methods=tuple(dict.fromkeys((*visit.session.methods, method))))


def _remove(visit, kind, id=""):
    state = visit.people.factors.of(visit.account.id)
    left = (state.totp is not None and kind != "totp") + len([each for each in state.passkeys if kind != "passkey" or each["id"] != id])
    if not left and visit.people.policy.requires(visit.account):
        raise errors.Forbidden(visit.words["factor_required"])
    visit.people.factors.remove(visit.account.id, kind, id)
    visit.tell(events.FactorRemoved, kind)
    return _renewed(visit, visit.to("/account"))


def _renewed(visit, answer, **changes):
    """The answer with a new secret for this browser's session."""
    secret = visit.people.sessions.rotate(visit.session, cookies.secret(visit.environ), **changes)
    if secret is None:
        return visit.to_sign_in("/account")
    lasts = visit.session.expires - visit.session.created
    cookie = cookies.give(visit.environ, "hearth", secret, lasts if lasts > DAY else None)
    return answer._replace(headers=(*answer.headers, cookie))


def _shown(visit, error):
    return visit.refused(error, lambda alert: look(visit, alert).body)
