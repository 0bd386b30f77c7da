"""The grammar of the If header (RFC 4918 §10.4.2)."""
import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import errors
from appliance.protocols.webdav import conditions
from appliance.protocols.webdav.conditions import Condition


def test_every_form():
    """Untagged and tagged lists, tokens, etags, Not."""
    assert conditions.parse("(<urn:a>)") == [("", [Condition(True, "urn:a", "")])]
    assert conditions.parse('(<urn:a> ["x y"]) (Not<urn:b> not [W/"z"])') == [
        ("", [Condition(True, "urn:a", ""), Condition(True, "", '"x y"')]),
        ("", [Condition(False, "urn:b", ""), Condition(False, "", 'W/"z"')])]
    assert conditions.parse("<http://h/a> (<urn:a>) (<urn:b>) </c>(<urn:c>)") == [
        ("http://h/a", [Condition(True, "urn:a", "")]), ("http://h/a", [Condition(True, "urn:b", "")]), ("/c", [Condition(True, "urn:c", "")])]


@pytest.mark.parametrize("value", ["", " ", "()", "(", ")", "<a>", "(<a>", "(<a>))", "((<a>))", "(Not)", "(Not Not <a>)", "x", '("x")', "(<a>) x", "([x])",
                                   '(["x)', "(<>)", "<a> <b> x", "(<a b>)"])
def test_nonsense(value):
    """What does not fit the grammar is refused, never taken for "no condition"."""
    with pytest.raises(errors.Invalid):
        conditions.parse(value)


@given(st.lists(st.sampled_from(["(", ")", "<", ">", "[", "]", "Not", " ", "<a>", '["e"]', '"', "W/", "x"]), max_size=20).map("".join))
def test_never_anything_else(value):
    """Any text is understood or Invalid."""
    try:
        assert all(group for _, group in conditions.parse(value))
    except errors.Invalid:
        pass


def test_tokens():
    """Tokens come from the If header and from Lock-Token, which old clients send."""
    assert conditions.tokens({}) == set()
    assert conditions.tokens({"HTTP_IF": '(<urn:a> ["e"]) (Not <urn:b>)', "HTTP_LOCK_TOKEN": "<urn:c>"}) == {"urn:a", "urn:b", "urn:c"}
