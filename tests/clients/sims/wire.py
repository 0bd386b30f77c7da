"""One kept connection, as the system clients hold it, and a list of what was demanded and what came."""
import base64
import http.client
from typing import NamedTuple
from urllib.parse import urlsplit


class Demand(NamedTuple):
    """Something a client cannot do without."""

    what: str
    met: bool
    answer: str


class Answer(NamedTuple):
    """A whole answer; header names in lower case."""

    status: int
    headers: dict
    body: bytes


class Wire:
    """Talk HTTP/1.1 over one connection, and note demands."""

    def __init__(self, url, name, password, agent):
        place = urlsplit(url)
        self.url, self.demands = url, []
        self._connection = http.client.HTTPConnection(place.hostname, place.port, timeout=30)
        self._agent = agent
        self._basic = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()

    def ask(self, method, path, body=None, *, signed_in=True, chunks=None, **headers):
        """Send one request; underscores in header names stand for hyphens. Redirects are not followed."""
        fields = {"User-Agent": self._agent, **{name.replace("_", "-"): str(value) for name, value in headers.items()}}
        if signed_in:
            fields["Authorization"] = self._basic
        content = body if chunks is None else (body[at:at + chunks] for at in range(0, len(body), chunks))
        self._connection.request(method, path, content, fields, encode_chunked=chunks is not None)
        came = self._connection.getresponse()
        return Answer(came.status, {name.lower(): value for name, value in came.getheaders()}, came.read())

    def want(self, what, met, answer=""):
        """Note a demand, and whether it was met."""
        if isinstance(answer, Answer):
            answer = f"{answer.status} {answer.headers} {answer.body[:200]!r}"
        self.demands.append(Demand(what, bool(met), str(answer)))
        return met
