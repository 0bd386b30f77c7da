"""How TLS is spoken, and with which of our certificates: the one that everybody trusts for its names, our own for all others.

New handshakes take what is newest; connections that stand keep what they have, so nobody notices a renewal.
"""
import ssl

from gevent.ssl import SSLContext

CPU = "/proc/cpuinfo"
AES = "ECDHE+AESGCM"
CHACHA = "ECDHE+CHACHA20"                           # three times as fast as AES where the processor does not help (Pi 3 and 4)


def context(pem, key=None):
    """The TLS of one certificate: 1.2 and 1.3, only what has forward secrecy. ``pem`` holds the chain, and the key where there is no other file. Blocking."""
    made = SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.set_alpn_protocols(["http/1.1"])
    made.set_ciphers(f"{AES}:{CHACHA}" if helped() else f"{CHACHA}:{AES}")    # of 1.3: systemd/openssl-chacha.cnf
    made.options |= ssl.OP_CIPHER_SERVER_PREFERENCE | ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    made.load_cert_chain(pem, key)
    return made


def helped(place=CPU):
    """Whether the processor has instructions for AES."""
    try:
        with open(place) as file:
            return any("aes" in line.split() for line in file if line.lower().startswith(("flags", "features")))
    except OSError:
        return True


class Wardrobe:
    """What is worn now: a context for the names of the public certificate, another for everybody else."""

    def __init__(self):
        self._own, self._public, self._names = None, None, frozenset()

    def wear(self, own, public=None, names=(), everywhere=False):
        """Take these for all handshakes from now on, None is none; ``everywhere`` shows the public one whatever name is asked for."""
        self._own, self._public, self._names = own, public, frozenset(names)
        if everywhere:
            return
        first = own or public
        if first is not None:
            first.sni_callback = self._choose

    def _choose(self, connection, name, context):
        if name and self._public is not None and self._has(name.lower()):
            connection.context = self._public

    def _has(self, name):
        return name in self._names or f"*.{name.partition('.')[2]}" in self._names

    def wrap_socket(self, sock, **options):
        """A connection in TLS; ConnectionError while there is no certificate yet, which ends it quietly."""
        first = self._own or self._public
        if first is None:
            raise ConnectionRefusedError
        return first.wrap_socket(sock, **options)

    def trusted(self, connection):
        """Whether everybody's browser trusts what this connection was shown: then it may be told to come by TLS alone."""
        return self._public is not None and connection.context is self._public
