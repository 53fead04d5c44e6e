"""One table of everything that can leave the house about a person: our name, SAML's two dialects, the OIDC claim, and what it means.

Standard attributes carry their registered OID (RFC 4519, RFC 2798, eduPerson), subjects the names of SAML Subject Identifier Attributes 1.0, the
ECK-iD the name that SURFconext gave it; the rest a `urn:` of our own (D32). The bare names are those that Entree's publishers know. No birth
date, gender or number of a citizen is in the table, so that none can be asked for.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from metadata.saml.names import PAIRWISE_ID, SUBJECT_ID

Kind = Literal["pupil", "staff"]

_EVERYBODY: Final[frozenset[Kind]] = frozenset({"pupil", "staff"})
_PUPIL: Final[frozenset[Kind]] = frozenset({"pupil"})
_STAFF: Final[frozenset[Kind]] = frozenset({"staff"})

_OWN: Final = "urn:poortwachter:attribute:"


@dataclass(frozen=True, slots=True)
class Field:
    """One row. `uri` and `bare` are the SAML names in the dialects `uri` and `entree`; `scope` is the OIDC scope that asks for the claim.

    A field without a claim cannot be asked for over OpenID Connect.
    """

    name: str
    uri: str
    bare: str
    claim: str | None
    scope: str | None
    meaning_nl: str
    meaning_en: str
    multiple: bool = False
    applies_to: frozenset[Kind] = _EVERYBODY
    friendly: str | None = None

    @property
    def friendly_name(self) -> str:
        """What people call the attribute in the dialect `uri`."""
        return self.friendly or self.bare


CATALOGUE: Final = (
    Field(
        "subject",
        PAIRWISE_ID,
        "uid",
        "sub",
        "openid",
        "Een nummer dat alleen deze partij kent en dat bij dezelfde persoon altijd hetzelfde is",
        "A number that only this party knows and that stays the same for the same person",
        friendly="pairwise-id",
    ),
    Field(
        "subject_id",
        SUBJECT_ID,
        "subjectId",
        # Two parties could put side by side what they know of a child: only for a party whose metadata demands it, and the school ticks it.
        None,
        None,
        "Een nummer dat bij iedere partij die erom vraagt hetzelfde is: partijen kunnen er hun gegevens mee samenvoegen",
        "A number that is the same at every party that demands it: parties can join what they know by it",
        friendly="subject-id",
    ),
    Field(
        "eckid",
        "urn:mace:surf.nl:attribute-def:eckid",
        "eckId",
        "eckid",
        "eckid",
        "ECK-iD, het pseudoniem voor digitaal leermateriaal",
        "ECK-iD, the pseudonym for digital learning materials",
    ),
    Field("first_name", "urn:oid:2.5.4.42", "givenName", "given_name", "profile", "Roepnaam", "First name"),
    Field(
        "prefix",
        f"{_OWN}tussenvoegsels",
        "nlEduPersonTussenvoegsels",
        "surname_prefix",
        "profile",
        "Tussenvoegsel, apart van de achternaam",
        "Surname prefix, apart from the surname",
    ),
    Field(
        "surname",
        "urn:oid:2.5.4.4",
        "sn",
        "family_name",
        "profile",
        "Achternaam met tussenvoegsel",
        "Surname with its prefix",
    ),
    Field(
        "display_name",
        "urn:oid:2.16.840.1.113730.3.1.241",
        "displayName",
        "name",
        "profile",
        "Volledige naam",
        "Full name",
    ),
    Field(
        "affiliation",
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1",
        "eduPersonAffiliation",
        "eduperson_affiliation",
        "roles",
        "Leerling of medewerker",
        "Pupil or member of staff",
        multiple=True,
    ),
    Field(
        "roles",
        f"{_OWN}role",
        "role",
        "roles",
        "roles",
        "Rollen op school, zoals leerkracht of IB'er",
        "Roles at school, such as teacher or internal supervisor",
        multiple=True,
    ),
    Field(
        "brin",
        f"{_OWN}brin",
        "nlEduPersonHomeOrganizationId",
        "school_brin",
        "school",
        "BRIN van de school",
        "BRIN of the school",
    ),
    Field(
        "location",
        f"{_OWN}vestiging",
        "nlEduPersonHomeOrganizationBranchId",
        "school_location",
        "school",
        "Vestiging: BRIN met vestigingscode",
        "Location: BRIN with location code",
    ),
    Field(
        "school_name",
        "urn:oid:2.5.4.10",
        "nlEduPersonHomeOrganization",
        "school_name",
        "school",
        "Naam van de school",
        "Name of the school",
    ),
    Field(
        "instelling_ref",
        f"{_OWN}instelling-ref",
        "instellingRef",
        "instelling_ref",
        "school",
        "INSTELLING_REF, het kenmerk van de vestiging",
        "INSTELLING_REF, the location's own key",
    ),
    Field(
        "groups",
        f"{_OWN}group",
        "nlEduPersonUnit",
        "groups",
        "groups",
        "Groepen op school",
        "Groups at school",
        multiple=True,
    ),
    Field(
        "year_group",
        f"{_OWN}jaargroep",
        "jaargroep",
        "year_group",
        "groups",
        "Jaargroep van de leerling zelf",
        "The pupil's own year group",
        applies_to=_PUPIL,
    ),
    Field(
        "email",
        "urn:oid:0.9.2342.19200300.100.1.3",
        "mail",
        "email",
        "email",
        "E-mailadres van de medewerker",
        "E-mail address of the member of staff",
        applies_to=_STAFF,
    ),
)

BY_NAME: Final = {field.name: field for field in CATALOGUE}
NAMES: Final = frozenset(BY_NAME)
SCOPES: Final = tuple(dict.fromkeys(field.scope for field in CATALOGUE if field.scope))
CLAIMS: Final = tuple(field.claim for field in CATALOGUE if field.claim)

SCHOOLS_SCOPE: Final = "data.schools"
GROUPS_SCOPE: Final = "data.groups"
PUPILS_SCOPE: Final = "data.pupils"
PUPIL_SCOPES: Final = {
    PUPILS_SCOPE: frozenset({"instelling_ref", "subject", "groups", "year_group"}),
    "data.pupils.eckid": frozenset({"eckid"}),
    "data.pupils.names": frozenset({"first_name", "prefix", "surname"}),
}
"""What a network provider's server may ask about pupils before any of them signs in (D35): identifier and group, and by a scope each what goes
further. The second and third are nothing without the first."""
DATA_SCOPES: Final = {
    SCHOOLS_SCOPE: frozenset({"brin", "location", "school_name", "instelling_ref"}),
    GROUPS_SCOPE: frozenset({"instelling_ref", "groups"}),
    **PUPIL_SCOPES,
}
"""What a party's server may ask without anybody signing in, and the fields that the school must have ticked for it (R34, R70)."""

_BY_CLAIM: Final = {field.claim: field.name for field in CATALOGUE if field.claim}
_BY_SCOPE: Final = {
    scope: frozenset(field.name for field in CATALOGUE if field.scope == scope) for scope in SCOPES
} | DATA_SCOPES
_BY_SAML_NAME: Final = {name: field.name for field in CATALOGUE for name in (field.uri, field.bare)}


def asked_by_scopes(scopes: Iterable[str]) -> frozenset[str]:
    """The fields that a set of scopes asks for. An unknown scope asks for nothing."""
    return frozenset[str]().union(*(_BY_SCOPE.get(scope, frozenset()) for scope in scopes))


def asked_by_claims(claims: Iterable[str]) -> frozenset[str]:
    """The fields behind single claims. An unknown claim is nothing."""
    return frozenset(_BY_CLAIM[claim] for claim in claims if claim in _BY_CLAIM)


def asked_by_attributes(names: Iterable[str]) -> frozenset[str]:
    """The fields behind SAML attribute names, in either dialect. An unknown name is nothing."""
    return frozenset(_BY_SAML_NAME[name] for name in names if name in _BY_SAML_NAME)
