"""How a person is called by a party: a pairwise subject (D18, D19, C-130).

HMAC over the party's sector and the person's random seed: two sectors learn different names, neither can be derived without the key that is never
rotated, and a name is never used again because a seed is not. Hexadecimal, so that no two differ by case only (C-220).
"""

from idp.core.crypto import Keyring


def pairwise(keyring: Keyring, *, sector: str, seed: bytes) -> str:
    """The subject of a person at a sector: 64 hexadecimal characters."""
    return keyring.mac("pairwise", sector, seed).hex()
