"""LOCK, UNLOCK, and what a lock keeps from happening, over the wire."""
import pytest
from davwire import DAV, LOCKINFO, lock, problem, propfind, shown, value

UPDATE = '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><z:p xmlns:z="z">1</z:p></d:prop></d:set></d:propertyupdate>'


@pytest.fixture
def tree(person, http):
    """``d/a.txt`` and ``e.txt``."""
    http.request("MKCOL", person.dav + "/d").raise_for_status()
    http.put(person.dav + "/d/a.txt", data=b"a").raise_for_status()
    http.put(person.dav + "/e.txt", data=b"e").raise_for_status()
    return person.dav


def test_life_of_a_lock(tree, http):
    """Lock, see it, refresh it, unlock it."""
    url = tree + "/e.txt"
    answer, token = lock(http, url)
    assert answer.status_code == 200 and token.startswith("urn:uuid:")
    assert answer.headers["Content-Type"] == "application/xml; charset=utf-8"
    active, = propfind(http, url, "d:lockdiscovery").values()
    active = active["200"][DAV + "lockdiscovery"].find(DAV + "activelock")
    assert active.findtext(f"{DAV}locktoken/{DAV}href") == token and active.find(f"{DAV}lockscope/{DAV}exclusive") is not None
    assert active.findtext(f"{DAV}owner/{DAV}href") == "me" and active.findtext(DAV + "depth") == "infinity"
    assert 0 < int(active.findtext(DAV + "timeout").removeprefix("Second-")) <= 600
    refreshed = http.request("LOCK", url, headers={"Timeout": "Second-3600", **shown(token)})
    assert refreshed.status_code == 200 and "Second-3" in refreshed.text and "Lock-Token" not in refreshed.headers
    assert http.request("UNLOCK", url, headers={"Lock-Token": f"<{token}>"}).status_code == 204
    assert "404" in next(iter(propfind(http, url, "d:lockdiscovery").values()))
    assert http.request("UNLOCK", url, headers={"Lock-Token": f"<{token}>"}).status_code == 409


def test_what_a_lock_keeps_from_happening(tree, http):
    """Nothing changes the file without the token; with it, everything works. The old header for it works too."""
    url = tree + "/e.txt"
    _, token = lock(http, url)
    before = value(http, tree, "d:getetag")
    for method, headers, body in (("PUT", {}, b"x"), ("DELETE", {}, None), ("MOVE", {"Destination": tree + "/x"}, None), ("PROPPATCH", {}, UPDATE)):
        answer = http.request(method, url, headers=headers, data=body)
        assert answer.status_code == 423 and problem(answer)[0] == "Locked", method
    assert http.request("COPY", tree + "/d/a.txt", headers={"Destination": url}).status_code == 423
    assert http.request("MOVE", tree + "/d/a.txt", headers={"Destination": url}).status_code == 423
    assert value(http, tree, "d:getetag") == before and http.get(url).content == b"e"
    assert http.request("COPY", url, headers={"Destination": tree + "/copy"}).status_code == 201, "reading is free"
    assert http.put(url, data=b"1", headers=shown(token)).status_code == 204
    assert http.put(url, data=b"2", headers={"Lock-Token": f"<{token}>"}).status_code == 204
    assert http.put(url, data=b"3", headers={"If": f"<{url}> (<{token}>)"}).status_code == 204
    assert http.request("PROPPATCH", url, data=UPDATE, headers=shown(token)).status_code == 207
    assert http.request("COPY", tree + "/d/a.txt", headers={"Destination": url, "If": f"<{url}> (<{token}>)"}).status_code == 204
    assert http.put(url, data=b"4").status_code == 423, "the lock outlives what is written into the file"
    assert http.delete(url, headers=shown(token)).status_code == 204
    assert http.put(url, data=b"5").status_code == 201, "a lock goes with the file"


def test_wrong_tokens(tree, http):
    """412 where the condition does not hold, whether locked or not; a token of another file opens nothing."""
    _, token = lock(http, tree + "/e.txt")
    other = "urn:uuid:00000000-0000-4000-8000-000000000000"
    assert http.put(tree + "/e.txt", data=b"x", headers=shown(other)).status_code == 412
    assert http.put(tree + "/d/a.txt", data=b"x", headers=shown(token)).status_code == 412
    assert http.put(tree + "/e.txt", data=b"x", headers={"If": f"(Not <{token}>)"}).status_code == 412
    assert http.put(tree + "/e.txt", data=b"x", headers={"If": f"(<{other}>) (Not <DAV:no-lock>)"}).status_code == 423
    assert http.get(tree + "/e.txt").content == b"e" and http.get(tree + "/d/a.txt").content == b"a"
    assert http.request("UNLOCK", tree + "/e.txt", headers={"Lock-Token": f"<{other}>"}).status_code == 423
    assert http.request("UNLOCK", tree + "/e.txt").status_code == 423
    assert http.request("UNLOCK", tree + "/none", headers={"Lock-Token": f"<{token}>"}).status_code == 404
    assert http.request("UNLOCK", tree + "/d/a.txt").status_code == 400
    assert http.request("LOCK", tree + "/d/a.txt", headers=shown(token)).status_code == 412
    assert http.request("LOCK", tree + "/d/a.txt").status_code == 400, "neither a body nor a token"


def test_depth(tree, http):
    """A lock of depth infinity covers what is beneath and what comes; one of depth 0 only what is in the list of members."""
    _, token = lock(http, tree + "/d")
    assert http.put(tree + "/d/a.txt", data=b"x").status_code == 423
    assert http.put(tree + "/d/new", data=b"x").status_code == 423
    assert http.request("MKCOL", tree + "/d/new").status_code == 423
    assert http.request("MOVE", tree + "/e.txt", headers={"Destination": tree + "/d/e"}).status_code == 423
    assert lock(http, tree + "/d/a.txt")[0].status_code == 423
    assert http.put(tree + "/d/a.txt", data=b"x", headers=shown(token)).status_code == 204
    assert http.put(tree + "/d/new", data=b"x", headers={"If": f"<{tree}/d> (<{token}>)"}).status_code == 201
    http.request("UNLOCK", tree + "/d", headers={"Lock-Token": f"<{token}>"}).raise_for_status()
    _, token = lock(http, tree + "/d", Depth="0")
    assert http.put(tree + "/d/a.txt", data=b"y").status_code == 204
    assert http.put(tree + "/d/more", data=b"x").status_code == 423
    assert http.delete(tree + "/d/a.txt").status_code == 423
    assert lock(http, tree + "/e.txt", Depth="1")[0].status_code == 400


def test_beneath(tree, http):
    """A folder cannot go, nor be locked whole, while something in it is locked."""
    _, token = lock(http, tree + "/d/a.txt")
    assert http.delete(tree + "/d").status_code == 423
    assert http.request("MOVE", tree + "/d", headers={"Destination": tree + "/x"}).status_code == 423
    assert lock(http, tree + "/d")[0].status_code == 423
    assert lock(http, tree + "/d", Depth="0")[0].status_code == 200
    assert http.get(tree + "/d/a.txt").status_code == 200
    assert propfind(http, tree + "/d", "d:lockdiscovery", depth="1")[f"/dav/files/{tree.rpartition('/')[2]}/d/a.txt"]["200"]


def test_shared(tree, http):
    """Several may hold a shared lock, none an exclusive one beside it; each opens with its own token."""
    (one, first), (two, second) = lock(http, tree + "/e.txt", "shared"), lock(http, tree + "/e.txt", "shared")
    assert one.status_code == two.status_code == 200 and first != second
    assert lock(http, tree + "/e.txt")[0].status_code == 423
    assert http.put(tree + "/e.txt", data=b"x").status_code == 423
    assert http.put(tree + "/e.txt", data=b"x", headers=shown(first)).status_code == 204
    assert http.put(tree + "/e.txt", data=b"x", headers=shown(second)).status_code == 204


def test_nothing_there(tree, http):
    """A LOCK of nothing makes an empty file; where it could not be had, it makes none."""
    answer, token = lock(http, tree + "/new.txt", Depth="0")
    assert answer.status_code == 201 and http.get(tree + "/new.txt").content == b""
    assert http.put(tree + "/new.txt", data=b"x", headers=shown(token)).status_code == 204
    assert lock(http, tree + "/none/new.txt")[0].status_code == 409
    _, token = lock(http, tree + "/d")
    assert lock(http, tree + "/d/new.txt", **shown(token))[0].status_code in (412, 423)
    assert lock(http, tree + "/d/new.txt", If=f"<{tree}/d> (<{token}>)")[0].status_code == 423
    assert http.get(tree + "/d/new.txt").status_code == 404


@pytest.mark.parametrize("body", ["<a", "<a/>", '<d:lockinfo xmlns:d="DAV:"/>', LOCKINFO.format(scope="private"), LOCKINFO.format(scope="exclusive").replace("d:write", "d:read"),
                                  '<!DOCTYPE a><a/>', LOCKINFO.format(scope="exclusive").replace("lockinfo", "lock")])
def test_bad_bodies(tree, http, body):
    """400, and nothing is locked or made."""
    assert http.request("LOCK", tree + "/e.txt", data=body).status_code == 400
    assert http.request("LOCK", tree + "/new.txt", data=body).status_code == 400
    assert http.put(tree + "/e.txt", data=b"x").status_code == 204 and http.get(tree + "/new.txt").status_code == 404


def test_unknown_elements_are_ignored(tree, http):
    """RFC 4918 §17."""
    body = LOCKINFO.format(scope="exclusive").replace("<d:owner>", '<z:more xmlns:z="z"><z:x/></z:more><d:owner>')
    assert http.request("LOCK", tree + "/e.txt", data=body).status_code == 200


@pytest.mark.parametrize("timeout, wanted", [("Infinite", "Infinite"), ("Second-0", "Infinite"), ("nonsense", "Infinite"), ("Second-4100000000, Infinite", "Infinite"),
                                             ("Infinite, Second-9", "Infinite"), ("Second-100", "Second-"), ("Second-99999999999999999999999", "Infinite")])
def test_timeouts(tree, http, timeout, wanted):
    """What is not understood, or longer than ten years, is for ever."""
    assert f"<d:timeout>{wanted}" in lock(http, tree + "/e.txt", Timeout=timeout)[0].text


def test_an_owner_is_not_a_book(tree, http):
    """What a client tells about itself is limited."""
    body = LOCKINFO.format(scope="exclusive").replace("me", "x" * 5000)
    assert http.request("LOCK", tree + "/e.txt", data=body).status_code == 413


def test_locks_outlive_a_restart(server, tree, http):
    """A lock is on the disk before it is acknowledged."""
    _, token = lock(http, tree + "/e.txt")
    server.restart()
    url = tree.replace(tree.partition("/dav/")[0], server.url) + "/e.txt"
    assert http.put(url, data=b"x").status_code == 423
    assert http.put(url, data=b"x", headers=shown(token)).status_code == 204
