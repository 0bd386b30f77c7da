"""The server: sockets, TLS, and an HTTP/1.1 that refuses every malformed message before anybody sees it.

A subclass of gevent's pywsgi whose reading half is replaced: its author does not want the original on an open network. What
is not exactly right is refused and the connection closed, because a message that two programs read differently lets one
stranger speak inside another's connection (RFC 9112 §11.2).
"""
import errno
import os
import re
import socket
import ssl
import sys
import time
from collections import Counter

import gevent
import gevent.pool
from gevent import pywsgi
from gevent.socket import wait_read, wait_write

from appliance.core import errors, ids, jobs, log
from appliance.http import FileBody

HEAD_BYTES = 16 * 1024
HEADERS = 100
BLOCK = 1 << 20
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_METHOD = re.compile(rb"[A-Z]{1,20}")
_TARGET = re.compile(rb"[!-~]+")
_VALUE = re.compile(rb"[\t -~\x80-\xff]*")
_LENGTH = re.compile(rb"[0-9]{1,18}")
_HOST = re.compile(rb"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(:[0-9]{1,5})?")
_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_ONCE = {b"host", b"content-length", b"transfer-encoding", b"content-type", b"authorization", b"expect", b"destination", b"depth",
         b"overwrite", b"range", b"content-range"}


class Refused(Exception):
    """A message that is not as it must be; the connection ends with this status."""

    def __init__(self, status, reason):
        super().__init__(reason)
        self.status = status


class Incoming:
    """The bytes of a connection, in order: heads and bodies."""

    closed = False                                  # asked for by pywsgi

    def __init__(self, sock):
        self._socket, self._buffer = sock, b""

    def more(self, seconds, size=BLOCK >> 2):
        """Read what comes next into the buffer; False at the end. TimeoutError after ``seconds`` of silence."""
        self._socket.settimeout(seconds)
        block = self._socket.recv(size)
        self._buffer += block
        return bool(block)

    def head(self, idle, limit):
        """The next head without its empty line, or None where the connection ends before one begins."""
        while not self._buffer:
            if not self.more(idle, HEAD_BYTES):
                return None
        deadline = time.monotonic() + limit
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > HEAD_BYTES:
                raise Refused(431, "the head is too large")
            if re.search(rb"(?<!\r)\n", self._buffer):
                raise Refused(400, "a line does not end in CR LF")
            left = deadline - time.monotonic()
            if left <= 0:
                raise Refused(408, "the head took too long")
            try:
                if not self.more(left, HEAD_BYTES):
                    raise Refused(400, "the head ends too early")
            except TimeoutError:
                raise Refused(408, "the head took too long") from None
        if end > HEAD_BYTES:
            raise Refused(431, "the head is too large")
        head, self._buffer = self._buffer[:end], self._buffer[end + 4:]
        return head

    def take(self, size, seconds):
        """At most ``size`` bytes; b"" at the end."""
        if not self._buffer and not self.more(seconds, min(size, BLOCK >> 2)):
            return b""
        block, self._buffer = self._buffer[:size], self._buffer[size:]
        return block

    def line(self, limit, seconds):
        """A short line without its CR LF."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > limit or not self.more(seconds, HEAD_BYTES):
                raise errors.Invalid("The body is cut short or malformed.")
        if end > limit:
            raise errors.Invalid("The body is malformed.")
        line, self._buffer = self._buffer[:end], self._buffer[end + 2:]
        return line


class Body:
    """``wsgi.input``: the body of one request. A body cut short raises Invalid, so that nobody takes it for whole."""

    def __init__(self, incoming, length, chunked, go_on, seconds):
        self._incoming, self._left, self._chunked, self._seconds = incoming, length, chunked, seconds
        self._go_on, self._ended, self.broken = go_on, not chunked and not length, None
        self.rest = b""                             # what the read that found it broken had already got

    @property
    def finished(self):
        """True once all of it has been read."""
        return self._ended

    def read(self, size=-1):
        """Up to ``size`` bytes, all of the rest with -1; b"" at the end."""
        if self._ended or size == 0:
            return b""
        if self._go_on:
            go_on, self._go_on = self._go_on, None
            go_on()
        blocks, wanted = [], size if size is not None and size >= 0 else sys.maxsize
        while wanted and not self._ended:
            try:
                if self.broken:
                    raise self.broken
                block = self._some(wanted)
            except (errors.Invalid, OSError) as error:
                self.broken = error if isinstance(error, errors.Invalid) else errors.Invalid("The body stopped coming.")
                if not blocks:
                    raise self.broken from None
                break                               # what came is given first; the next read tells
            blocks.append(block)
            wanted -= len(block)
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def _some(self, wanted):
        if self._chunked and not self._left:
            self._next_chunk()
            if self._ended:
                return b""
        block = self._incoming.take(min(wanted, self._left), self._seconds)
        if not block:
            raise errors.Invalid("The body ends before its announced length.")
        self._left -= len(block)
        if not self._left:
            if self._chunked:
                if self._incoming.line(2, self._seconds):
                    raise errors.Invalid("A chunk of the body is longer than it says.")
            else:
                self._ended = True
        return block

    def _next_chunk(self):
        line = self._incoming.line(16, self._seconds)   # no extensions: nobody needs them, smugglers like them
        if not _SIZE.fullmatch(line):
            raise errors.Invalid("A chunk of the body is malformed.")
        self._left = int(line, 16)
        if not self._left:
            if self._incoming.line(2, self._seconds):
                raise errors.Invalid("Trailers are not accepted.")
            self._ended = True

    def _discard(self):
        """Asked for by pywsgi: what was not read stays unread, and the connection ends."""

    def readline(self, size=-1):
        """A line, for libraries that ask for one."""
        line = b""
        while not line.endswith(b"\n") and (size < 0 or len(line) < size):
            byte = self.read(1)
            if not byte:
                break
            line += byte
        return line


def parse(head):
    """``(method, target, version, [(name, value)])`` of a head, names in lower case; Refused where it is not right."""
    if b"\0" in head or re.search(rb"(?<!\r)\n|\r(?!\n)", head):
        raise Refused(400, "a line does not end in CR LF")
    first, *lines = head.split(b"\r\n")
    words = first.split(b" ")
    if len(words) != 3 or not _METHOD.fullmatch(words[0]) or not _TARGET.fullmatch(words[1]):
        raise Refused(400, "the request line is malformed")
    method, target, version = words
    if version not in (b"HTTP/1.1", b"HTTP/1.0"):
        raise Refused(505 if re.fullmatch(rb"HTTP/[0-9]\.[0-9]", version) else 400, "the version is unknown")
    if len(lines) > HEADERS:
        raise Refused(431, "there are too many headers")
    headers, seen = [], Counter()
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value):
            raise Refused(400, "a header is malformed")
        name = name.lower()
        seen[name] += 1
        if seen[name] > 1 and name in _ONCE:
            raise Refused(400, "a header came twice")
        if b"_" not in name:                        # HTTP_A_B could be A-B or A_B: take only the one
            headers.append((name.decode(), value.strip(b" \t").decode("latin-1")))
    return method.decode(), target.decode(), version.decode(), headers


class Connection(pywsgi.WSGIHandler):
    """One connection, one request after another."""

    head_seconds, idle_seconds, body_seconds, write_seconds, linger_seconds = 10, 65, 60, 60, 2

    def __init__(self, sock, address, server, rfile=None):
        super().__init__(sock, address, server, rfile or Incoming(sock))

    def handle_one_request(self):
        """Read, check and answer one request; True where another may follow."""
        server = self.server
        try:
            head = self.rfile.head(self.idle_seconds if not server.draining else 0.01, self.head_seconds)
            if head is None:
                return None
            self._begin(head)
        except Refused as refusal:
            return self._refuse(refusal)
        except (OSError, ssl.SSLError):             # silence, or gone
            return None
        server.busy.add(self)
        try:
            self.handle_one_response()
        finally:
            server.busy.discard(self)
            self.environ = self.headers = None
        if self.close_connection or not self.wsgi_input.finished or server.draining:
            self._linger()
            return None
        return True

    def _begin(self, head):
        self.requestline = head.split(b"\r\n", 1)[0].decode("latin-1")
        self.command, self.path, self.request_version, self.headers = parse(head)
        given = dict(self.headers)
        self._check_host(given)
        chunked = self._check_framing(given)
        length = int(given["content-length"]) if "content-length" in given else None
        modern = self.request_version == "HTTP/1.1"
        words = {word.strip().lower() for word in given.get("connection", "").split(",")}
        self.close_connection = "close" in words or not modern and "keep-alive" not in words
        expect = given.get("expect", "").lower()
        if expect and expect != "100-continue":
            raise Refused(417, "an expectation is not known")
        go_on = self._go_on if expect and modern and (chunked or length) else None
        self.content_length = length
        self.wsgi_input = Body(self.rfile, length or 0, chunked, go_on, self.body_seconds)
        self.environ = self._environ(given, chunked)
        self.application = self.server.application

    def _check_host(self, given):
        if self.command in ("CONNECT", "TRACE"):
            raise Refused(405, "this method is not served")
        host = given.get("host")
        if host is None and self.request_version == "HTTP/1.1" or host is not None and not _HOST.fullmatch(host.encode("latin-1")):
            raise Refused(400, "the Host is missing or malformed")
        if self.path.startswith(("http://", "https://")):   # absolute form: its host must be the one named
            authority, slash, rest = self.path.partition("://")[2].partition("/")
            if authority.lower() != (host or authority).lower():
                raise Refused(400, "the Host is not that of the address")
            self.path = slash + rest or "/"
        elif not self.path.startswith("/") and not (self.path == "*" and self.command == "OPTIONS"):
            raise Refused(400, "the address is malformed")

    def _check_framing(self, given):
        coding, length = given.get("transfer-encoding"), given.get("content-length")
        if coding is not None and (coding.lower() != "chunked" or length is not None or self.request_version != "HTTP/1.1"):
            raise Refused(400, "the length of the body is not clear")
        if length is not None and not _LENGTH.fullmatch(length.encode("latin-1")):
            raise Refused(400, "the length of the body is malformed")
        return coding is not None

    def _go_on(self):
        self.socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _environ(self, given, chunked):
        environ = self.server.get_environ()
        path, _, query = self.path.partition("?")
        environ.update({
            "REQUEST_METHOD": self.command, "SCRIPT_NAME": "", "RAW_PATH": path, "QUERY_STRING": query,
            "PATH_INFO": pywsgi.unquote_latin1(path) if "%" in path else path,
            "SERVER_PROTOCOL": self.request_version, "REMOTE_ADDR": self.client_address[0], "REMOTE_PORT": str(self.client_address[1]),
            "wsgi.input": self.wsgi_input, "wsgi.input_terminated": True, "hearth.request_id": ids.new()[:13]})
        for name, value in self.headers:
            key = "HTTP_" + name.upper().replace("-", "_")
            environ[key] = f"{environ[key]},{value}" if key in environ else value
        for name, key in (("content-type", "CONTENT_TYPE"), ("content-length", "CONTENT_LENGTH")):
            if name in given:
                environ[key] = given[name]
                environ.pop("HTTP_" + key, None)
        if chunked:
            environ["hearth.chunked"] = True
        return environ

    def _refuse(self, refusal):
        self.server.say.info("%s refused with %d: %s", self.client_address[0], refusal.status, refusal)
        line = f"HTTP/1.1 {refusal.status} {pywsgi_reason(refusal.status)}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        try:
            self.socket.settimeout(self.linger_seconds)
            self.socket.sendall(line.encode())
        except OSError:
            return None
        self._linger()
        return None

    def _linger(self):
        """Say that no more comes and read on for a moment, so that the answer arrives before the reset."""
        try:
            self.socket.settimeout(self.linger_seconds)
            self.socket.shutdown(socket.SHUT_WR)
            deadline, left = time.monotonic() + self.linger_seconds, 1 << 20
            while left > 0 and time.monotonic() < deadline and (block := self.socket.recv(65536)):
                left -= len(block)
        except (OSError, AttributeError):
            pass

    # The answer.

    def start_response(self, status, headers, exc_info=None):
        """As WSGI; says that the connection ends where the body was not read."""
        if not self.wsgi_input.finished and self.command not in ("GET", "HEAD") or self.server.draining:
            if not any(name.lower() == "connection" for name, _ in headers):
                self.close_connection = self.close_connection or bool(self.wsgi_input.broken) or self.server.draining
        return super().start_response(status, headers, exc_info)

    def finalize_headers(self):
        """Tell the client when this is the last answer."""
        if not self.wsgi_input.finished:
            self.close_connection = True
        if self.close_connection:
            self.response_headers = [pair for pair in self.response_headers if pair[0].lower() != b"connection"]
            self.response_headers.append((b"Connection", b"close"))
        super().finalize_headers()

    def run_application(self):
        """Run it; the body that was not read is not swallowed, the connection ends instead."""
        self.socket.settimeout(self.write_seconds)
        super().run_application()

    def process_result(self):
        """Send a file by sendfile, everything else as it comes."""
        body = self.result
        if not isinstance(body, FileBody) or self.command == "HEAD":
            return super().process_result()
        self._write_with_headers(b"")
        if hasattr(self.socket, "context"):
            for block in body:
                self._sendall(block)
        else:
            self._send_file(body)

    def _send_file(self, body):
        """Let the kernel carry the file to the socket, in threads, because a cold disk would stall the hub."""
        out, offset, end = self.socket.fileno(), body.start, body.end
        while offset < end:
            turn = min(end - offset, BLOCK if len(self.server.busy) < 3 else BLOCK >> 2)
            sent = jobs.bulk(_sendfile, out, body.fd, offset, turn)
            if sent is None:
                wait_write(out, timeout=self.write_seconds, timeout_exc=TimeoutError())
                continue
            if not sent:
                raise OSError(errno.EPIPE, "the file became shorter")
            offset += sent
            self.response_length += sent

    def handle_error(self, kind, value, trace):
        """A fault of ours goes to the log, with the id that the answer names."""
        if isinstance(value, (OSError, TimeoutError)) and not isinstance(value, FileNotFoundError):
            self.close_connection = True
            return
        self.close_connection = True
        request = self.environ and self.environ.get("hearth.request_id")
        self.server.say.error("%s %s %s failed", request, self.command, self.path, exc_info=(kind, value, trace))
        if not self.headers_sent:
            text = f"Something went wrong. The log of the box has more under {request}.\n".encode()
            self.start_response("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8"),
                                                             ("Content-Length", str(len(text)))])
            self.write(text)

    def log_request(self):
        """One line a request."""
        environ = self.environ or {}
        actor = environ.get("hearth.actor")
        self.server.say.info("%s %s %s %s %d B %.1f ms %s %s", self.client_address[0], self.command, _discreet(self.path), self.code or "-",
                             self.response_length, (time.time() - self.time_start) * 1000, getattr(actor, "name", "-"),
                             environ.get("hearth.request_id", "-"))


def _discreet(path):
    """A path for the log, without what would let its reader in."""
    return _SECRET.sub(r"\1*", path)


# The address of an upload, but for whose it is and how it begins; a signature; the code of the set-up link.
_SECRET = re.compile(r"(^/data/.{0,45}|[?&](?:oc-jwt-sig|OC-Signature|code)=)[^&]+")


def _sendfile(out, fd, offset, size):
    try:
        return os.sendfile(out, fd, offset, size)
    except BlockingIOError:
        return None


def pywsgi_reason(status):
    """The words that go with a status."""
    from http.client import responses
    return responses.get(status, "Refused")


class Listener(pywsgi.WSGIServer):
    """One address."""

    def __init__(self, server, listen, tls):
        super().__init__((listen.host, listen.port), server.application, handler_class=Connection, log=None, error_log=None,
                         spawn=server.pool)
        self.server, self.tls, self.secure = server, tls, listen.secure
        self.busy, self.say = server.busy, server.say

    @property
    def draining(self):
        """True once no new requests are taken."""
        return self.server.draining

    def handle(self, client, address):
        """Serve one connection, unless there are too many."""
        if not self.server.admit(address[0]):
            try:
                client.settimeout(1)
                client.sendall(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            except OSError:
                pass
            client.close()
            return
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                with gevent.Timeout(Connection.head_seconds):
                    client = self.tls.wrap_socket(client, server_side=True)
            Connection(client, address, self).handle()
        except (OSError, gevent.Timeout):
            client.close()
        finally:
            self.server.leave(address[0])


class Server:
    """All addresses together, their limits and their end."""

    def __init__(self, config, application):
        self.config, self.application = config, application
        self.pool = gevent.pool.Pool(config.connections + 16)
        self.busy, self.draining, self.say = set(), False, log.get("http")
        self._inside = Counter()
        tls = self._tls()
        self.listeners = [Listener(self, listen, tls if listen.secure else None) for listen in config.listen]

    def _tls(self):
        if not any(listen.secure for listen in self.config.listen):
            return None
        if not (self.config.certificate and self.config.key):
            raise errors.Invalid("An https address needs the options certificate and key.")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(self.config.certificate, self.config.key)
        return context

    def admit(self, address):
        """Count a connection in; False where there are too many."""
        if self._inside.total() >= self.config.connections or self._inside[address] >= self.config.connections_per_address:
            return False
        self._inside[address] += 1
        return True

    def leave(self, address):
        """Count it out."""
        self._inside[address] -= 1
        if not self._inside[address]:
            del self._inside[address]

    def start(self):
        """Listen on every address."""
        for listener in self.listeners:
            listener.start()

    def addresses(self):
        """Where it can be reached, as ``http://host:port``."""
        for listener in self.listeners:
            host = f"[{listener.server_host}]" if ":" in listener.server_host else listener.server_host
            yield f"{'https' if listener.secure else 'http'}://{host}:{listener.server_port}"

    def stop(self, seconds=30):
        """Take no new connections, let running requests end within ``seconds``, then close everything."""
        self.draining = True
        for listener in self.listeners:
            listener.close()
        deadline = time.monotonic() + seconds
        while self.busy and time.monotonic() < deadline:
            gevent.sleep(0.05)
        self.pool.kill(timeout=1)
