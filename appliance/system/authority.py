"""Our own certificate authority, for boxes without a name in the world: made once, put on the family's phones once.

It may vouch for names and addresses at home and for nothing else (name constraints, RFC 5280 §4.2.1.10), so whoever steals its key
cannot play anybody's bank. Runs in the program of certify.py only.
"""
import datetime
import ipaddress
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.core import durable
from appliance.system.names import AT_HOME, NETWORKS

CENTURY = datetime.timedelta(days=3650)             # of the authority: phones must not be visited again
YEAR = datetime.timedelta(days=397)                 # of a certificate; Apple takes no more than 825 days
BEGINNING = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)    # of every authority: it may be made while the clock is ahead
EARLIER = datetime.timedelta(days=2)                # for devices whose clocks are behind


def read(file):
    """What a certificate says, as ``{"names": […], "begins", "expires": seconds, "issuer": text, "fingerprint": hex}``."""
    with open(file, "rb") as opened:
        found = x509.load_pem_x509_certificates(opened.read())[0]
    return _said(found)


def own(folder, names, title, renew=False):
    """A certificate of our own authority for these names and addresses, in ``own.pem``; made where the present one does not do.

    ``ca.pem`` is the authority with its key, made where there is none; ``ca.crt`` what others may have of it.
    """
    authority = os.path.join(folder, "ca.pem")
    if not os.path.exists(authority):
        _found_authority(authority, title)
    with open(authority, "rb") as file:
        text = file.read()
    issuer, issuer_key = x509.load_pem_x509_certificate(text), serialization.load_pem_private_key(text, None)
    _keep(os.path.join(folder, "ca.crt"), issuer.public_bytes(serialization.Encoding.PEM))
    wanted = [name for name in map(_general, names) if _may(issuer, name)]
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    made = _signed(x509.CertificateBuilder().subject_name(_name(names[0])).issuer_name(issuer.subject).public_key(key.public_key())
                   .not_valid_before(now - EARLIER).not_valid_after(min(now + YEAR, issuer.not_valid_after_utc))
                   .add_extension(x509.SubjectAlternativeName(wanted), False)
                   .add_extension(x509.BasicConstraints(False, None), True)
                   .add_extension(_usage(digital_signature=True), True)
                   .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
                   .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), False), key, issuer_key)
    _keep(os.path.join(folder, "own.pem"), made.public_bytes(serialization.Encoding.PEM) + pem(key))
    return _said(made)


def _found_authority(file, title):
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.timezone.utc)
    constraints = x509.NameConstraints([*map(x509.DNSName, AT_HOME), *(x509.IPAddress(ipaddress.ip_network(net)) for net in NETWORKS)], None)
    made = _signed(x509.CertificateBuilder().subject_name(_name(title)).issuer_name(_name(title)).public_key(key.public_key())
                   .not_valid_before(BEGINNING).not_valid_after(max(now, BEGINNING) + CENTURY)
                   .add_extension(x509.BasicConstraints(True, 0), True)
                   .add_extension(_usage(key_cert_sign=True, crl_sign=True), True)
                   .add_extension(constraints, True), key, key)
    _keep(file, made.public_bytes(serialization.Encoding.PEM) + pem(key))


def _signed(builder, key, issuer_key):
    return (builder.serial_number(x509.random_serial_number())
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False).sign(issuer_key, hashes.SHA256()))


def _usage(**given):
    names = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
             "encipher_only", "decipher_only")
    return x509.KeyUsage(**{name: given.get(name, False) for name in names})


def _name(title):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title[:64])])


def _general(name):
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _may(issuer, name):
    """Whether the authority may vouch for it; one that it may not would make the whole certificate worthless."""
    permitted = issuer.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees
    if isinstance(name, x509.IPAddress):
        return any(isinstance(each, x509.IPAddress) and name.value.version == each.value.version and name.value in each.value for each in permitted)
    return any(isinstance(each, x509.DNSName) and (name.value == each.value or name.value.endswith("." + each.value)) for each in permitted)


def pem(key):
    """A private key as text in PEM, in bytes."""
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _keep(file, content):
    if not os.path.exists(file) or open(file, "rb").read() != content:
        durable.write_file(file, content)


def _said(certificate):
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [str(name.value) for name in alternative if isinstance(name, x509.DNSName | x509.IPAddress)]
    except x509.ExtensionNotFound:
        names = []
    return {"names": names, "begins": certificate.not_valid_before_utc.timestamp(), "expires": certificate.not_valid_after_utc.timestamp(),
            "issuer": certificate.issuer.rfc4514_string(), "fingerprint": certificate.fingerprint(hashes.SHA256()).hex()}
