"""Passkeys (WebAuthn level 3): keys that a phone, a computer or a stick keeps and never gives away.

One that asks its owner for a finger, a face or a PIN is two factors at once, so we ask for that always. The ``webauthn``
package does the format; it is loaded when somebody first uses a passkey.
"""
import json
from urllib.parse import urlsplit

from appliance.core import errors

REFUSED = "This passkey was not accepted. Try again, or sign in another way."
CHALLENGE = 32                                      # bytes
LARGEST = 65_536                                    # characters of an answer


def creation(account, url, challenge, others):
    """The options for ``navigator.credentials.create``, as JSON text; ``others`` are the ids of passkeys that exist."""
    import webauthn
    from webauthn.helpers import structs
    made = webauthn.generate_registration_options(
        rp_id=_host(url), rp_name="Hearth", user_id=account.id.encode(), user_name=account.name,
        user_display_name=account.display_name, challenge=challenge, attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED, user_verification=structs.UserVerificationRequirement.REQUIRED),
        exclude_credentials=_descriptors(others))
    return webauthn.options_to_json(made)


def request(url, challenge, known=()):
    """The options for ``navigator.credentials.get``, as JSON text; without ``known`` ids the browser offers what it has."""
    import webauthn
    from webauthn.helpers import structs
    made = webauthn.generate_authentication_options(
        rp_id=_host(url), challenge=challenge, allow_credentials=_descriptors(known),
        user_verification=structs.UserVerificationRequirement.REQUIRED)
    return webauthn.options_to_json(made)


def created(answer, url, challenge):
    """Judge what the browser made; the passkey as it is kept. Invalid."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url
    found = _judged(webauthn.verify_registration_response, answer, credential=answer, expected_challenge=challenge,
                    expected_rp_id=_host(url), expected_origin=_origin(url), require_user_verification=True)
    return {"id": bytes_to_base64url(found.credential_id), "key": bytes_to_base64url(found.credential_public_key),
            "count": found.sign_count}


def owner(answer):
    """The id of the account and of the passkey that an answer names. Not proven yet."""
    try:
        read = json.loads(answer[:LARGEST])
        from webauthn.helpers import base64url_to_bytes
        return base64url_to_bytes(read["response"]["userHandle"] or "").decode(), str(read["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        raise errors.Unauthenticated(REFUSED) from None


def used(answer, url, challenge, kept):
    """Judge an answer with a passkey as it is kept; the count of its uses. Unauthenticated."""
    import webauthn
    from webauthn.helpers import base64url_to_bytes
    try:
        found = _judged(webauthn.verify_authentication_response, answer, credential=answer, expected_challenge=challenge,
                        expected_rp_id=_host(url), expected_origin=_origin(url), require_user_verification=True,
                        credential_public_key=base64url_to_bytes(kept["key"]), credential_current_sign_count=kept["count"])
    except errors.Invalid:
        raise errors.Unauthenticated(REFUSED) from None
    return found.new_sign_count


def _judged(judge, answer, **given):
    if not isinstance(answer, str) or len(answer) > LARGEST:
        raise errors.Invalid(REFUSED)
    try:
        return judge(**given)
    except Exception:                               # CBOR and X.509 from a stranger: whatever it is, it is no passkey
        raise errors.Invalid(REFUSED) from None


def _descriptors(known):
    from webauthn.helpers import base64url_to_bytes, structs
    return [structs.PublicKeyCredentialDescriptor(id=base64url_to_bytes(each)) for each in known]


def _host(url):
    return urlsplit(url).hostname


def _origin(url):
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
