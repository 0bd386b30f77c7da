"""The load: raw sockets that cost as little as Python can, so that the server is what is measured."""
import os
import selectors
import socket
import threading
import time

from peers import BASIC

_BIN = 1 << 20


def connect(port):
    """Open a connection without Nagle's delay."""
    connection = socket.create_connection(("127.0.0.1", port), 60)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def request(method, path, body=b"", length=None, **headers):
    """Spell a request."""
    fields = {"Host": "127.0.0.1", "Authorization": BASIC, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if body or length is not None or method in ("PUT", "PROPFIND"):
        fields["Content-Length"] = len(body) if length is None else length
    head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return head.encode() + b"\r\n" + body


def answer(connection, keep=False, progress=None):
    """Read one answer; return its status and its body (or, not kept, the body's length)."""
    came = b""
    while b"\r\n\r\n" not in came:
        more = connection.recv(65536)
        if not more:
            raise ConnectionError("closed before the head was whole")
        came += more
    head, _, rest = came.partition(b"\r\n\r\n")
    status, head = int(head[9:12]), head.lower()
    at = head.find(b"\r\ncontent-length:")
    if status in (204, 304):
        return status, b"" if keep else 0
    if at >= 0:
        length = int(head[at + 17:].split(b"\r\n", 1)[0])
        if keep:
            while len(rest) < length:
                rest += connection.recv(_BIN)
            return status, rest
        left, bin_ = length - len(rest), memoryview(bytearray(_BIN))
        while left > 0:
            took = connection.recv_into(bin_, min(left, _BIN), socket.MSG_TRUNC)      # counted, never copied
            if not took:
                raise ConnectionError("closed in the body")
            left -= took
            if progress:
                progress(took)
        return status, length
    return status, _chunked(connection, rest, keep)


def _chunked(connection, rest, keep):
    """Read until the last chunk; return the body, or (not kept) how many bytes came, framing and all."""
    total, tail, parts = len(rest), rest[-7:], [rest]
    while not tail.endswith(b"\r\n0\r\n\r\n") and rest != b"0\r\n\r\n":
        more = connection.recv(_BIN)
        if not more:
            raise ConnectionError("closed in the body")
        total += len(more)
        tail = (tail + more)[-7:]
        if keep:
            parts.append(more)
    if not keep:
        return total
    raw, body, at = b"".join(parts), [], 0
    while True:
        line = raw.index(b"\r\n", at)
        length = int(raw[at:line], 16)
        if not length:
            return b"".join(body)
        body.append(raw[line + 2:line + 2 + length])
        at = line + 4 + length


def once(port, *words, keep=False, **more):
    """Send one request on a connection of its own."""
    with connect(port) as connection:
        connection.sendall(request(*words, **more))
        return answer(connection, keep)


def rate(port, connections, seconds, make):
    """Keep ``connections`` busy with the requests ``make(number)`` spells; return requests a second."""
    chooser, number, finished = selectors.DefaultSelector(), 0, 0
    for _ in range(connections):
        connection = connect(port)
        chooser.register(connection, selectors.EVENT_READ)
    began = time.perf_counter()
    for key in list(chooser.get_map().values()):
        key.fileobj.sendall(make(number))
        number += 1
    waiting = connections
    while waiting:
        for key, _ in chooser.select(30):
            status, _ = answer(key.fileobj)
            if status not in (200, 201, 204, 207):
                raise RuntimeError(f"status {status}")
            finished += 1
            if time.perf_counter() - began < seconds:
                key.fileobj.sendall(make(number))
                number += 1
            else:
                chooser.unregister(key.fileobj)
                key.fileobj.close()
                waiting -= 1
    return finished / (time.perf_counter() - began)


def download(port, path):
    """Fetch a file once; return bytes a second."""
    with connect(port) as connection:
        began = time.perf_counter()
        connection.sendall(request("GET", path))
        status, length = answer(connection)
        if status != 200:
            raise RuntimeError(f"status {status}")
        return length / (time.perf_counter() - began)


def upload(port, path, file, size):
    """Send a file by sendfile; return bytes a second until the answer is here."""
    with connect(port) as connection:
        began = time.perf_counter()
        connection.sendall(request("PUT", path, length=size))
        connection.sendfile(file, 0, size)
        status, _ = answer(connection)
        if status not in (200, 201, 204):
            raise RuntimeError(f"status {status}")
        return size / (time.perf_counter() - began)


def background(port, base, direction, seconds, file, size):
    """Four large transfers, over and over, until the time is up; this runs in a process of its own."""
    os.nice(10)                # the one who measures comes first
    end = time.monotonic() + seconds

    def go(number):
        while time.monotonic() < end:
            if direction == "down":
                download(port, base + "/big.bin")
            else:
                upload(port, f"{base}/w/up{number}.bin", open(file, "rb"), size)
    for number in range(4):
        threading.Thread(target=go, args=(number,), daemon=True).start()
    print("go", flush=True)
    time.sleep(seconds)
    os._exit(0)                # what is under way is cut off
