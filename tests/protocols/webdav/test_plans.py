"""What a PROPFIND asks for, and how one node is described: without a server, because here lie the speed and the escaping."""
from types import SimpleNamespace
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from appliance.core import errors
from appliance.protocols.webdav import plans, propfind, properties

HEAD = '<x xmlns:s="http://sabredav.org/ns" xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns">'


class Node(NamedTuple):
    """As the storage describes one."""

    space: str = "space"
    id: str = "node"
    parent: str | None = "space"
    name: str = "a.txt"
    path: str = "a.txt"
    folder: bool = False
    size: int = 5
    mtime_ns: int = 1_700_000_000_123_456_789
    etag: str = "0" * 32
    sums: object = SimpleNamespace(sha1="1", md5="2", adler32="3")


class Files:
    """What ``About`` asks of the house."""

    storage_id, fingerprint, dead = "storage", "print", {}
    labels = SimpleNamespace(tags=lambda nodes: {}, favorites=lambda actor, nodes: set())

    def permissions(self, actor, node, space):
        return "RDNVWZP", "RDNVCKZP", "RDNVWZP"

    def nested(self, actor, nodes, space):
        return {}

    def owner(self, space):
        return SimpleNamespace(name="ann", display_name="Ann <&> B")

    def properties(self, actor, node):
        return self.dead

    def quota(self, actor, space):
        return 5, None


def about_ann(**changes):
    """What is known of an answer, in the folder /webdav."""
    house = SimpleNamespace(files=Files(), people=None, previews=SimpleNamespace(supports=lambda name: False, facts=lambda nodes: {}))
    vars(house.files).update(changes)
    about = properties.About(house, SimpleNamespace(kind="user", giver=None), SimpleNamespace(id="space", name="Ann"), None, "http://box")
    about.enter("/webdav/")
    return about


def described(body, node=Node(), minimal=False, **changes):
    """The statuses of a node's properties: ``{status: {name: element}}``."""
    about = about_ann(**changes)
    text, = plans.plan_for(body.encode(), minimal).responses(about, [node], "a.txt")
    response = ElementTree.fromstring(HEAD + text + "</x>")[0]
    assert response.findtext("{DAV:}href") == ("/webdav/a.txt/" if node.folder else "/webdav/a.txt")
    return {part.findtext("{DAV:}status")[9:12]: {each.tag: each for each in part.find("{DAV:}prop")}
            for part in response.findall("{DAV:}propstat")}


def asking(*names):
    """A request for properties, in Clark's notation."""
    return '<d:propfind xmlns:d="DAV:"><d:prop>' + "".join(
        '<n:{1} xmlns:n="{0}"/>'.format(*properties.split(name)) if name.startswith("{") else f"<{name}/>" for name in names) + "</d:prop></d:propfind>"


def test_named():
    """What is there comes first with 200, what is not with 404; folders and files differ."""
    asked = asking("{DAV:}getcontentlength", "{DAV:}resourcetype", "{DAV:}quota-used-bytes", "{http://owncloud.org/ns}id", "{DAV:}displayname")
    file = described(asked)
    assert list(file) == ["200", "404"]
    assert file["200"]["{DAV:}getcontentlength"].text == "5"
    assert file["200"]["{http://owncloud.org/ns}id"].text == "storage$space!node"
    assert set(file["404"]) == {"{DAV:}quota-used-bytes", "{DAV:}displayname"}
    folder = described(asked, Node(folder=True))
    assert folder["200"]["{DAV:}resourcetype"].find("{DAV:}collection") is not None
    assert set(folder["404"]) == {"{DAV:}getcontentlength", "{DAV:}displayname"}


def test_minimal_leaves_out_what_is_missing():
    """Prefer: return=minimal."""
    assert list(described(asking("{DAV:}getetag", "{x}y"), minimal=True)) == ["200"]
    assert list(described(asking("{x}y"), minimal=True)) == ["200"], "a response needs a propstat or a status"


def test_allprop():
    """An empty body, allprop and an empty prop all mean the same, and show no 404."""
    for body in ("", '<d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>', '<d:propfind xmlns:d="DAV:"><d:prop/></d:propfind>'):
        found = described(body)
        assert list(found) == ["200"]
        assert {"{DAV:}displayname", "{DAV:}getetag", "{http://owncloud.org/ns}checksums"} <= set(found["200"])
        assert "{http://owncloud.org/ns}size" not in found["200"] and "{DAV:}supportedlock" not in found["200"]


def test_allprop_with_include():
    """RFC 4918 §9.1: allprop and some more by name."""
    found = described('<d:propfind xmlns:d="DAV:"><d:allprop/><d:include><d:supportedlock/><z:c xmlns:z="z"/></d:include></d:propfind>', dead={"{z}c": "red"})
    assert found["200"]["{DAV:}supportedlock"] is not None and found["200"]["{z}c"].text == "red"


def test_propname():
    """Names without values, also of what clients put there."""
    found = described('<d:propfind xmlns:d="DAV:"><d:propname/></d:propfind>', dead={"{z}c": "red"})
    assert "{z}c" in found["200"] and "{DAV:}getetag" in found["200"]
    assert not [each for each in found["200"].values() if each.text or len(each)]


@pytest.mark.parametrize("body", [
    "<a", "<a/>", '<d:propfind xmlns:d="DAV:"/>', '<d:propfind xmlns:d="DAV:"><d:prop/><d:allprop/></d:propfind>',
    '<d:propfind xmlns:d="DAV:"><d:propname/><d:allprop/></d:propfind>', '<d:propfind xmlns:d="DAV:"><d:prop/><d:include/></d:propfind>',
    '<d:propfind xmlns:d="DAV:"><d:include/></d:propfind>',
])
def test_nonsense(body):
    """What RFC 4918 does not know is Invalid."""
    with pytest.raises(errors.Invalid):
        described(body)


def test_too_many():
    """A thousand properties and no more."""
    names = [f"{{z}}p{number}" for number in range(1001)]
    assert len(described(asking(*names[:1000]))["404"]) == 1000
    with pytest.raises(errors.TooLarge):
        described(asking(*names))


def test_dead_properties():
    """What a client put there comes back; names from outside are never taken for format strings or markup."""
    found = described(
        '<d:propfind xmlns:d="DAV:"><d:prop><c xmlns="urn:%s&amp;&quot;&lt;z"/><plain/><z:none xmlns:z="%d%(x)s"/></d:prop></d:propfind>',
        dead={'{urn:%s&"<z}c': "100 % <b>x</b>", "plain": "p"})
    assert found["200"]['{urn:%s&"<z}c'].text == "100 % " and found["200"]["plain"].text == "p"
    assert set(found["404"]) == {"{%d%(x)s}none"}
    mixed = described(asking("{z}c", "{DAV:}getetag", "{z}none", "{http://owncloud.org/ns}favorite", "{DAV:}getcontentlength"), dead={"{z}c": "red"})["200"]
    assert (mixed["{z}c"].text, mixed["{DAV:}getetag"].text, mixed["{DAV:}getcontentlength"].text) == ("red", '"' + "0" * 32 + '"', "5")


def test_values_are_escaped():
    """Names of files and people are text."""
    found = described(asking("{http://owncloud.org/ns}name", "{http://owncloud.org/ns}owner-display-name"), Node(name="<&\x01%s>"))
    assert found["200"]["{http://owncloud.org/ns}name"].text == "<&\ufffd%s>"
    assert found["200"]["{http://owncloud.org/ns}owner-display-name"].text == "Ann <&> B"


def test_missing_checksums():
    """A file whose checksums are not known yet has none; the next one has."""
    asked = asking("{http://owncloud.org/ns}checksums", "{DAV:}getetag")
    assert "{http://owncloud.org/ns}checksums" in described(asked, Node(sums=None))["404"]
    assert described(asked)["200"]["{http://owncloud.org/ns}checksums"][0].text == "SHA1:1 MD5:2 ADLER32:3"


def test_what_spaces_share_is_not_mixed_up():
    """The same plan serves other people, with their letters and names."""
    asked = asking("{http://owncloud.org/ns}permissions", "{http://owncloud.org/ns}owner-id", "{http://owncloud.org/ns}data-fingerprint")
    assert described(asked)["200"]["{http://owncloud.org/ns}owner-id"].text == "ann"
    other = described(asked, owner=lambda space: SimpleNamespace(name="bob", display_name="Bob"), permissions=lambda actor, node, space: ("", "", ""), fingerprint="other")
    assert other["200"]["{http://owncloud.org/ns}owner-id"].text == "bob"
    assert other["200"]["{http://owncloud.org/ns}permissions"].text is None
    assert other["200"]["{http://owncloud.org/ns}data-fingerprint"].text == "other"
    assert "{http://owncloud.org/ns}owner-id" in described(asked, owner=lambda space: None)["404"]


def test_dates():
    """As RFC 9110 writes them, before 1970 and long after too."""
    assert properties.http_date(1_700_000_000) == "Tue, 14 Nov 2023 22:13:20 GMT"
    assert properties.http_date(0) == "Thu, 01 Jan 1970 00:00:00 GMT"
    assert properties.http_date(-1) == "Wed, 31 Dec 1969 23:59:59 GMT"
    assert properties.http_date(15_032_385_535) == "Thu, 10 May 2446 22:38:55 GMT"


def test_few_plans_are_remembered():
    """Hostile bodies do not fill the memory."""
    for number in range(3 * plans._REMEMBERED):
        plans.plan_for(asking(f"{{z}}p{number}").encode(), False)
    assert len(plans._plans) <= plans._REMEMBERED
    assert plans.plan_for(b"", False) is plans.plan_for(b"", False)


def test_a_long_question_in_short_blocks():
    """Half a mebibyte of names, asked of 200 nodes, goes out a little at a time: once it all stood in memory (434 MB)."""
    about, nodes = about_ann(), [Node(name=f"{number}.txt", folder=number % 2 == 0) for number in range(200)]
    names = "".join(f"<a{number}/>" for number in range(1000))
    long = plans.plan_for(f'<d:propfind xmlns:d="DAV:"><d:prop xmlns="{"u" * 520}">{names}</d:prop></d:propfind>'.encode(), False)
    assert {len(block) // 500_000 for block in propfind._blocks(long.responses(about, nodes))} == {1}
    short = plans.plan_for(asking("{DAV:}getetag").encode(), False)
    assert [block.count(b"<d:response>") for block in propfind._blocks(short.responses(about, nodes))] == [200]
    held = plans.plan_for(asking("{z}c").encode(), False)
    about.files.dead = {"{z}c": "x" * 100_000}
    assert max(len(block) for block in propfind._blocks(held.responses(about, nodes))) < 2 * plans.BLOCK


def test_only_short_plans_are_remembered():
    """A namespace declared once stands in every tag of the answer: a short request must not fill the memory with templates."""
    plans._plans.clear()
    names = "".join(f"<a{number}/>" for number in range(300))
    plans.plan_for(f'<d:propfind xmlns:d="DAV:"><d:prop xmlns="{"u" * 1900}">{names}</d:prop></d:propfind>'.encode(), False)
    assert not plans._plans
    plans.plan_for(b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>', False)
    assert len(plans._plans) == 1
