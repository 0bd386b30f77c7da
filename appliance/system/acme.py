"""A certificate that everybody trusts, from an authority that speaks ACME (RFC 8555): proof by a file (HTTP-01) or in the DNS (DNS-01).

Runs in the program of certify.py only.
"""
import datetime
import os

import josepy
from acme import challenges, client, errors, messages
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from appliance.core import durable
from appliance.system import authority, dns

PATIENCE = datetime.timedelta(minutes=4)            # for the authority to look and to sign
KINDS = {"http-01": challenges.HTTP01, "dns-01": challenges.DNS01}


def order(folder, names, directory, challenge, email="", records="", proofs=""):
    """Order a certificate for ``names``; it lies in ``public.pem`` with its key, whole or not at all. What it says, as ``authority.read``.

    ``records`` says who keeps the DNS (see dns.py), ``proofs`` is the folder that is served as ``/.well-known/acme-challenge``.
    """
    account = _key(os.path.join(folder, "acme.key"))
    net = client.ClientNetwork(josepy.JWKEC(key=account), alg=josepy.ES256, user_agent="hearth")
    talk = client.ClientV2(client.ClientV2.get_directory(directory, net), net)
    _register(talk, net, email)
    key = ec.generate_private_key(ec.SECP256R1())
    ordered = talk.new_order(_request(key, names))
    if not {each.body.identifier.value for each in ordered.authorizations} <= {name.removeprefix("*.") for name in names}:
        raise dns.Refused("The authority wants proof for names that nobody asked for. Is its address the right one?")    # they would go into the DNS
    undo = []
    try:
        answers = [_prepare(net, each, challenge, records, proofs, undo) for each in ordered.authorizations if each.body.status != messages.STATUS_VALID]
        if challenge == "dns-01" and answers:
            dns.settle(records)
        for proof, response in answers:
            talk.answer_challenge(proof, response)
        signed = talk.poll_and_finalize(ordered, datetime.datetime.now() + PATIENCE)
    except errors.ValidationError as error:
        raise dns.Refused(_why(error)) from None
    finally:
        for step in undo:
            step()
    durable.write_file(os.path.join(folder, "public.pem"), signed.fullchain_pem.encode() + authority.pem(key))
    return authority.read(os.path.join(folder, "public.pem"))


def _key(file):
    """The key of our account there, made where there is none."""
    if not os.path.exists(file):
        durable.write_file(file, authority.pem(ec.generate_private_key(ec.SECP256R1())))
    with open(file, "rb") as opened:
        return serialization.load_pem_private_key(opened.read(), None)


def _register(talk, net, email):
    wanted = messages.NewRegistration.from_data(email=email or None, terms_of_service_agreed=True)
    try:
        net.account = talk.new_account(wanted)
    except errors.ConflictError as known:
        net.account = messages.RegistrationResource(uri=known.location, body=messages.Registration())


def _request(key, names):
    return (x509.CertificateSigningRequestBuilder().subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:64])]))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
            .sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def _prepare(net, authorization, challenge, records, proofs, undo):
    """Lay out the proof for one name: ``(challenge, answer)``; ``undo`` learns how to take it away."""
    proof = next((each for each in authorization.body.challenges if isinstance(each.chall, KINDS[challenge])), None)
    if proof is None:
        raise dns.Refused(f"The authority does not take {challenge} for {authorization.body.identifier.value}. Choose the other way.")
    response, text = proof.response_and_validation(net.key)
    if challenge == "http-01":
        os.makedirs(proofs, 0o700, exist_ok=True)
        file = os.path.join(proofs, proof.chall.encode("token"))
        with open(file, "w") as out:
            out.write(text)
        undo.append(lambda: os.unlink(file))
    else:
        name = proof.validation_domain_name(authorization.body.identifier.value)
        undo.append(lambda: dns.remove(records, name, text))
        dns.add(records, name, text)
    return proof, response


def _why(error):
    """What the authority found, in its own words."""
    for each in error.failed_authzrs:
        for proof in each.body.challenges:
            if proof.error:
                return f"The authority could not see the proof for {each.body.identifier.value}: {proof.error.detail or proof.error}"[:500]
    return "The authority did not see the proof."
