"""A seeded mixed load over HTTP, by clients that remember what they were promised.

Each client works in a folder of its own, one request at a time, and keeps a model of what lies there. A request that was
answered is a promise. The one that was under way when the server died may have happened or not, but not by half: what is
found afterwards is the model before it or the model after it.
"""
import base64
import hashlib
import http.client
import random
import threading
import time
from typing import NamedTuple
from urllib.parse import quote, urlsplit

FOLDER = "folder"
PROPERTY = ('<?xml version="1.0"?><d:propertyupdate xmlns:d="DAV:" xmlns:t="urn:test"><d:set><d:prop><t:note>{}</t:note></d:prop>'
            "</d:set></d:propertyupdate>")
TUS = {"Tus-Resumable": "1.0.0"}
MOST = 40                                           # nodes a client keeps, so that looking at all of them stays quick


class Step(NamedTuple):
    """A request: how it is told, and what the client's folder holds after it."""

    name: str
    after: dict                                     # path -> sha1, or FOLDER
    notes: dict                                     # path -> the value of a dead property
    between: dict | None = None                     # a third outcome that is allowed: a MOVE has put what it replaces into the trash


class Upload:
    """A resumable upload that goes on through restarts."""

    def __init__(self, path, content):
        self.path, self.content, self.address, self.offset = path, content, None, 0

    @property
    def id(self):
        """Its id on the server, from its address ``/data/<account>.<id>.<secret>``."""
        return self.address.rpartition("/")[2].split(".")[1]


class Unexpected(Exception):
    """The server answered what it should not have."""


class Client:
    """One program of one person. ``tell(client, word)`` is called with ``begin`` and ``end`` of each step."""

    def __init__(self, number, user, secret, seed, tell=None, largest=60_000):
        self.folder, self.user, self.largest = f"w{number}", user, largest
        self._authorization = "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()
        self.chance, self._tell = random.Random(seed), tell or (lambda client, word: None)
        self.model, self.notes = {}, {}             # what was promised
        self.step = None                            # what is under way
        self.uploads, self.going = [], None         # those that go on, and the one a part of which is under way
        self.begun = {}                             # all there ever were, by id
        self.contents = set()                       # the sha1 of every content that was promised
        self.steps = [Step("start", self.model, self.notes)]        # all that ever were, for looking back
        self.done, self.error = 0, None
        self._thread = self._url = self._line = None
        self.stopping = threading.Event()

    def start(self, url):
        """Go on with what was promised, at this address, until stopped or the server is gone."""
        self.step = self.going = None
        self._url = url
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def join(self):
        """Wait until it has ended; raises what went wrong."""
        self._thread.join(90)
        if self.error or self._thread.is_alive():
            raise self.error or AssertionError("a client hangs")

    def _run(self):
        try:
            self._line = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=60)
            if "" not in self.model:
                self._make("", "MKCOL", expect=(201,))
            while not self.stopping.is_set():
                self._one()
        except (OSError, http.client.HTTPException):
            pass                                    # the server is gone: what was under way stays in ``step``
        except Exception as error:                  # told by the test, in its own thread
            self.error = error
        finally:
            self._line.close()

    # One step.

    def _one(self):
        files = [path for path, what in self.model.items() if what != FOLDER]
        folders = [path for path, what in self.model.items() if what == FOLDER]
        things = [path for path in self.model if path]
        acts = [self._put_new] * 4 + [self._make_folder] + [self._tus_begin]
        if files:
            acts += [self._overwrite] * 4 + [self._note] + [self._broken_put]
        if things:
            acts += [self._move] * 3 + [self._copy] + [self._delete]
        if self.uploads:
            acts += [self._tus_go_on] * 3
        if len(things) > MOST:
            acts = [self._delete, self._overwrite, self._move] if files else [self._delete]
        self.chance.choice(acts)(files, folders, things)

    def _ask(self, method, path, body=None, expect=(), **headers):
        headers = {"Authorization": self._authorization} | {name.replace("_", "-"): value for name, value in headers.items()}
        until = time.monotonic() + 30
        while True:
            self._line.request(method, path, body, headers)
            answer = self._line.getresponse()
            text = answer.read()
            after = answer.headers.get("Retry-After")
            if answer.status != 503 or not after or time.monotonic() > until:
                break
            self.stopping.wait(min(int(after), 1))  # the index is catching up: a client is asked to come again
        if expect and answer.status not in expect:
            raise Unexpected(f"{method} {path}: {answer.status} {text[:500]!r}")
        return answer

    def _address(self, path):
        return "/dav/files/" + quote(self.user) + "/" + quote(f"{self.folder}/{path}".rstrip("/"))

    def _begin(self, name, after, notes=None, between=None):
        self.step = Step(name, after, self.notes if notes is None else notes, between)
        self.steps.append(self.step)
        self._tell(self, "begin")

    def _end(self):
        self.model, self.notes, self.step = self.step.after, self.step.notes, None
        self.contents.update(what for what in self.model.values() if what != FOLDER)
        self.done += 1
        self._tell(self, "end")

    def _make(self, path, method, body=None, expect=(201,), **headers):
        after = self.model | {path: FOLDER if method == "MKCOL" else sha1(body)}
        self._begin(f"{method} {path}", after)
        self._ask(method, self._address(path), body, expect, **headers)
        self._end()

    # What may be done.

    def _put_new(self, files, folders, things):
        self._make(self._new(folders), "PUT", self._content())

    def _overwrite(self, files, folders, things):
        self._make(self.chance.choice(files), "PUT", self._content(), expect=(204,))

    def _make_folder(self, files, folders, things):
        self._make(self._new(folders), "MKCOL")

    def _note(self, files, folders, things):
        path, value = self.chance.choice(files), f"n{self.chance.randrange(10 ** 9)}"
        self._begin(f"PROPPATCH {path}", self.model, self.notes | {path: value})
        self._ask("PROPPATCH", self._address(path), PROPERTY.format(value), (207,), Content_Type="application/xml")
        self._end()

    def _broken_put(self, files, folders, things):
        """A body cut short: nothing may change."""
        path, content = self.chance.choice(files), self._content() + b"x"
        self._begin(f"broken PUT {path}", self.model)
        line = http.client.HTTPConnection(urlsplit(self._url).netloc, timeout=60)
        line.connect()
        line.putrequest("PUT", self._address(path))
        line.putheader("Authorization", self._authorization)
        line.putheader("Content-Length", str(len(content)))
        line.endheaders(content[:-1])
        line.close()
        self._end()

    def _move(self, files, folders, things):
        source = self.chance.choice(things)
        target = self._target(source, files, folders)
        if target is None:
            return
        after = {path: what for path, what in self.model.items() if not within(path, source) and not within(path, target)}
        after |= {target + path[len(source):]: what for path, what in self.model.items() if within(path, source)}
        notes = {path: note for path, note in self.notes.items() if not within(path, source) and not within(path, target)}
        notes |= {target + path[len(source):]: note for path, note in self.notes.items() if within(path, source)}
        self._begin(f"MOVE {source} {target}", after, notes, {path: what for path, what in self.model.items() if path != target})
        self._ask("MOVE", self._address(source), None, (201, 204), Destination=self._address(target), Overwrite="T")
        self._end()

    def _copy(self, files, folders, things):
        source = self.chance.choice(things)
        target = self._target(source, [], folders)
        if target is None:
            return
        after = self.model | {target + path[len(source):]: what for path, what in self.model.items() if within(path, source)}
        if len(after) > 2 * MOST:
            return
        self._begin(f"COPY {source} {target}", after)
        self._ask("COPY", self._address(source), None, (201,), Destination=self._address(target))
        self._end()

    def _delete(self, files, folders, things):
        gone = self.chance.choice(things)
        self._begin(f"DELETE {gone}", {path: what for path, what in self.model.items() if not within(path, gone)},
                    {path: note for path, note in self.notes.items() if not within(path, gone)})
        self._ask("DELETE", self._address(gone), None, (204,))
        self._end()

    # Resumable uploads: an offset that was answered is a promise, too.

    def _tus_begin(self, files, folders, things):
        if len(self.uploads) >= 2:
            return
        path = self._new([""] if self.uploads else folders)
        upload = Upload(path, self._content() + b"x")
        parent, _, name = path.rpartition("/")
        answer = self._ask("POST", self._address(parent), None, (201, 409, 412), Tus_Resumable="1.0.0",
                           Upload_Length=str(len(upload.content)), Upload_Metadata="filename " + base64.b64encode(name.encode()).decode())
        if answer.status == 201:
            upload.address = urlsplit(answer.headers["Location"]).path
            self.uploads.append(upload)
            self.begun[upload.id] = upload
            self._tell(self, "upload")

    def _tus_go_on(self, files, folders, things):
        upload = self.chance.choice(self.uploads)
        parent = upload.path.rpartition("/")[0]
        if self.model.get(parent) != FOLDER or upload.path in self.model:
            self.uploads.remove(upload)             # its folder has gone, or its name is taken
            self._tell(self, "dropped")
            self._ask("DELETE", upload.address, None, (204,), Tus_Resumable="1.0.0")
            return
        answer = self._ask("HEAD", upload.address, None, (200,), Tus_Resumable="1.0.0")
        offset = int(answer.headers["Upload-Offset"])
        if not upload.offset <= offset <= len(upload.content):
            raise Unexpected(f"the offset of {upload.path} is {offset}, {upload.offset} was promised")
        end = min(len(upload.content), offset + self.chance.randint(1, len(upload.content)))
        last = end == len(upload.content)
        self._begin(f"PATCH {upload.path} {offset}-{end}", self.model | {upload.path: sha1(upload.content)} if last else self.model)
        self.going = upload
        self._ask("PATCH", upload.address, upload.content[offset:end], (204,), Tus_Resumable="1.0.0", Upload_Offset=str(offset),
                  Content_Type="application/offset+octet-stream")
        upload.offset = end
        if last:
            self.uploads.remove(upload)
        self.going = None
        self._end()

    # Names and contents.

    def _content(self):
        return self.chance.randbytes(self.chance.randrange(1, self.largest) if self.chance.random() < 0.9 else self.chance.randrange(3))

    def _new(self, folders):
        folder = self.chance.choice([path for path in folders if path.count("/") < 3])
        while True:
            name = f"{self.chance.choice(('f', 'a b', 'ü', '100%'))}{self.chance.randrange(10_000)}"
            path = f"{folder}/{name}" if folder else name
            if path not in self.model:
                return path

    def _target(self, source, files, folders):
        """Where a move or copy goes: a new name, or sometimes a file to be replaced; None where it would go into itself."""
        if self.model[source] != FOLDER and files and self.chance.random() < 0.3:
            target = self.chance.choice(files)
        else:
            target = self._new(folders)
        return None if within(target, source) or within(source, target) else target


def within(path, folder):
    """True for the folder itself and all beneath."""
    return path == folder or path.startswith(folder + "/")


def sha1(content):
    """Of bytes, in hex."""
    return hashlib.sha1(content).hexdigest()


def lying(folder):
    """What really lies in a folder: path -> sha1, or FOLDER. Empty where it is not there."""
    found = {"": FOLDER} if folder.is_dir() else {}
    for path in folder.rglob("*") if found else ():
        found[str(path.relative_to(folder))] = FOLDER if path.is_dir() else sha1(path.read_bytes())
    return found


def difference(wanted, found):
    """Tell how two such trees differ, in a few lines."""
    lines = [f"{path!r}: wanted {wanted.get(path)}, found {found.get(path)}" for path in sorted(wanted.keys() | found.keys())
             if wanted.get(path) != found.get(path)]
    return "\n".join(lines[:10])
