"""Documents of office programs: Office Open XML (docx, xlsx, pptx) and OpenDocument (odt, ods, odp)."""
import re

from appliance.search.extractors.packed import Package

_OPEN = {"odt", "ods", "odp", "odg", "ott", "fodt"}
_MEMBERS = {                                        # where the text lies, in the order in which it is read
    "docx": r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml", "xlsx": r"xl/(?:sharedStrings|worksheets/sheet\d+|comments\d*)\.xml",
    "pptx": r"ppt/(?:slides/slide\d+|notesSlides/notesSlide\d+)\.xml"}
_SAME = {"docm": "docx", "dotx": "docx", "xlsm": "xlsx", "xltx": "xlsx", "pptm": "pptx", "ppsx": "pptx", "potx": "pptx"}
ENDINGS = {*_MEMBERS, *_SAME, *_OPEN}
_APART = {"p", "h", "si", "tr", "br", "cr", "tab", "line-break", "s", "row", "c", "table-cell"}    # what separates words


def text(file, ending, out):
    """All that one reads in it, member by member."""
    package = Package(file)
    wanted = "content\\.xml" if ending in _OPEN else _MEMBERS[_SAME.get(ending, ending)]
    members = sorted((name for name in package.names if re.fullmatch(wanted, name)), key=lambda name: (name.count("/"), len(name), name))
    for name in members:
        reader = _Reader(out, all=ending in _OPEN)
        package.parse(name, reader.start, reader.end, reader.data)


class _Reader:
    """In Office Open XML text stands in elements t alone; in OpenDocument wherever it stands within the body."""

    def __init__(self, out, all):
        self._out, self._within, self._inside = out, "body" if all else "t", 0

    def start(self, name):
        self._inside += name == self._within
        if name in _APART:
            self._out.add(" ")

    def end(self, name):
        self._inside -= name == self._within
        if name in _APART:
            self._out.add(" ")

    def data(self, text):
        if self._inside:
            self._out.add(text)
        else:
            self._out.go_on()
