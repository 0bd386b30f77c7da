"""What is asked of everybody who signs in; changed by administrators while the box runs."""
from dataclasses import asdict, dataclass
from typing import ClassVar

from appliance.core import errors, log, records

WHOM = ("nobody", "administrators", "everyone")


@dataclass(frozen=True)
class Policy:
    """What is asked."""

    FILE: ClassVar = "policy.json"
    second_factor: str = "nobody"                   # whose password alone is not enough, one of WHOM

    def __post_init__(self):
        if self.second_factor not in WHOM:
            raise errors.Invalid(f"A second factor can be required of: {', '.join(WHOM)}.")

    def requires(self, account):
        """Whether this account must have a second factor."""
        return self.second_factor == "everyone" or self.second_factor == "administrators" and account.role == "admin"

    @classmethod
    def read(cls, path):
        """The policy kept in the folder of people; the strictest where that cannot be read. Blocking."""
        try:
            kept = records.read(path / cls.FILE)
            return cls(kept["second_factor"]) if kept else cls()
        except (errors.Corrupt, errors.Invalid, KeyError):
            log.get("identity").error("the record %s is damaged; set the policy again", cls.FILE)
            return cls("everyone")

    def write(self, path):
        """Keep it in the folder of people. Blocking, under the lock."""
        records.write(path / self.FILE, asdict(self))
