"""Where to, and who may come in: asked before anything else, by the gate alone."""
import base64

import pytest

from appliance.core import Origin, errors
from appliance.http import Dispatcher, Gate
from appliance.identity import Actor

ANN = Actor("1", "ann")
SEEN = Actor("1", "ann", origin=Origin("192.0.2.1", "", "id-1"))


class People:
    """Knows Ann."""

    def __init__(self):
        self.asked = []

    def sign_in(self, name, secret, address):
        """As the real ones."""
        self.asked.append((name, secret, address))
        if (name, secret) == ("ann", "pä:ss"):
            return ANN
        raise errors.TooManyAttempts(retry_after=9) if name == "hasty" else errors.Unauthenticated()


class Application:
    """Says where the request came, and to whom."""

    open_methods = {"OPTIONS"}

    def __init__(self, name):
        self.name = name

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"].endswith("missing"):
            raise errors.NotFound("There is no such thing.")
        start_response("200 OK", [("X-Content-Type-Options", "own")])
        return [self.name.encode(), environ["PATH_INFO"].encode(), b"signed in" if environ.get("hearth.actor") == SEEN else b"stranger"]


class Dressed(Application):
    """Has its own form for errors."""

    def refuse(self, environ, error):
        """As XML."""
        return "401 Unauthorized", [("Content-Type", "text/xml")], b"<error/>"


@pytest.fixture
def people():
    return People()


@pytest.fixture
def ask(people):
    """Send a request through the door; answers the status, the headers and the body."""
    door = Dispatcher(Gate(people, None), [("/dav", Application("dav"), "signed in"), ("/dav/open", Application("open"), "everyone"),
                                     ("/dressed", Dressed("dressed"), "signed in"), ("/exact", Application("exact"), "everyone")])

    def request(path, method="GET", **more):
        said = []
        environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "REMOTE_ADDR": "192.0.2.1", "HTTP_HOST": "box:9200",
                   "wsgi.url_scheme": "http", "hearth.request_id": "id-1", **more}
        body = door(environ, lambda status, headers: said.extend([status, headers]))
        return said[0], said[1], b"|".join(body)
    return request


def basic(credentials):
    """The header for them."""
    return {"HTTP_AUTHORIZATION": "Basic " + base64.b64encode(credentials).decode()}


def test_longest_prefix(ask):
    """And whole parts of the path only; the application sees all of it."""
    signed = basic("ann:pä:ss".encode())
    assert ask("/dav/files/x", **signed)[2] == b"dav|/dav/files/x|signed in"
    assert ask("/dav/open/x")[2] == b"open|/dav/open/x|stranger"
    assert ask("/dav/openness")[0] == "401 Unauthorized"
    for path in ("/davos", "/", "//dav", "/exactly", ""):
        assert ask(path, **signed)[0] == "404 Not Found"


@pytest.mark.parametrize("credentials", ["ann:pä:ss".encode(), "ann:pä:ss".encode("latin-1")])
def test_password(ask, people, credentials):
    """All after the first colon, in UTF-8 or as old programs send it; and the address goes with it for who counts tries."""
    assert ask("/dav", **basic(credentials))[2].endswith(b"signed in")
    assert people.asked == [("ann", "pä:ss", SEEN.origin)]


@pytest.mark.parametrize("header", [None, "", "Basic", "Basic ", "Basic !!!", "Basic YW5u", "Basic AGFubjp4", "Digest a", "YW5uOng=",
                                    "Basic YW5uOng", "Basic\tYW5uOng="])
def test_no_password(ask, people, header):
    """What is no sign-in is asked for one, and nobody's tries are counted."""
    status, headers, body = ask("/dav", **({} if header is None else {"HTTP_AUTHORIZATION": header}))
    assert status == "401 Unauthorized" and not people.asked
    assert [value for name, value in headers if name == "WWW-Authenticate"] == [
        'Bearer realm="box:9200", charset="UTF-8"', 'Basic realm="box:9200", charset="UTF-8"']


def test_wrong_password(ask):
    """401 again; 429 when there were too many."""
    assert ask("/dav", **basic(b"ann:wrong"))[0] == "401 Unauthorized"
    status, headers, _ = ask("/dav", **basic(b"hasty:x"))
    assert status == "429 Too Many Requests" and ("Retry-After", "9") in headers
    assert not [name for name, _ in headers if name == "WWW-Authenticate"]


def test_scripts_get_no_window(ask):
    """A browser would ask for a password in a window of its own."""
    status, headers, _ = ask("/dav", HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    assert status == "401 Unauthorized" and "WWW-Authenticate" not in dict(headers)


def test_open_methods(ask):
    """Of an application that names them."""
    assert ask("/dav", "OPTIONS")[2] == b"dav|/dav|stranger"


def test_refusals_are_dressed(ask):
    """By the application where it can, with the challenge of the gate; else in plain text."""
    status, headers, body = ask("/dressed/x")
    assert body == b"<error/>" and dict(headers)["Content-Type"] == "text/xml" and "WWW-Authenticate" in dict(headers)
    status, headers, body = ask("/exact/missing")
    assert (status, body) == ("404 Not Found", b"There is no such thing.\n")


def test_headers_of_every_answer(ask):
    """Guarding ones, unless the application gave its own; and the id under which the log has it."""
    for path in ("/exact", "/nowhere", "/dav"):
        names = [name for name, _ in ask(path)[1]]
        assert {"X-Content-Type-Options", "Content-Security-Policy", "Referrer-Policy", "X-Frame-Options"} <= set(names)
        assert names.count("X-Content-Type-Options") == 1 and ("X-Request-Id", "id-1") in ask(path)[1]
    assert dict(ask("/exact")[1])["X-Content-Type-Options"] == "own"


def test_nobody_is_let_in_by_a_typing_error(people):
    """Who may come in is one of the known words."""
    with pytest.raises(AssertionError):
        Dispatcher(Gate(people, None), [("/dav", Application("dav"), "signed-in")])
