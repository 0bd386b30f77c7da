"""Every option, its default and its reason. The order is: command line, environment, file, default.

Only what must be known before the storage is open stands here; what people change while the box runs lies on the
storage as records. An unknown name is an error, because a misspelt option must not be ignored in silence.
"""
import os
import tomllib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from appliance.core import errors


class Listen(NamedTuple):
    """An address to listen on; port 0 picks a free one."""

    secure: bool
    host: str
    port: int

    @classmethod
    def parse(cls, text):
        """Read ``http://ADDR:PORT`` or ``https://ADDR:PORT``."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            parts, port = None, None
        if parts is None or parts.scheme not in ("http", "https") or not parts.hostname or port is None \
                or parts.path not in ("", "/") or parts.query:
            raise errors.Invalid(f'"{text}" is not an address to listen on. Write it like http://127.0.0.1:9200.')
        return cls(parts.scheme == "https", parts.hostname, port)

    @property
    def url(self):
        """As it is written where ``parse`` reads it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"


@dataclass(frozen=True)
class Config:
    """What the program is told from outside."""

    # Where things are.
    data: Path = Path("/srv/hearth")                # all truth; back this up and nothing else
    cache: Path = Path("/var/cache/hearth")         # may be deleted at any time
    listen: tuple = (Listen(False, "127.0.0.1", 9200),)  # loopback, until somebody decides otherwise
    url: str = ""                                   # the address people use, where a proxy hides it; "" takes the request's
    certificate: str = ""                           # PEM files; asked for by an https address
    key: str = ""
    metrics_token: str = ""                         # a Bearer token for /metrics from elsewhere than loopback

    # What is kept, and how long.
    trash_days: int = 30                            # as OpenCloud; 0 keeps what was deleted until room is needed
    version_days: int = 365                         # older contents of a file go after this; 0 keeps them
    versions_per_file: int = 100                    # and no more than this many of one file
    upload_hours: int = 24                          # an unfinished upload may be taken up again this long
    reserve_percent: float = 1.0                    # of the disk is left alone, so that deleting and signing in always work,
    reserve_bytes: int = 200_000_000                # and at least this much
    audit_days: int = 365                           # who did what, from where; its lines go by whole months. 0 keeps them until
    audit_bytes: int = 100_000_000                  # there are more bytes than this of acts, or of what was done to files
    audit_downloads: bool = False                   # reading files is no secret from who may; turned on, it is most of the lines
    walk_hours: float = 24.0                        # how often the whole tree is looked at, for what inotify missed

    # Viruses.
    scanner: str = ""                               # clamd:/path/of/socket, clamd://host:3310 or icap://host:1344/service; "" for none

    # Links for anybody.
    link_passwords: str = "always"                  # as OpenCloud; "writing" wants one where something can be changed, "never" nowhere
    link_days: int = 30                             # a link ends then, unless another day is chosen; 0 for no end
    drop_bytes: int = 10_000_000_000                # that strangers may add to a folder by one link, unless another sum is chosen; 0 for no limit

    # Mail.
    mail: str = ""                                  # smtps://name:password@host?from=address sends what people are told; "" sends nothing

    # Previews.
    preview_bytes: int = 500_000_000                # of the cache for previews: some 30,000 small ones; 0 makes none at all

    # Search.
    tika: str = ""                                  # http://127.0.0.1:9998: an Apache Tika server reads documents, also old ones (doc, rtf); "" reads ours

    # What one stranger may take.
    connections: int = 200                          # in all; each costs about 30 KiB
    connections_per_address: int = 64               # a family behind one address, each with a few programs
    streams: int = 256                              # open live streams beside them; each costs about 20 KiB, by https 35
    archive_max_entries: int = 10_000               # as OpenCloud
    archive_max_bytes: int = 1 << 30                # as OpenCloud
    log_level: str = "INFO"

    @classmethod
    def load(cls, given=None, environ=None, file=None):
        """Put the options together; ``given`` holds what the command line said, None where it said nothing."""
        environ = os.environ if environ is None else environ
        file = file or environ.get("HEARTH_CONFIG")
        config = replace(cls(), **_from_file(Path(file or "/etc/hearth/hearth.toml"), wanted=bool(file)))
        outside = {name: environ.get("HEARTH_" + name.upper()) for name in ("data", "cache", "listen")}
        if outside["listen"]:
            outside["listen"] = outside["listen"].split()
        for source in (outside, given or {}):
            config = replace(config, **{name: _typed(name, value) for name, value in source.items() if value})
        return config


_KINDS = {field.name: field.type for field in fields(Config)}


def _from_file(path, wanted):
    try:
        options = tomllib.loads(path.read_text())
    except FileNotFoundError:
        if wanted:
            raise errors.Invalid(f"There is no configuration file {path}. Name one that exists with --config.") from None
        return {}
    except (OSError, ValueError) as error:
        raise errors.Invalid(f"The configuration file {path} cannot be read: {error}.") from None
    return {name: _typed(name, value) for name, value in options.items()}


def _typed(name, value):
    kind = _KINDS.get(name)
    if kind is None:
        raise errors.Invalid(f'There is no option "{name}". The options are: {", ".join(sorted(_KINDS))}.')
    if name == "listen":
        value = [value] if isinstance(value, str) else value
        return tuple(each if isinstance(each, Listen) else Listen.parse(each) for each in value)
    fits = {Path: (str, Path), float: (int, float)}.get(kind, kind)
    if isinstance(value, bool) != (kind is bool) or not isinstance(value, fits) or (kind in (int, float) and value < 0):
        wants = {int: "a number", float: "a number", bool: "true or false"}.get(kind, "text")
        raise errors.Invalid(f'The option "{name}" wants {wants}, not {value!r}.')
    return Path(value).absolute() if kind is Path else kind(value)
