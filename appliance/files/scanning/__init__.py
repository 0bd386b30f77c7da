"""Antivirus: the scanners that a file can be shown to. A scanner says ``virus`` of an open file, and raises Away where it says nothing.

``scan(fd, size, name)`` answers the name of what was found, "" for nothing; ``ping()`` raises Away where nobody answers, or sees nothing. Blocks of the
file are read in threads, the sockets are gevent's: the hub waits for neither.
"""
from urllib.parse import urlsplit

from appliance.core import errors
from appliance.files.scanning.clamd import Clamd
from appliance.files.scanning.icap import Icap
from appliance.files.scanning.wire import Away

__all__ = ["Away", "scanner"]


def scanner(address):
    """The scanner at ``clamd:/path/of/socket``, ``clamd://host:port`` or ``icap://host:port/service``; None for "". Invalid."""
    if not address:
        return None
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    if parts.scheme == "clamd" and not host and parts.path.startswith("/"):
        return Clamd(parts.path)
    if parts.scheme == "clamd" and host and not parts.path.strip("/"):
        return Clamd((host, port or 3310))
    if parts.scheme == "icap" and host and parts.path.strip("/"):
        return Icap(host, port or 1344, parts.path.strip("/") + (f"?{parts.query}" if parts.query else ""))
    raise errors.Invalid(f'"{address}" is no virus scanner. Write it like clamd:/run/clamav/clamd.ctl, clamd://10.0.0.5:3310 or '
                         "icap://10.0.0.5:1344/srv_clamav.")
