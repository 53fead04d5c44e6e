"""What we read of what a network provider says about a person: its identifiers, and nothing else (D35, C-278).

Names, addresses, roles and schools are not in the table of what is read, so that none of them can ever decide who somebody is or what he may do.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from idp.core.errors import Problem
from protocols.attributes import catalogue

Values = Mapping[str, Sequence[str]]
"""The values of each attribute or claim by its name, as they came."""

_ECKID: Final = next(field for field in catalogue.CATALOGUE if field.name == "eckid")
ECKID_NAMES: Final = frozenset(name for name in (_ECKID.uri, _ECKID.bare, _ECKID.claim, "eckId") if name)

LISTED: Final = "urn:poortwachter:attribute:listed-as"
"""By which attribute a provider sends the name that it has from our list of pupils, where its own identifiers are others (D35)."""
LISTED_CLAIM: Final = "listed_as"

_SUBJECT_IDS: Final = (
    "urn:oasis:names:tc:SAML:attribute:pairwise-id",
    "urn:oasis:names:tc:SAML:attribute:subject-id",
)
"""Scoped identifiers that last (SAML Subject Identifier Attributes 1.0)."""
_SCOPED: Final = (
    *_SUBJECT_IDS,
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.6",
    "eduPersonPrincipalName",
    "urn:oid:1.3.6.1.4.1.5923.1.1.1.9",
)
"""Attributes whose values end in the provider's scope: these, eduPersonPrincipalName and eduPersonScopedAffiliation."""


class ForeignScope(Problem):
    """A provider asserts a scope that is another's."""


def eckid_of(values: Values) -> str | None:
    """The ECK-iD, byte for byte; None when there is none, and when two differ: which of them is right is not ours to guess.

    Some hubs send it as an empty list or text.
    """
    told = {value for name in ECKID_NAMES for value in values.get(name, ()) if value}
    return next(iter(told)) if len(told) == 1 else None


def listed_of(values: Values) -> str | None:
    """The name of ours by which the provider means a pupil; None when there is none, and of several."""
    told = {value for name in (LISTED, LISTED_CLAIM) for value in values.get(name, ()) if value}
    return next(iter(told)) if len(told) == 1 else None


def subject_id_of(values: Values) -> str | None:
    """The lasting scoped identifier, if the provider sends one by its standard name."""
    for name in _SUBJECT_IDS:
        told = [value for value in values.get(name, ()) if value]
        if len(told) == 1:
            return told[0]
    return None


def refuse_foreign_scopes(values: Values, *, scopes: Collection[str]) -> None:
    """Raises `ForeignScope` where a scoped value ends in a scope that the provider's metadata does not give it (C-221, C-278).

    A provider that declares no scopes may send none that we read: a scoped identifier of it is ignored by `subject_id_of`'s caller.
    """
    if not scopes:
        return
    for name in _SCOPED:
        for value in values.get(name, ()):
            _, at, scope = value.rpartition("@")
            if at and scope.lower() not in scopes:
                raise ForeignScope("network.answer", 403, "a scope that is another's")
