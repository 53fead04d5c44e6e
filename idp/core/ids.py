"""Random identifiers. Each holds enough bits that guessing is no attack (C-001, C-227, C-321)."""

import hashlib
import secrets
import uuid
from typing import Final


def token() -> str:
    """256 random bits as 43 URL-safe characters: sessions, codes, access tokens, browser bindings."""
    return secrets.token_urlsafe(32)


SHORT: Final = 22
"""Characters of a short id."""


def short_id() -> str:
    """128 random bits as 22 URL-safe characters: what may stand in a URL but proves nothing by itself."""
    return secrets.token_urlsafe(16)


LETTERS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""Those of a reference."""


def reference(of: bytes = b"") -> str:
    """A reference that a person can read out on the telephone: 8 letters and digits without look-alikes, in two fours.

    Drawn, or the one that follows from at least 16 random bytes.
    """
    number = int.from_bytes(of[:16]) if of else secrets.randbits(128)
    letters = "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def telling(code: str) -> str:
    """A reference, half of it drawn and half of it following from a stable code: `tells` finds out which, and nothing need be kept for that."""
    drawn = reference()[:4]
    return f"{drawn}-{_following(drawn, code)}"


def tells(reference: str, code: str) -> bool:
    """Whether a reference was made for this code; one in 700,000 others looks as if it was."""
    return reference[5:] == _following(reference[:4], code)


def _following(drawn: str, code: str) -> str:
    return reference(hashlib.sha256(f"{drawn} {code}".encode()).digest())[:4]


def guid() -> str:
    """A version 4 UUID in its 36-character form: INSTELLING_REF and the tokens in activation mails (R48, R95)."""
    return str(uuid.uuid4())
