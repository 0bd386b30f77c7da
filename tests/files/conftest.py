"""What the tests of files share: somebody with a home."""
import pytest


@pytest.fixture
def ann(house):
    """Somebody with a home."""
    house.people.add("ann", "correct horse battery")
    return house.people.actor("ann")


@pytest.fixture
def root(house, ann):
    """The root of Ann's space."""
    return house.files.home(ann).root
