"""The table of queries: what is found, and what is refused. And queries that somebody means ill with."""
import re
import time
from pathlib import Path

import pytest
from library import FILES

from appliance.core import errors
from appliance.search import kql
from appliance.search.index import FRAGMENTS

ROWS = [line.rsplit(" | ", 1) for line in (Path(__file__).parent / "queries.txt").read_text().splitlines() if line and not line.startswith("#")]


def test_the_table_is_long():
    """As was promised."""
    assert len({query.strip() for query, _ in ROWS}) == len(ROWS) >= 150


@pytest.mark.parametrize("query, wanted", [(query.rstrip(), wanted) for query, wanted in ROWS], ids=[f"{query.rstrip()}" for query, _ in ROWS])
def test_query(shelves, query, wanted):
    """A row: {path} stands for the id of what lies there."""
    asked = re.sub(r"\{([^}]*)\}", lambda path: shelves.files.resource_id(shelves.node(path[1])), query)
    if wanted == "400":
        with pytest.raises(errors.Invalid):
            shelves.found(asked)
    else:
        assert sorted(shelves.found(asked)) == sorted(wanted.split(", ") if wanted != "-" else [])


@pytest.mark.parametrize("query", [
    "(" * 1900 + "a", "(" * 30 + "a" + ")" * 30, "(" * 19 + "a b" + ") c" * 19, "NOT (a OR " * 18 + "b" + ")" * 18, "-" * 1000 + "a", "NOT " * 400 + "a", "a " * 900, " OR ".join(["a"] * 400), "x" * 2001, "x" * 300,
    'name:"' + "*a" * 120 + '*b"', 'name:"' + "?*" * 120 + '"', 'content:"' + "a " * 100 + '"', "content:" + "a" * 250 + "*", 'name:"' + "*" * 250 + '"',
    " ".join(f'name:"*{number}*a*b*c*d*e*"' for number in range(90)), " OR ".join(f"path:*{number}*a*b*" for number in range(90)),
    " AND ".join(f"NOT content:{chr(97 + number % 26)}*" for number in range(90)), "tag:(" + " OR ".join(f'"*{number}*"' for number in range(99)) + ")",
    "'; DROP TABLE nodes; --", 'content:"\' OR 1=1 --"', "content:NEAR(a, b)", 'content:"a" * "b"', "name:\0", "content:\0\x01", "\ud800", "name:\ud800*", "scope:\ud800",
    "content:{a b}:c", "size>1e400", "size>99999999999999999999", "mtime:0000-00-00", "mtime:-1", "mtime>\u0661\u0662", "photo.iso:1e5", "id:\ud800", "path:../../etc",
    "scope:" + "a" * 500, "%", "_", "[", "[^a]", "name:[", "name:]*", "\\", "a\\", "\u202eabc", "\N{ZERO WIDTH SPACE}", "\t\n", "+ - + -", "++", "--", "NOT", "()()", '"" ""'])
def test_hostile(shelves, query):
    """Nothing, or Invalid; never another error, and never for long."""
    begun = time.process_time()
    try:
        shelves.found(query)
    except errors.Invalid:
        pass
    assert time.process_time() - begun < 2


def test_too_long_a_look_is_cut_off(shelves, monkeypatch):
    """Whatever a query means, SQLite is stopped."""
    from appliance.search import index
    monkeypatch.setattr(index, "SECONDS", 0)
    monkeypatch.setattr(index, "_STEPS", 10)
    with pytest.raises(errors.Invalid, match="more precise"):
        shelves.found("*a*")


def test_parsing_is_quick():
    """The longest queries, in no time to speak of."""
    begun = time.process_time()
    for text in ("(" * 2000, '"' * 1999, "a:" * 1000, "AND " * 500, "a OR " * 400, "last " * 400, "mtime:" + "last " * 390, "<=" * 1000, " " * 1990 + "a"):
        try:
            kql.parse(text)
        except errors.Invalid:
            pass
    assert time.process_time() - begun < 1


def test_order(shelves):
    """The best first, or as was asked for; in parts."""
    assert shelves.found("report*")[0] == "report.txt" and shelves.found('"annual report 2025.pdf" OR *report*')[0] == "Annual Report 2025.pdf"
    assert shelves.found('mediatype:("image" OR "video")', order="taken") == ["beach.png", "IMG_0002.jpg", "IMG_0001.jpg", "film.mp4"]
    assert shelves.found("mediatype:image", order="modified") == ["beach.png", "IMG_0002.jpg", "IMG_0001.jpg"]
    assert shelves.found("*.txt", order="name")[:3] == [".hidden.txt", "100% a_b-c&d.txt", "it's.txt"]
    parts = [shelves.found("*", order="name", limit=5, offset=start) for start in range(0, 30, 5)]
    assert sum(parts, []) == shelves.found("*", order="name") and len(parts[0]) == 5
    assert shelves.search.find(shelves.ann, "*", limit=5)[0] == len(FILES) + 4
    with pytest.raises(errors.Invalid):
        shelves.found("*", order="size; DROP TABLE nodes")


def test_highlights(shelves):
    """A piece of the text in HTML, what was found marked; nothing where only the name fits."""
    [hit] = shelves.hits("content:fox")
    assert "<mark>Foxes</mark> run through the garden; the caf\u00e9 is closed." in hit.highlights
    assert [hit.highlights for hit in shelves.hits("name:report*")] == [""]
    [hit] = shelves.hits('name:"*report.txt*" OR content:"report running"')
    assert hit.highlights == "" and hit.score >= 1


def test_facets(shelves):
    """What photos and songs tell of themselves stands at the end of an answer, as OpenCloud writes it."""
    from appliance.protocols.webdav import report
    answers = {name: report._responses(shelves.house, shelves.ann, "http://x", shelves.hits(name)) for name in ("img_0001.jpg", "song.mp3", "beach.png")}
    assert answers["img_0001.jpg"].partition("</oc:favorite>")[2].startswith(
        "<oc:photo><oc:taken-date-time>2026-07-05T12:00:00Z</oc:taken-date-time><oc:camera-make>Canon</oc:camera-make>")
    assert "<oc:image><oc:width>4000</oc:width><oc:height>3000</oc:height></oc:image><oc:location><oc:latitude>48.1</oc:latitude>" in answers["img_0001.jpg"]
    assert "<oc:audio><oc:artist>The Beatles</oc:artist>" in answers["song.mp3"] and "<oc:photo>" not in answers["beach.png"]
    assert "<oc:favorite>1</oc:favorite>" in answers["beach.png"] and "<oc:tags>Sommer Urlaub</oc:tags>" in answers["beach.png"]


def test_texts_are_looked_through_once(shelves):
    """What is around the words that were found comes from one look, not from one for each file."""
    reader = shelves.search._index._readers[0]
    plan = reader.execute("EXPLAIN QUERY PLAN " + FRAGMENTS, ("", "", "a *", "[]")).fetchall()
    assert [row[3] for row in plan if "texts" in row[3]] == ["SCAN texts VIRTUAL TABLE INDEX 0:M1"]
