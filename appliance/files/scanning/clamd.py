"""clamd, ClamAV's own server: INSTREAM (clamd(8)) over its unix socket or TCP."""
import struct

from appliance.files.scanning.wire import ANSWER, Away, Talk, content


class Clamd:
    """A clamd at the path of a socket, or at ``(host, port)``."""

    def __init__(self, address):
        self._address = address

    def ping(self):
        """Away where it does not answer."""
        with Talk(self._address, ANSWER) as talk:
            talk.send(b"zPING\0")
            if talk.until(b"\0") != b"PONG":
                raise Away("it is no clamd")

    def scan(self, fd, size, name):
        """What it finds in the first ``size`` bytes of an open file, "" for nothing. Away."""
        with Talk(self._address) as talk:
            try:
                talk.send(b"zINSTREAM\0")
                for block in content(fd, size):
                    talk.send(struct.pack("!I", len(block)), block)
                talk.send(bytes(4))
            except OSError:                         # it hung up before the end; perhaps it said why
                pass
            return _verdict(talk.until(b"\0").decode("utf-8", "replace"))


def _verdict(said):
    """``stream: OK``, ``stream: NAME FOUND``, ``... ERROR``."""
    if said.endswith(" FOUND"):
        return said.removesuffix(" FOUND").removeprefix("stream: ")[:200] or "unknown"
    if said != "stream: OK":
        raise Away(f"it says {said[:200]!r}")
    return ""
