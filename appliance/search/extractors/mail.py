"""E-mail: who wrote to whom, about what, and what; not what is attached."""
from appliance.search.extractors import page

ENDINGS = {"eml"}
_READ = 16 << 20
_HEADS = ("Subject", "From", "To", "Cc")


def text(file, ending, out):
    """The heads that people read, then the texts."""
    import email
    import email.policy
    message = email.message_from_bytes(file.read(_READ), policy=email.policy.default)
    for name in _HEADS:
        out.add(f"{message.get(name, '')} ")
    for part in message.walk():
        if part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment":
            content = part.get_payload(decode=True) or b""
            try:
                read = content.decode(part.get_content_charset("utf-8"), "replace")
            except LookupError:                     # a code that nobody knows
                read = content.decode("utf-8", "replace")
            (page.read if part.get_content_subtype() == "html" else lambda text, out: out.add(text))(read, out)
            out.add(" ")
