"""What the tests of previews share."""
import pytest
from studio import WORST, Studio


@pytest.fixture
def studio(tmp_path):
    """A studio, which no file may make take more than it is allowed."""
    made = Studio(tmp_path)
    yield made
    made.previews.close()
    assert made.worst < WORST


@pytest.fixture
def make_studio(tmp_path):
    """Studios with options of the test's own."""
    made = []

    def make(**options):
        made.append(Studio(tmp_path, **options))
        return made[-1]
    yield make
    for each in made:
        each.previews.close()
