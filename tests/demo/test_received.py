"""Everything that a publisher got is shown with its meaning, except the one thing that stands on no page (D40)."""

from idp.demo import received
from protocols.attributes import catalogue

ECKID = "https://ketenid.nl/pilot/" + "ab" * 64


def test_an_eckid_is_counted_and_not_shown() -> None:
    rows = received.claim_rows({"eckid": ECKID}) + received.attribute_rows(
        {"urn:mace:surf.nl:attribute-def:eckid": [ECKID]}
    )
    assert {row.value for row in rows} == {f"ontvangen ({len(ECKID)} tekens), wordt nooit getoond"}


def test_moments_and_lists_are_written_for_people() -> None:
    rows = received.claim_rows({"auth_time": 1_795_419_000, "groups": ["Groep 6", "Plusgroep"], "given_name": "Sem"})
    assert [(row.value, row.meaning) for row in rows] == [
        ("23-11-2026 08:30:00", "Wanneer de persoon bewees wie hij is"),
        ("Groep 6, Plusgroep", "Groepen op school"),
        ("Sem", "Roepnaam"),
    ]


def test_every_claim_of_the_catalogue_and_the_protocol_has_a_meaning() -> None:
    names = (*catalogue.CLAIMS, *received.OF_THE_PROTOCOL)
    assert [row.name for row in received.claim_rows(dict.fromkeys(names, "x")) if not row.meaning] == []


def test_what_did_not_come_along_is_told_too() -> None:
    fields = received.fields_in(["sub", "given_name", "urn:oid:2.5.4.4", "iss"])
    assert fields == {"subject", "first_name", "surname"}
    told = received.kept_back(fields)
    assert len(told) == len(catalogue.CATALOGUE) - 3
    assert catalogue.BY_NAME["email"].meaning_nl in told


def test_a_value_is_found_by_the_catalogues_name() -> None:
    assert received.value_of({"urn:oid:2.5.4.42": ["Sem"]}, "first_name") == "Sem"
    assert received.value_of({}, "first_name") is None
