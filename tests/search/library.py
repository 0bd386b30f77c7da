"""What the tests of search look in: a house with Ann, whose files are of every kind, on one day in November 2026."""
import os
import time
from datetime import UTC, datetime

import papers

from appliance.core import clock

NOW = datetime(2026, 11, 27, 10, tzinfo=UTC).timestamp()     # a Friday

TAKEN = "takenDateTime"
FACTS = {
    "IMG_0001.jpg": {"photo": {TAKEN: "2026-07-05T12:00:00Z", "cameraMake": "Canon", "cameraModel": "EOS 80D", "iso": 100},
                     "image": {"width": 4000, "height": 3000}, "location": {"latitude": 48.1, "longitude": 11.5}},
    "IMG_0002.jpg": {"photo": {TAKEN: "2026-07-20T08:30:00Z", "cameraMake": "Google", "cameraModel": "Pixel 8", "iso": 800}, "image": {"width": 1200, "height": 900}},
    "film.mp4": {"photo": {TAKEN: "2025-12-24T18:00:00Z"}, "video": {"duration": 61000, "width": 1920, "height": 1080}},
    "song.mp3": {"audio": {"artist": "The Beatles", "title": "Let It Be", "album": "Let It Be", "year": 1970, "track": 6}},
}
FILES = (                                           # path, content, when it was changed, tags
    ("report.txt", b"The quarterly report about running costs of the house", "2026-11-27T09:00", ("work", "tax")),
    ("Annual Report 2025.pdf", papers.pdf("Solar panels earned money", "and more on page two"), "2026-11-26T20:00", ()),
    ("notes.md", "# Notes\nCall the plumber. Foxes run through the garden; the caf\u00e9 is closed.".encode(), "2026-11-23T00:00", ("work", "Garden")),
    ("Docs/letter.docx", papers.docx("Dear grandmother,", "the apples are ripe"), "2026-11-22T23:59", ()),
    ("Docs/budget.xlsx", papers.xlsx("Insurance", "Heating"), "2026-11-16T12:00", ("tax",)),
    ("Docs/talk.pptx", papers.pptx("Bees and flowers", "Second slide"), "2026-11-03T12:00", ()),
    ("Docs/\u00dcbungsblatt.odt", papers.odt("Gr\u00f6\u00dfe und Gewicht", "der \u00c4pfel"), "2026-10-20T12:00", ()),
    ("Docs/mail.eml", papers.MAIL, "2026-01-01T00:00", ()),
    ("Docs/page.html", papers.PAGE, "2025-06-01T00:00", ()),
    ("Docs/book.epub", papers.epub("It was a dark and stormy night", "The end"), "2024-06-01T00:00", ()),
    ("Photos/IMG_0001.jpg", b"\xff\xd8\xff1", "2026-07-06T00:00", ()),
    ("Photos/IMG_0002.jpg", b"\xff\xd8\xff2", "2026-07-21T00:00", ()),
    ("Photos/beach.png", b"\x89PNG" + b"x" * 5000, "2026-08-01T00:00", ("Sommer Urlaub",)),
    ("Photos/film.mp4", b"film" * 3_000, "2026-09-01T00:00", ()),
    ("Music/song.mp3", b"ID3", "2020-01-01T00:00", ()),
    (".hidden.txt", b"secret words", "2026-11-01T00:00", ()),
    ("archive.zip", papers.packed(a="a"), "2026-11-02T00:00", ()),
    ("weird [1] (2).txt", b"square", "2023-01-01T00:00", ()),
    ("100% a_b-c&d.txt", b"odd", "2023-01-02T00:00", ()),
    ("it's.txt", b"it", "2023-01-03T00:00", ()),
    ("Makefile", b"all:", "2023-01-04T00:00", ()),
    ("\u6587\u4ef6.txt", "\u4e2d\u6587 text".encode(), "2023-01-05T00:00", ()),
)
FAVORITES = ("Photos/beach.png", "Docs")


class Library:
    """Ann's files, and what somebody finds in them."""

    def __init__(self, house):
        self.house, self.files, self.search = house, house.files, house.search
        self.search._follow._facts = lambda nodes: {node.id: FACTS.get(node.name, {}) for node in nodes}
        self.ann = self.person("ann", "Ann")

    def person(self, name, display_name=""):
        """One more person, with a home."""
        self.house.people.add(name, "a long enough secret", display_name)
        actor = self.house.people.actor(name)
        self.files.home(actor)
        return actor

    def node(self, path="", actor=None):
        """What lies at a path of somebody's own."""
        actor = actor or self.ann
        return self.files.node(actor, self.files.home(actor), path)

    def folder(self, path, actor=None):
        """A folder, made where it is missing."""
        actor, here = actor or self.ann, ""
        for name in path.split("/") if path else ():
            parent, here = self.node(here, actor), f"{here}/{name}".strip("/")
            if not any(each.name == name for some in self.files.children(actor, parent) for each in some):
                self.files.make_folder(actor, parent, name)
        return self.node(here, actor)

    def write(self, path, content=b"x", changed=None, actor=None):
        """A file, in folders that are made; its node."""
        actor = actor or self.ann
        folder, _, name = path.rpartition("/")
        writing = self.files.write(actor, self.folder(folder, actor), name)
        writing.write(content)
        return writing.commit(mtime_ns=int(datetime.fromisoformat(changed + "+00:00").timestamp() * 1e9) if changed else None)[0]

    def fill(self):
        """All of FILES, tags and favourites."""
        for path, content, changed, tags in FILES:
            node = self.write(path, content, changed)
            if tags:
                self.files.labels.add_tags(self.ann, node, tags)
        for path in FAVORITES:
            self.files.labels.favor(self.ann, self.node(path), True)
        self.search.catch_up()
        return self

    def hits(self, query, actor=None, **how):
        """All Hits of a query."""
        return [hit for some in self.search.find(actor or self.ann, query, **how)[1] for hit in some]

    def found(self, query, actor=None, **how):
        """The names of what is found; the space itself by its name."""
        return [hit.found.node.name if hit.found.node.parent else hit.found.space.name for hit in self.hits(query, actor, **how)]


def set_clock():
    """The day of the tests, in UTC; a function that undoes it."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    clock.set(lambda: int(NOW * 1e9))

    def undo():
        clock.set()
        os.environ.pop("TZ")
        if before is not None:
            os.environ["TZ"] = before
        time.tzset()
    return undo
