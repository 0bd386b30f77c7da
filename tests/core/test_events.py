"""The bus: publishing never waits and never fails."""
import gevent
from gevent.event import Event as Flag

from appliance.core import Bus, events

WRITTEN = events.FileWritten("space", "node", "ann")


def test_a_follower_hears_its_kinds_and_a_witness_hears_all_in_line():
    bus, heard, seen = Bus(), [], []
    bus.witness(seen.append)
    bus.follow(events.FileWritten)(heard.append)
    bus.publish(WRITTEN)
    bus.publish(events.FolderMade("space", "node", "ann"))
    assert len(seen) == 2
    gevent.idle()
    assert heard == [WRITTEN]


def test_a_broken_follower_hurts_nobody():
    bus, heard = Bus(), []
    bus.witness(lambda event: 1 / 0)
    bus.follow()(lambda event: 1 / 0)
    bus.follow()(heard.append)
    bus.publish(WRITTEN)
    bus.publish(WRITTEN)
    gevent.idle()
    assert heard == [WRITTEN, WRITTEN]


def test_a_slow_follower_is_told_that_it_missed_something():
    bus, heard, go = Bus(), [], Flag()
    bus.follow(events.FileWritten, backlog=2)(lambda event: (go.wait(), heard.append(event)))
    for _ in range(10):
        bus.publish(WRITTEN)
        gevent.idle()
    go.set()
    gevent.idle()
    gevent.idle()
    assert heard[-1] == events.Missed() and len(heard) < 10
