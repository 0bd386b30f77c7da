"""The witness: what it writes of each event, what it leaves out, and that nobody ever waits for it."""
import errno
import json
import logging
from dataclasses import fields, replace

import gevent
import pytest

from appliance.activity import Audit, look, named
from appliance.activity import audit as page
from appliance.core import Origin, clock, errors, events
from appliance.identity import Actor

WHERE = Origin("192.0.2.7", "rclone/1.60", "r-1")


@pytest.fixture
def audit(config):
    (config.data / ".hearth" / "audit").mkdir(parents=True)
    audit = Audit(config)
    yield audit
    audit.close()


@pytest.fixture
def at():
    def turn(seconds):
        clock.set(lambda: int((1_793_577_600 + seconds) * 1e9))
    turn(0)
    yield turn
    clock.set()


@pytest.fixture
def written(audit):
    """What has been written so far, the oldest first."""
    def read():
        audit.flush()
        return look(audit.trail, limit=100_000, scanned=100_000).entries[::-1]
    return read


def test_a_line(audit, written, at):
    """Who, what, on what, from where, with which client, how it ended, and which request it was."""
    audit.witness(events.MemberAdded("ann", WHERE, "g1", "family", "bob"))
    at(1.5)
    audit.witness(events.NodeMoved("s", "n", "ann", WHERE, "new name", "old name"))
    assert written() == [
        {"time": "2026-11-02T00:00:00.000Z", "action": "group_member_added", "result": "done", "who": "ann", "address": "192.0.2.7",
         "agent": "rclone/1.60", "request": "r-1", "group": "g1", "name": "family", "account": "bob"},
        {"time": "2026-11-02T00:00:01.500Z", "action": "file_rename", "result": "done", "who": "ann", "address": "192.0.2.7",
         "agent": "rclone/1.60", "request": "r-1", "space": "s", "node": "n", "path": "new name", "before": "old name"}]


def kinds(kind=events.Act):
    yield from (each for sub in kind.__subclasses__() for each in (sub, *kinds(sub)))


def test_every_act_has_a_name(audit):
    """OpenCloud's where it has one; what is only for those who look again has none."""
    known = {page.action_of(kind("a", WHERE)) for kind in kinds()}
    known |= {page.action_of(kind("s", "n", "a")) for kind in events.NodeEvent.__subclasses__()} - {None}
    assert {"file_create", "file_read", "file_rename", "file_delete", "file_trash_delete", "file_trash_restore", "file_version_restore",
            "container_create", "user_created", "user_deleted", "user_feature_changed", "group_created", "group_deleted",
            "group_member_added", "group_member_removed", "signed_in", "signed_out", "sign_in_failed", "session_ended", "password_changed",
            "factor_added", "factor_removed", "token_made", "token_revoked", "consent_given", "client_added", "client_removed",
            "role_assigned", "space_created", "space_updated", "space_disabled", "space_enabled", "space_deleted", "space_shared", "space_unshared", "setting_changed", "personal_data_exported", "file_copy"} <= known
    assert page.action_of(events.FileWritten("s", "n", "a", new=False)) == "file_update"
    for other in (events.Missed(), events.PeopleChanged("a"), events.StorageChanged("s", "n", ""), events.PropertiesChanged("s", "n", "a")):
        assert page.action_of(other) is None


def test_no_names_of_people(audit, written):
    """A line outlives an account, so it says who by the id alone; whoever reads it is told the name while there is one."""
    for kind in kinds(events.AccountAct):
        given = {field.name: "Ann Example" for field in fields(kind) if field.name in ("name", "label")}
        audit.witness(kind("id-of-ann", WHERE, "id-of-ann", **given))
    lines = written()
    assert len(lines) == len(list(kinds(events.AccountAct))) and "Ann" not in json.dumps(lines)
    assert named(lines, {"id-of-ann": "ann"})[0].items() >= {"who": "id-of-ann", "who_name": "ann", "account_name": "ann"}.items()


def test_whatever_a_stranger_says_is_one_bounded_line(audit, written):
    evil = 'a\n{"action":"forged"}\r\0\x1b[2J\u2028\u202e\ud800"' * 1000
    audit.witness(events.FolderMade("s", "n", "ann", Origin("192.0.2.7", evil, evil), evil))
    audit.witness(events.ConsentGiven("a", WHERE, "a", scope=(evil,) * 1000))
    assert len(written()) == 2
    text = b"".join(each.read_bytes() for each in audit.trail.folder.iterdir())
    assert text.count(b"\n") == 2 and text.isascii() and b"\x1b" not in text and len(text) < 700_000
    assert all(line["action"] in ("container_create", "consent_given") for line in written())


def test_a_program_is_told_once_a_day_and_a_person_each_time(audit, written, at):
    program = events.SignedIn("a", WHERE, "a", "ann", ("token",), token="t")
    for hour in range(0, 48):
        at(hour * 3600)
        audit.witness(replace(program, origin=WHERE._replace(request=str(hour))))
    audit.witness(replace(program, origin=Origin("198.51.100.1", "other")))
    for number in range(3):
        audit.witness(events.SignedIn("a", WHERE, "a", "ann", ("pwd", "otp"), session=f"a.{number}"))
    assert [line.get("request", line.get("session")) for line in written()] == ["0", "24", "", "r-1", "r-1", "r-1"]
    for session in ("a.1", "a.1", "a.1", "a.2"):     # of a browser, and then of another
        audit.witness(events.SignedIn("a", WHERE, "a", "ann", ("pwd",), session=session, client="web"))
    assert [line["session"] for line in written()[6:]] == ["a.1", "a.2"]


def test_failures_are_counted_not_repeated(audit, written, at):
    """The first at once, then how many more there were: a stranger cannot fill the trail."""
    for number in range(5000):
        audit.witness(events.SignInFailed("", WHERE, "ann"))
    at(601)
    audit.witness(events.SignInFailed("", WHERE, "ann"))
    audit.tidy()
    at(1300)
    audit.tidy()
    assert [line.get("times") for line in written()] == [None, 4999, None]
    for number in range(5000):
        audit.witness(events.SignInFailed("", Origin(f"2001:db8::{number:x}"), ""))
    at(2000)
    audit.tidy()
    lines = written()[3:]
    assert len(lines) <= page.KNOWN + 2 and sum(line.get("times", 1) for line in lines) == 5000


def test_downloads_only_where_wanted(audit, written, config, at):
    audit.witness(events.FileRead("s", "n", "ann", WHERE, "a"))
    assert written() == []
    wanted = Audit(replace(config, audit_downloads=True))
    for number in range(100):                       # a film is many requests
        wanted.witness(events.FileRead("s", "n", "ann", WHERE, "a"))
    wanted.close()
    assert [line["action"] for line in written()] == ["file_read"]


def test_a_full_disk_keeps_nobody_waiting(audit, written, monkeypatch, caplog):
    """Lines wait in memory, as many as there may be; the rest is counted, and both are told."""
    logging.getLogger("hearth").propagate = True
    monkeypatch.setattr(page, "WAITING", 50)
    append = audit.trail.append

    def full(lines):
        raise OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(audit.trail, "append", full)
    for number in range(80):
        audit.witness(events.GroupMade("ann", WHERE, f"g{number}"))
    assert not audit.flush() and "50 lines wait, 30 were lost" in caplog.text
    monkeypatch.setattr(audit.trail, "append", append)
    audit.witness(events.GroupMade("ann", WHERE, "late"))
    lines = written()
    assert [line.get("group") for line in lines[:-1]] == [f"g{number}" for number in range(50)]
    assert lines[-1].items() >= {"action": "audit_lost", "times": 31, "result": "failed"}.items()
    audit.witness(events.GroupMade("ann", WHERE, "after"))
    assert [line["action"] for line in written()[51:]] == ["group_created"]


def test_writes_by_itself_and_what_waits_at_the_end(audit, until):
    audit.witness(events.GroupMade("ann", WHERE, "g"))
    until(lambda: gevent.sleep(0.02) or look(audit.trail).entries)
    audit.witness(events.GroupMade("ann", WHERE, "h"))
    gevent.idle()
    audit.close()
    assert [line["group"] for line in look(audit.trail).entries] == ["h", "g"]


def test_who_may_read(audit, written):
    audit.witness(events.GroupMade("ann", WHERE, "g"))
    written()
    assert audit.read(Actor("1", "ann", role="admin")).entries
    for role in ("space-admin", "user", "guest"):
        with pytest.raises(errors.Forbidden):
            audit.read(Actor("1", "ann", role=role))


def test_of_whom(audit, written):
    audit.witness(events.AccountMade("boss", WHERE, "ann"))
    audit.witness(events.TokenMade("ann", WHERE, "ann"))
    audit.witness(events.GroupMade("boss", WHERE, "g"))
    written()
    assert [line["action"] for line in look(audit.trail, "ann").entries] == ["token_made", "user_created"]
    assert [line["action"] for line in look(audit.trail, "boss", "group_created").entries] == ["group_created"]
