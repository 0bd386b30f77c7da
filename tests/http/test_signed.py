"""Signed addresses: who may come in by them, for what, and for how long."""
import base64
import hashlib
from datetime import UTC, datetime
from urllib.parse import parse_qsl, quote, unquote_to_bytes, urlencode, urlsplit

import pytest
import requests

from appliance.core import clock, errors
from appliance.http import signed

BASE = "https://box.example:9200"


@pytest.fixture
def people(house):
    return house.people


@pytest.fixture
def ann(people):
    """The Actor of an account."""
    people.add("ann", password="a long enough secret")
    return people.actor("ann")


@pytest.fixture(autouse=True)
def right_time():
    yield
    clock.set()


def environ(address, method="GET"):
    """The request for an absolute address, as WSGI tells it."""
    parts = urlsplit(address)
    return {"REQUEST_METHOD": method, "PATH_INFO": unquote_to_bytes(parts.path).decode("latin-1"), "RAW_PATH": parts.path,
            "QUERY_STRING": parts.query, "hearth.url": BASE}


def by_client(key, user, path, query="", verb="GET", date=None, expires="3600", algorithm="PBKDF2/10000-SHA512", rounds=10000,
              base=BASE):
    """Sign an address the way the web client does."""
    date = date or datetime.fromtimestamp(clock.now(), UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    own = urlencode({"OC-Credential": user, "OC-Date": date, "OC-Expires": expires, "OC-Verb": verb})
    address = f"{base}{path}?{query}{query and '&'}{own}"
    signature = hashlib.pbkdf2_hmac("sha512", address.encode(), key.encode(), rounds, 32).hex()
    return f"{address}&OC-Algo={quote(algorithm, safe='')}&OC-Signature={signature}"


# Addresses that clients sign.

@pytest.mark.parametrize("path, query", [
    ("/dav/files/ann/a.txt", ""), ("/dav/files/ann/a%20b%C3%BC.txt", ""), ("/archiver", "id=a%24b%21c&id=a%24d&output-format=zip"),
    ("/dav/spaces/a$b!c/x.txt", "preview=1&x=32"), ("/dav/spaces/a%24b%21c/x%2C%27.txt", "")])
def test_client_signature_opens(people, ann, path, query):
    """What the client signed with its own key speaks for it."""
    address = by_client(people.signing_key(ann.id), "ann", path, query)
    assert signed.actor(people, environ(address)).id == ann.id


def test_client_signature_in_the_order_of_opencloud(people, ann):
    """A client that signs its own parameters sorted before those of the signature is understood too."""
    date = datetime.fromtimestamp(clock.now(), UTC).isoformat()
    own = urlencode({"OC-Credential": "ann", "OC-Date": date, "OC-Expires": "60", "OC-Verb": "GET"})
    text = f"{BASE}/archiver?a=1&z=2&{own}"
    signature = hashlib.pbkdf2_hmac("sha512", text.encode(), people.signing_key(ann.id).encode(), 10000, 32).hex()
    address = f"{BASE}/archiver?{own}&z=2&a=1&OC-Algo=PBKDF2%2F10000-SHA512&OC-Signature={signature}"
    assert signed.actor(people, environ(address)).id == ann.id


@pytest.mark.parametrize("change", [
    lambda address: address.replace("a.txt", "b.txt"), lambda address: address.replace("ann&", "ben&"),
    lambda address: address.replace("OC-Expires=3600", "OC-Expires=999999"), lambda address: address + "&x=1",
    lambda address: address[:-1] + ("0" if address[-1] != "0" else "1"), lambda address: address[:-64],
    lambda address: address[:-64] + "zz" * 32, lambda address: address.replace("&OC-Algo=PBKDF2%2F10000-SHA512", ""),
    lambda address: address + "&OC-Verb=GET", lambda address: address.replace("OC-Date=20", "OC-Date=19"),
    lambda address: address.replace("OC-Credential=ann", "OC-Credential=nobody")])
def test_changed_client_signature_opens_nothing(people, ann, change):
    """Any change to a signed address makes it worthless."""
    people.add("ben", password="a long enough secret")
    address = by_client(people.signing_key(ann.id), "ann", "/dav/files/ann/a.txt")
    assert change(address) != address
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(change(address)))


@pytest.mark.parametrize("wrong", [
    {"verb": "PUT"}, {"verb": "get"}, {"expires": "-5"}, {"expires": "x"}, {"expires": ""}, {"date": "yesterday"},
    {"date": "2020-01-01T00:00:00Z"}, {"algorithm": "PBKDF2/1-SHA512", "rounds": 1}, {"algorithm": "none"}])
def test_wrong_terms(people, ann, wrong):
    """A good signature under terms that are not ours opens nothing."""
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(by_client(people.signing_key(ann.id), "ann", "/dav/files/ann/a.txt", **wrong)))


@pytest.mark.parametrize("method", ["HEAD", "PUT", "DELETE", "PROPFIND", "POST"])
def test_client_signature_only_gets(people, ann, method):
    address = by_client(people.signing_key(ann.id), "ann", "/dav/files/ann/a.txt")
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(address, method))


def test_client_signature_ends(people, ann):
    """It opens until its time is over."""
    address = by_client(people.signing_key(ann.id), "ann", "/dav/files/ann/a.txt", expires="60")
    now = clock.now_ns()
    clock.set(lambda: now + 58 * 10**9)
    assert signed.actor(people, environ(address))
    clock.set(lambda: now + 62 * 10**9)
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(address))


@pytest.mark.parametrize("key", ["", "0", "0" * 128])
def test_no_empty_key(people, ann, key):
    """An account that never asked for its key cannot be spoken for with an empty one."""
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(by_client(key, "ann", "/dav/files/ann/a.txt")))


def test_a_disabled_account_opens_nothing(people, ann):
    """Neither kind of address outlives the right to sign in."""
    theirs = by_client(people.signing_key(ann.id), "ann", "/dav/files/ann/a.txt")
    ours = signed.download_url(people, ann, BASE, "/dav/files/ann/a.txt")
    people.disable("ann")
    for address in (theirs, ours):
        with pytest.raises(errors.Unauthenticated):
            signed.actor(people, environ(address))


# Addresses that we sign.

@pytest.mark.parametrize("href", ["/dav/files/ann/a.txt", "/dav/spaces/a$b%21c/x%20%C3%BC%25.txt", "/remote.php/webdav/%F0%9F%98%80"])
def test_download_address_opens(people, ann, href):
    """It opens exactly its file, to GET and HEAD, however the client encodes the path."""
    address = signed.download_url(people, ann, BASE, href)
    assert address.startswith(BASE + href + "?")
    for method in ("GET", "HEAD"):
        assert signed.actor(people, environ(address, method)).id == ann.id
    assert signed.actor(people, environ(address.replace("$", "%24"))).id == ann.id


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PROPFIND", "POST", "MOVE"])
def test_download_address_only_reads(people, ann, method):
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(signed.download_url(people, ann, BASE, "/dav/files/ann/a.txt"), method))


def test_download_address_of_another_file_or_person(people, ann):
    """Changing the path, the account, the time or adding a parameter makes it worthless."""
    people.add("ben", password="a long enough secret")
    ben = people.actor("ben")
    address = signed.download_url(people, ann, BASE, "/dav/files/ann/a.txt")
    token = dict(parse_qsl(urlsplit(address).query))["oc-jwt-sig"]
    account, expires, _, seal = token.split(".")
    for wrong in (address.replace("a.txt", "b.txt"), address.replace(account, ben.id), address + "&preview=1", address + "x",
                  address.replace(expires, str(int(expires) + 1)), address.replace(seal, ""), address.replace("." + seal, ""),
                  address + "&oc-jwt-sig=" + token, address.replace(token, ""), address.replace(account, "ann"),
                  address.replace(".." + seal, f".{people.tokens.create(ann.id)[1].id}.{seal}"), address.replace("..", "."), address.replace("..", "..."),
                  address.replace(token, base64.b64encode(token.encode()).decode())):
        with pytest.raises(errors.Unauthenticated):
            signed.actor(people, environ(wrong))


def test_download_address_ends(people, ann):
    address = signed.download_url(people, ann, BASE, "/dav/files/ann/a.txt")
    now = clock.now_ns()
    clock.set(lambda: now + 29 * 60 * 10**9)
    assert signed.actor(people, environ(address))
    clock.set(lambda: now + 31 * 60 * 10**9)
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(address))


def test_download_address_of_an_app_token(people, ann):
    """It reaches no further than the token, is good no longer, and cannot be made into one without it."""
    secret, token = people.tokens.create(ann.id, seconds=60, read_only=True, folder="f")
    address = signed.download_url(people, people.sign_in("ann", secret), BASE, "/dav/files/ann/a.txt")
    found = signed.actor(people, environ(address))
    assert (found.id, found.method, found.token, found.read_only, found.folder) == (ann.id, "signature", token.id, True, "f")
    other = people.tokens.create(ann.id)[1]
    for wrong in (address.replace(token.id, ""), address.replace(token.id, other.id), address.replace(token.id, "../accounts/x")):
        with pytest.raises(errors.Unauthenticated):
            signed.actor(people, environ(wrong))
    now = clock.now_ns()
    clock.set(lambda: now + 61 * 10**9)
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(address))
    clock.set()
    people.tokens.revoke(token.id)
    with pytest.raises(errors.Unauthenticated):
        signed.actor(people, environ(address))


def test_unsigned_is_not_an_answer(people):
    """Without a signature somebody else must say who it is."""
    assert signed.actor(people, environ(BASE + "/dav/files/ann/a.txt?x=1")) is None


# Over the wire.

def test_download_without_signing_in(server, person, http):
    """The address in oc:downloadURL gives the file to anybody, once; its neighbour stays closed."""
    for name in ("a b.txt", "c.txt"):
        assert http.put(f"{person.dav}/{quote(name)}", data=b"content of " + name.encode()).status_code == 201
    body = ('<d:propfind xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns"><d:prop><oc:downloadURL/></d:prop></d:propfind>')
    listed = http.request("PROPFIND", f"{person.dav}/a%20b.txt", data=body, headers={"Depth": "0"})
    assert listed.status_code == 207
    address = listed.text.partition("<oc:downloadURL>")[2].partition("</oc:downloadURL>")[0].replace("&amp;", "&")
    assert address.startswith(server.url)
    assert requests.get(address, timeout=20).content == b"content of a b.txt"
    assert requests.get(address.replace("a%20b.txt", "c.txt"), timeout=20).status_code == 401
    assert requests.delete(address, timeout=20).status_code == 401


def test_client_signature_over_the_wire(server, person, http):
    """The key comes from OCS; an address signed with it needs no other sign-in."""
    assert http.put(f"{person.dav}/a b.txt", data=b"content").status_code == 201
    data = http.get(f"{server.url}/ocs/v2.php/cloud/user/signing-key?format=json").json()["ocs"]["data"]
    path = f"/dav/files/{person.name}/a%20b.txt"
    right = requests.get(by_client(data["signing-key"], person.name, path, base=server.url), timeout=20)
    wrong = requests.get(by_client(data["signing-key"], person.name, path).replace(BASE, server.url), timeout=20)
    assert (right.status_code, right.content, wrong.status_code) == (200, b"content", 401)
