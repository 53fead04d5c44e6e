"""The one table: every name once, nothing that may never leave."""

import re

from protocols.attributes import catalogue
from protocols.attributes.catalogue import CATALOGUE


def test_no_two_fields_share_a_name_in_any_language() -> None:
    for names in (
        [field.name for field in CATALOGUE],
        [field.uri for field in CATALOGUE],
        [field.bare for field in CATALOGUE],
        [field.claim for field in CATALOGUE if field.claim],
        [field.meaning_nl for field in CATALOGUE],
        [field.meaning_en for field in CATALOGUE],
    ):
        assert len(names) == len(set(names))


def test_uri_names_are_uris_and_the_others_are_bare() -> None:
    """D32."""
    for field in CATALOGUE:
        assert re.fullmatch(r"urn:(oid:[0-9.]+|[a-z]+:[A-Za-z0-9.:-]+)", field.uri)
        assert re.fullmatch(r"[A-Za-z]+", field.bare)
        assert field.claim is None or re.fullmatch(r"[a-z_]+", field.claim)


def test_the_names_that_dutch_publishers_know() -> None:
    bare = {field.name: field.bare for field in CATALOGUE}
    assert bare["eckid"] == "eckId"
    assert bare["brin"] == "nlEduPersonHomeOrganizationId"
    assert bare["location"] == "nlEduPersonHomeOrganizationBranchId"
    assert bare["school_name"] == "nlEduPersonHomeOrganization"
    assert bare["groups"] == "nlEduPersonUnit"
    assert bare["prefix"] == "nlEduPersonTussenvoegsels"
    assert bare["affiliation"] == "eduPersonAffiliation"


def test_registered_names_of_standard_attributes() -> None:
    """RFC 4519, RFC 2798, eduPerson; the ECK-iD as SURFconext names it."""
    uri = {field.name: field.uri for field in CATALOGUE}
    assert uri["eckid"] == "urn:mace:surf.nl:attribute-def:eckid"
    assert uri["first_name"] == "urn:oid:2.5.4.42"
    assert uri["surname"] == "urn:oid:2.5.4.4"
    assert uri["display_name"] == "urn:oid:2.16.840.1.113730.3.1.241"
    assert uri["email"] == "urn:oid:0.9.2342.19200300.100.1.3"
    assert uri["affiliation"] == "urn:oid:1.3.6.1.4.1.5923.1.1.1.1"
    assert uri["school_name"] == "urn:oid:2.5.4.10"


def test_nothing_about_birth_gender_or_citizenship_can_be_asked_for() -> None:
    words = " ".join(f"{field.name} {field.claim} {field.meaning_nl}".lower() for field in CATALOGUE)
    for word in ("birth", "geboorte", "gender", "geslacht", "bsn", "nationalit", "phone", "postal"):
        assert word not in words


def test_scopes_and_claims_ask_for_fields_and_unknown_ones_for_nothing() -> None:
    assert catalogue.asked_by_scopes(["openid"]) == {"subject"}
    assert catalogue.asked_by_scopes(["profile", "email", "offline_access"]) == {
        "first_name",
        "prefix",
        "surname",
        "display_name",
        "email",
    }
    assert catalogue.asked_by_scopes([]) == frozenset()
    # C-221: the one name by which parties could join what they know is for metadata to demand, and for nobody to ask in passing.
    assert catalogue.asked_by_scopes(catalogue.SCOPES) == catalogue.NAMES - {"subject_id"}
    assert catalogue.asked_by_claims(["given_name", "birthdate", "eckid"]) == {"first_name", "eckid"}
    assert catalogue.asked_by_claims(catalogue.CLAIMS) == catalogue.NAMES - {"subject_id"}


def test_saml_names_ask_for_fields_in_either_dialect() -> None:
    """C-223."""
    assert catalogue.asked_by_attributes(["urn:oid:2.5.4.42", "sn", "urn:oid:1.2.3"]) == {"first_name", "surname"}
