"""Who may what: owners everything in their own spaces, nobody else anything."""
from types import SimpleNamespace

import pytest

from appliance.core import errors
from appliance.sharing import Access, access



def actor(id):
    return SimpleNamespace(id=id, read_only=False, folder="")


ANN, BOB = actor("ann"), actor("bob")
SPACE = SimpleNamespace(id="s", owner="ann")
NODE = SimpleNamespace(id="n", space="s")
ACTIONS = sorted(access.EVERYTHING)


@pytest.fixture
def answers():
    """Access over one space of Ann's; asking for a node's space finds it."""
    return Access(SimpleNamespace(spaces=SimpleNamespace(get={"s": SPACE}.__getitem__)))


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
        answers.require(actor(owner), SimpleNamespace(id="s", owner=owner), access.READ)


def test_letters(answers):
    """As OpenCloud writes them; clients take a missing one for a restriction."""
    assert answers.letters(ANN, SPACE, True) == "RDNVCKZP"
    assert answers.letters(ANN, SPACE, False) == "RDNVWZP"
    assert answers.letters(BOB, SPACE, True) == answers.letters(BOB, SPACE, False) == ""


def test_seeing_but_not_touching(answers, monkeypatch):
    """What one sees but may not change is Forbidden, not NotFound."""
    monkeypatch.setattr(answers, "allowed", lambda actor, space: frozenset({access.READ}))
    answers.require(BOB, SPACE, access.READ)
    with pytest.raises(errors.Forbidden):
        answers.require(BOB, SPACE, access.UPLOAD)
    assert answers.letters(BOB, SPACE, True) == ""
