"""From an open file to the text in it: by our own child, or by an Apache Tika server where one is configured."""
import http.client
import os
from urllib.parse import quote, urlsplit

from appliance.confined import Worker
from appliance.core import errors, jobs
from appliance.search import extractors, kinds
from appliance.search.extractors.gathered import MOST

SECONDS = 12                                        # of the processor, for one document; the child is killed at 20
TIKA_SECONDS = 120                                  # for one document
# What Tika reads beside what we read ourselves.
_TIKA = {"doc", "xls", "ppt", "rtf", "pages", "numbers", "key", "wpd", "msg", "mbox", "chm", "djvu", "vsd", "vsdx", "pub", "fb2", "mobi", "one", "dot", "xlt", "pot"}


class Stumbled(errors.Unavailable):
    """The document could not be read just now, perhaps because of what is in it."""


class Reading:
    """Takes the text out of files, one at a time."""

    def __init__(self, tika=""):
        """``tika``: the address of a server, ``http://host:9998``; empty for none."""
        self._tika, self._worker = tika.rstrip("/"), Worker("appliance.search.child")
        if tika and (urlsplit(tika).scheme not in ("http", "https") or not urlsplit(tika).hostname):
            raise errors.Invalid('The option "tika" wants the address of an Apache Tika server, like http://127.0.0.1:9998.')

    def reads(self, node):
        """Whether there may be a text in a file, by its name and size."""
        ending = kinds.ending(node.name)
        page = extractors.of_ending(ending)
        return not node.folder and node.size > 0 and (page is extractors.EXTRACTORS[0] or node.size <= extractors.LARGEST
                                                      and bool(page or self._tika and ending in _TIKA))

    def text(self, opened):
        """The text in an open file, which stays open; empty where there is none. Unavailable where nobody can look just now, Stumbled where it broke off."""
        ending = kinds.ending(opened.node.name)
        if self._tika and ending not in extractors.EXTRACTORS[0].ENDINGS:
            return jobs.bulk(_by_tika, self._tika, opened.fd, opened.node.size, opened.node.name)
        out = os.memfd_create("text")
        try:
            self._worker.make(ending, {"ending": ending, "seconds": SECONDS}, opened.fd, out)   # what it wrote before it gave up is better than nothing
            return jobs.blocking(_all, out)
        finally:
            os.close(out)

    @property
    def peak(self):
        """KiB that the child ever took."""
        return self._worker.peak

    def close(self):
        """End the child."""
        self._worker.end()


def _all(fd):
    return os.pread(fd, MOST * 4, 0).decode("utf-8", "ignore")


def _by_tika(address, fd, size, name):
    """Ask Tika (PUT /tika). What it cannot read has no text. Blocking."""
    parts = urlsplit(address)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname, parts.port, timeout=TIKA_SECONDS)
    try:
        connection.connect()
    except OSError as error:
        raise errors.Unavailable("Apache Tika does not answer.", error=str(error)) from None
    try:
        with open(fd, "rb", closefd=False) as file:
            file.seek(0)
            connection.request("PUT", f"{parts.path}/tika", file, {
                "Content-Length": str(size), "Accept": "text/plain", "Content-Type": "application/octet-stream",
                "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}"})
            answer = connection.getresponse()
            text = answer.read(MOST * 4).decode("utf-8", "ignore")
    except (OSError, http.client.HTTPException) as error:
        raise Stumbled("Apache Tika broke off.", error=str(error)) from None
    finally:
        connection.close()
    if answer.status in (429, 502, 503):            # it says so, too, while it starts anew after a document that ended it
        raise Stumbled("Apache Tika is busy.")
    return " ".join(text.split())[:MOST] if answer.status == 200 else ""
