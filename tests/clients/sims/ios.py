"""OpenCloud's iOS app: it reads XML without its namespaces, and uploads by tus only where each listing says that it may."""
import secrets
import xml.parsers.expat
from urllib.parse import unquote, urlsplit

from sims.relying import DAV, OC, OFFLINE, Program, metadata, propfind, seconds, sha1, text

AGENT = "OpenCloudApp/1.1.0 (App/1.1.0; iOS/18.1; iPhone)"
LOOK = propfind("resourcetype", "getlastmodified", "getcontentlength", "getcontenttype", "getetag", "quota-available-bytes", "quota-used-bytes",
                "oc:id", "oc:size", "oc:permissions", "oc:favorite", "oc:share-types", "oc:owner-id", "oc:owner-display-name", prefix="D")
TAGS = {"d:multistatus", "d:response", "d:href", "d:propstat", "d:prop", "d:status", "d:getetag", "d:resourcetype", "oc:id", "oc:permissions"}
MOMENT = 1_600_000_000


def connect(url, certificate):
    """The challenge decides how to sign in; it is read comma by comma."""
    program = Program(url, certificate, AGENT, "ios", "OpenCloudIOS", "oc://ios.opencloud.eu", OFFLINE)
    program.account = None
    issuer = program.webfinger()
    assert program.status()["productname"]
    refused = program.ask("PROPFIND", "/remote.php/dav/files/", expect=401, signed_in=False)
    ways = [way.strip().split(" ")[0].lower() for way in refused.headers["WWW-Authenticate"].split(",")]
    assert "bearer" in ways
    program.discover(issuer)
    assert "client_secret_basic" in program.found["token_endpoint_auth_methods_supported"]
    return program


def sign_in(program, browser, person):
    """It says which client it is by Basic, with the secret that it has not, and who it was before by the name that OCS told."""
    known = {"login_hint": program.account} if program.account else {}
    address = browser.authorize(program.authorization(prompt="select_account consent", **known), person)
    return program.redeem(address, auth=(program.client, ""))


def renew(program, browser, person):
    """The client is told twice, by Basic and in the form; False where somebody has to sign in."""
    return program.refresh(auth=(program.client, ""), client_id=program.client, client_secret="", scope=program.scope)


def look_around(program, person):
    """The sign-in counts once the capabilities came."""
    program.capabilities()
    said = program.ask("GET", "/ocs/v2.php/cloud/user?format=json").json()["ocs"]["data"]
    program.account = said["id"]
    assert program.account == person.name
    me = program.ask("GET", "/graph/v1.0/me").json()
    assert me["id"] and me["displayName"]
    return program.drives()


def work(program, drive):
    """A file in the Files app."""
    dav = drive["root"]["webDavUrl"]
    root, name = unquote(urlsplit(dav).path), f"ios-{secrets.token_hex(3)}"
    here = f"{dav}/{name}"
    program.ask("MKCOL", here, expect=201)
    listed = program.ask("PROPFIND", here + "/", LOOK, expect=207, Depth=1, Content_Type="application/xml")
    assert listed.headers["Tus-Resumable"] == "1.0.0" and "creation" in listed.headers["Tus-Extension"], "or it sends everything by PUT"
    names, hrefs = _literally(listed.content)
    assert names >= TAGS and hrefs and all(unquote(href).startswith(f"{root}/{name}") for href in hrefs)

    content = secrets.token_bytes(2_100)
    sent = program.ask("POST", here + "/", content, expect=201, Tus_Resumable="1.0.0", Upload_Length=2100, Content_Type="application/offset+octet-stream",
                       Upload_Offset=0, Upload_Metadata=metadata(filename="a.pdf", checksum="SHA1 " + sha1(content), mtime=MOMENT))
    assert sent.headers["Tus-Resumable"] == "1.0.0" and sent.headers["Location"].startswith("https://") and sent.headers["Upload-Offset"] == "2100"
    empty = program.ask("POST", here + "/", expect=201, Tus_Resumable="1.0.0", Upload_Length=0, Upload_Metadata=metadata(filename="empty", mtime=MOMENT))
    assert empty.headers["Tus-Resumable"] == "1.0.0" and "Location" in empty.headers, "without an address it reports a failure"
    row, = program.list(here + "/a.pdf", LOOK, depth=0).values()
    assert text(row[OC + "size"]) == "2100" and seconds(text(row[DAV + "getlastmodified"])) == MOMENT
    assert program.ask("GET", here + "/a.pdf").content == content
    program.ask("PUT", here + "/a.pdf", b"another", expect=412, If_None_Match="*", X_OC_MTime=MOMENT)
    program.ask("PUT", here + "/a.pdf", b"mine", expect=(200, 204), If_Match=text(row[DAV + "getetag"]), X_OC_MTime=MOMENT)
    program.ask("MOVE", here + "/a.pdf", expect=201, Destination=here + "/b.pdf", Overwrite="F")
    assert program.ask("GET", here + "/b.pdf").content == b"mine"
    program.ask("DELETE", here, expect=204)
    program.ask("PROPFIND", here, LOOK, expect=404, Depth=0)


def _literally(document):
    """The names of the elements as they are written, and the texts of d:href."""
    names, hrefs, inside = set(), [], []
    parser = xml.parsers.expat.ParserCreate()

    def begin(name, attributes):
        names.add(name)
        inside.clear()

    def end(name):
        if name == "d:href":
            hrefs.append("".join(inside))
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = begin, inside.append, end
    parser.Parse(document, True)
    return names, hrefs
