"""How a person is called by a party: a pairwise subject (D18, D19, C-130).

HMAC over the party's sector and the person's random seed: two sectors learn different names, neither can be derived without the key that is never
rotated, and a name is never used again because a seed is not. Hexadecimal, so that no two differ by case only (C-220).
"""

import functools
from urllib.parse import urlsplit

from idp.core.crypto import Keyring


def session_id(keyring: Keyring, session_mark: bytes, *, client_id: str) -> str:
    """`sid`: how one client knows a session (Back-Channel Logout 2.1). Two clients cannot tell by it that they serve the same person."""
    return keyring.mac("token", "sid", session_mark, client_id).hex()[:32]


def pairwise(keyring: Keyring, *, sector: str, seed: bytes) -> str:
    """The subject of a person at a sector: 64 hexadecimal characters."""
    return keyring.mac("pairwise", sector, seed).hex()


def subject_id(keyring: Keyring, *, seed: bytes) -> str:
    """The subject of a person that is the same at every party (C-221): 64 hexadecimal characters, of no sector."""
    return keyring.mac("pairwise", "subject-id", b"", seed).hex()


@functools.cache
def realm_of(base_url: str) -> str:
    """The domain in which our subjects mean something: behind the @ of `uid`, pairwise-id and subject-id, and the scope in our metadata."""
    return urlsplit(base_url).hostname or ""
