"""Anything a person and bad luck can do to a home, in any order, against a model that is a dict of paths.

The model knows what must be there after each step: on the wire, on the disk, in the trash and among the versions, and whose etags
must have changed and whose must not. HEARTH_MODEL_EXAMPLES and HEARTH_MODEL_STEPS ask for more, HEARTH_MODEL_SEED for the same again.
"""
import base64
import hashlib
import itertools
import os
import socket
from dataclasses import dataclass, field
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, Phase, assume, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from box import Box, Person
from wire import LOCK, Wire

EXAMPLES = int(os.environ.get("HEARTH_MODEL_EXAMPLES", 30))
TRIES = 4                                           # walks that part from themselves, before the test gives up
STEPS = int(os.environ.get("HEARTH_MODEL_STEPS", 40))
SEED = int(os.environ.get("HEARTH_MODEL_SEED", 20261123))   # the same every day; "hunt" with others by hand
QUOTA = 300_000

NAMES = st.sampled_from(["a", "b", "Ä ü.txt", "100% #1?.txt", "日本"])
PICKS = st.integers(0, 1 << 20)
SIZES = st.sampled_from([0, 1, 1000, 70_000, 150_000])


@dataclass(eq=False)
class Thing:
    """A file or a folder, itself through all its names."""

    content: bytes | None                               # None for a folder
    older: list = field(default_factory=list)           # contents before, oldest first


class Home(RuleBasedStateMachine):
    """One person's home."""

    box = None
    people = itertools.count()

    @initialize(quota=st.sampled_from([0, QUOTA]))
    def begin(self, quota):
        """A new person with an empty home."""
        name, self.quota = f"person{next(self.people)}", quota
        self.box.cli("user", "add", name, "--password-stdin", *(["--quota", str(quota)] if quota else []), text="a long password\n")
        self.wire = Wire(self.box.url, Person(name, "a long password", ""))
        self.things, self.trashed, self.locks = {}, {}, {}
        self.seen, self.counter, self.calm, self.written = self.wire.walk(), itertools.count(), True, set()

    # What the model knows.

    def pick(self, number, kind=None):
        """Choose one of the paths that are there; of files or folders only, when asked."""
        paths = sorted(path for path, thing in self.things.items() if kind is None or (thing.content is not None) == (kind == "file"))
        assume(paths)
        return paths[number % len(paths)]

    def place(self, number, name):
        """Choose a path: a name in one of the folders, or at the top."""
        folders = ["", *sorted(path for path, thing in self.things.items() if thing.content is None and path.count("/") < 3)]
        return f"{folders[number % len(folders)]}/{name}".lstrip("/")

    def beneath(self, path):
        """All paths from this one down."""
        return [each for each in self.things if each == path or each.startswith(path + "/")]

    def used(self):
        """How many bytes the files take."""
        return sum(len(thing.content or b"") for thing in self.things.values())

    def parts(self, path):
        """The size of what is there."""
        return sum(len(self.things[each].content or b"") for each in self.beneath(path))

    def tokens(self, *paths):
        """The locks that stand in the way of changing these, with all that is beneath: [(where, token)]."""
        return [(where, token) for where, token in sorted(self.locks.items())
                if any(path == where or path.startswith(where + "/") or where.startswith(path + "/") for path in paths)]

    def fresh(self, size):
        """Bytes never seen before."""
        start = f"{next(self.counter)} ".encode()
        return (start * (size // len(start) + 1))[:size] if size > 12 else start[:size]

    def over(self, more):
        """Whether so many more bytes are too many."""
        return bool(self.quota) and more > 0 and self.used() + more > self.quota

    def drop(self, path):
        """Take a tree out of the model; return it."""
        taken = {each[len(path):]: self.things.pop(each) for each in self.beneath(path)}
        self.locks = {where: token for where, token in self.locks.items() if where != path and not where.startswith(path + "/")}
        return taken

    def into_trash(self, path):
        """Take a tree out, and find it in the trash."""
        taken = self.drop(path)
        new = set(self.wire.trash()) - set(self.trashed)
        assert len(new) == 1, f"one more thing is in the trash, not {new}"
        self.trashed[new.pop()] = (path, taken)

    # What people do.

    @rule(number=PICKS, name=NAMES, size=SIZES, with_tokens=st.booleans())
    def put(self, number, name, size, with_tokens):
        path, content = self.place(number, name), self.fresh(size)
        old, locks = self.things.get(path), self.tokens(path)
        answer = self.wire.ask("PUT", path, content, tokens=locks if with_tokens else ())
        if old and old.content is None:
            assert answer.status_code in (405, 409, 423), answer.status_code
        elif locks and not with_tokens:
            assert answer.status_code == 423, answer.status_code
        elif self.over(size - len(old.content if old else b"")):
            assert answer.status_code == 507, answer.status_code
        else:
            assert answer.status_code == (204 if old else 201), (answer.status_code, answer.text)
            self._written(path, content)
            assert answer.headers["ETag"] == answer.headers["OC-ETag"] == self.wire.list(f"{self.wire.home}/{quote(path)}", "0")[0].etag

    def _written(self, path, content):
        self.written.add(path)
        old = self.things.get(path)
        if old:
            old.older.append(old.content)
            old.content = content
        else:
            self.things[path] = Thing(content)

    @rule(number=PICKS, name=NAMES, size=st.integers(1, 200_000), part=st.floats(0, 1), chunked=st.booleans())
    def put_cut_off(self, number, name, size, part, chunked):
        """The connection breaks in the middle of a body: nothing changes."""
        path, content = self.place(number, name), self.fresh(size)
        half = content[:int(part * (size - 1))]
        length = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {size}"
        head = f"PUT {self.wire.home}/{quote(path)} HTTP/1.1\r\nHost: x\r\nAuthorization: {_basic(self.wire.person)}\r\n{length}\r\n\r\n"
        with socket.create_connection(("127.0.0.1", int(self.box.url.rsplit(":", 1)[1])), 20) as connection:
            connection.sendall(head.encode() + (b"%x\r\n%s\r\n" % (len(half), half) if chunked and half else half))
            connection.shutdown(socket.SHUT_WR)
            try:
                came = connection.recv(65536)
            except OSError:
                came = b""
        assert not came.startswith(b"HTTP/1.1 2"), came

    @rule(number=PICKS, name=NAMES)
    def make_folder(self, number, name):
        path = self.place(number, name)
        locks = self.tokens(path)
        answer = self.wire.ask("MKCOL", path, tokens=locks)
        if path in self.things:
            assert answer.status_code == 405, answer.status_code
        else:
            assert answer.status_code == 201, (answer.status_code, answer.text)
            self.things[path] = Thing(None)

    @rule(number=PICKS)
    def make_folder_nowhere(self, number):
        assert self.wire.ask("MKCOL", "not there/at all").status_code == 409
        assert self.wire.ask("PUT", "not there/at all", b"x").status_code == 409

    @rule(source=PICKS, number=PICKS, name=NAMES, overwrite=st.booleans(), with_tokens=st.booleans(), method=st.sampled_from(["MOVE", "MOVE", "COPY"]))
    def move_or_copy(self, source, number, name, overwrite, with_tokens, method):
        source, target = self.pick(source), self.place(number, name)
        there, locks = self.things.get(target), self.tokens(*([source, target] if method == "MOVE" else [target]))
        answer = self.wire.ask(method, source, tokens=locks if with_tokens else (), Destination=self.wire.address(target),
                               Overwrite="T" if overwrite else "F")
        inside = target.startswith(source + "/") or source.startswith(target + "/")
        file_on_file = there and there.content is not None and self.things[source].content is not None
        more = self.parts(source) - (len(there.content) if file_on_file else self.parts(target)) if method == "COPY" else 0
        if source == target or inside or (there and not overwrite) or (locks and not with_tokens):
            wanted = {412} if there and not overwrite else set()
            wanted |= {423} if locks and not with_tokens else set()
            wanted |= {403, 409} if source == target or inside else set()
            if source == target and overwrite and answer.status_code == 204:       # a copy onto itself may be a version of itself, or nothing
                self._after_self(source)
                return
            assert answer.status_code in wanted, (answer.status_code, wanted)
        elif method == "COPY" and self.over(max(more, 0)):
            assert answer.status_code == 507, answer.status_code
        else:
            assert answer.status_code == (204 if there else 201), (answer.status_code, answer.text)
            self._moved_or_copied(method, source, target, file_on_file)

    def _after_self(self, path):
        thing = self.things[path]
        if thing.content is not None:
            count = len(self.wire.versions(self.wire.list(f"{self.wire.home}/{quote(path)}", "0")[0].id))
            thing.older += [thing.content] * (count - len(thing.older))

    def _moved_or_copied(self, method, source, target, file_on_file):
        if method == "COPY" and file_on_file:
            return self._written(target, self.things[source].content)
        if target in self.things:
            self.into_trash(target)
        if method == "MOVE":
            for rest, thing in self.drop(source).items():
                self.things[target + rest] = thing
        else:
            for each in self.beneath(source):
                self.things[target + each[len(source):]] = Thing(self.things[each].content)
        return None

    @rule(number=PICKS, with_tokens=st.booleans())
    def remove(self, number, with_tokens):
        path = self.pick(number)
        locks = self.tokens(path)
        answer = self.wire.ask("DELETE", path, tokens=locks if with_tokens else ())
        if locks and not with_tokens:
            assert answer.status_code == 423, answer.status_code
        else:
            assert answer.status_code == 204, (answer.status_code, answer.text)
            self.into_trash(path)

    @precondition(lambda self: self.trashed)
    @rule(number=PICKS, where=PICKS, name=NAMES, back=st.booleans())
    def restore(self, number, where, name, back):
        """From the trash to where it was, or elsewhere; onto nothing that is there."""
        key = list(self.trashed)[number % len(self.trashed)]    # keys are random, their order of arrival is not
        was, taken = self.trashed[key]
        target = was if back else self.place(where, name)
        parent, locks = target.rpartition("/")[0], self.tokens(target)
        answer = self.wire.raw("MOVE", f"/remote.php/dav/trash-bin/{self.wire.person.name}/{key}", Destination=self.wire.address(target), Overwrite="F",
                               **({"If": f"<{self.wire.address(locks[0][0])}> (<{locks[0][1]}>)"} if locks else {}))
        if target in self.things:
            assert answer.status_code == 412, answer.status_code
        elif parent and (parent not in self.things or self.things[parent].content is not None):
            assert answer.status_code == 409, answer.status_code
        elif answer.status_code != 507 or not self.over(sum(len(thing.content or b"") for thing in taken.values())):
            assert answer.status_code == 201, (answer.status_code, answer.text)
            del self.trashed[key]
            for rest, thing in taken.items():
                self.things[target + rest] = thing
            self._forget_oldest([target + rest for rest in taken])      # while they lay in the trash, the disk may have been full

    @precondition(lambda self: self.trashed)
    @rule(number=PICKS)
    def purge(self, number):
        key = list(self.trashed)[number % len(self.trashed)]    # keys are random, their order of arrival is not
        assert self.wire.raw("DELETE", f"/remote.php/dav/trash-bin/{self.wire.person.name}/{key}").status_code == 204
        del self.trashed[key]

    @precondition(lambda self: any(thing.older for thing in self.things.values()))
    @rule(number=PICKS, which=PICKS)
    def restore_version(self, number, which):
        """An older content comes back; the present one becomes a version."""
        paths = sorted(path for path, thing in self.things.items() if thing.older)
        path = paths[number % len(paths)]
        thing, locks = self.things[path], self.tokens(path)
        versions = self.wire.versions(self.seen[path].id)
        which %= len(thing.older)
        content = thing.older[which]
        assert self.wire.raw("GET", versions[which]).content == content
        answer = self.wire.raw("COPY", versions[which])
        if locks:
            assert answer.status_code == 423, answer.status_code
        elif self.over(len(content) - len(thing.content)):
            assert answer.status_code in (204, 507), answer.status_code
        else:
            assert answer.status_code == 204, (answer.status_code, answer.text)
        if answer.status_code == 204:
            self._written(path, content)
            count = len(self.wire.versions(self.seen[path].id))
            if count < len(thing.older):                    # the restored one may leave the list, or stay in it
                assert thing.older.pop(which) == content

    @rule(number=PICKS, depth=st.sampled_from(["0", "infinity"]))
    def lock(self, number, depth):
        path = self.pick(number)
        depth = "0" if self.things[path].content is not None else "infinity"
        taken = self.tokens(path)
        answer = self.wire.ask("LOCK", path, LOCK, Depth=depth, Timeout="Second-3600")
        if taken:
            assert answer.status_code in (423, 207), answer.status_code
        else:
            assert answer.status_code == 200, (answer.status_code, answer.text)
            self.locks[path] = answer.headers["Lock-Token"].strip("<>")

    @precondition(lambda self: self.locks)
    @rule(number=PICKS)
    def unlock(self, number):
        path = sorted(self.locks)[number % len(self.locks)]
        assert self.wire.ask("UNLOCK", path, Lock_Token=f"<{self.locks.pop(path)}>").status_code == 204

    # What bad luck does.

    @precondition(lambda self: self.box.small)
    @rule(number=PICKS, name=NAMES)
    def full_disk(self, number, name):
        """On a full disk something large comes in only for the oldest of what was deleted or replaced; and things can be removed."""
        path, large = self.place(number, name), bytes(4 << 20)
        with self.box.full():
            for body in (large, (large[at:at + 65536] for at in range(0, len(large), 65536))):
                answer = self.wire.ask("PUT", path, body, tokens=self.tokens(path))
                if answer.status_code in (201, 204):
                    assert not self.quota and not self._is_folder(path)
                    self._written(path, large)
                else:
                    assert answer.status_code in ({405, 409, 507} if self._is_folder(path) else {507}), answer.status_code
            if self.things:
                victim = self.pick(number)
                assert self.wire.ask("DELETE", victim, tokens=self.tokens(victim)).status_code == 204
                self.into_trash(victim)
        left = self.wire.trash()
        self.trashed = {key: thing for key, thing in self.trashed.items() if key in left}
        self._forget_oldest(self.things)

    def _forget_oldest(self, paths):
        """Room was made: of each file's versions the oldest may be gone, and none but them."""
        for path in paths:
            thing = self.things[path]
            if thing.content is not None and thing.older:
                left = len(self.wire.versions(self.wire.list(f"{self.wire.home}/{quote(path)}", "0")[0].id))
                assert left <= len(thing.older), path
                thing.older = thing.older[len(thing.older) - left:]

    def _is_folder(self, path):
        return path in self.things and self.things[path].content is None

    @rule(number=PICKS, name=NAMES)
    def storage_vanishes(self, number, name):
        """Without its disk the server says so to everything, and goes on when it is back."""
        path = self.place(number, name)
        with self.box.gone():
            for method, body in (("PUT", b"x"), ("GET", None), ("PROPFIND", None), ("DELETE", None), ("MKCOL", None)):
                assert self.wire.ask(method, path, body).status_code == 503, method
            assert self.wire.ask("PROPFIND", "", Depth="1").status_code == 503
            assert self.wire.raw("GET", "/ready").status_code == 503
        assert self.wire.raw("GET", "/ready").status_code == 200

    @rule(number=PICKS, name=NAMES, size=st.integers(1, 100_000), send=st.booleans())
    def killed(self, number, name, size, send):
        """The process dies, perhaps just after a body was sent; that one change is there wholly or not at all."""
        path, content = self.place(number, name), self.fresh(size)
        may = send and not self.tokens(path) and not self._is_folder(path) and not self.over(size)
        if may:
            connection = socket.create_connection(("127.0.0.1", int(self.box.url.rsplit(":", 1)[1])), 20)
            connection.sendall(f"PUT {self.wire.home}/{quote(path)} HTTP/1.1\r\nHost: x\r\nAuthorization: {_basic(self.wire.person)}\r\n"
                               f"Content-Length: {size}\r\n\r\n".encode() + content)
        self.box.kill()
        if may:
            connection.close()
        self.box.start()
        if may and self.wire.ask("GET", path).content == content:
            self._written(path, content)
        self.calm = False

    # What must always be so.

    @invariant()
    def all_is_as_the_model_says(self):
        """Names, kinds, sizes and bytes, on the wire and on the disk; and etags that changed where and only where they had to."""
        now = self.wire.walk()
        assert set(now) - {""} == set(self.things), "the names on the wire"
        on_disk = self.box.data / "people" / self.wire.person.name
        assert {str(each.relative_to(on_disk)) for each in on_disk.rglob("*")} == set(self.things), "the names on the disk"
        for path, thing in self.things.items():
            assert now[path].folder == (thing.content is None), path
            assert now[path].size == self.parts(path), path
            if thing.content is not None:
                assert (on_disk / path).read_bytes() == thing.content, path
                assert now[path].sums == hashlib.sha1(thing.content).hexdigest(), path
        assert now[""].size == self.used()
        assert sorted(self.wire.trash().items()) == sorted((key, was) for key, (was, _) in self.trashed.items()), "the trash"
        self._etags(now)
        self.seen, self.calm, self.written = now, True, set()

    def _etags(self, now):
        """Compare with what was seen before this step."""
        before = self.seen
        changed = {path for path in before.keys() | now.keys() if path not in before or path not in now or before[path].id != now[path].id
                   or (not now[path].folder and before[path].sums != now[path].sums)}
        changed |= {path for path in self.written & before.keys() & now.keys() if before[path].etag != now[path].etag}  # the same bytes again
        above = {path.rsplit("/", depth)[0] if depth <= path.count("/") else "" for path in changed for depth in range(1, path.count("/") + 2)}
        for path in before.keys() & now.keys():
            if path in changed:
                continue
            if path in above:
                assert before[path].etag != now[path].etag, f"the etag of {path!r} must change with what is beneath it"
            elif self.calm or not now[path].folder:
                assert before[path].etag == now[path].etag, f"the etag of {path!r} changed, but nothing beneath it"

    def teardown(self):
        """At the end every byte and every version is fetched once; then the disk is given back to the next."""
        if not hasattr(self, "wire"):
            return
        for path, thing in self.things.items():
            if thing.content is not None:
                assert self.wire.ask("GET", path).content == thing.content, path
                assert [self.wire.raw("GET", each).content for each in self.wire.versions(self.seen[path].id)] == thing.older, path
        for path in [path for path in self.things if "/" not in path]:
            self.wire.ask("DELETE", path, tokens=self.tokens(path))
        assert self.wire.raw("DELETE", f"/remote.php/dav/trash-bin/{self.wire.person.name}").status_code == 204


def _basic(person):
    return "Basic " + base64.b64encode(f"{person.name}:{person.password}".encode()).decode()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_home_behaves_as_its_model():
    """Many homes, many steps each; the seed is printed, so that a failure can be had again."""
    print(f"HEARTH_MODEL_SEED={SEED}")
    Home.box = Box()
    try:
        for attempt in range(TRIES):
            try:
                run_state_machine_as_test(seed(SEED + attempt)(Home), settings=settings(
                    max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
                    suppress_health_check=list(HealthCheck), phases=[Phase.generate]))
                break
            except FlakyStrategyDefinition:         # what a full disk gives up depends on what else is on it, so two walks of one
                if attempt == TRIES - 1:            # beginning can part; no promise was broken then, but the walk ends
                    raise
    except BaseException:
        print(Home.box.log()[-5000:])
        raise
    finally:
        Home.box.close()
