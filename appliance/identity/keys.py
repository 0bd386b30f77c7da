"""A key for every account, with which it signs addresses for downloads. Made when first asked for, never empty."""
import secrets

from appliance.core import errors, log, records

PART = "keys"
BYTES = 64


class Keys:
    """The signing keys of everybody."""

    def __init__(self, folder):
        self._folder, self._path = folder, folder.path / PART

    def signing(self, account):
        """The key of an account, 128 hexadecimal digits."""
        kept = self._folder.look(_read, self._path, account)
        return kept or self._folder.change(_make, self._path, account)


def forget(path, account):
    """Make every address signed for the account worthless. Blocking, under the lock."""
    records.remove(path / PART / f"{account}.json")


def _read(path, account):
    """The key, or None: also where its record is damaged, so that another one is made. What the old one signed has ended then."""
    try:
        return (records.read(path / f"{account}.json") or {}).get("signing")
    except errors.Corrupt:
        log.get("identity").error("the signing key of %s is damaged; another one is made", account)
        return None


def _make(path, account):
    kept = _read(path, account)
    if not kept:
        kept = secrets.token_hex(BYTES)
        records.write(path / f"{account}.json", {"signing": kept})
    return kept
