"""OpenCloud's web client: it lives at the server, stays signed in by the browser's session, and renews quietly in a hidden frame."""
import json
import secrets
from urllib.parse import quote, unquote, urlencode

from sims.relying import OC, Program, metadata, propfind, text

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
LOOK = propfind("oc:permissions", "oc:favorite", "oc:fileid", "oc:file-parent", "oc:name", "lockdiscovery", "oc:owner-id", "oc:owner-display-name",
                "oc:privatelink", "getcontentlength", "oc:size", "getlastmodified", "getetag", "getcontenttype", "resourcetype", "oc:downloadURL",
                "oc:tags", "oc:audio", "oc:location", "oc:image", "oc:photo")


def connect(url, certificate):
    """The page reads its configuration before anybody has signed in."""
    program = Program(url, certificate, AGENT, "web", url + "/oidc-callback.html", "openid profile email")
    said = program.ask("GET", "/config.json", signed_in=False).json()
    assert said["server"].rstrip("/") == url and said["theme"] and isinstance(said["options"], dict)
    program.discover(program.webfinger())
    return program


def look_around(program, person):
    """What the page needs before it shows anything."""
    program.capabilities("v1")
    me = program.ask("GET", "/graph/v1.0/me?%24expand=memberOf").json()
    assert me["id"] and isinstance(me["memberOf"], list)
    said = json.dumps({"account_uuid": me["id"]})
    for path, kept in (("roles-list", "bundles"), ("assignments-list", "assignments"), ("permissions-list", "permissions"), ("values-list", "values")):
        answer = program.ask("POST", "/api/v0/settings/" + path, said, expect=(200, 201), Content_Type="application/json").json()
        assert isinstance(answer.get(kept, []), list), path
    roles = program.ask("GET", "/graph/v1beta1/roleManagement/permissions/roleDefinitions").json()
    assert all(role["id"] and role["displayName"] for role in roles)
    program.ask("GET", "/graph/v1beta1/me/drives?" + urlencode({"$orderby": "name asc", "$filter": "driveType eq 'project'"}))
    return program.drives("v1beta1", "?" + urlencode({"$orderby": "name asc", "$filter": "driveType eq 'personal'"}))


def work(program, drive):
    """A visit to the person's files."""
    root, name = "/dav/spaces/" + quote(drive["id"], safe=""), f"web {secrets.token_hex(3)}"
    here = f"{root}/{quote(name)}"
    program.ask("MKCOL", here, expect=201)
    content = secrets.token_bytes(3_000)
    begun = program.ask("POST", here, expect=201, Tus_Resumable="1.0.0", Upload_Length=3000, Upload_Metadata=metadata(
        name="a b.png", type="image/png", filetype="image/png", filename="a b.png", relativePath="", lastModified="1600000000000", mtime="1600000000",
        spaceId=drive["id"], spaceName=drive["name"], currentFolder=f"/{name}", uppyId="uppy-1", topLevelFolderId="undefined"))
    program.ask("PATCH", begun.headers["Location"], content, expect=204, Tus_Resumable="1.0.0", Upload_Offset=0, Content_Type="application/offset+octet-stream")
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
    thrown = program.list("/dav/spaces/trash-bin/" + quote(drive["id"], safe=""), propfind("oc:trashbin-original-location", "oc:trashbin-delete-timestamp",
                                                                                          "getcontentlength", "resourcetype"))
    assert name in [text(each[OC + "trashbin-original-location"]) for each in thrown.values() if OC + "trashbin-original-location" in each]


def renew(program, browser, person):
    """Quietly, in a frame that may ask nobody; False where somebody has to sign in."""
    seen, program.redirect = program.redirect, program.url + "/oidc-silent-redirect.html"
    try:
        address = browser.authorize(program.authorization(prompt="none", id_token_hint=program.tokens["id_token"]), person)
        if "error" in program.told(address):
            assert program.told(address)["error"] == "login_required"
            return False
        program.redeem(address)
        return True
    finally:
        program.redirect = seen


def again(program, person):
    """The page goes to the sign-in as it did at first."""
    return {}


def sign_out(program, browser):
    """Back at the page, signed out; whoever has the token still gets nowhere."""
    said = {"id_token_hint": program.tokens["id_token"], "post_logout_redirect_uri": program.url + "/"}
    answer = browser.see(program.found["end_session_endpoint"].removeprefix(program.url) + "?" + urlencode(said), allow_redirects=False)
    assert answer.headers["Location"] == program.url + "/"
    program.ask("GET", "/graph/v1.0/me", expect=401)
