"""The server: sockets, TLS, and who may hold a connection how long.

gevent's pywsgi writes the answers. Its reading half, which its author does not want on an open network, is replaced by
``http.message``; so is its way of ending a connection.
"""
import os
import re
import socket
import time
from collections import Counter
from contextlib import contextmanager
from http.client import responses
from itertools import chain

import gevent
from gevent import pywsgi
from gevent.pool import Pool
from gevent.socket import socket as Plain
from gevent.socket import wait_write

from appliance.core import Listen, errors, ids, jobs, log
from appliance.http import FileBody, Stream, message, status_of

TURN = 1 << 20                                      # bytes of a file in one go; a sixteenth while others wait
SMALL = 1 << 16                                     # a file up to this size leaves together with its head
SLICE = 1 << 18                                     # bytes that must leave within ``write_seconds``
LINGER_BYTES = 16 << 20
LOGGED = 1000                                       # characters of an address
SPARE = 16                                          # connections beyond the limit, only to be told that it is full


class Gone(Exception):
    """The other side went away, or stopped listening."""


class Connection(pywsgi.WSGIHandler):
    """One connection: request after request, until one side has had enough."""

    handshake_seconds = 10
    head_seconds = 10                               # for a whole request head
    idle_seconds = 65                               # between two requests; browsers give up after 60
    body_seconds = 60                               # of silence within a body
    write_seconds = 60                              # for a slice of an answer
    linger_seconds = 2

    def __init__(self, sock, address, server):
        super().__init__(sock, address, server, message.Incoming(sock))
        self.address = address[0].removeprefix("::ffff:")
        self.neighbourhood = neighbourhood(address[0])

    def hang_up(self):
        """End the connection from outside: whoever reads or writes here finds it closed."""
        try:
            Plain.shutdown(self.socket, socket.SHUT_RDWR)
        except (OSError, AttributeError):           # gone already
            pass

    def handle(self):
        """Serve request after request. Until TLS stands, the connection is an idle one, which makes room for others."""
        if self.server.tls:
            with listed(self, self.server.limits.idle), gevent.Timeout(self.handshake_seconds):
                self.socket.do_handshake()
        super().handle()

    # A request.

    def handle_one_request(self):
        """Read, check and answer one request; True where another may follow."""
        limits, head = self.server.limits, None
        try:
            with listed(self, limits.idle):
                if not limits.draining and (not self.rfile.waiting or self.rfile.more(self.idle_seconds)):
                    head = message.parse(self.rfile.head(self.head_seconds))
        except message.Refused as refusal:
            return self._refuse(refusal)
        except OSError:                             # silence, or gone
            pass
        if head is None:
            return None
        with listed(self, limits.busy):
            self._begin(head)
            self.handle_one_response()
        self.environ = None
        with listed(self, limits.leaving):
            if not self.close_connection and self.wsgi_input.skip(self.linger_seconds):
                return True
            linger(self.socket, self.linger_seconds)
        return None

    def _begin(self, head):
        self.time_start = time.time()
        self.command, self.request_version, self.close_connection = head.method, head.version, not head.stays
        self.path = f"{head.path}?{head.query}" if head.query else head.path
        self.wsgi_input = message.Body(self.rfile, head.length or 0, head.chunked, self._go_on if head.waits else None,
                                       self.body_seconds)
        self.environ = self._environ(head)
        self.application = self.server.application
        if not self.wsgi_input.finished and self.rfile.waiting:    # else a client that sends its body apart waits 40 ms for our ACK
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)

    def _environ(self, head):
        environ = self.server.get_environ()
        if self.server.tls:
            environ["hearth.trusted"] = self.server.tls.trusted(self.socket)
        environ.update({
            "REQUEST_METHOD": head.method, "SCRIPT_NAME": "", "QUERY_STRING": head.query, "RAW_PATH": head.path,
            "PATH_INFO": pywsgi.unquote_latin1(head.path) if "%" in head.path else head.path,
            "SERVER_PROTOCOL": head.version, "REMOTE_ADDR": self.address, "REMOTE_PORT": str(self.client_address[1]),
            "wsgi.input": self.wsgi_input, "wsgi.input_terminated": True,
            "hearth.chunked": head.chunked})
        for name, value in head.headers.items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        environ["hearth.request_id"] = request_id(environ.get("HTTP_X_REQUEST_ID", ""))
        for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            if (value := environ.pop("HTTP_" + name, None)) is not None:
                environ[name] = value
        return environ

    def _go_on(self):
        if not self.headers_sent:
            self._sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _refuse(self, refusal):
        self.server.say.info("%s refused with %d: %s", self.address, refusal.status, refusal)
        with listed(self, self.server.limits.leaving):
            say_goodbye(self.socket, refusal.status, self.linger_seconds)

    # The answer.

    def handle_one_response(self):
        """Run the application and send what it says; what goes wrong is told to the log, not to the client."""
        self.status = self.result = None
        self.headers_sent = self.response_use_chunked = self.connection_upgraded = False
        self.code = self.response_length = 0
        try:
            self.run_application()
        except (Gone, gevent.GreenletExit):
            self.code, self.close_connection = -self.code, True
        except BaseException as error:              # gevent.Timeout is none of the usual ones
            self._stumble(error)
        finally:
            self.log_request()

    def _stumble(self, error):
        self.close_connection = True
        request, known = self.environ["hearth.request_id"], isinstance(error, errors.HouseError)
        self.server.say.error("%s %s %s failed: %r", request, self.command, discreet(self.path), error,
                              exc_info=None if known else error)
        if self.headers_sent:                       # what is missing at the end tells the client
            self.code = -self.code
            return
        text = f"{error if known else f'Something went wrong. The log of the box has more under {request}.'}\n".encode()
        try:
            self.start_response(status_of(error), [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text)))])
            self.write(text)
        except Gone:
            pass

    def finalize_headers(self):
        """Say whether this is the last answer: a body that nobody wants is not swallowed, the connection ends instead."""
        super().finalize_headers()
        if not self.wsgi_input.is_little or self.server.limits.draining:
            self.close_connection = True
        if self.close_connection:
            self.response_headers = [pair for pair in self.response_headers if pair[0].lower() != b"connection"]
            self.response_headers.append((b"Connection", b"close"))
        if self.command == "HEAD":
            self.response_use_chunked = False

    def process_result(self):
        """Send a file by sendfile, everything else as it comes."""
        body = self.result
        if self.command == "HEAD":
            next(iter(body), None)                  # an application may say its head as late as with the first block
            self.write(b"")
        elif isinstance(body, Stream):
            self._send_stream()
        elif not isinstance(body, FileBody) or self.provided_content_length is None:
            super().process_result()
        elif body.end - body.start <= SMALL:
            self.write(body.whole())
        else:
            self.write(b"")
            if self.server.tls:
                for block in body:
                    self._sendall(block)
            else:
                self._send_file(body)
        self._compare_length()

    def _send_stream(self):
        """Send what comes for as long as it comes; nothing else comes on this connection."""
        self.close_connection = True
        self.environ = {name: self.environ[name] for name in ("hearth.request_id", "hearth.actor") if name in self.environ}     # kept for hours
        with self.server.limits.apart(self):
            super().process_result()

    def _compare_length(self):
        """End the connection after an answer of another length than it said: the next one would begin at the wrong byte."""
        sent = self.response_length - self.body_start
        if self.command != "HEAD" and self.provided_content_length not in (None, str(sent)):
            self.close_connection = True
            self.server.say.error("%s %s %s has %d bytes instead of %s", self.environ["hearth.request_id"], self.command,
                                  discreet(self.path), sent, self.provided_content_length)

    def _send_file(self, body):
        """Let the kernel carry the file to the socket, in a thread, because a cold disk would stall everybody."""
        out, offset = self.socket.fileno(), body.start
        while offset < body.end:
            turn = TURN if len(self.server.limits.busy) < 3 else TURN >> 4
            try:
                body.require()
                sent = jobs.bulk(_sendfile, out, body.fd, offset, min(turn, body.end - offset))
                if sent is None:
                    wait_write(out, timeout=self.write_seconds, timeout_exc=TimeoutError())
                    continue
            except OSError as error:
                raise Gone from error
            if not sent:
                raise errors.Unavailable("The file became shorter while it was sent.")
            offset += sent
            self.response_length += sent

    def _write_with_headers(self, data):
        """Send the head, and what is small together with it: a packet and a call less."""
        self.headers_sent = True
        self.finalize_headers()
        fields = b"".join([b"%b: %b\r\n" % pair for pair in self.response_headers])
        head = b"HTTP/1.1 %b\r\n%b\r\n" % (self.status, fields)
        self.body_start = self.response_length + len(head)
        if self.command == "HEAD" or self.response_use_chunked or len(data) > SMALL:
            self._sendall(head)
            self._write(data)
        else:
            self._sendall(head + data)

    def _write(self, data):
        if not data or self.command == "HEAD":
            return
        if self.response_use_chunked:
            data = b"".join((b"%x\r\n" % len(data), data, b"\r\n"))    # copied once, which counts in a long listing
        self._sendall(data)

    def _sendall(self, data):
        try:
            self.socket.settimeout(self.write_seconds)
            for start in range(0, len(data), SLICE):
                self.socket.sendall(data[start:start + SLICE] if len(data) > SLICE else data)
        except OSError as error:
            raise Gone from error
        self.response_length += len(data)

    def log_request(self):
        """One line a request; a status below zero is one that was broken off."""
        actor = self.environ.get("hearth.actor")
        self.server.say.info("%s %s %s %d %d B %.1f ms %s %s", self.address, self.command, discreet(self.path), self.code,
                             self.response_length, (time.time() - self.time_start) * 1000, getattr(actor, "name", "-"),
                             self.environ["hearth.request_id"])


def _sendfile(out, fd, offset, size):
    """Blocking on the disk, never on the socket: None where that is full."""
    try:
        return os.sendfile(out, fd, offset, size)
    except BlockingIOError:
        return None


@contextmanager
def listed(connection, connections):
    """Keep a connection in one of the lists of Limits meanwhile."""
    connections[connection] = None
    try:
        yield
    finally:
        connections.pop(connection, None)


def discreet(path):
    """A path for the log, without what would let its reader in, and not as long as a stranger likes."""
    return _SECRET.sub(lambda found: (found[1] or found[2]) + "*", path)[:LOGGED]


# The address of an upload, but for whose it is and how it begins; the token of a link; what signs, opens or stands for somebody in a query.
_SECRET = re.compile(r"(^/data/.{0,45}|[?&](?:oc-jwt-sig|oc-signature|signature|code|[a-z_-]*token|id_token_hint|[a-z_]*secret|password)=)[^&]+"
                     r"|((?:/public-files|^/+(?:index\.php/)?s|/(?:un)?protected)/)[^/?]+", re.IGNORECASE)


def request_id(given):
    """The id of a request: the one that the client gave, where it is a UUID and so finds its way into both logs; else one of ours."""
    return given.lower() if len(given) == 36 and ids.is_uuid(given.lower()) else ids.new()[:13]


def neighbourhood(address):
    """Who counts as one: an address, of IPv6 the /64, because whoever has one of those has them all."""
    if ":" not in address or address.startswith("::ffff:"):
        return address.removeprefix("::ffff:")
    return socket.inet_pton(socket.AF_INET6, address.partition("%")[0])[:8]


def say_goodbye(sock, status, seconds):
    """Answer with a bare status and end the connection."""
    line = f"HTTP/1.1 {status} {responses[status]}\r\nConnection: close\r\nContent-Length: 0\r\n"
    retry = "Retry-After: 5\r\n" if status == 503 else ""
    try:
        sock.settimeout(seconds)
        sock.sendall(f"{line}{retry}\r\n".encode())
    except OSError:
        return
    linger(sock, seconds)


def linger(sock, seconds):
    """Say that no more comes and read on for a moment: a socket closed with bytes unread takes the answer back (RFC 9112 §9.6)."""
    deadline, left = time.monotonic() + seconds, LINGER_BYTES
    try:
        Plain.shutdown(sock, socket.SHUT_WR)        # beneath TLS: what still comes is not worth deciphering
        while left > 0 and (rest := deadline - time.monotonic()) > 0:
            sock.settimeout(rest)
            if not (block := Plain.recv(sock, 1 << 16)):
                return
            left -= len(block)
    except OSError:
        pass


class Listener(pywsgi.WSGIServer):
    """One address that is listened on."""

    def __init__(self, listen, application, limits, tls, connection):
        host = "0.0.0.0" if listen.host == "::" and not os.path.exists("/proc/net/if_inet6") else listen.host    # a kernel without IPv6
        super().__init__((host, listen.port), application, handler_class=connection, log=None,
                         error_log=log.get("http"), spawn=limits.pool,
                         environ={"wsgi.url_scheme": "https" if tls else "http", "SERVER_NAME": listen.host})
        self.limits, self.tls, self.say = limits, tls, log.get("http")

    @property
    def url(self):
        """Where it can be reached."""
        return Listen(bool(self.tls), self.server_host, self.server_port).url

    def handle(self, client, address):
        """Serve one connection, unless there are too many."""
        near = neighbourhood(address[0])
        if not self.limits.admit(near):
            if not self.tls:
                say_goodbye(client, 503, 1 if self.limits.spare > SPARE // 2 else 0)   # no wait where many are refused
            client.close()
            return
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                client = self.tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
            self.handler_class(client, address, self).handle()
        except (OSError, gevent.Timeout):           # no TLS, or too late: nobody to talk to
            pass
        finally:
            client.close()
            self.limits.leave(near)


class Limits:
    """Who is inside: at most so many connections in all, and of one neighbourhood. Beside them so many streams, which the house itself counts."""

    def __init__(self, connections, per_address, streams=0):
        self._connections, self._per_address, self._inside = connections, per_address, Counter()
        self._streams = streams
        self.pool = Pool(connections + streams + SPARE)
        self.idle, self.busy, self.leaving = {}, {}, {}   # connections: before, in and after a request; the longest there comes first
        self.streams = {}                           # and those on which an answer goes on and on
        self.draining = False

    @property
    def spare(self):
        """How many more may come, only to be told that it is full."""
        return self.pool.free_count() - self._streams + len(self.streams)

    def admit(self, near):
        """Count a connection in. Where it is full, one that is done or the longest idle makes room; False where all are busy."""
        crowded = self._inside[near] >= self._per_address
        if crowded or self._inside.total() >= self._connections:
            least = next((each for each in chain(self.leaving, self.idle) if not crowded or each.neighbourhood == near), None)
            if least is None:
                return False
            self.leaving.pop(least, None)
            self.idle.pop(least, None)
            least.hang_up()
        self._inside[near] += 1
        return True

    @contextmanager
    def apart(self, connection):
        """Count a connection among the streams meanwhile: it stays for hours, and must not keep others out."""
        self.leave(connection.neighbourhood)
        self.busy.pop(connection, None)
        try:
            with listed(connection, self.streams):
                yield
        finally:
            self._inside[connection.neighbourhood] += 1

    def leave(self, near):
        """Count it out."""
        self._inside[near] -= 1
        if not self._inside[near]:
            del self._inside[near]


class Server:
    """All addresses together, from the first connection to the last; ``tls`` wraps the connections of the https ones."""

    def __init__(self, config, application, tls=None, connection=Connection):
        self.limits = Limits(config.connections, config.connections_per_address, config.streams)
        self.listeners = [Listener(listen, application, self.limits, tls if listen.secure else None, connection)
                          for listen in config.listen]

    def start(self):
        """Listen on every address."""
        for listener in self.listeners:
            try:
                listener.start()
            except OSError as error:
                host, port = listener.address
                raise errors.Unavailable(f"{host}:{port} cannot be listened on: {error.strerror}. "
                                         "Choose another address with --listen.") from error

    def addresses(self):
        """Where it can be reached, as ``http://host:port``."""
        return [listener.url for listener in self.listeners]

    def stop(self, seconds=30):
        """Take no more requests, let the running ones end within ``seconds``, then close everything."""
        limits, deadline = self.limits, time.monotonic() + seconds
        limits.draining = True
        for listener in self.listeners:
            listener.close()
        for connection in list(limits.idle):
            connection.hang_up()
        for connection in list(limits.streams):
            connection.result.end()
        while limits.busy and time.monotonic() < deadline:
            gevent.sleep(0.02)
        for connection in list(limits.busy):
            connection.hang_up()
        limits.pool.join(timeout=1)
        for connection in list(limits.streams):     # whoever does not read
            connection.hang_up()
        limits.pool.join(timeout=1)
        limits.pool.kill(timeout=1)
