"""The file firewall: rules by name and by what a file is, for the house and for spaces, on every way in."""
from dataclasses import replace

import pytest
from ways import names, put, sent

from appliance import app
from appliance.core import errors, events
from appliance.files.firewall import Firewall, Refused

PROGRAM, PICTURE = b"MZ\0\0" * 8, b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def rule(house, root):
    """``rule(deny, allow, space)``: set the rule of the house, or of a space."""
    def put(deny=(), allow=(), space=None):
        wanted = {"deny": list(deny), "allow": list(allow)}
        house.files.inspection.firewall.set({"spaces": {space: wanted}} if space else {"house": wanted}, {root.space})
    return put


WAYS = {"whole": put, "in parts": sent}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("deny, allow, name, content, taken", [
    ([".exe"], [], "a.exe", b"x", False), ([".exe"], [], "A.EXE ", b"x", False), ([".exe"], [], "a.exe.txt", b"x", True), ([".exe"], [], "exe", b"x", True),
    ([".tar.gz"], [], "a.tar.gz", b"x", False), ([".tar.gz"], [], "a.gz", b"x", True), (["program"], [], "a.txt", PROGRAM, False), (["program"], [], "a.exe", b"x", True),
    (["program"], [], "a.txt", b"", True), (["image/*"], [], "a", PICTURE, False), (["image/jpeg"], [], "a", PICTURE, True), (["disguised"], [], "a.png", PROGRAM, False),
    ([], [".png", ".jpg"], "a.png", PROGRAM, True), ([], [".png"], "a", PICTURE, False), ([], ["image", "video/mp4"], "a", PICTURE, True), ([], ["image"], "a.png", PROGRAM, False),
    ([], [".png", "image"], "a.png", PICTURE, True), ([], [".png", "image"], "a.jpg", PICTURE, False), ([".png"], ["image"], "a.png", PICTURE, False)])
def test_rules(house, ann, root, rule, way, deny, allow, name, content, taken):
    """Denied is denied; of what is allowed, one ending and one kind. What is refused leaves nothing behind."""
    rule(deny, allow)
    if taken:
        assert way(house, ann, root, name, content).name == name
        return
    with pytest.raises(Refused, match="accepted here"):
        way(house, ann, root, name, content)
    assert names(house, ann, root) == [] and house.files.uploads(ann) == [] and list((house.config.data / ".hearth" / "drafts").iterdir()) == []


def test_refused_before_the_body(house, ann, root, rule):
    """By its name, nothing of it is asked for; and rules that come while it is sent hold at the end."""
    rule([".exe"])
    for begin in (lambda: house.files.write(ann, root, "a.exe"), lambda: house.files.begin_upload(ann, root, "a.exe", 5)):
        with pytest.raises(Refused, match=r"Files that end in \.exe are not accepted here\."):
            begin()
    writing = house.files.write(ann, root, "a.bat")
    rule([".bat"])
    with pytest.raises(Refused):
        writing.commit()
    writing.abort()


def test_every_other_way(house, ann, root, rule):
    """New names, copies of files and of folders, what comes out of the trash, earlier contents; each as it was, after it was refused."""
    files, space = house.files, house.files.home(ann)
    folder = files.make_folder(ann, root, "d")
    inner = put(house, ann, files.make_folder(ann, folder, "e"), "a.txt", PROGRAM)
    file = put(house, ann, root, "f.txt", PROGRAM)
    put(house, ann, root, "f.txt", b"text")
    trashed = put(house, ann, root, "t.txt", PROGRAM)
    key, folder_key = files.remove(ann, trashed), files.remove(ann, files.copy(ann, folder, root, "g")[0])
    rule(["program", ".exe"])
    before = names(house, ann, root)
    text = files.node(ann, space, "f.txt")
    for attempt in (lambda: files.copy(ann, inner, root, "c"), lambda: files.copy(ann, folder, root, "c"), lambda: files.move(ann, inner, root, "other.txt"),
                    lambda: files.move(ann, text, root, "f.exe"), lambda: files.copy(ann, text, root, "f.exe"), lambda: files.trash_restore(ann, space, key, root, "t.txt"),
                    lambda: files.trash_restore(ann, space, folder_key, root, "g"), lambda: files.trash_restore(ann, space, folder_key, root, "a", sub="e/a.txt"),
                    lambda: files.restore_version(ann, text, files.versions(ann, text)[0].key)):
        with pytest.raises(Refused):
            attempt()
    assert names(house, ann, root) == before and files.node(ann, space, "f.txt") == text and len(files.trash_list(ann, space)) == 2
    assert files.move(ann, inner, root, "a.txt")[0].path == "a.txt"      # the same file under its name, in the space it is in
    assert files.copy(ann, text, folder, "f.txt")[0].path == "d/f.txt" and files.move(ann, folder, root, "d.exe")[0].folder
    rule()
    assert files.trash_restore(ann, space, key, root, "t.txt")[0].id == trashed.id and file.id == text.id


def test_spaces(house, ann, root, rule):
    """A space may be stricter than the house, and no other; its rule goes when there is no such space."""
    house.people.add("bob", "correct horse battery")
    bob = house.people.actor("bob")
    rule([".exe"])
    rule([".zip"], space=root.space)
    for name in ("a.exe", "a.zip"):
        with pytest.raises(Refused):
            put(house, ann, root, name)
    with pytest.raises(Refused):
        put(house, bob, house.files.home(bob).root, "a.exe")
    assert put(house, bob, house.files.home(bob).root, "a.zip").name == "a.zip"
    firewall = house.files.inspection.firewall
    with pytest.raises(errors.Invalid, match="There is no space"):
        firewall.set({"spaces": {"nothing": {"deny": []}}}, {root.space})
    firewall.set({"spaces": {root.space: None}}, {root.space})
    assert put(house, ann, root, "a.zip").name == "a.zip"
    rule([".zip"], space=root.space)
    firewall.forget(set())
    assert firewall.settings.spaces == {} and firewall.settings.house.deny == (".exe",)


def test_visitors_by_a_link(house, ann, root, rule):
    """Strangers least of all."""
    link = house.files.links.make(ann, house.files.make_folder(ann, root, "drop"), "createOnly", "Correct Horse 1!")
    visitor = house.files.links.open(link.token, ann.origin, password="Correct Horse 1!")
    rule(["program"])
    with pytest.raises(Refused):
        put(house, visitor, house.files.node(ann, house.files.home(ann), "drop"), "a.txt", PROGRAM)
    assert put(house, visitor, house.files.node(ann, house.files.home(ann), "drop"), "a.txt").name == "a.txt"


def test_it_is_told(house, ann, root, rule):
    """Who tried, what, and what they were told, once for each attempt."""
    told = []
    house.bus.witness(told.append)
    rule([".exe"])
    with pytest.raises(Refused):
        put(house, ann, root, "a.exe")
    event, = told
    assert (type(event), event.actor, event.space, event.node, event.path, event.name) == (events.FileRefused, ann.id, root.space, root.id, "a.exe", "a.exe")
    house.audit.flush()
    assert '"action":"file_refused"' in "".join(path.read_text() for path in (house.config.data / ".hearth" / "audit").iterdir())


@pytest.mark.parametrize("wrong", [
    [], "x", {"other": {}}, {"house": []}, {"house": {"deny": "x"}}, {"house": {"deny": [1]}}, {"house": {"allow": ["exe"]}}, {"house": {"deny": ["."]}}, {"house": {"deny": ["/"]}},
    {"house": {"deny": [".e/e"]}}, {"house": {"refuse": []}}, {"house": {"deny": [".a"] * 301}}, {"house": {"deny": ["." + "a" * 64]}}, {"spaces": []}, {"scan": []}, {"scan": {"x": 1}},
    {"scan": {"away": "x"}}, {"scan": {"infected": []}}, {"scan": {"most": 0}}, {"scan": {"most": True}}, {"scan": {"large": None}}])
def test_what_makes_no_sense_changes_nothing(house, rule, root, wrong):
    """Each is refused whole."""
    rule([".exe"])
    firewall = house.files.inspection.firewall
    before, wrong = firewall.settings, {"house": {"deny": [".bat"]}, **wrong} if isinstance(wrong, dict) else wrong
    with pytest.raises(errors.Invalid):
        firewall.set(wrong, {root.space})
    assert firewall.settings is before


def test_it_is_kept(config, house, rule, root):
    """A restart finds it; one that is damaged lets nothing in until it is set again; check tells of it."""
    rule([".EXE ", ".exe", "image/*"], ["text"])
    rule([".zip"], space=root.space)
    house.files.inspection.firewall.set({"scan": {"away": "pass"}}, {root.space})
    again = Firewall(config.data)
    assert again.settings == house.files.inspection.firewall.settings and again.settings.house.deny == (".exe", "image/*") and again.settings.scan.away == "pass"
    file = config.data / ".hearth" / "firewall.json"
    for damaged in ('{"house": {"deny": ["nonsense"]}}', '{"other": 1}', "{"):
        file.write_text(damaged)
        torn = Firewall(config.data)
        assert not torn.open
        with pytest.raises(errors.Unavailable, match="must set them again"):
            torn.refuse(root.space, "a")
    assert {(finding.rule, finding.where) for finding in app.check(config)} == {("record", ".hearth/firewall.json")}
    torn.set({"house": {"deny": []}}, set())
    assert torn.open and Firewall(config.data).open


def test_nothing_is_asked_without_rules(config, monkeypatch):
    """Whoever has neither rules nor scanner pays nothing."""
    monkeypatch.setattr("appliance.files.kinds.look", lambda *_: pytest.fail("it looked"))
    house = app.build(replace(config, scanner=""))
    try:
        house.people.add("ann", "correct horse battery")
        ann = house.people.actor("ann")
        root = house.files.home(ann).root
        monkeypatch.setattr(house.storage.tree, "open", lambda *_: pytest.fail("it opened"))
        house.files.move(ann, put(house, ann, root, "a", PROGRAM), root, "b")
        sent(house, ann, root, "c", PROGRAM)
    finally:
        house.close()
