"""From a released person to what a party reads: SAML attributes in one of two dialects, or OIDC claims.

One pipeline: the fields that apply and are allowed, their values, the names. A field without a value is left out, never sent empty (C-013, D18).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from directory import roles
from metadata.saml.names import NAME_FORMAT_BASIC, NAME_FORMAT_URI
from metadata.saml.policy import Dialect as Dialect
from protocols.attributes.catalogue import CATALOGUE, Field, Kind

LONGEST: Final = 256
"""C-201. Only a name can be longer, and is cut; an identifier that did not fit would fail where it is written."""


@dataclass(frozen=True, slots=True)
class ReleasedPerson:
    """A person as a party may see them: what is known, and the names of the fields that may leave (consent, party and request together).

    `subject` is the party's own pairwise name for the person, `subject_id` the one that is the same everywhere, `realm` the domain in which both
    mean something; `roles` are those of `directory.roles`; `location` is the two-digit code.
    """

    kind: Kind
    subject: str
    allowed: frozenset[str]
    realm: str = ""
    subject_id: str | None = None
    first_name: str | None = None
    prefix: str | None = None
    surname: str | None = None
    roles: tuple[str, ...] = ()
    brin: str | None = None
    location: str | None = None
    school_name: str | None = None
    instelling_ref: str | None = None
    groups: tuple[str, ...] = ()
    year_group: str | None = None
    email: str | None = None
    eckid: str | None = None


class SamlAttribute(NamedTuple):
    """One saml:Attribute with at least one value. A tuple, because a dozen are made for every answer."""

    name: str
    name_format: str
    friendly_name: str | None
    values: tuple[str, ...]


def to_saml(person: ReleasedPerson, dialect: Dialect = "uri") -> tuple[SamlAttribute, ...]:
    """The attributes of a SAML assertion, in the order of the catalogue (C-222, D32)."""
    return tuple(
        SamlAttribute(name, name_format, friendly_name, found)
        for name, name_format, friendly_name, values in _saml_plan(person.kind, person.allowed, dialect)
        if (found := values(person))
    )


def to_claims(person: ReleasedPerson) -> dict[str, str | list[str]]:
    """The OIDC claims: a list where the field can hold several values, else one string."""
    return {
        field.claim: list(found) if field.multiple else found[0]
        for field in _released(person.kind, person.allowed)
        if field.claim is not None and (found := _VALUES[field.name](person))
    }


@functools.lru_cache(maxsize=1024)
def _released(kind: Kind, allowed: frozenset[str]) -> tuple[Field, ...]:
    """The fields that may leave about such a person: the only gate, and every road goes through it."""
    return tuple(field for field in CATALOGUE if field.name in allowed and kind in field.applies_to)


@functools.lru_cache(maxsize=1024)
def _saml_plan(
    kind: Kind, allowed: frozenset[str], dialect: Dialect
) -> tuple[tuple[str, str, str | None, "Values"], ...]:
    own = _SAML_VALUES[dialect]
    fields = [(field, own.get(field.name, _VALUES[field.name])) for field in _released(kind, allowed)]
    if dialect == "entree":
        return tuple((field.bare, NAME_FORMAT_BASIC, None, values) for field, values in fields)
    return tuple((field.uri, NAME_FORMAT_URI, field.friendly_name, values) for field, values in fields)


Values = Callable[[ReleasedPerson], tuple[str, ...]]


def _text(*parts: str | None) -> tuple[str, ...]:
    """The parts that are there, as one value; none when nothing is there."""
    whole = " ".join(part for part in parts if part)[:LONGEST].rstrip()
    return (whole,) if whole else ()


def _exactly(value: str | None) -> tuple[str, ...]:
    return (value,) if value else ()


def _many(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for value in values if value))


def scoped(name: str, realm: str) -> str:
    """A name with the domain in which it means something: Entree's `uid`, and the form of pairwise-id and subject-id."""
    return f"{name}@{realm}" if realm else name


def _scoped_subject(person: ReleasedPerson) -> tuple[str, ...]:
    return (scoped(person.subject, person.realm),)


def _scoped_subject_id(person: ReleasedPerson) -> tuple[str, ...]:
    return (scoped(person.subject_id, person.realm),) if person.subject_id else ()


def _family_name(person: ReleasedPerson) -> tuple[str, ...]:
    return _text(person.prefix, person.surname) if person.surname else ()


def _bare_surname(person: ReleasedPerson) -> tuple[str, ...]:
    """D22: SAML has an attribute of its own for the prefix; where that may not leave, the surname keeps it."""
    return _text(person.surname) if "prefix" in person.allowed else _family_name(person)


def _brin_and_location(person: ReleasedPerson) -> tuple[str, ...]:
    return (person.brin + person.location,) if person.brin and person.location else ()


def _home_organisation(person: ReleasedPerson) -> tuple[str, ...]:
    """Entree's BRIN of four or six characters: with the location code where that may leave too."""
    return ("location" in person.allowed and _brin_and_location(person)) or _exactly(person.brin)


_TEACHING: Final = frozenset({roles.TEACHER, roles.IB, roles.RT, roles.SUBSTITUTE})
_LEARNING: Final = frozenset({roles.TRAINEE})


def _edu_person_affiliation(person: ReleasedPerson) -> tuple[str, ...]:
    """eduPerson's vocabulary: who teaches is faculty, who is only here to learn the trade is an affiliate."""
    if person.kind == "pupil":
        return ("student", "member")
    if _only_learns(person):
        return ("affiliate",)
    return ("staff" if _TEACHING.isdisjoint(person.roles) else "faculty", "employee", "member")


def _entree_affiliation(person: ReleasedPerson) -> tuple[str, ...]:
    """Entree's four words (D32)."""
    if person.kind == "pupil":
        return ("student",)
    if _only_learns(person):
        return ("affiliate",)
    return ("staff" if _TEACHING.isdisjoint(person.roles) else "employee",)


def _only_learns(person: ReleasedPerson) -> bool:
    return bool(person.roles) and _LEARNING.issuperset(person.roles)


# D20: the roles that publishers know. Whoever has none of them is told by the affiliation alone.
_ROLES: Final = {role: role for role in roles.ROLES if role != roles.SUPPORT}
_DUTCH_ROLES: Final = {
    roles.TEACHER: "Leerkracht",
    roles.ICT_COORDINATOR: "ICTCoordinator",
    roles.IB: "IBRTer",
    roles.RT: "IBRTer",
    roles.TRAINEE: "Stagiair",
    roles.SUBSTITUTE: "Inval",
}


def _roles(person: ReleasedPerson) -> tuple[str, ...]:
    return ("pupil",) if person.kind == "pupil" else _many(tuple(_ROLES.get(role, "") for role in person.roles))


def _dutch_roles(person: ReleasedPerson) -> tuple[str, ...]:
    """The words in which Dutch publishers are used to hear of roles, each once."""
    if person.kind == "pupil":
        return ("Leerling",)
    return _many(tuple(_DUTCH_ROLES.get(role, "") for role in person.roles))


_VALUES: Final[dict[str, Values]] = {
    "subject": lambda person: _exactly(person.subject),
    "subject_id": _scoped_subject_id,
    "eckid": lambda person: _exactly(person.eckid),
    "first_name": lambda person: _text(person.first_name),
    "prefix": lambda person: _text(person.prefix),
    "surname": _family_name,
    "display_name": lambda person: _text(person.first_name, person.prefix, person.surname),
    "affiliation": _edu_person_affiliation,
    "roles": _roles,
    "brin": lambda person: _exactly(person.brin),
    "location": _brin_and_location,
    "school_name": lambda person: _text(person.school_name),
    "instelling_ref": lambda person: _exactly(person.instelling_ref),
    "groups": lambda person: _many(person.groups),
    "year_group": lambda person: _exactly(person.year_group),
    "email": lambda person: _exactly(person.email),
}

_SAML_VALUES: Final[dict[Dialect, dict[str, Values]]] = {
    "uri": {"subject": _scoped_subject, "surname": _bare_surname},
    "entree": {
        "subject": _scoped_subject,
        "surname": _bare_surname,
        "affiliation": _entree_affiliation,
        "roles": _dutch_roles,
        "brin": _home_organisation,
    },
}
