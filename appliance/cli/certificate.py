"""hearth certificate: which certificate the box shows, and a new one where it is time."""
from datetime import UTC, datetime

from appliance import app
from appliance.core import errors


def register(commands, shared):
    """Add the command."""
    parser = commands.add_parser("certificate", parents=[shared], help="look at the certificate, renew it where it is time",
                                 description="How the certificate is; with renew, order a new one where it is time. The running server takes it.")
    parser.add_argument("what", nargs="?", choices=("show", "renew"), default="show")
    parser.set_defaults(run=run)


def run(config, given):
    """Look, and order one where that is wanted."""
    house = app.build(config, own=False)
    try:
        certificates = house.certificates
        certificates.look()
        if given.what == "renew" and certificates.due() and not certificates.renew():
            raise errors.Unavailable(f"No new certificate: {certificates.state()['text']}")
        state = certificates.state()
    finally:
        house.close()
    ends = state["expires"] and datetime.fromtimestamp(state["expires"], UTC).strftime("%Y-%m-%d")
    lines = [f"{state['state']}: {state['text']}", *([f"for {' '.join(state['names'])}, until {ends}"] if state["names"] else [])]
    return {**state, "expires": ends}, "\n".join(lines)
