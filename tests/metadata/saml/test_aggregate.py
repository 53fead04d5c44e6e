"""Aggregates that come in pieces: what is wanted comes out whole, proven by a signature of libxmlsec, however the bytes were cut (C-205, C-206)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from metadata.saml import aggregate, values
from metadata.saml.aggregate import Read, Reader
from metadata.saml.document import Malformed
from metadata.saml.reader import read_sp
from metadata.sources import Wanted
from tests.metadata.aggregates import CATEGORY, entity, group, signed
from tests.protocols.saml.keys import Pair, ec_pair, rsa_pair

TRUST = rsa_pair("federation")
WANTED = Wanted(("https://sp3.example/saml", "https://sp59.example/saml"))


def read(xml: bytes, *trusted: Pair, wanted: Wanted = WANTED, step: int | None = None) -> Read:
    reader = Reader(wanted.matches, trusted=[pair.certificate for pair in trusted] or None)
    size = step or len(xml) or 1
    for begin in range(0, len(xml), size):
        reader.feed(xml[begin : begin + size])
    return reader.whole()


LARGE = group([entity(number) for number in range(70)])


@pytest.mark.parametrize("pair", [TRUST, ec_pair("federation")], ids=lambda pair: str(pair.alg))
def test_an_aggregate_longer_than_a_piece_is_believed(pair: Pair) -> None:
    xml = signed(LARGE, pair)
    assert len(xml) > aggregate.PIECE
    found = read(xml, rsa_pair("another"), ec_pair("another"), pair)
    assert (found.counted, found.valid_until) == (70, datetime(2026, 12, 5, 12, tzinfo=UTC))
    assert found.cache_for == timedelta(hours=6)
    assert sorted(found.entities) == list(WANTED.entity_ids)
    party = read_sp(found.entities["https://sp59.example/saml"])
    assert (party.default_consumer.location, party.names["nl"]) == ("https://sp59.example/acs", "Dienst 59")
    # However the network cuts it.
    for step in (1000, 65_536, aggregate.PIECE - 1):
        assert read(xml, pair, step=step) == found


ODD: Sequence[str] = [
    entity(3, prefix=""),
    entity(4, before="<!-- </md:EntityDescriptor> is not the end -->").replace("<!-- </md:", "<!-- <md:"),
    "<md:EntityDescriptor\n entityID='https://sp59.example/saml' ><x:y xmlns:x='urn:x' x:a='1' b='2'/><![CDATA[ <&> ]]></md:EntityDescriptor >\r\n",
    "<x:other xmlns:x='urn:x' xmlns:unused='urn:unused'>é &amp; &lt; &#xD;</x:other>",
]


def test_the_strange_ways_in_which_xml_may_be_written_are_digested_as_libxmlsec_does() -> None:
    found = read(signed(group(ODD, before="<md:Extensions><a xmlns='urn:a'/></md:Extensions>"), TRUST), TRUST)
    assert found.counted == 3
    assert read_sp(found.entities["https://sp3.example/saml"]).entity_id == "https://sp3.example/saml"
    # Also when pieces are cut between them.
    before, behind = ([entity(f"{side}{number}") for number in range(70)] for side in "ab")
    assert read(signed(group([*before, *ODD, *behind]), TRUST), TRUST).counted == 143


def test_groups_in_groups_are_read_with_the_filter_and_end_with_the_first_of_them() -> None:
    """Metadata 2.3.1, as far as a federation goes with it: several pieces, a cut inside a group, an own end and an ID."""
    low, high = ([entity(number) for number in numbers] for numbers in (range(70), range(70, 140)))
    first = f"<md:EntitiesDescriptor ID='_low' Name='a > b' validUntil='2026-12-01T00:00:00Z'>{''.join(low)}</md:EntitiesDescriptor>"
    second = (
        f"<md:EntitiesDescriptor xmlns:n='urn:n' n:a='1'><md:EntitiesDescriptor>{''.join(high)}</md:EntitiesDescriptor>"
    )
    tail = f"<md:EntitiesDescriptor/>{entity('last')}</md:EntitiesDescriptor >{entity('outer')}"
    xml = signed(group([first, second, tail]), TRUST)
    assert len(xml) > 2 * aggregate.PIECE
    for step in (None, 65_536):
        found = read(xml, TRUST, step=step)
        assert (found.counted, found.valid_until) == (142, datetime(2026, 12, 1, tzinfo=UTC))
        assert sorted(found.entities) == list(WANTED.entity_ids)
        assert read_sp(found.entities["https://sp59.example/saml"]).names["nl"] == "Dienst 59"
    with pytest.raises(Malformed):
        read(xml.replace(b"Dienst 59", b"Dienst 60"), TRUST)


def test_a_single_entity_is_read_the_same_way() -> None:
    inside = group([]).decode().partition("<md:EntitiesDescriptor")[2].partition(" ID=")[0]
    alone = entity(7).replace(
        "<md:EntityDescriptor", f'<md:EntityDescriptor{inside} ID="_7" validUntil="2026-12-01T00:00:00Z"'
    )
    found = read(signed(alone.encode(), TRUST), TRUST, wanted=Wanted())
    assert (found.counted, list(found.entities)) == (1, ["https://sp7.example/saml"])
    assert found.valid_until == datetime(2026, 12, 1, tzinfo=UTC)
    assert b"Signature" not in found.entities["https://sp7.example/saml"]


def test_by_category_and_by_registrar_only_service_providers() -> None:
    others = entity(1, category=CATEGORY), entity(2, authority="https://other.example/"), entity(3)
    idp = entity(4, category=CATEGORY, role="IDPSSODescriptor", authority="https://other.example/")
    xml = signed(group([*others, idp]), TRUST)
    assert list(read(xml, TRUST, wanted=Wanted(category=CATEGORY)).entities) == ["https://sp1.example/saml"]
    of = Wanted(authority="https://other.example/")
    assert list(read(xml, TRUST, wanted=of).entities) == ["https://sp2.example/saml"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("PT6H", 21600), ("P1D", 86400), ("P1Y2M3DT4H5M6.5S", 36993906.5), ("PT0S", 0), ("P0D", 0)],
)
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert values.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1", "6H", "-PT6H", "P1DT", "PT1.S", "P1H", "P9999999999D", "P999999999Y"]
)
def test_what_is_no_length_of_time(text: str) -> None:
    with pytest.raises(ValueError, match="length of time"):
        values.duration(text)


def test_an_unfinished_or_empty_document_is_nothing() -> None:
    for xml in (b"", b"<", b"not xml", LARGE[:-30], LARGE + b"<more/>", b"<html/>", group([])):
        with pytest.raises(Malformed):
            read(xml)
