"""Answers: JSON, text, and files with their ranges."""
import json
import os
import secrets
from email.utils import formatdate
from functools import lru_cache

from appliance.core import errors, jobs
from appliance.http import request
from appliance.http.errors import headers_of, line, status_of

BLOCK = 256 * 1024
http_date = lru_cache(4096)(lambda seconds: formatdate(seconds, usegmt=True))


class FileBody:
    """Part of an open file as the body of an answer. The server sends it by sendfile; to others it is an iterable."""

    def __init__(self, fd, start, end, still=None):
        self.fd, self.start, self.end = fd, start, end
        self._still = still                         # says whether who gets it still may; None for yes

    def require(self):
        """Break off where who gets it may not have it any more."""
        if self._still is not None and not self._still():
            raise OSError("It may not be read any more.")

    def __iter__(self):
        offset = self.start
        while offset < self.end:
            self.require()
            block = jobs.bulk(os.pread, self.fd, min(BLOCK, self.end - offset), offset)
            if not block:
                raise errors.Unavailable("The file became shorter while it was sent.")
            offset += len(block)
            yield block

    def whole(self):
        """All of it, for a small one: at once where the kernel has it in memory, else by a thread."""
        found = bytearray(self.end - self.start)
        try:
            if os.preadv(self.fd, [found], self.start, os.RWF_NOWAIT) == len(found):
                return found
        except OSError:                             # on the disk only, or a file system that cannot tell
            pass
        return b"".join(self)

    def close(self):
        """Close the file; once is enough."""
        fd, self.fd = self.fd, None
        if fd is not None:
            os.close(fd)


class Stream:
    """An answer that goes on for as long as both sides like: an iterable of blocks, and a function that ends it. The server does not count its
    connection among those that others may need."""

    def __init__(self, blocks, end):
        self._blocks, self.end = blocks, end

    def __iter__(self):
        return iter(self._blocks)

    def close(self):
        """Nobody listens any more."""
        self.end()


class Parts:
    """Several ranges of a file as ``multipart/byteranges`` (RFC 9110 §14.6)."""

    def __init__(self, fd, spans, size, kind, still=None):
        self.boundary = secrets.token_hex(16)
        self._file = FileBody(fd, 0, 0, still)
        self._spans = [(start, end, f"\r\n--{self.boundary}\r\nContent-Type: {kind}\r\nContent-Range: bytes {start}-{end - 1}/{size}"
                        "\r\n\r\n".encode()) for start, end in spans]
        self._last = f"\r\n--{self.boundary}--\r\n".encode()
        self.length = sum(len(head) + end - start for start, end, head in self._spans) + len(self._last)

    def __iter__(self):
        for start, end, head in self._spans:
            yield head
            self._file.start, self._file.end = start, end
            yield from self._file
        yield self._last

    def close(self):
        """Close the file."""
        self._file.close()


def send_file(environ, start_response, fd, *, size, etag, mtime_ns, content_type, headers, still=None):
    """Answer a GET or HEAD for an open file, which is closed afterwards; conditions and ranges as the request asks."""
    body = FileBody(fd, 0, size, still)
    headers = [*headers, ("ETag", etag), ("Last-Modified", http_date(mtime_ns // 10**9)), ("Accept-Ranges", "bytes")]
    try:
        request_head = environ["REQUEST_METHOD"] == "HEAD"
        if environ.get("HTTP_IF_MATCH") is not None or environ.get("HTTP_IF_UNMODIFIED_SINCE") is not None:
            request.require({key: value for key, value in environ.items() if key != "HTTP_IF_NONE_MATCH"}, etag, mtime_ns)
        if request.unchanged(environ, etag, mtime_ns):
            start_response("304 Not Modified", [pair for pair in headers if pair[0] != "Content-Disposition"])
            body.close()
            return []
        spans = None if request_head else request.ranges(environ, size, etag, mtime_ns)
        if spans == []:
            body.close()
            start_response("416 Range Not Satisfiable", [("Content-Range", f"bytes */{size}"), ("Content-Length", "0")])
            return []
        if spans is None:
            start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(size)), *headers])
        elif len(spans) == 1:
            body.start, body.end = spans[0]
            start_response("206 Partial Content", [
                ("Content-Type", content_type), ("Content-Length", str(body.end - body.start)),
                ("Content-Range", f"bytes {body.start}-{body.end - 1}/{size}"), *headers])
        else:
            body = Parts(body.fd, spans, size, content_type, still)
            start_response("206 Partial Content", [("Content-Type", f"multipart/byteranges; boundary={body.boundary}"),
                                                   ("Content-Length", str(body.length)), *headers])
        if request_head:
            body.close()
            return []
        return body
    except BaseException:
        body.close()
        raise


def answer(start_response, status, content=b"", kind="text/plain; charset=utf-8", headers=()):
    """A whole small answer."""
    fixed = [("Content-Type", kind)] if content else []
    start_response(line(status), [*fixed, *([] if status in (204, 304) else [("Content-Length", str(len(content)))]), *headers])
    return [content] if content else []


def json_answer(start_response, value, status=200, headers=()):
    """A value as JSON."""
    return answer(start_response, status, json.dumps(value, ensure_ascii=False).encode(), "application/json", headers)


def refusal(start_response, error, headers=()):
    """A house error in plain text, for whoever has no other dress for it."""
    content = f"{error}\n".encode()
    start_response(status_of(error), [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(content))),
                                      *headers_of(error), *headers])
    return [content]
