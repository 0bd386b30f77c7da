"""OpenCloud's Android app: it asks the server which sign-in it takes, uses a custom tab of the browser, and uploads by PUT or tus."""
import base64
import hashlib
import secrets
from urllib.parse import unquote, urlsplit

from sims.relying import DAV, OC, OFFLINE, Program, metadata, propfind, seconds, sha1, text

AGENT = "Mozilla/5.0 (Android) OpenCloud-android/1.2.0"
PROBE = propfind("displayname", "resourcetype")
LOOK = propfind("displayname", "getcontenttype", "resourcetype", "getcontentlength", "getlastmodified", "creationdate", "getetag",
                "oc:permissions", "oc:id", "oc:size", "oc:privatelink", "oc:share-types", "oc:checksums")
MOMENT = 1_600_000_000


def connect(url, certificate):
    """Typed or scanned; without a bearer in the challenge it would ask for a password itself."""
    program = Program(url, certificate, AGENT, "android", "OpenCloudAndroid", "oc://android.opencloud.eu", OFFLINE)
    issuer = program.webfinger()
    program.status()
    refused = program.ask("PROPFIND", "/remote.php/dav/files/", PROBE, expect=401, signed_in=False, Depth=0)
    assert "bearer" in refused.headers["WWW-Authenticate"].lower()
    program.discover(issuer)
    assert "none" in program.found["token_endpoint_auth_methods_supported"], "or it sends a secret that it has not"
    return program


def sign_in(program, browser, person):
    """A new account asks for a new sign-in; one that it has says whose it is, twice."""
    known = program.claims and program.claims["preferred_username"]
    asked = {"prompt": "select_account consent", "user": known, "login_hint": known} if known else {"prompt": "login"}
    return program.redeem(browser.authorize(program.authorization(**asked), person), client_id=program.client, scope=program.scope)


def renew(program, browser, person):
    """It asks the provider for its addresses anew; False where somebody has to sign in."""
    program.discover(program.found["issuer"])
    return program.refresh(client_id=program.client, scope=program.scope)


def look_around(program, person):
    """Who it is, what the server can, and the drives that become the app's list."""
    program.ask("PROPFIND", "/remote.php/dav/files/", PROBE, expect=(200, 207, 404), Depth=0)
    said = program.ask("GET", "/ocs/v2.php/cloud/user?format=json", OCS_APIREQUEST="true").json()["ocs"]["data"]
    assert said["id"] and isinstance(said["display-name"], str)
    program.capabilities()
    drive = program.drives()
    room = program.ask("PROPFIND", f"/remote.php/dav/files/{person.name}", propfind("quota-available-bytes", "quota-used-bytes"), expect=207, Depth=0)
    assert "quota-used-bytes" in room.text
    return drive


def work(program, drive):
    """A photo goes up, another in pieces, one comes down; then tidying up."""
    dav = drive["root"]["webDavUrl"]
    root, folder = unquote(urlsplit(dav).path), f"android-{secrets.token_hex(3)}"
    here = f"{dav}/{folder}"
    program.ask("MKCOL", here, expect=201)
    photo = secrets.token_bytes(4_000)
    put = {"OC_Total_Length": len(photo), "X_OC_Mtime": MOMENT, "Content_Type": "application/octet-stream"}
    stored = program.ask("PUT", here + "/a.jpg", photo, expect=201, OC_Checksum="SHA1:" + sha1(photo), **put)
    assert stored.headers["OC-ETag"] and stored.headers["OC-FileId"]
    program.ask("PUT", here + "/a.jpg", photo, expect=400, OC_Checksum="SHA1:" + "0" * 40, **put)
    begun = program.ask("POST", here, photo[:1000], expect=201, Tus_Resumable="1.0.0", Tus_Extension="creation,creation-with-upload", Upload_Length=4000,
                        Upload_Offset=0, Content_Type="application/offset+octet-stream", Upload_Checksum=_sum(photo[:1000]),
                        Upload_Metadata=metadata(filename="b.jpg", mimetype="image/jpeg", mtime=MOMENT, checksum="SHA1 " + sha1(photo)))
    assert begun.headers["Upload-Offset"] == "1000"
    rest = program.ask("PATCH", begun.headers["Location"], photo[1000:], expect=(200, 204), Tus_Resumable="1.0.0", Upload_Offset=1000,
                       Content_Type="application/offset+octet-stream", Upload_Checksum=_sum(photo[1000:]))
    assert rest.headers["Upload-Offset"] == "4000"

    found = program.list(here + "/", LOOK)
    for path, row in found.items():
        folder_of = row[DAV + "resourcetype"].find(DAV + "collection") is not None
        kind = text(row[DAV + "getcontenttype"]) if DAV + "getcontenttype" in row else ""
        assert (kind in ("", "httpd/unix-directory")) == folder_of, (path, kind)
        assert text(row[OC + "permissions"]) and text(row[OC + "id"]) and text(row[DAV + "getetag"]).startswith('"')
    for name in ("a.jpg", "b.jpg"):
        row = found[f"{root}/{folder}/{name}"]
        assert text(row[DAV + "getcontentlength"]) == "4000" and seconds(text(row[DAV + "getlastmodified"])) == MOMENT
    came = program.ask("GET", here + "/b.jpg", Accept_Encoding="identity")
    assert came.content == photo and came.headers["Last-Modified"] and came.headers["ETag"]
    program.ask("MOVE", here + "/b.jpg", expect=201, Destination=here + "/c.jpg", Overwrite="F")
    assert text(program.list(here + "/c.jpg", LOOK, depth=0)[f"{root}/{folder}/c.jpg"][OC + "id"]) == text(row[OC + "id"])
    for name in ("/a.jpg", "/c.jpg", ""):
        program.ask("DELETE", here + name, expect=204)


def _sum(part):
    return "sha1 " + base64.b64encode(hashlib.sha1(part).digest()).decode()
