"""Addresses: what a URL means, and how a path becomes an href."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import errors
from appliance.protocols.webdav import addresses
from appliance.protocols.webdav.addresses import META, OTHER, SPACES, TRASH, TREE

SPACE = "1284d238-aa92-42ce-bdc4-0b0000009157$4c510ada-c86b-4815-8820-42cdf82c3d51"


@pytest.mark.parametrize("path, kind, base, root, inside", [
    ("/webdav", TREE, "/webdav", "", ""),
    ("/remote.php/webdav/a/b/", TREE, "/remote.php/webdav", "", "a/b"),
    ("/dav/files/ann/a", TREE, "/dav/files/ann", "ann", "a"),
    ("/remote.php/dav/files/ann//a///b", TREE, "/remote.php/dav/files/ann", "ann", "a/b"),
    (f"/dav/spaces/{SPACE}/a", TREE, f"/dav/spaces/{SPACE}", SPACE, "a"),
    (f"/dav/spaces/trash-bin/{SPACE}/key/a", TRASH, f"/dav/spaces/trash-bin/{SPACE}", SPACE, "key/a"),
    ("/dav/trash-bin/ann", TRASH, "/dav/trash-bin/ann", "ann", ""),
    (f"/dav/meta/{SPACE}/v", META, f"/dav/meta/{SPACE}", SPACE, "v"),
    ("/dav/files", addresses.FILES, "/dav/files", "", ""),
    ("/remote.php/dav/spaces/", SPACES, "/remote.php/dav/spaces", "", ""),
    ("/dav", OTHER, "/dav", "", ""),
    ("/dav/avatars/ann/64", OTHER, "/dav/avatars/ann/64", "", ""),
    ("/dav/spaces/trash-bin", OTHER, "/dav/spaces/trash-bin", "", ""),
    ("/", OTHER, "/", "", ""),
])
def test_what_an_address_means(path, kind, base, root, inside):
    """Each address of the contract, with and without /remote.php."""
    target = addresses.parse(path)
    assert (target.kind, target.base, target.root, target.path) == (kind, base, root, inside)
    assert target.slash == path.endswith("/")


@pytest.mark.parametrize("path", ["/webdav/..", "/webdav/a/../b", "/webdav/.", "/dav/../etc", "/webdav/a\0b", "/dav/files/.."])
def test_no_way_out(path):
    """Dots and NUL are refused wherever they stand."""
    with pytest.raises(errors.Invalid):
        addresses.parse(path)


def test_a_request_is_utf8():
    """WSGI hands over bytes dressed as Latin-1."""
    assert addresses.of_request({"PATH_INFO": "/webdav/é".encode().decode("latin-1")}).path == "é"
    with pytest.raises(errors.Invalid):
        addresses.of_request({"PATH_INFO": "/webdav/\xff\xfe"})


@pytest.mark.parametrize("value, path", [
    ("http://box:9200/webdav/a%20b", "a b"), ("/webdav/a%20b", "a b"), ("https://other/webdav/a%3Fb?c#d", "a?b"),
    ("/webdav/%C3%BC", "ü"), ("/webdav/ü".encode().decode("latin-1"), "ü"), ("/webdav/a%252Fb", "a%2Fb"),
    ("//host/webdav/x", "x"), (" /webdav/x ", "x"),
])
def test_destinations(value, path):
    """A URL or a path, quoted or not; a question mark inside a name is not a query."""
    assert addresses.of_destination(value)[3] == path


@pytest.mark.parametrize("value", ["", "x", "http://[", "http://host", "*", "?", "#", "/webdav/%ff", "/webdav/%2e%2e/x", "/webdav/%00"])
def test_bad_destinations(value):
    """What is no address of ours is Invalid."""
    with pytest.raises(errors.Invalid):
        addresses.of_destination(value)


def test_hrefs_are_encoded_as_clients_know_them():
    """Left raw: letters, digits and - _ . ~ $ & + , / : ; = @. All else is percent-encoded in upper case."""
    assert addresses.encode("/a-_.~$&+,:;=@Z9") == "/a-_.~$&+,:;=@Z9"
    assert addresses.encode("#?% !'()*[]\"<>\\^`{|}") == "%23%3F%25%20%21%27%28%29%2A%5B%5D%22%3C%3E%5C%5E%60%7B%7C%7D"
    assert addresses.encode("ü\u65e5") == "%C3%BC%E6%97%A5"
    assert addresses.parse(f"/dav/spaces/{SPACE}!x/a b").href(True) == f"/dav/spaces/{SPACE}%21x/a%20b/"


@given(st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="/\0"), min_size=1).filter(lambda name: name not in (".", "..")))
def test_every_name_comes_back(name):
    """An href read as a destination is the same name again."""
    href = addresses.parse("/webdav")._replace(path=name).href(False)
    assert href.isascii()
    assert addresses.of_destination(href).path == name
