"""Names that machines give: UUIDs, tokens, and the resource id that OpenCloud's clients see."""
import base64
import re
import secrets
import uuid
from typing import NamedTuple

from appliance.core import errors

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new():
    """A fresh UUID version 4 as text."""
    return str(uuid.uuid4())


def is_uuid(text):
    """True for a UUID in lower-case text, the only form in which we write them."""
    return UUID.fullmatch(text) is not None


def token(bits=160):
    """A secret of that many random bits, in lower-case base32."""
    return base64.b32encode(secrets.token_bytes(bits // 8)).decode().rstrip("=").lower()


class ResourceId(NamedTuple):
    """``storage$space!node``. Without a node it names the space, whose root node has the space's own id."""

    storage: str
    space: str
    node: str

    @classmethod
    def parse(cls, text):
        """Read any of the forms that clients send; parts left out are empty, a missing node is the space's root."""
        storage, dollar, rest = text.partition("$")
        if not dollar:
            storage, rest = "", text
        space, _, node = rest.partition("!")
        node = node or space
        if not is_uuid(space) or not is_uuid(node) or (storage and not is_uuid(storage)):
            raise errors.Invalid("This is not the id of a file or a space.")
        return cls(storage, space, node)

    def __str__(self):
        return f"{self.storage}${self.space}!{self.node}"
