"""Paths made to get out: double encoding, dots, NUL, backslashes, long names, foreign homes."""
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm import calm

CALM = calm(150)

PIECES = st.sampled_from(["..", ".", "%2e%2e", "%2e", "%252e%252e", "%2f", "%5c", "\\", "..%5c", "..%2f", "%00", "%0a", "%0d%0a", "a.txt", "d", "b.txt", "", " ", "%20", "...",
                          "d.", "d%20", "%c0%ae%c0%ae", "%e0%80%ae", "%ff", "%u002e", "%", "%4", "%zz", "a.txt%00.jpg", ";", "d;x=1", "a.txt:stream", "x" * 255, "x" * 256,
                          "%e2%80%ae", "%f0%9f%98%80", "~", "~root", ".hearth", "etc", "passwd", "people", "CON", "a\u0301".encode().decode("latin-1"), "*", "?", "#"])
PLAIN = st.sampled_from(["a.txt", "d", "d/b.txt", "b.txt", "new", "d/new", "", ".", "..", "%2e%2e", "d.", "~", "CON", "a.txt;x=1", "%F0%9F%98%80", "a%CC%81"])
PATHS = st.one_of(st.lists(PLAIN, min_size=1, max_size=3).map("/".join), st.lists(st.one_of(PLAIN, PIECES), min_size=1, max_size=8).map("/".join))
METHODS = st.sampled_from(["GET", "HEAD", "PUT", "MKCOL", "DELETE", "PROPFIND", "PROPPATCH", "LOCK", "POST", "OPTIONS", "COPY", "MOVE", "UNLOCK"])
ROOTS = ["{home}", "/remote.php/webdav", "/webdav", "/dav/files/{name}", "/dav/spaces/{space}", "/dav/spaces", "/dav/files", "/dav/trash-bin/{name}",
         "/dav/spaces/trash-bin/{space}", "/dav/meta", "/dav/meta/{space}", "/dav", "/remote.php", "/data", "/archiver", "/dav/public-files", ""]


def _outside(server):
    """What no request with these paths may change: all but the person's own files."""
    data = Path(server.data)
    return {str(each.relative_to(data)) for each in (data / ".hearth").glob("*")} | {str(each) for each in data.glob("*")}


@CALM
@given(method=METHODS, root=st.sampled_from(ROOTS), path=PATHS, depth=st.sampled_from(["0", "1"]))
def test_any_path(raw, server, person, method, root, path, depth):
    """Whatever the path, the answer is meant, and nothing outside the home is touched."""
    before = _outside(server)
    root = root.format(home=raw.home, name=raw.name, space=person.space.replace("$", "%24"))
    target = f"{root}/{path}".encode("latin-1", "replace").replace(b" ", b"%20")
    headers = [("Depth", depth), ("Content-Length", "0"), ("Destination", raw.url + raw.home + "/elsewhere.txt"), ("Overwrite", "F")]
    answer = raw.refused_changes_nothing(raw.head(method, target, headers))
    assert b"root:x:0" not in answer.raw
    assert _outside(server) == before


@CALM
@given(method=st.sampled_from(["MOVE", "COPY"]), path=PATHS, overwrite=st.sampled_from(["T", "F"]),
       form=st.sampled_from(["{url}{home}/{path}", "{home}/{path}", "{path}", "http://evil.example{home}/{path}", "//evil.example{home}/{path}",
                             "{url}/dav/files/somebody/{path}", "{url}{home}/../{path}", "file:///{path}", "{url}/{path}", "{url}{home}{home}/{path}"]))
def test_any_destination(raw, server, method, path, overwrite, form):
    """A destination leads into the own home or nowhere."""
    before = _outside(server)
    destination = form.format(url=raw.url, home=raw.home, path=path).encode("utf-8", "replace")
    raw.refused_changes_nothing(raw.head(method, raw.home + "/d/b.txt", [("Destination", destination), ("Overwrite", overwrite)]))
    assert _outside(server) == before
    raw.send(raw.head("PUT", raw.home + "/d/b.txt", [("Content-Length", "1")]), b"b")      # it may have gone; the next case wants it


@pytest.mark.parametrize("path", ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2f..%2fetc/passwd", "/%252e%252e/etc/passwd", "/d/..%5c..%5ca.txt",
                                  "/a.txt%00", "/d/%2e%2e%2f%2e%2e%2f.hearth/FORMAT", "/.hearth/FORMAT", "/../.hearth/FORMAT"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "MKCOL"])
def test_known_ways_out(raw, server, path, method):
    """None of the classic ways leads out, or to the server's own files."""
    marker = Path(server.data, ".hearth/FORMAT").read_bytes()
    answer = raw.refused_changes_nothing(raw.head(method, raw.home + path, [("Content-Length", "0")]))
    assert b"root:x:0" not in answer.raw and marker.strip() not in answer.raw
    assert Path(server.data, ".hearth/FORMAT").read_bytes() == marker
    if method == "GET":
        assert answer.status in (400, 403, 404), answer.raw[:200]


@pytest.mark.parametrize("name", ["%00", "a%00b", "a%0ab", "a%0db", "a%0cb", "a%5cb", "%ff%fe", "%20", "x" * 256, "%c3%bc" * 128])
def test_names_that_cannot_be(raw, name):
    """Such names are refused for new files and folders, and in a destination."""
    assert raw.refused_changes_nothing(raw.head("PUT", f"{raw.home}/{name}", [("Content-Length", "0")])).status == 400
    assert raw.refused_changes_nothing(raw.head("MKCOL", f"{raw.home}/{name}")).status == 400
    assert raw.refused_changes_nothing(raw.head("MOVE", raw.home + "/a.txt", [("Destination", f"{raw.url}{raw.home}/{name}")])).status == 400
