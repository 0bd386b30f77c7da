"""EPUB: its chapters, in the order in which they lie in it."""
import io

from appliance.search.extractors import page, plain
from appliance.search.extractors.packed import Package

ENDINGS = {"epub"}


def text(file, ending, out):
    """All of its pages."""
    package = Package(file)
    for name in sorted(package.names):
        if name.rpartition(".")[2].lower() in page.ENDINGS:
            whole = io.BytesIO()
            for block in package.blocks(name):
                whole.write(block)
            page.read(plain.decoded(whole.getvalue()), out)
            out.add(" ")
