"""The options of OData: what clients send is understood, what is hostile is refused, and at once."""
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from appliance.core import errors
from appliance.protocols.graph import odata
from appliance.protocols.graph.odata import All, Call, Compare, Has, Not, Some

ALL = {"filter", "search", "orderby", "expand", "select", "top", "skip"}


def read(**options):
    return odata.query({"$" + name: [value] for name, value in options.items()}, ALL)


@pytest.mark.parametrize("text, tree", [
    ("userType eq 'Member'", Compare("userType", "eq", "Member")),
    ("a eq 'it''s'", Compare("a", "eq", "it's")), ("a eq -5", Compare("a", "eq", -5)), ("a ne null", Compare("a", "ne", None)),
    ("accountEnabled eq true", Compare("accountEnabled", "eq", True)), ("driveType eq project", Compare("driveType", "eq", "project")),
    ("contains(displayName,'x') and startswith(mail, 'y')", All([Call("contains", "displayName", "x"), Call("startswith", "mail", "y")])),
    ("memberOf/any(m:m/id eq 'u')", Has("memberOf", Compare("id", "eq", "u"))),
    ("(memberOf/any(m:m/id eq 'a') or memberOf/any(m:m/id eq 'b')) and appRoleAssignments/any(m:m/appRoleId eq 'c')",
     All([Some([Has("memberOf", Compare("id", "eq", "a")), Has("memberOf", Compare("id", "eq", "b"))]),
          Has("appRoleAssignments", Compare("appRoleId", "eq", "c"))])),
    ("not a eq 1 or b eq 2 and c eq 3", Some([Not(Compare("a", "eq", 1)), All([Compare("b", "eq", 2), Compare("c", "eq", 3)])])),
    ("memberOf/any(m:m/id eq 'a' or m/id eq 'b')", Has("memberOf", Some([Compare("id", "eq", "a"), Compare("id", "eq", "b")]))),
])
def test_filters(text, tree):
    assert read(filter=text).filter == tree


@pytest.mark.parametrize("text", [
    "", "a", "a eq", "a eq 'x", "a eq 'x' and", "a like 'x'", "eq 'x'", "(a eq 1", "a eq 1)", "a eq b", "a/any(m:m/id eq 1", "a eq 1 b eq 2",
    "any(x:y eq 1)", "a/any(m:n/id eq 1)", "a/any(m:m/any(n:n/id eq 1))", "contains(a)", "contains('x',a)", "contains(a,'x'", "a eq 1;",
    "a eq 1 -- ", "\0", "(" * 4000, "not " * 2000, "a eq 1 or " * 300 + "a eq 1", "'" * 8000, "(" * 30 + "a eq 1" + ")" * 30, "a eq 1" * 2000])
def test_filters_that_are_refused(text):
    begun = time.perf_counter()
    with pytest.raises(errors.Invalid):
        read(filter=text)
    assert time.perf_counter() - begun < 0.2


@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(
    ["a", "a/any(m:", "m/id", "(", ")", ",", "'x'", "eq", "and", "or", "not", " ", "contains(", "7", "null", "'"]), max_size=40).map(" ".join)))
@example("a/any(m:m/id eq 'x') and ''")
def test_filters_never_stumble(text):
    """A tree, or Invalid; and a tree can be asked."""
    try:
        tree = read(filter=text).filter
    except errors.Invalid:
        return
    assert odata.predicate(tree, lambda leaf: lambda thing: True)(None) in (True, False)


def test_predicates():
    tree = read(filter="not (a eq 1 or a eq 2) and b eq 3").filter
    fits = odata.predicate(tree, lambda leaf: lambda thing: thing[leaf.path] == leaf.value)
    assert [fits({"a": a, "b": 3}) for a in (1, 2, 3)] == [False, False, True] and not fits({"a": 3, "b": 4})
    assert odata.predicate(None, None)(object())


@pytest.mark.parametrize("text, term", [("ann", "ann"), ('"ann b"', "ann b"), ('""', ""), ('"a\\"b"', 'a"b'), ("Évé", "Évé")])
def test_searches(text, term):
    assert read(search=text).search == term


@pytest.mark.parametrize("option, text", [
    ("search", ""), ("search", "a b"), ("search", '"'), ("search", '"a"b"'), ("search", "a*"), ("search", '"a\\"'), ("orderby", "a sideways"),
    ("orderby", "a,,b"), ("orderby", "a b c"), ("orderby", ","), ("expand", "a(b"), ("expand", "a)b("), ("expand", "a b"), ("select", "a;b"), ("top", "-1"),
    ("top", ""), ("top", "x"), ("top", "9" * 30), ("skip", "1.5"), ("select", ",".join("a" * 30)), ("expand", "a" * 9000)])
def test_options_that_are_refused(option, text):
    with pytest.raises(errors.Invalid):
        read(**{option: text})


def test_lists():
    asked = read(orderby="displayName desc, mail", expand="a,b", select="id,c", top="2", skip="1")
    assert asked.orderby == (("displayName", True), ("mail", False)) and asked.expand == {"a", "b"}
    assert read(expand="root($expand=permissions,x(y)),a").expand == {"root", "a"}
    assert asked.page([1, 2, 3, 4]) == [2, 3] and asked.selected({"id": 1, "c": 2, "d": 3}) == {"id": 1, "c": 2}
    assert read(top="0").page([1]) == [] and read().page([1]) == [1] and read().selected({"x": 1}) == {"x": 1}
    with pytest.raises(errors.Invalid):
        odata.query({"$top": ["1", "2"]}, ALL)
    with pytest.raises(errors.Invalid):
        odata.query({"$nothing": ["1"]}, ALL)
    assert odata.query({"other": ["1"]}, set()) == odata.Query()


@pytest.mark.parametrize("text", [None, "", "x", "users", "users/", "https://h/graph/v1.0/groups/x", "users//", 5, "users/" + "x" * 300])
def test_references_that_are_refused(text):
    with pytest.raises(errors.Invalid):
        odata.reference(text, "users")


def test_references():
    assert odata.reference("https://h/graph/v1.0/users/x", "users") == odata.reference("users/x/", "users") == "x"
