"""What a party reads about a person: the right names, only what is allowed, nothing empty."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import roles
from protocols.attributes.catalogue import BY_NAME, CATALOGUE, NAMES
from protocols.attributes.outgoing import Dialect, ReleasedPerson, SamlAttribute, to_claims, to_saml

ECKID = f"https://ketenid.nl/pilot/{'0f' * 64}"
PUPIL = ReleasedPerson(
    kind="pupil",
    subject="pairwise",
    allowed=NAMES,
    realm="inloggen.example",
    first_name="Noor",
    prefix="van de",
    surname="Berg",
    brin="12AB",
    location="01",
    school_name="De Regenboog",
    instelling_ref="c0ffee00-0000-4000-8000-000000000000",
    groups=("5a", "Plusklas"),
    year_group="5",
    email="noor@school.example",
    eckid=ECKID,
)
TEACHER = dataclasses.replace(
    PUPIL,
    kind="staff",
    roles=(roles.TEACHER, roles.IB),
    groups=(),
    year_group="5",
    email="leraar@school.example",
    eckid=None,
)


def saml(person: ReleasedPerson, dialect: Dialect = "uri") -> dict[str, tuple[str, ...]]:
    return {attribute.name: attribute.values for attribute in to_saml(person, dialect)}


def test_a_pupil_in_claims() -> None:
    assert to_claims(PUPIL) == {
        "sub": "pairwise",
        "eckid": ECKID,
        "given_name": "Noor",
        "surname_prefix": "van de",
        "family_name": "van de Berg",
        "name": "Noor van de Berg",
        "eduperson_affiliation": ["student", "member"],
        "roles": ["pupil"],
        "school_brin": "12AB",
        "school_location": "12AB01",
        "school_name": "De Regenboog",
        "instelling_ref": "c0ffee00-0000-4000-8000-000000000000",
        "groups": ["5a", "Plusklas"],
        "year_group": "5",
    }


def test_a_pupil_in_the_dialect_of_uris() -> None:
    """D32, C-222."""
    assert saml(PUPIL) == {
        "urn:oasis:names:tc:SAML:attribute:pairwise-id": ("pairwise@inloggen.example",),
        "urn:mace:surf.nl:attribute-def:eckid": (ECKID,),
        "urn:oid:2.5.4.42": ("Noor",),
        "urn:poortwachter:attribute:tussenvoegsels": ("van de",),
        "urn:oid:2.5.4.4": ("Berg",),
        "urn:oid:2.16.840.1.113730.3.1.241": ("Noor van de Berg",),
        "urn:oid:1.3.6.1.4.1.5923.1.1.1.1": ("student", "member"),
        "urn:poortwachter:attribute:role": ("pupil",),
        "urn:poortwachter:attribute:brin": ("12AB",),
        "urn:poortwachter:attribute:vestiging": ("12AB01",),
        "urn:oid:2.5.4.10": ("De Regenboog",),
        "urn:poortwachter:attribute:instelling-ref": ("c0ffee00-0000-4000-8000-000000000000",),
        "urn:poortwachter:attribute:group": ("5a", "Plusklas"),
        "urn:poortwachter:attribute:jaargroep": ("5",),
    }
    for attribute in to_saml(PUPIL):
        assert attribute.name_format == "urn:oasis:names:tc:SAML:2.0:attrname-format:uri"
        assert attribute.friendly_name


def test_a_pupil_in_entrees_dialect() -> None:
    """D32."""
    assert saml(PUPIL, "entree") == {
        "uid": ("pairwise@inloggen.example",),
        "eckId": (ECKID,),
        "givenName": ("Noor",),
        "nlEduPersonTussenvoegsels": ("van de",),
        "sn": ("Berg",),
        "displayName": ("Noor van de Berg",),
        "eduPersonAffiliation": ("student",),
        "role": ("Leerling",),
        "nlEduPersonHomeOrganizationId": ("12AB01",),
        "nlEduPersonHomeOrganizationBranchId": ("12AB01",),
        "nlEduPersonHomeOrganization": ("De Regenboog",),
        "instellingRef": ("c0ffee00-0000-4000-8000-000000000000",),
        "nlEduPersonUnit": ("5a", "Plusklas"),
        "jaargroep": ("5",),
    }
    for attribute in to_saml(PUPIL, "entree"):
        assert attribute.name_format == "urn:oasis:names:tc:SAML:2.0:attrname-format:basic"
        assert attribute.friendly_name is None


def test_an_address_leaves_for_staff_only_and_a_year_group_for_pupils_only() -> None:
    assert "email" not in to_claims(PUPIL)
    assert to_claims(TEACHER)["email"] == "leraar@school.example"
    assert "year_group" not in to_claims(TEACHER)
    assert saml(TEACHER)["urn:oid:0.9.2342.19200300.100.1.3"] == ("leraar@school.example",)


def test_what_is_not_there_is_left_out() -> None:
    """C-013, D18: no empty string, no empty list, no empty element."""
    nobody = ReleasedPerson(kind="pupil", subject="pairwise", allowed=NAMES, first_name="", groups=("",), eckid=None)
    assert to_claims(nobody) == {"sub": "pairwise", "eduperson_affiliation": ["student", "member"], "roles": ["pupil"]}
    assert saml(nobody, "entree") == {"uid": ("pairwise",), "eduPersonAffiliation": ("student",), "role": ("Leerling",)}


@pytest.mark.parametrize(
    ("held", "edu_person", "entree", "dutch"),
    [
        ((roles.TEACHER,), ("faculty", "employee", "member"), ("employee",), ("Leerkracht",)),
        ((roles.IB, roles.RT), ("faculty", "employee", "member"), ("employee",), ("IBRTer",)),
        ((roles.SUBSTITUTE,), ("faculty", "employee", "member"), ("employee",), ("Inval",)),
        ((roles.ICT_COORDINATOR,), ("staff", "employee", "member"), ("staff",), ("ICTCoordinator",)),
        ((roles.TRAINEE,), ("affiliate",), ("affiliate",), ("Stagiair",)),
        (
            (roles.TRAINEE, roles.TEACHER),
            ("faculty", "employee", "member"),
            ("employee",),
            ("Stagiair", "Leerkracht"),
        ),
        ((), ("staff", "employee", "member"), ("staff",), ()),
    ],
)
def test_staff_are_affiliated_by_what_they_do_and_hold_several_roles(
    held: tuple[str, ...], edu_person: tuple[str, ...], entree: tuple[str, ...], dutch: tuple[str, ...]
) -> None:
    """D20, D32."""
    person = dataclasses.replace(TEACHER, roles=held)
    assert saml(person)["urn:oid:1.3.6.1.4.1.5923.1.1.1.1"] == edu_person
    assert saml(person, "entree")["eduPersonAffiliation"] == entree
    assert saml(person, "entree").get("role", ()) == dutch
    assert saml(person).get("urn:poortwachter:attribute:role", ()) == held
    assert tuple(to_claims(person).get("roles", ())) == held
    beside = dataclasses.replace(person, roles=(*held, roles.SUPPORT))
    assert saml(beside, "entree").get("role", ()) == dutch, "no publisher knows that one"
    assert "support" not in to_claims(beside).get("roles", ())


def test_the_surname_keeps_its_prefix_where_that_has_no_place_of_its_own() -> None:
    """D22."""
    person = dataclasses.replace(PUPIL, allowed=frozenset({"surname"}))
    assert saml(person) == {"urn:oid:2.5.4.4": ("van de Berg",)}
    assert to_claims(person) == {"family_name": "van de Berg"}
    assert to_claims(dataclasses.replace(person, prefix=None)) == {"family_name": "Berg"}
    assert to_claims(dataclasses.replace(person, surname=None)) == {}


def test_a_brin_has_four_characters_where_the_location_may_not_leave() -> None:
    person = dataclasses.replace(PUPIL, allowed=frozenset({"brin"}))
    assert saml(person, "entree") == {"nlEduPersonHomeOrganizationId": ("12AB",)}
    assert saml(dataclasses.replace(PUPIL, brin=None, allowed=frozenset({"brin", "location"}))) == {}
    assert saml(dataclasses.replace(PUPIL, location="", allowed=frozenset({"brin", "location"})), "entree") == {
        "nlEduPersonHomeOrganizationId": ("12AB",)
    }


def test_a_name_of_any_length_fits() -> None:
    """C-201."""
    person = dataclasses.replace(PUPIL, first_name="N" * 64, prefix="v" * 16, surname="B" * 200)
    assert len(to_claims(person)["name"]) == 256
    assert all(len(value) <= 256 for attribute in to_saml(person) for value in attribute.values)


def test_values_that_occur_twice_are_said_once() -> None:
    assert to_claims(dataclasses.replace(PUPIL, groups=("5a", "5a")))["groups"] == ["5a"]


TEXTS = st.none() | st.text(max_size=20)
PEOPLE = st.builds(
    ReleasedPerson,
    kind=st.sampled_from(["pupil", "staff"]),
    subject=st.just("pairwise"),
    allowed=st.frozensets(st.sampled_from(sorted(NAMES)) | st.just("birthdate")),
    first_name=TEXTS,
    prefix=TEXTS,
    surname=TEXTS,
    roles=st.lists(st.sampled_from(roles.ROLES)).map(tuple),
    brin=TEXTS,
    location=TEXTS,
    school_name=TEXTS,
    instelling_ref=TEXTS,
    groups=st.lists(st.text(max_size=5)).map(tuple),
    year_group=TEXTS,
    email=TEXTS,
    eckid=TEXTS,
)
OF_CLAIM = {field.claim: field for field in CATALOGUE}
OF_SAML = {name: field for field in CATALOGUE for name in (field.uri, field.bare)}


@given(PEOPLE)
def test_what_leaves_can_only_shrink(person: ReleasedPerson) -> None:
    """Never a field outside the allowed set, never one that does not apply to such a person, never an empty value."""
    said = [OF_CLAIM[claim] for claim in to_claims(person)]
    for dialect in ("uri", "entree"):
        said += [OF_SAML[attribute.name] for attribute in to_saml(person, dialect)]
    for field in said:
        assert field.name in person.allowed
        assert person.kind in field.applies_to
    attributes: list[SamlAttribute] = [*to_saml(person, "uri"), *to_saml(person, "entree")]
    assert all(attribute.values and all(attribute.values) for attribute in attributes)
    assert all(to_claims(person).values())


@given(PEOPLE, st.sampled_from(sorted(NAMES)))
def test_taking_a_field_away_takes_its_claim_away_and_leaves_the_others(person: ReleasedPerson, name: str) -> None:
    less = dataclasses.replace(person, allowed=person.allowed - {name})
    claims = to_claims(person)
    claims.pop(BY_NAME[name].claim or "", None)
    assert to_claims(less) == claims


@given(PEOPLE)
def test_values_outside_the_allowed_set_change_nothing(person: ReleasedPerson) -> None:
    """What may not leave cannot be told from the answer either."""
    hidden = {
        "first_name": "first_name",
        "groups": "groups",
        "email": "email",
        "eckid": "eckid",
        "year_group": "year_group",
    }
    closed = frozenset(person.allowed - {*hidden.values(), "display_name"})
    closed_person = dataclasses.replace(person, allowed=closed)
    other = dataclasses.replace(closed_person, first_name="x", groups=("x",), email="x", eckid="x", year_group="x")
    assert to_claims(other) == to_claims(closed_person)
    assert to_saml(other, "entree") == to_saml(closed_person, "entree")
