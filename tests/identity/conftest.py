"""What the tests of the people share: a folder of people, and a clock that can be turned."""
import pytest

from appliance.core import Bus, clock
from appliance.identity import People

SECRET = "a long enough secret"


@pytest.fixture
def folder(tmp_path):
    """Where the people are kept, with the storage around it."""
    (tmp_path / ".hearth").mkdir()
    return tmp_path / ".hearth" / "identity"


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
def told(bus):
    """Every event that was published."""
    seen = []
    bus.witness(seen.append)
    return seen


@pytest.fixture
def people(folder, bus):
    people = People(folder, bus)
    yield people
    people.close()


@pytest.fixture
def elsewhere(folder, people):
    """The same people as another process sees them."""
    return People(folder, Bus())


@pytest.fixture
def ann(people):
    return people.add("ann", SECRET, "Ann Example", "ann@example.org")


@pytest.fixture
def later():
    """Turn the clock on by some seconds."""
    passed = [0]
    real = clock._now_ns

    def turn(seconds):
        passed[0] += int(seconds * 1e9)
        clock.set(lambda: real() + passed[0])
    yield turn
    clock.set()
