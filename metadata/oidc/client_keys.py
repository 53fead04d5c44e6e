"""Public keys of others, as RFC 7517 has them, read strictly: those of a registration, of a `jwks_uri` (`referred`) and of a provider (`issuers`)."""

from collections.abc import Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import KeySet as KeySet
from joserfc.util import urlsafe_b64decode

ASSERTION_ALGS: Final = ("RS256", "ES256", "PS256")
"""What a client may sign with: asymmetric, so that whoever can check an assertion cannot make one."""
MOST_KEYS: Final = 20
_PUBLIC: Final = {"RSA": ("n", "e"), "EC": ("crv", "x", "y")}
_BESIDE: Final = ("kty", "kid", "use", "alg")


class KeysRefused(ValueError):
    """A key set that cannot be used; the text says why and holds nothing of it."""


def validated(jwks: object) -> dict[str, Any]:
    """The key set, reduced to what is public and used. Raises `KeysRefused`.

    RSA of at least 2048 bits and P-256 only (C-208, D30); a private key that was sent by mistake is refused, so that its owner hears of it.
    """
    given = jwks.get("keys") if isinstance(jwks, Mapping) else None
    if not isinstance(given, list) or not 0 < len(given) <= MOST_KEYS:
        raise KeysRefused(f"jwks must hold 1 to {MOST_KEYS} keys")
    kept = [_public(key) for key in given if not (isinstance(key, Mapping) and key.get("use") == "enc")]
    if not kept:
        raise KeysRefused("jwks holds no key to verify a signature with")
    kids = [key["kid"] for key in kept if "kid" in key]
    if len(set(kids)) != len(kids) or (len(kept) > 1 and len(kids) < len(kept)):
        raise KeysRefused("of several keys in jwks each must have a kid of its own")
    made = {"keys": kept}
    opened(made)
    return made


def _public(key: object) -> dict[str, str]:
    if not isinstance(key, Mapping) or key.get("kty") not in _PUBLIC:
        raise KeysRefused("every key in jwks must be RSA or EC")
    if "d" in key:
        raise KeysRefused("jwks holds a private key: replace that key and send its public half")
    kept = {name: key[name] for name in (*_BESIDE, *_PUBLIC[key["kty"]]) if name in key}
    if not all(isinstance(value, str) and 0 < len(value) <= 2000 for value in kept.values()):
        raise KeysRefused("the members of a key in jwks must be strings")
    if kept.get("alg", ASSERTION_ALGS[0]) not in ASSERTION_ALGS:
        raise KeysRefused(f"a key in jwks must be for signatures with one of {', '.join(ASSERTION_ALGS)}")
    return kept


def opened(jwks: Mapping[str, Any]) -> KeySet:
    """The keys, ready to verify with. Raises `KeysRefused`."""
    try:
        if all(_strong(key) for key in jwks["keys"]):
            return KeySet.import_key_set({"keys": [dict(key) for key in jwks["keys"]]})
    except (JoseError, ValueError, KeyError) as error:
        raise KeysRefused("a key in jwks cannot be read") from error
    raise KeysRefused("a key in jwks is weaker than RSA-2048 or P-256, or of another curve")


def _strong(key: Mapping[str, str]) -> bool:
    if key["kty"] == "EC":
        return key["crv"] == "P-256"
    modulus, exponent = (int.from_bytes(urlsafe_b64decode(key[name].encode())) for name in ("n", "e"))
    return modulus.bit_length() >= 2048 and exponent >= 65537
