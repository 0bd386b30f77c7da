"""XML made to hurt: deep, wide, with entities, DTDs, odd encodings and namespaces, or just broken."""
import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calm import calm

CALM = calm(80)

METHODS = st.sampled_from(["PROPFIND", "PROPPATCH", "LOCK", "REPORT", "MKCOL"])
NAMES = st.sampled_from(["prop", "propfind", "allprop", "propname", "include", "propertyupdate", "set", "remove", "lockinfo", "lockscope", "exclusive",
                         "shared", "locktype", "write", "owner", "href", "getetag", "getlastmodified", "resourcetype", "x", "lockdiscovery", "displayname"])
SPACES = st.sampled_from(["DAV:", "http://owncloud.org/ns", "urn:x", "", "DAV", "http://www.w3.org/XML/1998/namespace", "a b", "urn:" + "y" * 300])
TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=30).map(lambda text: text.replace("&", "&amp;").replace("<", "&lt;").replace("]]>", ""))


def _element(children):
    return st.builds(lambda name, space, inside, attribute: f'<q:{name} xmlns:q="{space}"{attribute}>{"".join(inside)}</q:{name}>' if space
                     else f'<{name} xmlns=""{attribute}>{"".join(inside)}</{name}>',
                     NAMES, SPACES, st.lists(children, max_size=4), st.sampled_from(["", ' xml:lang="de"', ' xmlns:z="urn:z" z:a="1"', ' a="&#x1F600;"']))


TREES = st.recursive(TEXTS, _element, max_leaves=25)
ROOTS = st.sampled_from(["propfind", "propertyupdate", "lockinfo", "searchrequest"])
PROLOGUES = st.sampled_from(["", '<?xml version="1.0" encoding="utf-8"?>', '<?xml version="1.0"?>', '<?xml version="1.1"?>', "<!-- c -->", "<?pi x?>",
                             '<?xml version="1.0" encoding="iso-8859-1"?>', '<?xml version="1.0" encoding="utf-16"?>', '<?xml version="1.0" encoding="nope"?>'])


def _ask(raw, method, body, path="/d", depth="0"):
    path = path if method != "MKCOL" else "/made"
    return raw.refused_changes_nothing(raw.head(method, raw.home + path, [("Content-Length", str(len(body))), ("Depth", depth),
                                                                         ("Content-Type", "application/xml")]), body, hang_up=True)


@CALM
@given(method=METHODS, prologue=PROLOGUES, root=ROOTS, inside=st.lists(TREES, max_size=4), encoding=st.sampled_from(["utf-8", "utf-16", "latin-1", "utf-7"]),
       path=st.sampled_from(["/d", "/a.txt", "/none", "/"]))
def test_made_from_the_grammar(raw, method, prologue, root, inside, encoding, path):
    """Whatever can be spelled with DAV's words is answered on purpose."""
    text = f'{prologue}<d:{root} xmlns:d="DAV:">{"".join(inside)}</d:{root}>'
    answer = _ask(raw, method, text.encode(encoding, "xmlcharrefreplace" if encoding == "latin-1" else "replace"), path)
    _unlock(raw, answer, path)


SKELETONS = {
    "PROPFIND": ["<d:propfind {}><d:prop>{}</d:prop></d:propfind>", "<d:propfind {}><d:allprop/><d:include>{}</d:include></d:propfind>"],
    "PROPPATCH": ["<d:propertyupdate {}><d:set><d:prop>{}</d:prop></d:set></d:propertyupdate>",
                  "<d:propertyupdate {}><d:remove><d:prop>{}</d:prop></d:remove></d:propertyupdate>",
                  '<d:propertyupdate {0}><d:set><d:prop><z xmlns="urn:z"/></d:prop></d:set><d:set><d:prop>{1}</d:prop></d:set></d:propertyupdate>'],
    "LOCK": ["<d:lockinfo {}><d:lockscope><d:exclusive/></d:lockscope><d:locktype><d:write/></d:locktype><d:owner>{}</d:owner></d:lockinfo>"],
}
SOUND = st.sampled_from(sorted(SKELETONS)).flatmap(lambda method: st.tuples(st.just(method), st.sampled_from(SKELETONS[method])))


@CALM
@given(sound=SOUND, inside=st.lists(_element(TREES), max_size=4), path=st.sampled_from(["/d", "/a.txt", "/d/b.txt", "/none"]))
def test_sound_around_anything(raw, sound, inside, path):
    """The right frame around any elements: what is kept of them can be asked for, and the answer is XML whatever it was."""
    method, frame = sound
    answer = _ask(raw, method, frame.format('xmlns:d="DAV:"', "".join(inside)).encode(), path)
    try:
        for asked in (b"", frame.format('xmlns:d="DAV:"', "".join(inside)).encode() if method == "PROPFIND" else b""):
            listed = raw.session.request("PROPFIND", raw.url + raw.home + "/", data=asked, headers={"Depth": "1"}, timeout=20)
            if listed.status_code == 207:
                ElementTree.fromstring(listed.content)
            else:
                assert asked and listed.status_code == answer.status, listed.text
    finally:
        _unlock(raw, answer, path)


@CALM
@given(method=METHODS, body=st.binary(max_size=300))
def test_bytes(raw, method, body):
    """Bytes at random are not XML."""
    _unlock(raw, _ask(raw, method, body), "/d")


@CALM
@given(method=METHODS, cut=st.floats(0, 1))
def test_cut_short(raw, method, cut):
    """XML that ends early is refused."""
    body = (b'<?xml version="1.0"?><d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x xmlns="urn:x">value</x></d:prop></d:set></d:propertyupdate>'
            if method == "PROPPATCH" else b'<?xml version="1.0"?><d:propfind xmlns:d="DAV:"><d:prop><d:getetag/></d:prop></d:propfind>')
    answer = _ask(raw, method, body[:int(cut * (len(body) - 1))])
    _unlock(raw, answer, "/d")
    assert answer.status >= 400 or int(cut * (len(body) - 1)) == 0, answer


BOMB = "".join(f'<!ENTITY b{level} "{f"&b{level - 1};" * 10}">' for level in range(1, 10))
HOSTILE = {
    "billion laughs": f'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY b0 "ha">{BOMB}]><d:propfind xmlns:d="DAV:"><d:prop>&b9;</d:prop></d:propfind>',
    "file entity": '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY f SYSTEM "file:///etc/passwd">]><d:propertyupdate xmlns:d="DAV:"><d:set><d:prop><x>&f;</x>'
                   "</d:prop></d:set></d:propertyupdate>",
    "outer dtd": '<?xml version="1.0"?><!DOCTYPE d SYSTEM "http://127.0.0.1:1/x.dtd"><d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>',
    "parameter entity": '<?xml version="1.0"?><!DOCTYPE d [<!ENTITY % p SYSTEM "file:///etc/passwd">%p;]><d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>',
    "empty dtd": '<?xml version="1.0"?><!DOCTYPE d><d:propfind xmlns:d="DAV:"><d:allprop/></d:propfind>',
    "deep": '<d:propfind xmlns:d="DAV:"><d:prop>' + "<a>" * 5000 + "</a>" * 5000 + "</d:prop></d:propfind>",
    "deep dead property": '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop>' + "<a>" * 5000 + "</a>" * 5000 + "</d:prop></d:set></d:propertyupdate>",
    "wide": '<d:propfind xmlns:d="DAV:"><d:prop>' + "".join(f"<a{number}/>" for number in range(5000)) + "</d:prop></d:propfind>",
    "wide dead properties": '<d:propertyupdate xmlns:d="DAV:"><d:set><d:prop>' + "".join(f'<a{number} xmlns="urn:w">v</a{number}>' for number in range(5000))
                            + "</d:prop></d:set></d:propertyupdate>",
    "many attributes": '<d:propfind xmlns:d="DAV:" ' + " ".join(f'a{number}=""' for number in range(20_000)) + "><d:allprop/></d:propfind>",
    "many namespaces": '<d:propfind xmlns:d="DAV:" ' + " ".join(f'xmlns:n{number}="urn:{number}"' for number in range(20_000)) + "><d:allprop/></d:propfind>",
    "long name": f'<d:propfind xmlns:d="DAV:"><d:prop><{"n" * 500_000}/></d:prop></d:propfind>',
    "two megabytes": '<d:propfind xmlns:d="DAV:"><d:prop>' + "<!-- " + "x" * (2 << 20) + " --></d:prop></d:propfind>",
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("method", ["PROPFIND", "PROPPATCH", "LOCK", "REPORT", "MKCOL"])
def test_hostile(raw, kind, method):
    """The known attacks are refused at once, and nothing they name is fetched."""
    answer = _ask(raw, method, HOSTILE[kind].encode())
    assert 400 <= answer.status < 500 or answer.status == 501, answer.raw[:300]
    assert b"root:" not in answer.raw


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_in_chunks(raw, kind):
    """A body without a length is limited too."""
    body = HOSTILE[kind].encode()
    answer = raw.refused_changes_nothing(raw.head("PROPPATCH", raw.home + "/d", [("Transfer-Encoding", "chunked")]),
                                         *(b"%x\r\n%s\r\n" % (len(body[at:at + 60_000]), body[at:at + 60_000]) for at in range(0, len(body), 60_000)), b"0\r\n\r\n")
    assert 400 <= answer.status < 500, answer.raw[:300]


def test_ten_gigabytes_of_xml_are_not_read(raw):
    """A body announced as too large is refused before it is sent."""
    answer = raw.refused_changes_nothing(raw.head("PROPFIND", raw.home + "/", [("Content-Length", str(10 << 30))]), b"<", hang_up=False)
    assert answer.status in (400, 413), answer.raw[:300]


def _unlock(raw, answer, path):
    """Give back a lock that a lucky body got, so that it does not hide what comes after."""
    for line in answer.raw.partition(b"\r\n\r\n")[0].split(b"\r\n"):
        if line.lower().startswith(b"lock-token:"):
            raw.send(raw.head("UNLOCK", raw.home + path, [("Lock-Token", line.split(b":", 1)[1].strip())]))
