"""hearth serve: open the storage and serve it until told to stop."""
import argparse
import gc
import os
import signal
import socket
import sys

import gevent
from gevent.event import Event

from appliance import app
from appliance.core import Listen, errors, jobs, log
from appliance.http import health
from appliance.server import Server

TIDY = 600                                          # seconds between two looks at what the audit trail keeps
PULSE = 30                                          # seconds between two signs of life, where nobody says how many
EXPIRY = 60                                         # seconds between two looks for shares and links that have expired
MAIL = 5                                            # seconds between two looks for letters that are due
SCANS = 60                                          # seconds between two looks for files that no virus scanner has seen
PREVIEWS = 5                                        # seconds between two looks for photos without previews
HEALTH = 300                                        # seconds between two looks how the box is
BACKUP = 300                                        # seconds between two looks whether a backup is due
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
        secure = any(listen.secure for listen in config.listen)
        if secure:
            house.certificates.load()
        server = Server(config, app.wsgi(house), house.certificates.wardrobe)
        for name in (signal.SIGTERM, signal.SIGINT):
            gevent.signal_handler(name, ended.set)
        server.start()
        house.storage.start()
        house.search.start()
        jobs.every(TIDY, house.audit.tidy, first=60)
        jobs.every(TIDY, house.people.tidy, first=90)
        jobs.every(CLEAR_UP, house.files.clear_up, first=0)
        jobs.every(EXPIRY, house.files.tidy, first=5)
        jobs.every(MAIL, house.notices.deliver, first=10)
        jobs.every(TIDY, house.notices.tidy, first=120)
        jobs.every(SCANS, house.files.inspection.catch_up, first=10)
        jobs.every(PREVIEWS, house.previews.ahead, first=30)
        if secure:
            house.certificates.start()
        jobs.every(BACKUP, house.nightly.tick, first=120)
        jobs.every(HEALTH, lambda: house.alarms.tick(house.health.tick()), first=60)
        jobs.soon(house.health.learn)
        house.restoring.tell()
        house.health.remember()
        gc.collect()
        gc.freeze()                                 # what is here now stays: no need to look through it again and again
        _tell(server.addresses(), house.people.setup_code())
        _tell_systemd("READY=1\nSTATUS=ready")
        jobs.every(_pulse(), lambda: _live(house.storage))
        gevent.wait([ended, house.restoring.done], count=1)
        log.get("serve").info("stopping")
        if ended.is_set():
            _tell_systemd("STOPPING=1")
        server.stop()
    finally:
        house.close()
    if not ended.is_set():
        _begin_anew(server)
    return 0


def _begin_anew(server):
    """Become a fresh server on the storage that was restored, under the same number and at the same addresses."""
    words = iter(sys.orig_argv[1:])
    kept = [word for word in words if not (word == "--listen" and next(words, None)) and not word.startswith("--listen=")]
    for address in server.addresses():
        kept += ["--listen", address]
    os.execv(sys.executable, [sys.executable, *kept])


def _tell(addresses, code):
    """Print where it answers, and while nobody has an account, the link that makes the first one."""
    for address in addresses:
        print(f"ready {address}", flush=True)
    for address in addresses if code else ():
        print(f"make the first account at {address}/setup?code={code}", flush=True)


def _pulse():
    """Seconds between two signs of life: four in the time after which systemd takes us for dead (sd_watchdog_enabled(3))."""
    wanted = os.environ.get("WATCHDOG_USEC", "")
    return int(wanted) / 4_000_000 if wanted.isascii() and wanted.isdecimal() and int(wanted) else PULSE


def _live(storage):
    """A sign of life, once the storage has answered: what it says is told, but a disk that hangs for ever counts as death.

    A disk that is away is no reason to die: starting again would not bring it back.
    """
    try:
        health.require_ready(storage)
        state = "ready"
    except errors.Unavailable as error:
        state = str(error)
    _tell_systemd(f"WATCHDOG=1\nSTATUS={state}")


def _tell_systemd(state):
    """Send lines to whoever started us and wants to know (sd_notify(3)); nobody else."""
    place = os.environ.get("NOTIFY_SOCKET", "")
    if not place.startswith(("/", "@")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
        try:
            out.sendto(state.encode(), place.replace("@", "\0", 1) if place.startswith("@") else place)
        except OSError as error:
            log.get("serve").warning("systemd was not told %s: %s", state, error)
