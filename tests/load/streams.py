"""What an open live stream costs: 200 of them, in KiB of the server's memory (PSS) each, over http and https; and how soon all are told.

    .venv-test/bin/python tests/load/streams.py

Memory travels well between machines; times are of this one.
"""
import base64
import socket
import ssl
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import requests

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[1])]

from appliance import app
from appliance.core import Config
from conftest import Server, certificate

MEMBER, SECRET, PEOPLE, STREAMS = "a8d5fe5e-96e3-418d-825b-534dbdf22b99", "a long enough secret", 20, 200
SSE = "/ocs/v2.php/apps/notifications/api/v1/notifications/sse"


def prepare(folder):
    """A family in one space: the app tokens of its members, the first of whom looks after it."""
    house = app.build(replace(Config(), data=folder / "data", cache=folder / "cache", reserve_percent=0.0, reserve_bytes=0))
    people = [house.people.add(f"p{number}", None, role="space-admin") for number in range(PEOPLE)]
    ann = house.people.actor(people[0].id)
    space = house.files.projects.make(ann, "Family")
    for person in people[1:]:
        house.files.projects.invite(ann, space.id, f"u:{person.id}", MEMBER)
    tokens = [house.people.tokens.create(person.id, "load")[0] for person in people]
    address = f"/dav/spaces/{house.files.storage_id}${space.id}"
    house.close()
    return tokens, address


def pss(process):
    """KiB of memory that the server and nobody else needs."""
    text = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("Pss:")))


def opened(server, person, token, context):
    """A stream whose first message has come."""
    sock = socket.create_connection(("127.0.0.1", server.port))
    if context:
        sock = context.wrap_socket(sock)
    secret = base64.b64encode(f"p{person}:{token}".encode()).decode()
    sock.sendall(f"GET {SSE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {secret}\r\nUser-Agent: load\r\nAccept: text/event-stream\r\n\r\n".encode())
    read_until(sock, b"\nid: ")
    return sock


def read_until(sock, mark):
    got = b""
    sock.settimeout(30)
    while mark not in got:
        block = sock.recv(4096)
        assert block, got
        got += block


def measure(folder, scheme):
    tokens, address = prepare(folder)
    server, context = Server(folder), None
    options = {"log_level": "WARNING"}
    if scheme == "https":
        key, cert = certificate(folder)
        server.scheme, context = "https", ssl.create_default_context(cafile=cert)
        context.check_hostname = False
        options |= {"certificate": cert, "key": key}
    server.configure(**options)
    server.start()
    try:
        asked = {"auth": ("p0", tokens[0]), "verify": False, "timeout": 30}
        warm = [opened(server, person, token, context) for person, token in enumerate(tokens)]     # everybody has been seen, all is imported
        requests.put(f"{server.url}{address}/warm", b"x", **asked)
        for sock in warm:
            read_until(sock, b"postprocessing-finished")
            sock.close()
        requests.put(f"{server.url}{address}/warm2", b"x", **asked), time.sleep(1)
        requests.put(f"{server.url}{address}/warm3", b"x", **asked), time.sleep(1)      # the closed ones are seen
        before = pss(server.process)
        streams = [opened(server, number % PEOPLE, tokens[number % PEOPLE], context) for number in range(STREAMS)]
        time.sleep(1)
        open_ = (pss(server.process) - before) / STREAMS
        began = time.perf_counter()
        assert requests.put(f"{server.url}{address}/told", b"x", **asked).status_code == 201
        for sock in streams:
            read_until(sock, b"postprocessing-finished")
        told = time.perf_counter() - began
        for number in range(20):
            requests.put(f"{server.url}{address}/{number}", b"x", **asked)
        for sock in streams:
            for _ in range(2):
                read_until(sock, b"data")
        time.sleep(1)
        used = (pss(server.process) - before) / STREAMS
        other = requests.get(server.url + "/status.php", verify=False, timeout=30).status_code
        began = time.perf_counter()
        assert server.stop() == 0
        print(f"{scheme}: {STREAMS} streams, {open_:.1f} KiB each when open, {used:.1f} after 21 events, at rest {before / 1024:.1f} MiB; "
              f"all told within {told * 1000:.0f} ms; others get {other}; stopped within {time.perf_counter() - began:.1f} s")
    finally:
        if server.process.poll() is None:
            server.kill()


if __name__ == "__main__":
    import warnings
    warnings.simplefilter("ignore")
    for wanted in sys.argv[1:] or ("http", "https"):
        with tempfile.TemporaryDirectory() as place:
            measure(Path(place), wanted)
