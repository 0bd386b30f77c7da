"""What files really are, whatever they are called."""
import io
import struct
import zipfile

import pytest

from appliance.files import kinds


@pytest.fixture
def look(tmp_path):
    """``look(content, name)``: the Kind of it."""
    def kind(content, name="file"):
        (tmp_path / "file").write_bytes(content)
        with open(tmp_path / "file", "rb") as file:
            return kinds.look(file.fileno(), len(content), name)
    return kind


def zipped(*members, begin=b"", store=False, comment=b""):
    """A zip file of ``(name, content)``."""
    out = io.BytesIO()
    out.write(begin)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if store else zipfile.ZIP_DEFLATED) as file:
        for name, content in members:
            file.writestr(name, content, zipfile.ZIP_STORED if name == "mimetype" else None)
        file.comment = comment
    return out.getvalue()


TYPES, VBA = "[Content_Types].xml", '<Override ContentType="application/vnd.ms-office.vbaProject"/>'
ODT = "application/vnd.oasis.opendocument.text"
KNOWN = [
    (b"\x7fELF\2\1\1", "program"), (b"MZ\x90\0\3\0", "program"), (b"\xcf\xfa\xed\xfe\7", "program"), (b"dex\n035\0", "program"), (b"L\0\0\0\1\x14\2\0\0", "program"),
    (b"#!/bin/sh\nrm", "script"), (b"\xef\xbb\xbf@echo off\r\n", "script"), (b"<?php echo 1;", "script"), ("<script>x".encode("utf-16"), "script"),
    (b"PK\3\4", "archive"), (b"Rar!\x1a\x07\1\0", "archive"), (b"7z\xbc\xaf\x27\x1c\0", "archive"), (b"\x1f\x8b\x08\0", "archive"),
    (b"a" * 257 + b"ustar\0" + bytes(250), "archive"), (bytes(32_769) + b"CD001", "disk"), (b"<!DOCTYPE html><p>", "page"), (b"  <html>", "page"),
    (b"\x89PNG\r\n\x1a\n\0", "image"), (b"\xff\xd8\xff\xe0\0", "image"), (b"\0\0\0\x18ftypheic", "image"), (b"\0\0\0\x18ftypavif", "image"), (b"RIFF\0\0\0\0WEBPVP8 ", "image"),
    (b'<?xml version="1.0"?>\n<!-- a -->\n<svg xmlns="x">', "image"), (b"\0\0\0\x18ftypmp42", "video"), (b"\x1aE\xdf\xa3\1", "video"), (b"RIFF\0\0\0\0AVI LIST", "video"),
    (b"ID3\3\0", "audio"), (b"\0\0\0\x18ftypM4A ", "audio"), (b"RIFF\0\0\0\0WAVEfmt ", "audio"), (b"%PDF-1.7\n", "document"), (b"{\\rtf1", "document"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000), "office"), (b"hello, world\n", "text"), ("Grüße\n".encode("latin-1"), "text"), (b"BMW and Mazda", "text"), (b"MZ is a name", "text"),
    (b"\0\1\2\3", "unknown"), (bytes(100), "unknown"), (b"", "empty"),
    (zipped(("a.txt", "a")), "archive"), (zipped(("META-INF/MANIFEST.MF", "a")), "program"), (zipped(("classes.dex", "a")), "program"),
    (zipped((TYPES, "<Types/>"), ("word/document.xml", "a")), "office"), (zipped(("mimetype", ODT), ("content.xml", "a")), "office"),
    (zipped(("mimetype", "application/epub+zip"), ("a.xhtml", "a")), "document"), (zipped(("META-INF/manifest.xml", "a"), ("content.xml", "a")), "office"),
    (zipped(("word/a.xml", "a"), ("META-INF/MANIFEST.MF", "a")), "program"), (zipped(("mimetype", "application/epub+zip"), ("classes.dex", "a")), "program"), (zipped(("x", "a"), begin=b"MZ\0" + bytes(500)), "program")]


@pytest.mark.parametrize("content, family", KNOWN)
def test_families(look, content, family):
    """By their first bytes, or what a zip file holds."""
    kind = look(content)
    assert kind.family == family in kinds.FAMILIES and {family, kind.type, kind.type.partition("/")[0] + "/*"} == kind.labels


@pytest.mark.parametrize("content", [
    zipped((TYPES, "<Types/>"), ("word/document.xml", "a"), ("word/vbaProject.bin", "a")), zipped((TYPES, VBA), ("word/document.xml", "a"), ("word/harmless.bin", "a")),
    zipped((TYPES, VBA), ("word/document.xml", "a"), store=True), zipped((TYPES, "<Types/>"), ("XL\\VBAPROJECT.BIN", "a"), ("xl/workbook.xml", "a")),
    zipped((TYPES, VBA), ("word/document.xml", "a"), comment=b"c" * 60_000), zipped((TYPES, VBA), begin=b"PK\7\x08PK" + bytes(99)),
    zipped(("mimetype", ODT), ("Basic/Standard/Module1.xml", "a")), zipped(("META-INF/manifest.xml", "a"), ("Basic/Standard/Module1.xml", "a"), ("mimetype", ODT)),
    zipped(("mimetype", "application/epub+zip"), (TYPES, VBA), ("word/document.xml", "a")), b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes((1 << 20) - 20) + "_VBA_PROJECT".encode("utf-16-le")])
def test_macros(look, content):
    """Office documents that bring programs along, also under other names, and across blocks."""
    assert "macros" in look(content).labels and look(content).family == "office"


@pytest.mark.parametrize("content", [zipped((TYPES, VBA))[:-3], zipped((TYPES, VBA)) + b"more", zipped((TYPES, VBA)).replace(b"PK\5\6" + bytes(4), b"PK\5\6\xff\xff\xff\xff"),
                                     zipped(*((f"{number:0200}", "") for number in range(20_000)), (TYPES, VBA))])
def test_lists_that_cannot_be_read(look, content):
    """An office document of which nobody can say what is in it may hold anything; an archive like that is one."""
    assert "macros" in look(content, "a.docx").labels and "macros" not in look(zipped(("a.txt", "a")), "a.zip").labels
    assert "macros" not in look(zipped((TYPES, "<Types/>"), ("word/document.xml", "a")), "a.docx").labels


def test_nothing_takes_long(look):
    """What could be understood in very many ways is understood in one, and of very many lists of parts one is read."""
    assert look(b"<!---->" * 500 + b"x", "a.svg").family == "text"
    assert look(b"<!-- a --> " * 300 + b"<svg>", "a.svg").family == "image"
    document, reads = zipped((TYPES, "a" * (1 << 20))), []
    entry = document[document.index(b"PK\1\2"):document.index(b"PK\5\6")]
    end = bytearray(document[document.index(b"PK\5\6"):])
    struct.pack_into("<I", end, 12, len(entry) * 1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kinds, "_names_macros", lambda *place: bool(reads.append(place)))
        assert "macros" in look(document[:document.index(b"PK\1\2")] + entry * 1000 + end).labels and len(reads) == 1


@pytest.mark.parametrize("content", [zipped((TYPES, "<Types/>"), ("word/a.xml", "vbaProject"))[:-1], b"PK\5\6" + b"\xff" * 18, b"PK\3\4" + bytes(26) + b"mimetype",
                                     b"PK\3\4" + bytes(26) + b"PK\5\6" + bytes(8) + b"\xff\xff\xff\x7f\0\0\0\0\0\0", b"PK\5\6" + bytes(18)])
def test_torn_zip_files(look, content):
    """Nothing stumbles over them."""
    assert look(content).family in kinds.FAMILIES


def test_a_list_of_parts_that_is_not_one(look):
    """What Office itself cannot have written counts as having macros."""
    whole = zipped((TYPES, "<Types/>" * 100), ("word/document.xml", "a"))
    at = whole.index(b"PK\3\4") + 30 + len(TYPES)
    assert "macros" not in look(whole).labels and "macros" in look(whole[:at] + b"\xff" * 10 + whole[at + 10:]).labels


@pytest.mark.parametrize("content, name, hides", [
    (b"MZ\0\0", "photo.jpg", True), (b"MZ\0\0", "photo.jpg. ", True), (b"#!/bin/sh", "notes.txt", True), (b"PK\3\4", "film.mp4", True), (b"MZ\0\0", "setup.exe", False),
    (b"\x89PNG\r\n\x1a\n", "photo.jpg", False), (b"<html>", "page.txt", False), (b"\0\0\0\x18ftypmp42", "song.m4a", False), (b"\0\1", "photo.jpg", False)])
def test_disguised(look, content, name, hides):
    """Programs and archives that are called like something else."""
    assert ("disguised" in look(content, name).labels) == hides


def test_plain_names():
    """As Windows will see them, and without what nobody sees."""
    assert kinds.plain("A.EXE. .") == "a.exe" and kinds.plain("photo\u202egpj.exe") == "photogpj.exe" and kinds.plain("a.e\u200bxe") == "a.exe"
    assert kinds.plain("ａ．ｅｘｅ") == "a.exe"
