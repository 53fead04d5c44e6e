"""What is different between what we knew of an entity and what its metadata says now, for people and machines. Pure."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson

from metadata.saml.party import SamlParty
from metadata.saml.provider import SamlProvider

_CERTIFICATES: Final = frozenset({"signing", "encryption"})

Difference = Mapping[str, Mapping[str, Any]]
"""By field of what is known: `added` and `removed` for lists, `before` and `now` for the rest. Certificates stand for their SHA-256."""


def between(before: SamlParty | SamlProvider, now: SamlParty | SamlProvider) -> Difference:
    """What changed of an entity. That it is valid until later is no change."""
    old, new = before.to_json(), now.to_json()
    names = [name for name in new if name not in {"entity_id", "valid_until"} and old.get(name) != new[name]]
    return {name: _of_lists(name, old.get(name), new[name]) for name in names}


def _of_lists(name: str, old: Any, new: Any) -> Mapping[str, Any]:
    if not isinstance(new, list | tuple):
        return {"before": old, "now": new}
    had, has = ({orjson.dumps(one): one for one in side} for side in (old or (), new))
    added = [_shown(name, one) for key, one in has.items() if key not in had]
    removed = [_shown(name, one) for key, one in had.items() if key not in has]
    # Only their order changed, which counts: the first one is the default.
    return {"added": added, "removed": removed} if added or removed else {"before": list(old), "now": list(new)}


def _shown(name: str, one: Any) -> Any:
    if name not in _CERTIFICATES:
        return one
    if isinstance(one, Mapping):
        return {**one, "certificate": fingerprint(one["certificate"])}
    return fingerprint(one)


def fingerprint(certificate: str) -> str:
    """SHA-256 of a certificate (base64 DER), in pairs of hexadecimal digits, as certificate viewers show it."""
    return hashlib.sha256(base64.b64decode(certificate)).digest().hex(":").upper()
