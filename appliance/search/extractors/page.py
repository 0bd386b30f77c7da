"""HTML: what one reads on the page, and its title."""
from html.parser import HTMLParser

from appliance.search.extractors import plain

ENDINGS = {"html", "htm", "xhtml"}
_READ = 4 << 20
_UNSEEN = {"script", "style", "template", "noscript", "svg"}
_INLINE = {"a", "abbr", "b", "bdi", "bdo", "cite", "code", "em", "font", "i", "mark", "q", "s", "small", "span", "strong", "sub", "sup", "u", "wbr"}


def text(file, ending, out):
    """The page without its scripts."""
    read(plain.decoded(file.read(_READ)), out)


def read(markup, out):
    """The same of a text."""
    reader = _Reader(out)
    for start in range(0, len(markup), 1 << 16):
        reader.feed(markup[start:start + (1 << 16)])
        out.go_on()
    reader.close()


class _Reader(HTMLParser):
    def __init__(self, out):
        super().__init__(convert_charrefs=True)
        self._out, self._unseen = out, []

    def handle_starttag(self, tag, attrs):
        if tag in _UNSEEN:
            self._unseen.append(tag)
        elif tag not in _INLINE:
            self._out.add(" ")

    def handle_endtag(self, tag):
        if self._unseen and tag == self._unseen[-1]:
            self._unseen.pop()
        elif tag not in _INLINE:
            self._out.add(" ")

    def handle_data(self, data):
        if not self._unseen:
            self._out.add(data)
