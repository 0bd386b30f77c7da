"""OpenCloud's desktop client: it looks for the house, signs in by the system's browser, and syncs with tus at the root of a space."""
import secrets
from urllib.parse import quote, unquote, urlencode, urlsplit

from sims.relying import DAV, OC, OFFLINE, Program, metadata, propfind, seconds, sha1, text

AGENT = "Mozilla/5.0 (Linux) mirall/4.0.0 (OpenCloud, debian-6.1.0 ClientArchitecture: x86_64 OsArchitecture: x86_64)"
SERVER = "http://webfinger.opencloud/rel/server-instance"
LOOK = propfind("resourcetype", "getlastmodified", "getcontentlength", "getetag", "oc:id", "oc:permissions", "oc:checksums", inline=True)
MOMENT = 1_600_000_000
BYTES = "application/offset+octet-stream"


def connect(url, certificate):
    """A server's address was typed: is it one, and where does one sign in?"""
    program = Program(url, certificate, AGENT, "desktop", "OpenCloudDesktop", "http://127.0.0.1", OFFLINE)
    _find(program)
    return program


def _find(program):
    program.status()
    program.discover(program.webfinger())


def sign_in(program, browser, person):
    """It waits for the browser at a port that happens to be free, so at another each time, and says who it was before."""
    program.redirect = f"http://127.0.0.1:{49152 + secrets.randbelow(16384)}"
    known = {"login_hint": program.claims["preferred_username"]} if program.claims else {}
    wanted = [each for each in ("consent", "select_account") if each in program.found["prompt_values_supported"]]
    address = browser.authorize(program.authorization(prompt=" ".join(wanted), **known), person)
    return program.redeem(address, client_id=program.client, scope=program.scope)


def renew(program, browser, person):
    """It looks for the house anew each time; False where somebody has to sign in."""
    _find(program)
    return program.refresh(client_id=program.client, scope=program.scope)


def look_around(program, person):
    """What is asked after the sign-in and after every start."""
    said = program.ask("GET", "/.well-known/webfinger?" + urlencode({"resource": "acct:me@" + urlsplit(program.url).hostname})).json()
    assert program.url in [link["href"] for link in said["links"] if link["rel"] == SERVER]
    program.capabilities()
    me = program.ask("GET", "/graph/v1.0/me").json()
    assert me["displayName"] and me["onPremisesSamAccountName"] == person.name
    program.ask("GET", "/graph/v1.0/me/photo/$value", expect=(200, 404))
    drive = program.drives()
    program.list(drive["root"]["webDavUrl"], LOOK, Prefer="return=minimal")
    return drive


def work(program, drive):
    """One sync after another: up in one piece, up in pieces, down, renamed, removed."""
    dav = drive["root"]["webDavUrl"]
    root, folder = unquote(urlsplit(dav).path), f"desktop {secrets.token_hex(3)}"
    here = f"{dav}/{quote(folder)}"
    program.ask("MKCOL", here, expect=201)
    made, = program.list(here, propfind("oc:permissions", "oc:fileid", inline=True), depth=0, Prefer="return=minimal").values()
    assert text(made[OC + "permissions"]) and text(made[OC + "fileid"])

    content = secrets.token_bytes(9_000)
    sent = _create(program, dav, f"/{folder}/über.bin", content, content, expect=201)
    assert sent.headers["Upload-Offset"] == "9000", "or it sends it again for ever"
    row = program.list(here, LOOK, Prefer="return=minimal")[f"{root}/{folder}/über.bin"]
    assert text(row[OC + "id"]) == sent.headers["OC-FileID"] and text(row[DAV + "getetag"]) == sent.headers["OC-ETag"]
    assert "W" in text(row[OC + "permissions"]) and f"SHA1:{sha1(content)}" in text(row[OC + "checksums"])
    assert seconds(text(row[DAV + "getlastmodified"])) == MOMENT and text(row[DAV + "getcontentlength"]) == "9000"

    begun = _create(program, dav, f"/{folder}/parts.bin", content, content[:1000], expect=201)
    place = begun.headers["Location"]
    assert begun.headers["Upload-Offset"] == "1000" and place.startswith("https://")
    assert program.ask("HEAD", place, expect=(200, 204)).headers["Upload-Offset"] == "1000", "after a restart it asks without Tus-Resumable"
    patch = {"Tus_Resumable": "1.0.0", "Content_Type": BYTES}
    program.ask("PATCH", place, content[500:600], expect=409, Upload_Offset=500, **patch)
    program.ask("PATCH", place, content[1000:1777], expect=204, Upload_Offset=1000, **patch)
    last = program.ask("PATCH", place, content[1777:], expect=204, Upload_Offset=1777, **patch)
    assert last.headers["Upload-Offset"] == "9000" and last.headers["OC-FileID"] and last.headers["OC-ETag"]
    _create(program, dav, f"/{folder}/empty", b"", b"", expect=201)
    assert program.ask("HEAD", here + "/empty").headers["Content-Length"] == "0"
    _create(program, dav, f"/{folder}/parts.bin", b"x", b"x", expect=412, If_Match='"stale"')

    came = program.ask("GET", here + "/parts.bin")
    assert came.content == content and came.headers["ETag"] and came.headers["Content-Length"] == "9000"
    rest = program.ask("GET", here + "/parts.bin", expect=206, Range="bytes=100-", Accept_Ranges="bytes")
    assert rest.content == content[100:] and rest.headers["Content-Range"].startswith("bytes 100-")

    before = _etag(program, dav)
    program.ask("MOVE", f"{here}/{quote('über.bin')}", expect=201, Destination=quote(f"{root}/{folder}/renamed.bin"))
    assert _etag(program, dav) != before, "or changes of others are never seen"
    moved = program.list(here, LOOK, Prefer="return=minimal")[f"{root}/{folder}/renamed.bin"]
    assert all(text(moved[name]) == text(row[name]) for name in (OC + "id", DAV + "getetag"))
    program.ask("DELETE", here, expect=204)
    program.ask("DELETE", here, expect=404)


def _create(program, dav, path, content, first, expect, **headers):
    said = metadata(filename=path, checksum="SHA1 " + sha1(content), mtime=MOMENT)
    return program.ask("POST", dav, first, expect, Tus_Resumable="1.0.0", Upload_Length=len(content), Upload_Offset=0, Content_Type=BYTES,
                       X_OC_Mtime=MOMENT, Upload_Metadata=said, **headers)


def _etag(program, dav):
    row, = program.list(dav, propfind("getetag", inline=True), depth=0, Prefer="return=minimal").values()
    return text(row[DAV + "getetag"])
