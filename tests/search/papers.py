"""Documents of every kind, written by hand: what their makers write, and what attackers make of it."""
import io
import zipfile
import zlib

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
T = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
O = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def packed(**members):
    """A ZIP archive; two underscores in a name stand for a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "/").replace("_dot_", "."), content)
    return out.getvalue()


def docx(*paragraphs, body=None):
    """A text in Office Open XML; each paragraph in two runs, as Word writes them."""
    made = "".join(f"<w:p><w:r><w:t>{text[:3]}</w:t></w:r><w:r><w:instrText>PAGEREF hidden</w:instrText><w:t>{text[3:]}</w:t></w:r></w:p>" for text in paragraphs)
    return packed(word__document_dot_xml=body or f'{HEAD}<w:document xmlns:w="{W}"><w:body>{made}</w:body></w:document>')


def xlsx(*cells):
    """A table with these texts."""
    shared = "".join(f"<si><t>{text}</t></si>" for text in cells)
    return packed(xl__sharedStrings_dot_xml=f'{HEAD}<sst xmlns="{S}">{shared}</sst>',
                  xl__worksheets__sheet1_dot_xml=f'{HEAD}<worksheet xmlns="{S}"><sheetData><row><c t="inlineStr"><is><t>Inline</t></is></c></row></sheetData></worksheet>')


def pptx(*slides):
    """Slides with a text each."""
    return packed(**{f"ppt__slides__slide{number}_dot_xml": f'{HEAD}<p:sld xmlns:p="p" xmlns:a="{A}"><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:sld>'
                     for number, text in enumerate(slides, 1)})


def odt(*paragraphs):
    """A text in OpenDocument."""
    made = "".join(f"<text:p>{text}</text:p>" for text in paragraphs)
    return packed(mimetype="application/vnd.oasis.opendocument.text", content_dot_xml=f'{HEAD}<office:document-content xmlns:office="{O}" xmlns:text="{T}">'
                  f"<office:styles>Unseen</office:styles><office:body>{made}</office:body></office:document-content>")


def epub(*chapters):
    """A book."""
    return packed(mimetype="application/epub+zip", **{f"OEBPS__chapter{number}_dot_xhtml": f"<html><head><title>Chapter</title></head><body><p>{text}</p></body></html>"
                                                      for number, text in enumerate(chapters, 1)})


def pdf(*pages, extra=b""):
    """A PDF with a line on each page; ``extra`` are objects of one's own."""
    count = len(pages)
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(count))
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    for number, text in enumerate(pages):
        content = text if isinstance(text, bytes) else zlib.compress(f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode("cp1252"))
        objects += [f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * number} 0 R /Resources << /Font << /F1 3 0 R >> >> >>".encode(),
                    b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(content), content)]
    out, places = io.BytesIO(), []
    out.write(b"%PDF-1.7\n")
    for number, each in enumerate(objects, 1):
        places.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, each))
    out.write(extra)
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places))
    out.write(b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
    return out.getvalue()


MAIL = """From: =?utf-8?q?J=C3=BCrgen?= <juergen@example.org>
To: ann@example.org
Subject: =?utf-8?b?R3LDvMOfZSBhdXMgV2llbg==?=
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

Das Caf=E9 ist offen.
--x
Content-Type: text/html

<p>The <b>tram</b> stops</p><script>var invisible</script>
--x
Content-Type: text/plain
Content-Disposition: attachment; filename=a.txt

attached
--x--
""".encode()
PAGE = b"<!doctype html><title>Recipes</title><style>body{}</style><script>var invisible = 1</script><h1>Bread</h1><p>Flour &amp; w<b>at</b>er<p>S&auml;ure"
