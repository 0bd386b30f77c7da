"""Previews over the wire: at every address of a file, for whoever may download it and nobody else."""
import io
import re

import pytest
import requests
from davwire import asking, problem, propfind, value
from PIL import Image
from studio import bomb, colour, photo, stored

ASK = "?preview=1&x=64&y=64&a=1&processor=fit&scalingup=0&c=abc"


def shown(answer):
    """The image of an answer."""
    assert answer.status_code == 200, (answer.status_code, answer.text)
    return Image.open(io.BytesIO(answer.content))


def test_every_address(server, person, http):
    """By name, by space id, by the file's own id, by the old addresses; the same picture, safe to show."""
    http.put(person.dav + "/p.png", data=stored(photo())).raise_for_status()
    id = value(http, person.dav + "/p.png", "oc:id")
    for address in (f"/dav/files/{person.name}/p.png", f"/dav/spaces/{person.space}/p.png", f"/dav/spaces/{id}", "/webdav/p.png",
                    f"/remote.php/dav/files/{person.name}/p.png", "/remote.php/webdav/p.png"):
        answer = http.get(server.url + address + ASK)
        assert shown(answer).size == (64, 48) and colour(shown(answer), 0.8, 0.6) == "blue"
        assert answer.headers["Content-Type"] == "image/jpeg" and answer.headers["X-Content-Type-Options"] == "nosniff"
        head = http.head(server.url + address + ASK)
        assert head.status_code == 200 and head.headers["Content-Length"] == answer.headers["Content-Length"] and not head.content
    again = http.get(person.dav + "/p.png" + ASK, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


def test_processors(person, http):
    """All of it, or a square of it; as small as usual when nothing is said."""
    http.put(person.dav + "/p.png", data=stored(photo(800, 200))).raise_for_status()
    for query, size in (("processor=fit&x=60&y=60", (64, 16)), ("processor=resize&x=60&y=60", (64, 16)), ("processor=thumbnail&x=60&y=60", (64, 64)),
                        ("processor=fill&x=64&y=32", (64, 32)), ("a=1&x=64&y=64", (64, 16)), ("", (32, 32)), ("x=64&y=64", (64, 64))):
        assert shown(http.get(f"{person.dav}/p.png?preview=1&{query}")).size == size, query


@pytest.mark.parametrize("query, status, says", [
    ("x=0", 400, "Cannot set width of 0 or smaller!"), ("y=-3", 400, "Cannot set height of 0 or smaller!"), ("x=a", 400, "number of pixels"),
    ("x=" + "9" * 5000, 400, "number of pixels"), ("processor=gm", 400, "processor"), ("x=%C2%B2", 400, "number of pixels")])
def test_refused(person, http, query, status, says):
    """A bad question gets a clear answer."""
    http.put(person.dav + "/p.png", data=stored(photo(8, 8))).raise_for_status()
    answer = http.get(f"{person.dav}/p.png?preview=1&{query}")
    assert answer.status_code == status and says in problem(answer)[1]


def test_what_has_none(person, http):
    """Not the file in place of a picture: 404 for other kinds and for what is damaged, 403 for what is too large; a folder stays a folder."""
    for name, content, status in (("a.zip", b"x", 404), ("b.jpg", b"x", 404), ("empty.png", b"", 404)):
        http.put(f"{person.dav}/{name}", data=content).raise_for_status()
        answer = http.get(f"{person.dav}/{name}{ASK}")
        assert answer.status_code == status and problem(answer)[1] == f"File with name {name} could not be located"
    assert http.get(person.dav + "/missing.png" + ASK).status_code == 404
    assert http.get(person.dav + ASK).content == b""


def test_has_preview(person, http):
    """Clients ask only where they are told to; of folders there is nothing to tell."""
    http.request("MKCOL", person.dav + "/d.png").raise_for_status()
    for name in ("a.PNG", "b.zip", "png"):
        http.put(f"{person.dav}/{name}", data=b"x").raise_for_status()
    found = {href.rstrip("/").rpartition("/")[2]: parts for href, parts in propfind(http, person.dav, "oc:has-preview", depth="1").items()}
    told = {name: parts["200"]["{http://owncloud.org/ns}has-preview"].text for name, parts in found.items() if "200" in parts}
    assert told == {"a.PNG": "1", "b.zip": "0", "png": "0"}
    assert "oc:has-preview" not in http.request("PROPFIND", person.dav + "/d.png", headers={"Depth": "0"}).text
    assert asking("oc:has-preview")


def test_after_a_change(person, http):
    """Another content has another preview; the version before keeps its own."""
    url = person.dav + "/p.png"
    http.put(url, data=stored(Image.new("RGB", (50, 50), "red"))).raise_for_status()
    first = http.get(url + ASK)
    http.put(url, data=stored(Image.new("RGB", (50, 50), "blue"))).raise_for_status()
    second = http.get(url + ASK, headers={"If-None-Match": first.headers["ETag"]})
    assert colour(shown(first), 0.5, 0.5) == "red" and colour(shown(second), 0.5, 0.5) == "blue"
    listing = http.request("PROPFIND", f"{person.dav.partition('/dav/')[0]}/dav/meta/{value(http, url, 'oc:id')}/v").text
    version, = re.findall(r"<d:href>([^<]*REV[^<]*)</d:href>", listing)
    assert colour(shown(http.get(person.dav.partition("/dav/")[0] + version + ASK)), 0.5, 0.5) == "red"


def test_for_nobody_else(server, person, http):
    """A preview that is there already is shown to nobody who may not see the file."""
    http.put(person.dav + "/p.png", data=stored(photo())).raise_for_status()
    id = value(http, person.dav + "/p.png", "oc:id")
    shown(http.get(person.dav + "/p.png" + ASK))
    other = server.add()
    for address in (f"/dav/files/{person.name}/p.png", f"/dav/spaces/{person.space}/p.png", f"/dav/spaces/{id}"):
        assert requests.get(server.url + address + ASK, auth=other.auth, timeout=30).status_code == 404
        assert requests.get(server.url + address + ASK, timeout=30).status_code == 401


def test_by_a_link(server, person, http):
    """With its password, and only where it lets one download."""
    http.request("MKCOL", person.dav + "/d").raise_for_status()
    http.put(person.dav + "/d/p.png", data=stored(photo())).raise_for_status()
    for path, kind, at in (("/d", "view", "/p.png"), ("/d/p.png", "view", "/p.png"), ("/d", "createOnly", "/p.png")):
        id = value(http, person.dav + path, "oc:id")
        made = http.post(f"{server.url}/graph/v1beta1/drives/{person.space}/items/{id}/createLink", json={"type": kind, "password": "correct battery"})
        token = made.json()["link"]["webUrl"].rpartition("/")[2]
        url = f"{server.url}/dav/public-files/{token}{at}{ASK}"
        assert requests.get(url, timeout=30).status_code == 401
        assert requests.get(url, auth=("public", "wrong"), timeout=30).status_code == 401
        answer = requests.get(url, auth=("public", "correct battery"), timeout=30)
        if kind == "view":
            assert shown(answer).size == (64, 48)
            assert requests.head(url, auth=("public", "correct battery"), timeout=30).status_code == 200
        else:
            assert answer.status_code == 404


def test_bombs_lose_only_themselves(server, person, http):
    """Hostile pictures have none; the server takes no more memory for them, and answers others meanwhile."""
    def taken():
        with open(f"/proc/{server.process.pid}/status") as file:
            return int(re.search(r"VmHWM:\s+(\d+)", file.read())[1])
    http.put(person.dav + "/good.png", data=stored(photo())).raise_for_status()
    bombs = {"a.png": bomb(), "b.jpg": stored(photo(), "JPEG")[:300], "c.svg": b"<svg>" * 100_000, "d.pdf": b"%PDF-1.4\n1 0 obj" + b"[" * 100_000, "e.mp4": b"\0" * 5000,
             "f.txt": b"\0", "g.gif": b"GIF89a" + b"\xff" * 500, "h.heic": b"\0\0\0\x18ftypheic" + b"\xff" * 500}
    for name, content in bombs.items():
        http.put(f"{person.dav}/{name}", data=content).raise_for_status()
    shown(http.get(person.dav + "/good.png?preview=1&x=32&y=32"))
    before = taken()
    for name in bombs:
        assert http.get(f"{person.dav}/{name}{ASK}").status_code in (403, 404), name
    assert http.get(f"{person.dav}/a.png{ASK}").status_code == 403
    assert taken() < before + 8192, "KiB"
    assert shown(http.get(person.dav + "/good.png" + ASK)).size == (64, 48)
