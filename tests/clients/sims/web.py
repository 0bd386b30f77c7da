"""OpenCloud's web client: it lives at the server, stays signed in by the browser's session, and renews quietly in a hidden frame."""
import json
import secrets
from urllib.parse import quote, unquote, urlencode

from sims.relying import DAV, OC, Program, metadata, propfind, text

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LOOK = propfind("oc:permissions", "oc:favorite", "oc:fileid", "oc:file-parent", "oc:name", "lockdiscovery", "activelock", "oc:owner-id",
                "oc:owner-display-name", "oc:remote-item-id", "oc:shareroot", "oc:share-types", "oc:privatelink", "getcontentlength", "oc:size",
                "getlastmodified", "getetag", "getcontenttype", "resourcetype", "oc:tags", "oc:audio", "oc:location", "oc:image", "oc:photo",
                "oc:has-preview")
THROWN = propfind("getcontentlength", "resourcetype", "oc:trashbin-original-location", "oc:trashbin-original-filename",
                  "oc:trashbin-delete-datetime", "oc:permissions", "oc:file-parent")
BYTES = "application/offset+octet-stream"


def connect(url, certificate):
    """The page reads its configuration before anybody has signed in."""
    program = Program(url, certificate, AGENT, "web", "web", url + "/oidc-callback.html", "openid profile email")
    program.line.headers["X-Requested-With"] = "XMLHttpRequest"
    said = program.ask("GET", "/config.json", signed_in=False).json()
    assert said["server"].rstrip("/") == url and said["theme"] and isinstance(said["options"], dict)
    program.discover(program.webfinger())
    return program


def sign_in(program, browser, person):
    """The same each time; the id of the session is what the page later hears by when that is over."""
    who = program.redeem(browser.authorize(program.authorization(response_mode="query"), person), client_id=program.client)
    assert program.claims["sid"]
    return who


def renew(program, browser, person):
    """Quietly, in a frame that may ask nobody; False where somebody has to sign in."""
    refused = program.ask("GET", "/graph/v1.0/me", expect=401, signed_in=False)
    assert "WWW-Authenticate" not in refused.headers, "or the browser itself asks for a password, over the page"
    seen, program.redirect = program.redirect, program.url + "/oidc-silent-redirect.html"
    try:
        address = browser.authorize(program.authorization(prompt="none", response_mode="query"), person)
        if "error" in program.told(address):
            assert program.told(address)["error"] == "login_required"
            return False
        before = program.claims["sub"]
        assert program.redeem(address, client_id=program.client) == before
        return True
    finally:
        program.redirect = seen


def look_around(program, person):
    """What the page needs before it shows anything."""
    program.capabilities("v1")
    me = program.ask("GET", "/graph/v1.0/me?%24expand=memberOf").json()
    assert me["id"] and isinstance(me["memberOf"], list)
    held = _settings(program, "roles-list")["bundles"]
    assigned = _settings(program, "assignments-list", account_uuid=me["id"])["assignments"]
    assert next(each["roleId"] for each in assigned if "roleId" in each) in [role["id"] for role in held]
    assert all(isinstance(each, str) for each in _settings(program, "permissions-list", account_uuid=me["id"])["permissions"])
    assert isinstance(_settings(program, "values-list", account_uuid="me").get("values", []), list)
    roles = program.ask("GET", "/graph/v1beta1/roleManagement/permissions/roleDefinitions").json()
    assert all(role["id"] and role["displayName"] for role in roles)
    program.ask("GET", "/graph/v1beta1/me/drives?" + urlencode({"$orderby": "name asc", "$filter": "driveType eq project"}))
    return program.drives("v1beta1", "?" + urlencode({"$orderby": "name asc", "$filter": "driveType eq personal"}))


def _settings(program, path, **said):
    return program.ask("POST", "/api/v0/settings/" + path, json.dumps(said), expect=(200, 201), Content_Type="application/json").json()


def work(program, drive):
    """A visit to the person's files."""
    root, name = "/dav/spaces/" + quote(drive["id"], safe=""), f"web {secrets.token_hex(3)}"
    here = f"{root}/{quote(name)}"
    program.ask("MKCOL", here, expect=201)
    content = secrets.token_bytes(3_000)
    begun = program.ask("POST", here, content[:1000], expect=201, Tus_Resumable="1.0.0", Upload_Length=3000, Content_Type=BYTES,
                        Upload_Metadata=metadata(name="a b.png", mtime="1600000000.123", filename="a b.png"))
    assert begun.headers["Upload-Offset"] == "1000"
    rest = program.ask("PATCH", begun.headers["Location"], content[1000:], expect=204, Tus_Resumable="1.0.0", Upload_Offset=1000, Content_Type=BYTES)
    assert rest.headers["Upload-Offset"] == "3000"
    note = program.ask("PUT", here + "/new.md", b"", expect=201, If_None_Match="*")
    made, = program.list("/dav/spaces/" + note.headers["OC-FileId"], LOOK, depth=0).values()
    assert text(made[OC + "name"]) == "new.md"
    program.ask("PUT", here + "/new.md", b"# Hello", expect=(200, 204), If_Match=text(made[DAV + "getetag"]))
    for row in (rows := program.list(here, LOOK)).values():
        assert "$" in text(row[OC + "fileid"]) and "!" in text(row[OC + "fileid"]) and text(row[OC + "permissions"])
        assert text(row[OC + "name"]) and "!" in text(row[OC + "file-parent"])
    row = rows[unquote(here) + "/a b.png"]
    assert program.ask("GET", here + "/a%20b.png").content == content
    by_id = "/dav/spaces/" + quote(text(row[OC + "fileid"]), safe="")
    assert program.ask("GET", by_id).content == content
    program.ask("MOVE", here + "/a%20b.png", expect=201, Destination=program.url + here + "/c.png", Overwrite="F")
    assert text(program.list(here, LOOK)[unquote(here) + "/c.png"][OC + "fileid"]) == text(row[OC + "fileid"])
    program.ask("DELETE", here, expect=204)
    _, *thrown = program.list("/dav/spaces/trash-bin/" + quote(drive["id"], safe=""), THROWN).values()
    assert all(text(each[OC + "trashbin-delete-datetime"]) and text(each[OC + "trashbin-original-filename"]) for each in thrown)
    assert name in [text(each[OC + "trashbin-original-location"]) for each in thrown]


def sign_out(program, browser):
    """Back at the page, signed out; whoever has the token still gets nowhere."""
    said = {"id_token_hint": program.tokens["id_token"], "post_logout_redirect_uri": program.url + "/"}
    answer = browser.see(program.found["end_session_endpoint"].removeprefix(program.url) + "?" + urlencode(said), allow_redirects=False)
    assert answer.headers["Location"] == program.url + "/"
    program.ask("GET", "/graph/v1.0/me", expect=401)
