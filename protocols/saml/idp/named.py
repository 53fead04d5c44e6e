"""How a party knows a person and his session: the NameID and the SessionIndex of an assertion, and of the logout that follows it (C-220, C-230).

Both can be made again at any time from what a release record keeps, so that a logout names whom the assertion named.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from idp.core.crypto import CannotOpen, Keyring
from metadata.parties import Entity
from metadata.saml import names
from metadata.saml.canonical import attribute, short, text
from protocols.attributes.outgoing import scoped

Kind = Literal["usual", "transient", "persistent", "unspecified"]
"""What was asked for; `usual` where the party left the choice to us."""
_KINDS: Final[Mapping[str | None, Kind]] = {
    None: "usual",
    names.TRANSIENT: "transient",
    names.PERSISTENT: "persistent",
    names.UNSPECIFIED: "unspecified",
}
_LONGEST_INDEX: Final = 256
_NO_DAY: Final = 0
"""The same name on every day that a session sees: one key for all of them, whose nonces follow from what is sealed."""


@dataclass(frozen=True, slots=True)
class NameId:
    """The subject's name for one party. Persistent names are qualified by both sides (Core 8.3.7)."""

    value: str
    name_format: str


def kind_of(entity: Entity, asked: str | None) -> Kind:
    """Which name answers a request; without one the first format of the party's metadata that we give."""
    given = (names.PERSISTENT, names.TRANSIENT, names.UNSPECIFIED)
    return _KINDS[asked or next((name for name in entity.sp.name_id_formats if name in given), None)]


def kind_named(text: str) -> Kind:
    """The kind that a release record names; `usual` for one that names none."""
    return next((kind for kind in _KINDS.values() if kind == text), "usual")


def name_id(
    keyring: Keyring,
    entity: Entity,
    kind: Kind,
    *,
    subject: str,
    eckid: str | None,
    session_mark: bytes,
    realm: str,
) -> NameId:
    """The name of a person at a party; `realm` is the domain behind scoped identifiers.

    C-220: what the request names, else the first that the metadata name, else what was agreed, which is transient unless said otherwise.
    """
    if kind == "transient":
        return _transient(keyring, entity, session_mark)
    if kind == "persistent":
        # AllowCreate asks for nothing here: this name is derived, so that it was there before anybody asked (Core 3.4.1.1).
        return NameId(subject, names.PERSISTENT)
    if entity.policy.name_id == "eckid" and eckid is not None:
        return NameId(eckid, names.UNSPECIFIED)
    if kind == "unspecified" or entity.policy.dialect == "entree":
        # What `unspecified` means to Dutch publishers: the same as the attribute `uid`.
        return NameId(scoped(subject, realm), names.UNSPECIFIED)
    if entity.policy.name_id == "transient":
        return _transient(keyring, entity, session_mark)
    # The pairwise name, which also stands in for an ECK-iD that a child does not have (D18).
    return NameId(subject, names.PERSISTENT)


def _transient(keyring: Keyring, entity: Entity, session_mark: bytes) -> NameId:
    """Another one in every session, and the same for as long as that lasts (Core 8.3.8)."""
    made = keyring.mac("token", "transient name", session_mark, entity.sp.entity_id).hex()
    return NameId("_" + made[:40], names.TRANSIENT)


def element(name: NameId, us: str, party: str) -> str:
    """The NameID as an element of its own, canonical."""
    qualifiers = ""
    if name.name_format == names.PERSISTENT:
        qualifiers = f' NameQualifier="{attribute(us)}" SPNameQualifier="{attribute(party)}"'
    return (
        f'<saml:NameID xmlns:saml="{names.SAML}" Format="{attribute(name.name_format)}"{qualifiers}>'
        f"{text(short(name.value))}</saml:NameID>"
    )


def session_index(keyring: Keyring, entity_id: str, session_mark: bytes) -> str:
    """The session's name for one party: sealed, so that a logout request leads back to it and two parties cannot compare theirs."""
    sealed = keyring.seal_alike(session_mark, bound_to=_bound_to(entity_id), day=_NO_DAY)
    return "_" + base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def mark_of(keyring: Keyring, entity_id: str, index: str) -> bytes | None:
    """The mark of the session that we named so to this party; None for anything else."""
    if not index.startswith("_") or len(index) > _LONGEST_INDEX or not index.isascii():
        return None
    text = index[1:]
    try:
        sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        return keyring.open_of_a_day(sealed, bound_to=_bound_to(entity_id))
    except (binascii.Error, CannotOpen):
        return None


def _bound_to(entity_id: str) -> str:
    return f"saml.session.{entity_id}"
