"""Project spaces: made, described, given a quota, members and an end. Each verb asks whether the actor may, does it, and says so.

Who may: managers of a space by their membership, and administrators by their role, who see all spaces but not what is in them.
"""
from appliance.core import Origin, clock, errors, events
from appliance.identity import roles
from appliance.sharing import ROLES, Grant, access, grants

LONGEST_NAME = 255                                  # bytes
FORBIDDEN = set('/\\.:?*"><|')
QUOTA = 1_000_000_000                               # bytes, where nobody says; as OpenCloud
LONGEST_TEXT = 4_000                                # characters of a description
SPECIAL = ("readme", "image")


class Projects:
    """The project spaces. Spaces are those of the storage."""

    def __init__(self, storage, people, bus, find):
        self._spaces, self._people, self._bus, self._find = storage.spaces, people, bus, find

    def seen(self, actor):
        """Every project space that the actor is a member of, disabled ones for their managers only."""
        return [space for space in self._spaces.all() if space.kind == "project" and self.sees(actor, space)]

    def every(self, actor):
        """Every project space, for who may list them all. Forbidden."""
        roles.require(actor, "Drives.List")
        return [space for space in self._spaces.all() if space.kind == "project"]

    def sees(self, actor, space):
        """Whether the actor may know of a project space."""
        held = access.granted(actor, space, disabled=True)
        return not actor.scoped and (access.READ in held and not space.disabled or access.SHARE in held)

    def get(self, actor, space_id):
        """A project space, which the actor is a member of or may list. NotFound."""
        space = self._spaces.get(space_id)
        if space.kind != "project" or not (self.sees(actor, space) or roles.allowed(actor, "Drives.List")):
            raise errors.NotFound("drive not found")
        return space

    def make(self, actor, name, description="", quota=None, alias=""):
        """Make a space whose manager the actor is. Forbidden, Invalid."""
        roles.require(actor, "Drives.Create")
        name = checked_name(name)
        mine = Grant(f"{grants.USER}:{actor.id}", grants.MANAGER, actor.id, clock.now())
        space = self._spaces.make(name, grants.write({mine.to: mine}), description=_text(description, LONGEST_TEXT),
                                  quota=_quota(QUOTA if quota is None else quota), alias=_text(alias, 300) or f"project/{name.lower().replace(' ', '-')}")
        self._say(events.SpaceMade, actor, space)
        return space

    def change(self, actor, space_id, **wanted):
        """Change name, description, alias, quota (bytes) or special (``{"readme": node id or ""}``). Forbidden, Invalid, NotFound."""
        space = self.get(actor, space_id)
        if wanted.keys() - {"quota"}:
            self._require(actor, space, "Drives.ReadWrite")
        if "quota" in wanted:
            roles.require(actor, "Drives.ReadWriteProjectQuota")
        checks = {"name": checked_name, "description": lambda text: _text(text, LONGEST_TEXT), "alias": lambda text: _text(text, 300), "quota": _quota,
                  "special": lambda given: self._special(space, given)}
        facts = {name: checks[name](value) for name, value in wanted.items()}
        if facts:
            space = self._spaces.change(space.id, **facts)
            self._say(events.SpaceChanged, actor, space, tuple(sorted(facts)))
        return space

    def disable(self, actor, space_id):
        """Let nobody use a space, until it is enabled again or purged."""
        space = self.get(actor, space_id)
        self._require(actor, space, "Drives.ReadWriteEnabled")
        space = self._spaces.change(space.id, disabled=True)
        self._say(events.SpaceDisabled, actor, space, tuple(space.grants))

    def enable(self, actor, space_id):
        """Let a disabled space be used again."""
        space = self.get(actor, space_id)
        self._require(actor, space, "Drives.ReadWriteEnabled")
        if space.disabled:
            space = self._spaces.change(space.id, disabled=False)
            self._say(events.SpaceEnabled, actor, space)
        return space

    def purge(self, actor, space_id):
        """Put a disabled space into the trash of the box. Invalid where it is not disabled."""
        space = self.get(actor, space_id)
        self._require(actor, space, "Drives.DeleteProject")
        if not space.disabled:
            raise errors.Invalid("Only a disabled space can be purged. Disable it first.")
        self._spaces.remove(space.id)
        self._say(events.SpacePurged, actor, space, tuple(space.grants))

    # Members.

    def members(self, actor, space_id):
        """The Grants of a space, for those who may see them: ``{to: Grant}``."""
        space = self.get(actor, space_id)
        if "permissions/read" not in access.granted(actor, space, disabled=True) and not roles.allowed(actor, "Drives.List"):
            raise errors.Forbidden()
        return grants.read(space.grants)

    def invite(self, actor, space_id, to, role, expires=None):
        """Give somebody (``u:`` or ``g:`` and an id) a role; AlreadyExists where they have one."""
        grant = Grant(to, _role(role), actor.id, clock.now(), grants.future(expires))
        self._somebody(to)

        def add(held):
            if to in held:
                raise errors.AlreadyExists("They are a member already.")
            return {**held, to: grant}
        return self._regrant(actor, space_id, add, to)

    def set_member(self, actor, space_id, to, role=None, **changes):
        """Give a member another role or ``expires``; None for the latter takes the end away. NotFound, Invalid, Forbidden."""
        def change(held):
            before = held.get(to)
            if before is None:
                return held
            expires = grants.future(changes["expires"]) if "expires" in changes else before.expires
            return {**held, to: Grant(to, _role(role or before.role), before.by, before.created, expires)}
        return self._regrant(actor, space_id, change, to)

    def remove_member(self, actor, space_id, to):
        """Take somebody's membership away; everybody may take their own. NotFound, Forbidden."""
        self._regrant(actor, space_id, lambda held: {name: grant for name, grant in held.items() if name != to}, to,
                      own=to == f"{grants.USER}:{actor.id}")

    def end(self):
        """Take away memberships that have expired. A manager for good stays: only those count who have no end."""
        for space in self._spaces.all():
            over = [to for to, grant in grants.read(space.grants).items() if grant.over]
            if over:
                self._spaces.grant(space.id, lambda kept: {to: each for to, each in kept.items() if not (to in over and grants.read({to: each})[to].over)})
                for to in over:
                    self._bus.publish(events.MembershipExpired("", Origin(), space.id, space.name, to))

    def _regrant(self, actor, space_id, change, to, own=False):
        space = self.get(actor, space_id)
        if not own and not self._manages(actor, space):
            raise errors.Forbidden()
        if space.disabled:
            raise errors.Forbidden("The space is disabled. Enable it first.")

        def put(kept):
            held = grants.read(kept)
            after = change(held)
            if to not in held and to not in after:
                raise errors.NotFound("There is no such member.")
            return grants.checked(kept, after)
        was = to in space.grants
        space = self._spaces.grant(space.id, put)
        grant = grants.read(space.grants).get(to)
        if grant is None:
            self._say(events.SpaceUnshared, actor, space, to)
        else:
            self._say(events.SpaceShared, actor, space, to, grant.role, not was)
        return grant

    def _manages(self, actor, space):
        """Whether the actor may say who is a member: managers; where none is left, who may change every space."""
        if actor.scoped:
            return False
        if access.SHARE in access.granted(actor, space):
            return True
        return roles.allowed(actor, "Drives.ReadWrite") and not any(
            grant.manages and self._is_there(to) for to, grant in grants.read(space.grants).items())

    def _require(self, actor, space, permission):
        """Forbidden for who is neither a manager of the space nor allowed it everywhere."""
        if actor.scoped or access.SHARE not in access.granted(actor, space, disabled=True) and not roles.allowed(actor, permission):
            raise errors.Forbidden()

    def _somebody(self, to):
        if not self._is_there(to):
            raise errors.Invalid("There is no such person or group.")

    def _is_there(self, to):
        return grants.known(self._people.everybody(), to)

    def _special(self, space, given):
        """Which nodes are the readme and the image; each must lie in the space."""
        special = dict(space.special)
        for name, id in given.items():
            if name not in SPECIAL:
                raise errors.Invalid(f"A space has these special files: {', '.join(SPECIAL)}.")
            special[name] = self._find(space, id).id if id else ""
        return {name: id for name, id in special.items() if id}

    def _say(self, event, actor, space, *details):
        self._bus.publish(event(actor.id, actor.origin, space.id, space.name, *details))


def checked_name(name):
    """A name for a space; Invalid, with OpenCloud's rules."""
    name = name.strip() if isinstance(name, str) else ""
    if not name or len(name.encode("utf-8", "surrogatepass")) > LONGEST_NAME or set(name) & FORBIDDEN or not name.isprintable():
        raise errors.Invalid('A space needs a name of 1 to 255 bytes, without any of / \\ . : ? * " > < |')
    return name


def _text(text, longest):
    if not isinstance(text, str) or len(text) > longest or not all(letter.isprintable() or letter in "\n\t" for letter in text):
        raise errors.Invalid("This text is too long, or holds characters that cannot be shown.")
    return text


def _quota(bytes):
    if isinstance(bytes, bool) or not isinstance(bytes, int) or not 0 <= bytes < 1 << 63:
        raise errors.Invalid("A quota is a number of bytes, 0 for none.")
    return bytes


def _role(role):
    if role not in ROLES or not any("Root" in each for each in ROLES[role].on):
        raise errors.Invalid("There is no such role for a space.")
    return role
