"""What the tests of search share."""
from dataclasses import replace

import pytest
from library import Library, set_clock

from appliance.core import Config


@pytest.fixture
def library(house):
    """Ann's house without files."""
    return Library(house)


@pytest.fixture(scope="package")
def shelves(tmp_path_factory):
    """A library with all its files, on its day; tests only look at it."""
    from appliance import app
    undo, folder = set_clock(), tmp_path_factory.mktemp("shelves")
    house = app.build(replace(Config(), data=folder / "data", cache=folder / "cache", reserve_percent=0.0, reserve_bytes=0))
    yield Library(house).fill()
    house.close()
    undo()
