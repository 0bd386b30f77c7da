"""Slow work leaves the hub: disk and hashing run in native threads, background work in greenlets of its own.

What is given to ``blocking`` and ``bulk`` is a plain function: paths and bytes in, values out. It must hold no lock of
gevent's, publish no event and touch no greenlet, because gevent's objects belong to the thread of the hub.
"""
import gevent
from gevent.lock import BoundedSemaphore
from gevent.threadpool import ThreadPool

from appliance.core import errors, log

_pools = {}
SHORT, LONG = 8, 4                                  # threads: look-ups and renames; hashing, blocks, fsync


def _pool(kind, size):
    hub = gevent.get_hub()
    pool = _pools.get(kind)
    if pool is None or pool.hub is not hub:         # a hub of its own per native thread; there is one in a server
        pool = _pools[kind] = ThreadPool(size, hub=hub)
    return pool


def blocking(function, *args, **kwargs):
    """Run short disk work in a thread and wait for it; its exception is raised here."""
    return _run(_pool("short", SHORT), function, args, kwargs)


def bulk(function, *args, **kwargs):
    """Run long work (blocks, hashes, fsync, Argon2) in a thread of a pool of its own, so that look-ups never wait for it."""
    return _run(_pool("long", LONG), function, args, kwargs)


def _run(pool, function, args, kwargs):
    job = pool.spawn(_outcome, function, args, kwargs)
    try:
        return _result(job.get())
    finally:
        if not job.ready():                         # cut off, and about to close what the thread still uses: the number of a
            job.wait()                              # closed file may be that of another one by the time it is written to
        del job                                     # it holds the error, whose traceback holds this frame


def _outcome(function, args, kwargs):
    """What came of it, as a value: gevent prints every exception that leaves a thread, and most of ours are answers."""
    try:
        return function(*args, **kwargs), None
    except BaseException as error:
        return None, error


def _result(outcome):
    value, error = outcome
    if error is None:
        return value
    try:
        raise error
    finally:
        del error, outcome                          # else the traceback keeps this frame alive, and the frame the error


def drain():
    """Wait until nothing runs in the threads any more; a greenlet may be gone while what it asked for still runs."""
    for pool in list(_pools.values()):
        pool.join()


def soon(function, *args, **kwargs):
    """Run a function in a greenlet of its own; what it raises goes to the log."""
    return gevent.spawn(_guarded, function, args, kwargs)


def every(seconds, function, *, first=None):
    """Run a function again and again, ``seconds`` after it last ended; the first time after ``first`` (else ``seconds``).

    No job is stored: each looks at the storage and does what is missing. ``stop()`` of the answer ends it.
    """
    return Repeated(seconds, function, seconds if first is None else first)


class Repeated:
    """A background job that repeats until stopped."""

    def __init__(self, seconds, function, first):
        self.seconds, self.function = seconds, function
        self.greenlet = gevent.spawn(self._run, first)

    def _run(self, pause):
        while True:
            gevent.sleep(pause)
            _guarded(self.function, (), {})
            pause = self.seconds

    def stop(self):
        """End it; what runs just now is cut at its next switch."""
        self.greenlet.kill()


class Turns:
    """At most ``running`` callers at once and ``waiting`` more in the queue; the next one is refused."""

    def __init__(self, running, waiting):
        self._room = BoundedSemaphore(running)
        self._limit, self._inside = running + waiting, 0

    @property
    def busy(self):
        """Whether there is anybody."""
        return self._inside > 0

    def __enter__(self):
        if self._inside >= self._limit:
            raise errors.TooManyAttempts(retry_after=5)
        self._inside += 1
        try:
            self._room.acquire()
        except BaseException:
            self._inside -= 1
            raise

    def __exit__(self, *error):
        self._room.release()
        self._inside -= 1


def _guarded(function, args, kwargs):
    try:
        return function(*args, **kwargs)
    except errors.Unavailable as error:
        log.get("jobs").warning("%s must wait: %s", getattr(function, "__qualname__", function), error)
    except Exception:
        log.get("jobs").exception("%s failed", getattr(function, "__qualname__", function))
