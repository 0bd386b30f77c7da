"""hearth serve: open the storage and serve it until told to stop."""
import signal

import gevent
from gevent.event import Event

from appliance import app
from appliance.core import jobs, log
from appliance.server import Server

CLEAR_UP = 2                                        # seconds between two looks for people whom a command has removed

def register(commands, shared):
    """Add the command."""
    parser = commands.add_parser("serve", parents=[shared], help="serve the files", allow_abbrev=False)
    parser.add_argument("--listen", action="append", metavar="URL", help="http://ADDR:PORT or https://ADDR:PORT, may be repeated")
    parser.set_defaults(run=run)


def run(config, given):
    """Serve until SIGTERM or SIGINT; running requests get up to 30 s."""
    house = app.build(config)
    server = Server(config, app.wsgi(house))
    ended = Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        gevent.signal_handler(name, ended.set)
    server.start()
    house.storage.start()
    jobs.every(CLEAR_UP, house.files.clear_up, first=0)
    code = house.people.setup_code()
    for address in server.addresses():
        print(f"ready {address}", flush=True)
        if code:
            print(f"make the first account at {address}/setup?code={code}", flush=True)
    ended.wait()
    log.get("serve").info("stopping")
    server.stop()
    house.close()
    return 0
