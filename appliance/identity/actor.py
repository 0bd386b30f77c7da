"""Who acts in a request. Every verb of the house takes one; there is no "current user"."""
from dataclasses import dataclass

from appliance.core import Origin


@dataclass(frozen=True)
class Actor:
    """Somebody who has shown who they are."""

    id: str                                         # of the account; of the link, for a visitor
    name: str                                       # the login name
    display_name: str = ""
    kind: str = "account"                           # or "link": a visitor, whom nobody knows; guests of other servers are to come
    role: str = "user"                              # a key of ROLES
    method: str = "password"                        # how they showed it: password, token, session, bearer, signature, upload
    quota: int | None = None                        # bytes of their own space, 0 without limit; None where nobody said
    origin: Origin = Origin()                       # where this request came from
    session: str = ""                               # the id of the session that it belongs to
    groups: tuple = ()                              # the ids of those they are in
    token: str = ""                                 # the id of the app token that was shown, or that began what goes on now
    read_only: bool = False                         # an app token that only looks
    folder: str = ""                                # the id of the only folder that an app token, or the only node that a link, reaches
    giver: "Actor | None" = None                    # who made the link

    @property
    def scoped(self):
        """Whether this is a link, or an app token that may do less than its owner. It reaches files alone."""
        return self.kind == "link" or self.read_only or bool(self.folder)
