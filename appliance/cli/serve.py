"""hearth serve: open the storage and serve it until told to stop."""
import argparse
import gc
import os
import signal
import socket

import gevent
from gevent.event import Event

from appliance import app
from appliance.core import Listen, errors, jobs, log
from appliance.server import Server

TIDY = 600                                          # seconds between two looks at what the audit trail keeps
EXPIRY = 60                                         # seconds between two looks for shares and links that have expired
PREVIEWS = 5                                        # seconds between two looks for photos without previews
CLEAR_UP = 2                                        # seconds between two looks for people whom a command has removed


def register(commands, shared):
    """Add the command."""
    parser = commands.add_parser("serve", parents=[shared], help="serve the files", allow_abbrev=False)
    parser.add_argument("--listen", action="append", metavar="URL", type=_listen, help="http://ADDR:PORT or https://ADDR:PORT, may be repeated")
    parser.set_defaults(run=run)


def _listen(text):
    try:
        return Listen.parse(text)
    except errors.Invalid as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def run(config, given):
    """Serve until SIGTERM or SIGINT; running requests get up to 30 s."""
    ended = Event()
    house = app.build(config)
    try:
        server = Server(config, app.wsgi(house))
        for name in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(name, ended.set)
        server.start()
        house.storage.start()
        jobs.every(TIDY, house.audit.tidy, first=60)
        jobs.every(TIDY, house.people.tidy, first=90)
        jobs.every(CLEAR_UP, house.files.clear_up, first=0)
        jobs.every(EXPIRY, house.files.tidy, first=5)
        jobs.every(PREVIEWS, house.previews.ahead, first=30)
        gc.collect()
        gc.freeze()                                 # what is here now stays: no need to look through it again and again
        _tell(server.addresses(), house.people.setup_code())
        _tell_systemd("READY=1")
        ended.wait()
        log.get("serve").info("stopping")
        _tell_systemd("STOPPING=1")
        server.stop()
    finally:
        house.close()
    return 0


def _tell(addresses, code):
    """Print where it answers, and while nobody has an account, the link that makes the first one."""
    for address in addresses:
        print(f"ready {address}", flush=True)
    for address in addresses if code else ():
        print(f"make the first account at {address}/setup?code={code}", flush=True)


def _tell_systemd(state):
    """Send a line to whoever started us and wants to know (sd_notify(3)); nobody else."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto(state.encode(), place.replace("@", "\0", 1) if place.startswith("@") else place)
        except OSError as error:
            log.get("serve").warning("systemd was not told %s: %s", state, error)
