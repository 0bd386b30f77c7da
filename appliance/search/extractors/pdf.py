"""PDF, by pypdf. One that wants a password tells nothing, unless it is the empty one."""
from appliance.confined import Refused

ENDINGS = {"pdf"}


def text(file, ending, out):
    """Page after page, as far as there is time."""
    import logging

    import pypdf
    logging.disable(logging.CRITICAL)               # what it says of a hostile file is theirs
    document = pypdf.PdfReader(file, strict=False)
    if document.is_encrypted and not document.decrypt(""):
        raise Refused("none")
    for page in document.pages:
        out.add(page.extract_text())
        out.add(" ")
