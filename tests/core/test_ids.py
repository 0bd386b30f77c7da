"""Resource ids in all the forms in which clients send them; and a log that keeps its lines."""
import io
import logging

import pytest

from appliance.core import errors, ids, log

A, B, C = (f"1b2c3d4e-0000-4000-8000-{each:012x}" for each in range(10, 13))


@pytest.mark.parametrize("text, parts", [
    (f"{A}${B}!{C}", (A, B, C)), (f"{A}${B}", (A, B, B)), (B, ("", B, B)), (f"{B}!{C}", ("", B, C)),
])
def test_every_form_is_read(text, parts):
    assert ids.ResourceId.parse(text) == parts


@pytest.mark.parametrize("text", ["", "x", f"{A}$", f"{A}${B}!x", f"{A}${B}!{C}!{C}", f"../{A}", A.upper(), f"{A}\n", f"${B[:-1]}"])
def test_anything_else_is_refused(text):
    with pytest.raises(errors.Invalid):
        ids.ResourceId.parse(text)


def test_it_is_written_as_clients_know_it():
    assert str(ids.ResourceId(A, B, C)) == f"{A}${B}!{C}"


def test_a_token_is_long_and_new():
    assert len(ids.token()) == 32 and ids.token() != ids.token()


def test_an_entry_of_the_log_stays_on_its_line():
    out, house = io.StringIO(), logging.getLogger("hearth")
    before = house.handlers[:], house.level, house.propagate
    try:
        log.start(stream=out)
        log.get("test").info("GET %s", "/a\nERROR forged\x1b[2J\u2028x")
    finally:
        house.handlers[:], house.level, house.propagate = before
    assert out.getvalue() == "INFO hearth.test: GET /a\\x0aERROR forged\\x1b[2J\\u2028x\n"
