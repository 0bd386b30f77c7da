"""The post: letters made so that nothing in a name can become a header, and handed to an SMTP server, by TLS that is verified.

The option ``mail`` names the server: ``smtps://name:password@host`` (TLS at once, port 465) or ``smtp://name:password@host`` (STARTTLS, port 587; without
TLS only to this very machine). ``?from=address`` says who writes, where the name is no address. Sending waits for the network: the sockets are gevent's.
"""
import html
import ipaddress
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

from appliance.activity import words
from appliance.core import errors

SECONDS, LINES = 30, 100                            # for each line of an answer of the server; lines that it may have
_PORTS = {"smtps": 465, "smtp": 587}
WRONG = "The option mail is not understood. Write it like smtps://name:password@host:465?from=hearth@example.org."


class Server(NamedTuple):
    """An SMTP server, and who we are there."""

    tls: bool                                       # at once
    host: str
    port: int
    name: str
    password: str
    sender: str                                     # an address

    @classmethod
    def parse(cls, text):
        """Read the option; None where there is none. Invalid."""
        if not text:
            return None
        try:
            parts = urlsplit(text)
            port, name = parts.port or _PORTS[parts.scheme], unquote(parts.username or "")
        except (ValueError, KeyError):
            raise errors.Invalid(WRONG) from None
        sender = parse_qs(parts.query).get("from", [name if "@" in name else f"hearth@{parts.hostname}"])[0]
        if not parts.hostname or parts.path.strip("/") or "@" not in sender or not sender.isprintable() or set(sender) & set(' ,;<>"'):
            raise errors.Invalid(WRONG)
        return cls(parts.scheme == "smtps", parts.hostname, port, name, unquote(parts.password or ""), sender)

    @property
    def is_here(self):
        """Whether it is this very machine."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


class Refused(errors.HouseError):
    """The mail server does not take this letter. Look whether the mail address is right."""


class Later(errors.HouseError):
    """The mail server does not take this letter now."""


def letter(server, account, subject, lines, language, url=""):
    """A letter to an Account, in text and in HTML; ``lines`` are ``(text, address to look at or "")``. Refused where nobody can be reached so."""
    from email.errors import MessageError
    from email.headerregistry import Address
    from email.message import EmailMessage
    from email.policy import SMTP
    from email.utils import localtime, make_msgid
    said, name = words.MAIL[language], line_of(account.display_name)
    message = EmailMessage(policy=SMTP)
    try:
        message["From"], message["To"] = Address("Hearth", addr_spec=server.sender), Address(name, addr_spec=account.email)
    except (ValueError, IndexError, MessageError):
        raise Refused() from None
    message["Subject"], message["Date"] = line_of(subject), localtime()
    message["Message-ID"] = make_msgid(domain=server.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    hello = said["hello"].format(name=name)
    message.set_content("\n\n".join([hello, *(f"{line_of(text)}\n{to}".rstrip() for text, to in lines), f"-- \n{said['why']}\n{url}".rstrip()]) + "\n")
    message.add_alternative(_page(language, hello, [(line_of(text), to) for text, to in lines]), subtype="html")
    message["Content-Language"] = language          # last: whoever sets the content takes away what is said of it
    return message


def _page(language, hello, lines):
    said, escaped = words.MAIL[language], html.escape
    entries = "".join(f"<p>{escaped(text)}{_link(to, said['open'])}</p>" for text, to in lines)
    return (f'<!doctype html><html lang="{language}"><body style="font-family:sans-serif;max-width:40em"><p>{escaped(hello)}</p>{entries}'
            f'<p style="color:#666;font-size:small">{escaped(said["why"])}</p></body></html>\n')


def _link(to, text):
    return f'<br><a href="{html.escape(to)}">{text}</a>' if to else ""


def line_of(text):
    """A text as one line that can be shown: what somebody wrote into a name must not become a header, or many lines. Python's email takes encoded words
    (RFC 2047) in it for its own, with line feeds and all, so there must be none."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[:500]).replace("=?", "= ?").split())


class Connection:
    """Signed in at the server; ``with`` closes it. Unavailable where it cannot be reached, or wants somebody else."""

    def __init__(self, server):
        import smtplib
        import ssl
        self._failed, context = (OSError, smtplib.SMTPException), ssl.create_default_context()
        self._smtp = smtplib
        try:
            if server.tls:
                self._server = _bounded(smtplib.SMTP_SSL)(server.host, server.port, timeout=SECONDS, context=context)
            else:
                self._server = _bounded(smtplib.SMTP)(server.host, server.port, timeout=SECONDS)
        except self._failed as error:
            raise _unreachable(error, server) from error
        try:
            if not server.tls:
                self._server.ehlo()
                if self._server.has_extn("starttls") or not server.is_here:
                    self._server.starttls(context=context)
                    self._server.ehlo()
            if server.name:
                self._server.login(server.name, server.password)
        except smtplib.SMTPAuthenticationError as error:
            self.close()
            raise errors.Unavailable("The mail server does not take the name and password of the option mail.", cause=repr(error)) from None
        except self._failed as error:
            self.close()
            raise _unreachable(error, server) from error

    def send(self, message):
        """Hand a letter over. Refused for good, Later, or Unavailable where the server went away."""
        smtplib = self._smtp
        try:
            self._server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code = min((code for code, _ in error.recipients.values()), default=500)
            raise (Later if code < 500 else Refused)(cause=repr(error)) from None
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            if isinstance(error, smtplib.SMTPResponseException):
                raise (Later if error.smtp_code < 500 else Refused)(cause=repr(error)) from None
            if isinstance(error, smtplib.SMTPNotSupportedError):
                raise Refused(cause=repr(error)) from None
            raise errors.Unavailable("The mail server went away in the middle.", cause=repr(error)) from None

    def close(self):
        """Leave."""
        try:
            self._server.quit()
        except self._failed:
            self._server.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


class _Lines:
    """What a server says, line by line; OSError where an answer does not end."""

    def __init__(self, file):
        self._file, self.left = file, LINES

    def readline(self, most):
        """The next line."""
        self.left -= 1
        if self.left < 0:
            raise OSError("what it says has no end")
        return self._file.readline(most)

    def close(self):
        """Hear no more."""
        self._file.close()


def _bounded(kind):
    """smtplib's SMTP, which by itself gathers an answer for as long as the server goes on with it."""
    class Bounded(kind):
        def getreply(self):
            self.file = self.file or _Lines(self.sock.makefile("rb"))
            self.file.left = LINES
            return super().getreply()
    return Bounded


def _unreachable(error, server):
    import ssl
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"The certificate of the mail server {server.host} cannot be trusted: {error.verify_message}."
    else:
        text = f"The mail server {server.host}:{server.port} cannot be reached, or not safely: {line_of(str(error))[:200]}."
    return errors.Unavailable(text, cause=repr(error))
