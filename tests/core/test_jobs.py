"""Jobs: slow work leaves the hub, and a queue has an end."""
import threading

import gevent
import pytest
from gevent.event import Event

from appliance.core import errors, jobs


@pytest.mark.parametrize("pool", [jobs.blocking, jobs.bulk])
def test_the_hub_goes_on_while_a_thread_works(pool):
    started, release = threading.Event(), threading.Event()

    def work():
        started.set()
        return release.wait(10)

    worker = gevent.spawn(pool, work)
    while not started.is_set():
        gevent.sleep(0.001)
    release.set()                                   # the hub runs on: this line is reached while the thread waits
    assert worker.get(timeout=10) is True


@pytest.mark.parametrize("pool", [jobs.blocking, jobs.bulk])
def test_an_exception_comes_back_to_the_caller(pool):
    with pytest.raises(ZeroDivisionError):
        pool(lambda: 1 / 0)


@pytest.mark.parametrize("pool", [jobs.blocking, jobs.bulk])
def test_who_is_cut_off_closes_nothing_that_a_thread_still_uses(pool):
    started, release, order = threading.Event(), threading.Event(), []

    def work():
        started.set()
        release.wait(10)
        order.append("work")

    def request():
        try:
            pool(work)
        finally:
            order.append("close")

    worker = gevent.spawn(request)
    while not started.is_set():
        gevent.sleep(0.001)
    worker.kill(block=False)
    gevent.idle()
    release.set()
    worker.join(10)
    assert order == ["work", "close"] and isinstance(worker.value, gevent.GreenletExit)


def test_long_work_never_keeps_short_work_waiting():
    release = threading.Event()
    long = [gevent.spawn(jobs.bulk, release.wait, 10) for _ in range(jobs.LONG + 2)]
    assert jobs.blocking(lambda: "here") == "here"
    release.set()
    gevent.joinall(long, timeout=10)


def test_turns_refuse_whom_they_cannot_serve():
    turns, inside, leave = jobs.Turns(1, 1), [], Event()

    def visit():
        with turns:
            inside.append(1)
            leave.wait()

    guests = [gevent.spawn(visit), gevent.spawn(visit)]
    gevent.idle()
    with pytest.raises(errors.TooManyAttempts):
        turns.__enter__()
    assert len(inside) == 1
    leave.set()
    gevent.joinall(guests, timeout=10)
    assert len(inside) == 2
    with turns:
        pass


def test_a_job_that_fails_comes_again():
    came = []
    enough = Event()

    def job():
        came.append(1)
        if len(came) == 3:
            enough.set()
        raise RuntimeError("this is only a test")

    repeated = jobs.every(0.001, job, first=0)
    assert enough.wait(10)
    repeated.stop()
