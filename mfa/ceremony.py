"""The two conversations with a passkey (WebAuthn Level 3, 7.1 and 7.2): what a page asks the browser, and whether the answer proves it. Pure.

The library is imported when somebody answers, so that a process in which nobody does goes without it (D43).
"""

import base64
import binascii
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from idp.core.crypto import same

ALGORITHMS: Final = (-7, -8, -257)
"""ES256, EdDSA, RS256 (RFC 9053, RFC 8812)."""
LONGEST_ANSWER: Final = 16 * 1024
TIMEOUT_MS: Final = 5 * 60 * 1000
TRANSPORTS: Final = frozenset({"usb", "nfc", "ble", "smart-card", "hybrid", "internal"})
NAME: Final = "Poortwachter"


@dataclass(frozen=True, slots=True)
class Place:
    """Where passkeys of this installation work: the relying party's id, and the one origin whose pages may ask for them."""

    rp_id: str
    origin: str


@dataclass(frozen=True, slots=True)
class Known:
    """A passkey as a page must know it to ask for it."""

    credential_id: bytes
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class New:
    """A passkey that was just made and proved itself."""

    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int
    transports: tuple[str, ...]
    synced: bool
    backed_up: bool
    aaguid: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer claims, not verified: which passkey, whose, and to which challenge."""

    credential_id: bytes
    challenge: bytes
    handle: bytes | None


@dataclass(frozen=True, slots=True)
class Signed:
    """What a verified answer says about its passkey."""

    sign_count: int
    backed_up: bool


class NotProven(ValueError):
    """The answer does not prove the passkey. The text is ours and holds nothing of the answer."""


def place_of(base_url: str) -> Place | None:
    """Where passkeys work at this address; None where browsers allow none: an address without a name, or a name without encryption."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        secure = parts.scheme == "https" or host == "localhost"
        return Place(host, base_url) if secure and host else None
    return None


def to_make(
    place: Place, challenge: bytes, *, handle: bytes, account: str, called: str, known: Iterable[Known]
) -> dict[str, Any]:
    """What the browser is asked to make a passkey: verified by the device, findable without a name where it can, unknown so far, no attestation."""
    return {
        "rp": {"id": place.rp_id, "name": NAME},
        "user": {"id": _text(handle), "name": account, "displayName": called or account},
        "challenge": _text(challenge),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
        "timeout": TIMEOUT_MS,
        "excludeCredentials": [_described(one) for one in known],
        "authenticatorSelection": {"residentKey": "preferred", "userVerification": "required"},
        "attestation": "none",
    }


def to_prove(place: Place, challenge: bytes, *, known: Iterable[Known] = ()) -> dict[str, Any]:
    """What the browser is asked to prove a passkey: one of the `known`, or whichever the person chooses."""
    return {
        "rpId": place.rp_id,
        "challenge": _text(challenge),
        "timeout": TIMEOUT_MS,
        "allowCredentials": [_described(one) for one in known],
        "userVerification": "required",
    }


def read(text: str) -> Answer:
    """What an answer claims. Raises `NotProven` for one that cannot be read."""
    if len(text) > LONGEST_ANSWER:
        raise NotProven("the answer is too long")
    try:
        told = orjson.loads(text)
        said = told["response"]
        client = orjson.loads(_bytes(said["clientDataJSON"]))
        handle = said.get("userHandle")
        return Answer(_bytes(told["id"]), _bytes(client["challenge"]), _bytes(handle) if handle else None)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise NotProven("the answer cannot be read") from None


def verify_new(place: Place, text: str, answer: Answer) -> New:
    """The passkey that was made. The caller knows that the challenge is its own. Raises `NotProven`."""
    from webauthn import verify_registration_response
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    _own_page(text)
    try:
        made = verify_registration_response(
            credential=text,
            expected_challenge=answer.challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(alg) for alg in ALGORITHMS],
        )
    except Exception as error:  # Whatever a stranger's bytes do to the reader: the answer proves nothing.
        raise NotProven(f"not made: {type(error).__name__}") from None
    if len(made.credential_id) > 1023:
        raise NotProven("the credential id is too long")
    synced = made.credential_device_type == "multi_device"
    return New(
        made.credential_id,
        made.credential_public_key,
        made.sign_count,
        _transports(text),
        synced,
        made.credential_backed_up,
        made.aaguid,
    )


def verify_proof(place: Place, text: str, answer: Answer, *, public_key: bytes, handle: bytes) -> Signed:
    """What the passkey signed. The caller knows that the challenge is its own, and compares the counter. Raises `NotProven`."""
    from webauthn import verify_authentication_response

    _own_page(text)
    if answer.handle is not None and not same(answer.handle, handle):
        raise NotProven("the passkey says it is somebody else's")  # 7.2, step 6
    try:
        proven = verify_authentication_response(
            credential=text,
            expected_challenge=answer.challenge,
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=public_key,
            # Compared afterwards, with the signature known to be right: only then is a counter that went back worth an alarm.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:  # As above.
        raise NotProven(f"not proven: {type(error).__name__}") from None
    return Signed(proven.new_sign_count, proven.credential_backed_up)


def _own_page(text: str) -> None:
    """Raises `NotProven` for an answer that a page of ours gave inside somebody else's frame (7.1 step 10, 7.2 step 14)."""
    client = orjson.loads(_bytes(orjson.loads(text)["response"]["clientDataJSON"]))
    if client.get("crossOrigin") or "topOrigin" in client:
        raise NotProven("given in another site's frame")


def _transports(text: str) -> tuple[str, ...]:
    told = orjson.loads(text)["response"].get("transports")
    named = (one for one in told if isinstance(one, str)) if isinstance(told, list) else ()
    return tuple(sorted(TRANSPORTS.intersection(named)))


def _described(one: Known) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "public-key", "id": _text(one.credential_id)}
    return {**told, "transports": list(one.transports)} if one.transports else told


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _bytes(text: Any) -> bytes:
    """Raises `ValueError` for anything but base64url."""
    if not isinstance(text, str):
        raise ValueError("not a text")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise ValueError("not base64url") from error
