"""hearth ready: ask the server on this box whether it is ready, for install.sh, updates and whoever watches."""
import argparse
import http.client
import json
import ssl
import time

from appliance.core import errors
from appliance.http import health

EVERYWHERE = {"::": ("::1", "127.0.0.1"), "0.0.0.0": ("127.0.0.1",)}    # "::" is all of IPv4 too, and that alone where the kernel has no IPv6; no name: not every box knows "localhost"
TURN = 1.0                                          # seconds between two questions
ANSWER = 30                                         # seconds for one


def register(commands, shared):
    """Add the command."""
    parser = commands.add_parser("ready", parents=[shared], help="tell whether the server is ready",
                                 description="Ask every address that the server listens on; exit status 0 when one is ready, or only its disk is full, else 1.")
    parser.add_argument("--wait", type=_seconds, default=0, metavar="SECONDS", help="ask again until it is, at most this long")
    parser.set_defaults(run=run)


def _seconds(text):
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise argparse.ArgumentTypeError("say a whole number of seconds")
    return int(text)


def run(config, given):
    """Ask until somebody is ready or the time is over."""
    until = time.monotonic() + given.wait
    while True:
        reasons = []
        for listen in config.listen:
            reason = ask(listen)
            if reason in (None, health.FULL):       # a full disk is no fault of a version: going back to another one would not help
                return {"ready": True, "address": listen.url}, f"ready at {listen.url}{f'. {reason}' if reason else ''}"
            reasons.append(reason)
        if time.monotonic() >= until:
            raise errors.Unavailable(f"The server is not ready: {reasons[0]}")
        time.sleep(TURN)


def ask(listen):
    """Why the server at that address is not ready; None when it is."""
    for host in EVERYWHERE.get(listen.host, (listen.host,)):
        try:
            return _asked(host, listen)
        except (OSError, http.client.HTTPException) as error:
            reason = f"nobody answers at {listen.url} ({getattr(error, 'strerror', None) or error}). Is it running?"
    return reason


def _asked(host, listen):
    if listen.secure:                               # asked is whether it is there; whom it shows others is their browsers' matter
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        line = http.client.HTTPSConnection(host, listen.port, timeout=ANSWER, context=context)
    else:
        line = http.client.HTTPConnection(host, listen.port, timeout=ANSWER)
    try:
        line.request("GET", "/ready")
        answer = line.getresponse()
        said = answer.read(10_000).decode(errors="replace")
    finally:
        line.close()
    if answer.status == 200:
        return None
    try:
        return json.loads(said)["error"]["message"]
    except (ValueError, KeyError, TypeError):
        return said.strip() or f"it answers {answer.status}."
