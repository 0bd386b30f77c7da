"""XML within limits, in and out."""
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.core import errors
from appliance.protocols.webdav import xmlbody

BOMB = b'<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&y;</a>'


@pytest.mark.parametrize("body", [
    b"", b"<a", b"<a></b>", b"\xff\xfe<", b'<a xmlns:b=""/>', b"<a>&nope;</a>", b'<?xml version="1.0" encoding="nope"?><a/>', b"<a/><b/>",
    b"<!DOCTYPE a><a/>", BOMB, b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', b"<b:a/>", b"<a>\x01</a>", b"<a>\xed\xa0\x80</a>",
    b"<a>" * 65 + b"</a>" * 65, b"<a>" + b"<b/>" * xmlbody.PARTS + b"</a>",
    b"<a " + b" ".join(b'a%d=""' % number for number in range(5000)) + b"/>", b"<a " + b" ".join(b'xmlns:a%d="x"' % number for number in range(5000)) + b"/>",
    b"<" + b"n" * 3000 + b"/>", b'<a xmlns="' + b"n" * 3000 + b'"/>',
])
def test_refused(body):
    """Broken, too deep, too many, or with a document type: Invalid."""
    with pytest.raises(errors.Invalid):
        xmlbody.parse(body)


def test_too_large():
    """More than a mebibyte is not even looked at."""
    with pytest.raises(errors.TooLarge):
        xmlbody.parse(b" " * (xmlbody.BYTES + 1))


def test_read():
    """Namespaces, text and depth come through, in UTF-16 too."""
    assert xmlbody.parse(b'<d:a xmlns:d="DAV:"><b x="1">t\xc3\xbc</b></d:a>')[0].text == "t\u00fc"
    assert xmlbody.parse('<?xml version="1.0" encoding="utf-16"?><a xmlns="x"/>'.encode("utf-16")).tag == "{x}a"
    assert xmlbody.parse(b"<a>" * 64 + b"</a>" * 64).tag == "a"


def test_inner():
    """What is inside an element stands alone, with its namespaces."""
    root = xmlbody.parse(b'<p xmlns:z="urn:z">a &amp; b<z:q z:w="1">c</z:q> tail</p>')
    text = xmlbody.inner(root)
    again = ElementTree.fromstring(f"<p>{text}</p>")
    assert again.text == "a & b" and again[0].tag == "{urn:z}q" and again[0].tail == " tail" and again[0].get("{urn:z}w") == "1"


@given(st.text())
def test_escaped_text_is_always_well_formed(text):
    """Whatever a name holds, the answer can be read, and reads as it was but for what XML cannot hold."""
    read = ElementTree.fromstring(f'<a b="{xmlbody.attribute(text)}">{xmlbody.escape(text)}</a>'.encode())
    assert (read.text or "") == "".join(char if char in "\t\n\r" or " " <= char <= "\ud7ff" or "\ue000" <= char <= "\ufffd" or char > "\uffff"
                                        else "\ufffd" for char in text)
    assert len(read.get("b")) == len(text)
