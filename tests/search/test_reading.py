"""Texts of documents by the real child, and what attackers make of documents: none of it harms more than its own text."""
import io
import os
import random
import struct
import subprocess
import threading
import time
import zipfile
import zlib
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace

import papers
import pytest

from appliance.core import errors
from appliance.search import reading
from appliance.search.reading import Reading, Stumbled
from conftest import wanted

WORST = 180 << 10                                   # KiB that the child may ever take


class Desk:
    """Where documents are read."""

    def __init__(self, folder, tika=""):
        self.folder, self.reading = folder, Reading(tika)

    def read(self, name, content=None):
        """The text of a file, written first where there is content."""
        path = self.folder / name
        if content is not None:
            path.write_bytes(content)
        node = SimpleNamespace(name=name, size=path.stat().st_size, folder=False)
        opened = SimpleNamespace(fd=os.open(path, os.O_RDONLY), node=node)
        try:
            return self.reading.text(opened) if self.reading.reads(node) else None
        finally:
            os.close(opened.fd)


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.reading.close()
    assert made.reading.peak < WORST


@pytest.mark.parametrize("name, content, text", [
    ("a.txt", "plain\ttext\r\nof two lines \u00e4".encode(), "plain text of two lines \u00e4"), ("a.txt", "\u00e4\u00f6\u20ac".encode("cp1252"), "\u00e4\u00f6\u20ac"),
    ("a.txt", "\ufeffmarked \u00e4".encode(), "marked \u00e4"), ("a.txt", "wide \u00e4".encode("utf-16"), "wide \u00e4"), ("a.txt", b"binary\0\1\2", ""),
    ("a.txt", "decomposed a\u0308".encode(), "decomposed \u00e4"), ("a.txt", b"bell\x07 and\x1b[31m colour", "bell and [31m colour"), ("A.MD", b"# Head\n* item", "# Head * item"),
    ("a.html", papers.PAGE, "Recipes Bread Flour & water S\u00e4ure"), ("a.docx", papers.docx("Dear grandmother,", "apples"), "Dear grandmother, apples"),
    ("a.docm", papers.docx("Macro"), "Macro"), ("a.xlsx", papers.xlsx("Insurance", "Heating"), "Insurance Heating Inline"), ("a.pptx", papers.pptx("Bees", "Flowers"), "Bees Flowers"),
    ("a.odt", papers.odt("Gr\u00f6\u00dfe", "und"), "Gr\u00f6\u00dfe und"), ("a.ods", papers.odt("Zelle"), "Zelle"), ("a.epub", papers.epub("It was", "The end"), "Chapter It was Chapter The end"),
    ("a.pdf", papers.pdf("First page \u00e4", "Second"), "First page \u00e4 Second"),
    ("a.eml", papers.MAIL, "Gr\u00fc\u00dfe aus Wien J\u00fcrgen <juergen@example.org> ann@example.org Das Caf\u00e9 ist offen. The tram stops")])
def test_text(desk, name, content, text):
    """What a person would read in it."""
    assert desk.read(name, content) == text


def test_what_is_not_read(desk):
    """Pictures, programs, and what is too large to be read whole."""
    for name in ("a.jpg", "a.bin", "a", "a.exe", "a.doc"):
        assert desk.read(name, b"text") is None
    with open(desk.folder / "large.pdf", "wb") as file:
        file.truncate(65 << 20)
    with open(desk.folder / "large.log", "wb") as file:
        file.write(b"the beginning ")
        file.truncate(1 << 40)
    assert desk.read("large.pdf") is None and desk.read("large.log") == ""      # zeros: no text
    assert desk.read("empty.txt", b"") is None


def test_a_long_text_is_cut(desk):
    """A million characters are kept; the rest is not unpacked."""
    assert len(desk.read("a.txt", b"word " * 1_000_000)) in range(999_000, 1_000_001)
    assert len(desk.read("a.docx", papers.docx(*["many words here"] * 100_000))) in range(900_000, 1_000_001)


def bombs():
    """``name: content`` of documents that want to be more than they are."""
    yield "zip.docx", papers.packed(word__document_dot_xml=b"<w:document xmlns:w='x'><w:body>" + b" " * (100 << 20))
    yield "text.docx", papers.packed(word__document_dot_xml=b"<w:document xmlns:w='x'><w:body><w:p><w:t>" + b"a" * (80 << 20))
    yield "shared.xlsx", papers.packed(xl__sharedStrings_dot_xml=b"<sst>" + b"<si><t>a</t></si>" * (4 << 20))
    yield "laughs.docx", papers.docx(body="<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {chr(98 + n)} '{f'&{chr(97 + n)};' * 10}'>" for n in range(9)) + "]><w:document xmlns:w='x'><w:body><w:t>&j;</w:t></w:body></w:document>")
    yield "outside.docx", papers.docx(body="<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><w:document xmlns:w='x'><w:t>&a;</w:t></w:document>")
    yield "deep.odt", papers.packed(content_dot_xml=b"<body>" + b"<p>" * 3_000_000)
    yield "wide.pptx", papers.packed(**{f"ppt__slides__slide{n}_dot_xml": "<a/>" for n in range(25_000)})
    yield "attributes.docx", papers.packed(word__document_dot_xml=b"<t " + b" ".join(b"a%d='%s'" % (n, b"x" * 100) for n in range(200_000)) + b"/>")
    yield "name.docx", papers.packed(word__document_dot_xml=b"<" + b"a" * (30 << 20) + b"/>")
    yield "many.epub", papers.packed(**{f"chapter{n}_dot_html": b"<p>" * 200_000 for n in range(90)})
    yield "open.html", b"<" * (4 << 20)
    yield "comments.html", b"<!--" * (1 << 20)
    yield "tags.html", b"<div " * (1 << 20)
    yield "entities.html", b"&" + b"a" * (4 << 20)
    yield "stream.pdf", papers.pdf(zlib.compress(b"BT (" + b"a" * (100 << 20) + b") Tj ET", 9))
    yield "again.pdf", papers.pdf(zlib.compress(b"BT /F1 1 Tf " + b"(a) Tj " * (4 << 20) + b"ET"))
    yield "pages.pdf", loop(papers.pdf("a"))
    yield "nested.pdf", papers.pdf("a", extra=b"99 0 obj\n" + b"[" * 2_000_000 + b"\nendobj\n")
    yield "dictionary.pdf", b"%PDF-1.7\n1 0 obj\n" + b"<< /A " * 500_000 + b"\ntrailer << /Root 1 0 R >>\nstartxref\n0\n%%EOF"
    yield "filters.pdf", filtered()
    yield "parts.eml", b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=a\n\n" + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 50_000
    yield "head.eml", b"Subject: " + b"=?utf-8?q?a?= " * 300_000 + b"\n\nx"
    yield "address.eml", b"From: " + b"(" * 100_000 + b"\n\nx"
    yield "lines.txt", b"\r" * (4 << 20)
    yield "accents.txt", ("a" + "\u0301" * 1_000_000).encode()


def loop(pdf):
    """A PDF whose pages contain themselves."""
    return pdf.replace(b"/Kids [4 0 R]", b"/Kids [2 0 R]")


def filtered():
    """A stream that is packed again and again."""
    content = b"BT (a) Tj ET"
    for _ in range(60):
        content = zlib.compress(content)
    return papers.pdf(content).replace(b"/Filter /FlateDecode", b"/Filter [" + b"/FlateDecode " * 60 + b"]")


@pytest.mark.slow
def test_bombs(desk, monkeypatch):
    """Each costs the child some seconds at most; the next document is read as ever."""
    monkeypatch.setattr(reading, "SECONDS", 0.3)
    slowest = 0.0
    for name, content in bombs():
        begun = time.monotonic()
        text = desk.read(name, content)
        slowest = max(slowest, time.monotonic() - begun)
        assert text is None or len(text) <= 1_000_000, name
        assert not text or "root:" not in text, name
        assert desk.read("good.docx", papers.docx("still here")) == "still here", name
        os.unlink(desk.folder / name)
    assert slowest < 45                             # 30 s of the clock, then it is killed; this machine may be busy


def test_archives_that_lie(desk):
    """Sizes, names, methods, a member that is not there, one on top of the other, one with a password."""
    good = papers.docx("hello there")
    at = good.index(b"PK\x01\x02")
    for name, content in {
            "size": good[:22] + struct.pack("<I", 1 << 31) + good[26:], "central": good[:at + 24] + struct.pack("<I", 1 << 31) + good[at + 28:],
            "method": good[:at + 10] + struct.pack("<H", 99) + good[at + 12:], "offset": good[:at + 42] + struct.pack("<I", 1 << 30) + good[at + 46:],
            "password": good[:6] + b"\1" + good[7:at + 8] + b"\1" + good[at + 9:], "front": b"x" * 1000 + good, "behind": good + b"x" * 70_000,
            "twice": good[:at] + good[at:at + 46 + 17] * 50 + good[at:], "none": papers.packed(other="x"), "empty": b"PK\x05\x06" + b"\0" * 18, "no": b"PK"}.items():
        assert desk.read(f"{name}.docx", content) in ("", "hello there"), name
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for number in range(10):
            archive.writestr(f"../../{number}/word/document.xml", "x")
    assert desk.read("outside.docx", inner.getvalue()) == ""
    assert desk.read("good.txt", b"well") == "well"


@pytest.mark.slow
def test_truncated_everything(desk):
    """Cut off anywhere, or with a byte that is another one: something of it, or nothing."""
    dice = random.Random(7)
    whole = {"a.docx": papers.docx("Dear grandmother"), "a.xlsx": papers.xlsx("Cell"), "a.pptx": papers.pptx("Slide"), "a.odt": papers.odt("Text"), "a.epub": papers.epub("Book"),
             "a.pdf": papers.pdf("First", "Second"), "a.eml": papers.MAIL, "a.html": papers.PAGE}
    for name, content in whole.items():
        for _ in range(2):
            cut = content[:dice.randrange(1, len(content))]
            assert isinstance(desk.read(name, cut), str)
            broken = bytearray(content)
            for _ in range(dice.randrange(1, 8)):
                broken[dice.randrange(len(broken))] = dice.randrange(256)
            assert isinstance(desk.read(name, bytes(broken)), str)
    assert desk.read("good.txt", b"well") == "well"


def test_half_a_document(desk):
    """What was read before it broke is kept."""
    body = f"<w:document xmlns:w='{papers.W}'><w:body><w:p><w:t>first words</w:t></w:p><w:p><w:t>and then"
    assert desk.read("a.docx", papers.docx(body=body)).startswith("first words")
    assert desk.read("a.pdf", papers.pdf("kept words", b"no stream at all")).startswith("kept words")


def test_confined(desk):
    """The child has no file but this one, and no network: a document that names others gets nothing of them."""
    (desk.folder / "secret.txt").write_text("secret words")
    page = f"<html><body><p>page</p><iframe src='file://{desk.folder}/secret.txt'></iframe></body></html>"
    assert desk.read("a.html", page.encode()) == "page"


@wanted("libreoffice")
@pytest.mark.slow
def test_libreoffice(desk):
    """What LibreOffice writes, in every form."""
    source = desk.folder / "letter.html"
    source.write_text("<html><body><h1>Heading</h1><p>Some words \u00e4 in a letter</p></body></html>")
    for form in ("docx", "odt", "pdf"):
        subprocess.run(["libreoffice", "--headless", f"-env:UserInstallation=file://{desk.folder}/profile", "--convert-to", form, "--outdir", desk.folder, source],
                       check=True, capture_output=True, timeout=120)
        text = desk.read(f"letter.{form}")
        assert "Heading" in text and "Some words \u00e4 in a letter" in text, form


class Tika(BaseHTTPRequestHandler):
    """Stands in for Apache Tika: a Java program from Maven, which no package index of ours has."""

    status, asked = 200, []

    def do_PUT(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, self.headers["Accept"], self.headers["Content-Disposition"]))
        self.send_response(self.status)
        self.end_headers()
        self.wfile.write(b"\n\ntika read %d bytes\n" % len(content))

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def tika():
    server = HTTPServer(("127.0.0.1", 0), Tika)
    Tika.status, Tika.asked = 200, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_tika(tmp_path, tika):
    """It reads what is no plain text, also what we do not read; what it refuses has no text; when it is away that is tried again."""
    desk = Desk(tmp_path, tika)
    assert desk.read("\u00e4 old.doc", b"x" * 7) == "tika read 7 bytes" and desk.read("a.pdf", b"y" * 3) == "tika read 3 bytes"
    assert Tika.asked[0] == ("/tika", "text/plain", "attachment; filename*=UTF-8''%C3%A4%20old.doc")
    assert desk.read("a.txt", b"plain words") == "plain words" and len(Tika.asked) == 2 and desk.read("a.jpg", b"x") is None
    Tika.status = 422
    assert desk.read("locked.doc", b"x") == ""
    Tika.status = 503
    with pytest.raises(Stumbled):
        desk.read("a.doc", b"x")
    away = Desk(tmp_path, "http://127.0.0.1:9")
    with pytest.raises(errors.Unavailable) as raised:
        away.read("a.doc", b"x")
    assert not isinstance(raised.value, Stumbled)   # that says nothing of the document
    for address in ("ftp://x", "localhost:9998", "http://"):
        with pytest.raises(errors.Invalid):
            Reading(address)
