"""Passwords of links: remembered for who showed them, and guessed no faster by others for that."""
import pytest

from appliance.core import Origin, errors
from appliance.identity import passwords

HOME, STRANGER = Origin("192.0.2.1"), Origin("198.51.100.1")


def test_nobody_guesses_in_the_memory_of_others(people):
    """While visitors come by all day, strangers who must wait are not told which guess is right."""
    kept = passwords.hashed("correct battery")
    assert people.proofs.fits("link", kept, "correct battery", HOME)
    with pytest.raises(errors.TooManyAttempts):
        for number in range(40):
            assert not people.proofs.fits("link", kept, f"guess {number}", STRANGER)
    with pytest.raises(errors.TooManyAttempts):
        people.proofs.fits("link", kept, "correct battery", STRANGER)
    assert people.proofs.fits("link", kept, "correct battery", HOME)
