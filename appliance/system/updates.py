"""Which version runs, and how the box is brought up to date. The program cannot do that itself: nothing it runs as may write where it lies."""
from pathlib import Path

from appliance.core import errors, jobs, release
from appliance.identity import roles

CARD = Path("/usr/sbin/hearth-system")              # boxes made from our image have two systems, and change over between them
LAST = Path("/var/lib/hearth-box/last")             # how that went last
BY_HAND = "Whoever looks after this box brings it up to date: on the box, in a newer copy of Hearth, \"sudo ./install.sh\". If that is not well, the box goes back by itself."
NIGHTLY = "This box takes Debian's updates at night, into its second system, and goes back by itself if that is not well. A new system comes by \"hearth-system install\"."


class Updates:
    """What is known of versions."""

    def shown(self, actor):
        """``{"version", "available", "state", "text", "last"}`` for administrators; nothing asks the world for newer ones, so none is known."""
        roles.require(actor, "Settings.ReadWrite")
        version, own, last = jobs.blocking(_look)
        return {"version": version, "available": None, "state": "nightly" if own else "by hand", "text": f"{NIGHTLY if own else BY_HAND} {last}".strip(), "last": last}

    def begin(self, actor):
        """Conflict: says who can."""
        raise errors.Conflict(self.shown(actor)["text"])


def _look():
    try:
        last = LAST.read_text()[:300].strip()
    except OSError:
        last = ""
    return release.number(), CARD.exists(), last
