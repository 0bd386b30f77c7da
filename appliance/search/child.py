"""The program that takes the text out of documents: ``python -m appliance.search.child FD``."""
import os

from appliance import confined
from appliance.search import extractors
from appliance.search.extractors.gathered import Full, Text


def work(request, source, out):
    """Write the text of the open file ``source`` to ``out``, in UTF-8: what there was until it broke, was enough or took too long."""
    text = Text(request["seconds"])
    try:
        with open(source, "rb", closefd=False) as file:
            extractors.of_ending(request["ending"]).text(file, request["ending"], text)
    except Full:
        pass
    finally:
        text.finish()
        _write(out, str(text))
    return {}


def _write(out, text):
    content = memoryview(text.encode("utf-8", "replace"))
    while content:
        content = content[os.write(out, content):]


if __name__ == "__main__":
    confined.serve(work)
