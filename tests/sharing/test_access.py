"""Who may what: owners everything in their own spaces, nobody else anything."""
from types import SimpleNamespace

import pytest

from appliance.core import errors
from appliance.sharing import Access, access



def actor(id):
    return SimpleNamespace(id=id, kind="account", read_only=False, folder="", groups=())


ANN, BOB = actor("ann"), actor("bob")
SPACE = SimpleNamespace(id="s", owner="ann", grants={}, disabled=False)
NODE = SimpleNamespace(id="n", space="s")
ACTIONS = sorted(access.EVERYTHING)


@pytest.fixture
def answers():
    """Access over one space of Ann's; asking for a node's space finds it."""
    return Access(SimpleNamespace(spaces=SimpleNamespace(get={"s": SPACE}.__getitem__), shared=SimpleNamespace(any=bool)))


@pytest.mark.parametrize("action", ACTIONS)
def test_owners(answers, action):
    """An owner may do everything, asked by space or by node."""
    answers.require(ANN, SPACE, action)
    answers.require(ANN, NODE, action)


@pytest.mark.parametrize("action", ACTIONS)
def test_others(answers, action):
    """For all others it is not even there."""
    for thing in (SPACE, NODE):
        with pytest.raises(errors.NotFound):
            answers.require(BOB, thing, action)


@pytest.mark.parametrize("owner", ["", None])
def test_nobody_owns_nothing(answers, owner):
    """A space without an owner belongs to nobody, not even to somebody without an id."""
    with pytest.raises(errors.NotFound):
        answers.require(actor(owner), SimpleNamespace(id="s", owner=owner, grants={}, disabled=False), access.READ)


def test_letters(answers):
    """As OpenCloud writes them; clients take a missing one for a restriction."""
    assert answers.letters(access.EVERYTHING, True) == "RDNVCKZP"
    assert answers.letters(access.EVERYTHING, False) == "RDNVWZP"
    assert answers.letters(access.NOTHING, True) == answers.letters(access.NOTHING, False) == ""


def test_seeing_but_not_touching(answers, monkeypatch):
    """What one sees but may not change is Forbidden, not NotFound."""
    monkeypatch.setattr(answers, "allowed", lambda actor, thing, space: frozenset({access.READ}))
    answers.require(BOB, SPACE, access.READ)
    with pytest.raises(errors.Forbidden):
        answers.require(BOB, SPACE, access.UPLOAD)


def member(role, **more):
    """A space that Bob is a member of."""
    grant = {"role": role, "by": "ann", "created": 0.0, **more}
    return SimpleNamespace(id="s", owner="", grants={"u:bob": grant}, disabled=False)


MANAGER, VIEWER = "312c0871-5ef7-4b3a-85b6-0e4074c64049", "a8d5fe5e-96e3-418d-825b-534dbdf22b99"


@pytest.mark.parametrize("space, sees", [
    (member(MANAGER), True), (member(VIEWER), True), (member("nonsense"), False), (member(VIEWER, expires=1.0), False), (member(VIEWER, expires=9e9), True),
    (SimpleNamespace(id="s", owner="", grants={"u:bob": "nonsense", "u:ann": {"role": MANAGER}}, disabled=False), False),
    (SimpleNamespace(id="s", owner="", grants={"g:family": {"role": VIEWER}}, disabled=False), False),
    (SimpleNamespace(**{**vars(member(MANAGER)), "disabled": True}), False)])
def test_members(answers, space, sees):
    """By a role that is known, in its time, of oneself or a group one is in, in a space that is not disabled."""
    assert (access.READ in answers.allowed(BOB, space)) == sees
    assert access.READ not in answers.allowed(actor("carl"), space)


def test_groups(answers):
    """By a group; the most of all roles counts."""
    space = SimpleNamespace(id="s", owner="", grants={"g:family": {"role": VIEWER}, "u:bob": {"role": MANAGER, "expires": 1.0}}, disabled=False)
    bob = SimpleNamespace(**{**vars(BOB), "groups": ("family",)})
    assert access.LIST in answers.allowed(bob, space) and access.UPLOAD not in answers.allowed(bob, space)
    space.grants["u:bob"]["expires"] = None
    assert access.PURGE in answers.allowed(bob, space)
