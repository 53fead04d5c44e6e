"""Every layout in which DUO has published its list, read to the same locations; and everything that is no such list, refused."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.register.reader import LONGEST_LINE, Listed, ListedLocation, RegisterRefused, read

PUBLISHED = Path(__file__).resolve().parents[3] / "../shared/standards/duo/03.-alle-vestigingen-basisonderwijs.2017.csv"

OLD = (
    "PROVINCIE;BEVOEGD GEZAG NUMMER;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;STRAATNAAM;PLAATSNAAM\r\n"
    "Drenthe;12345;98AA;98AA00;École de Bourg;Straat;EMMEN\r\n"
    "Drenthe;12345;98AA;98AA01;De Zandkorrel;Straat;EMMEN\r\n"
)
NEW = (
    '"PROVINCIE","BEVOEGD GEZAG NUMMER","INSTELLINGSCODE","VESTIGINGSCODE","VESTIGINGSNAAM","STRAATNAAM","PLAATSNAAM"\n'
    '"Drenthe","12345","98AA","00","École de Bourg","Straat","EMMEN"\n'
    '"Drenthe","12345","98AA","01","De Zandkorrel","Straat","EMMEN"\n'
)
EXPECTED = {
    "98AA00": ListedLocation("98AA00", "École de Bourg", "EMMEN", "12345", None),
    "98AA01": ListedLocation("98AA01", "De Zandkorrel", "EMMEN", "12345", None),
}


def of(*texts: str | bytes) -> Listed:
    return read(BytesIO(text.encode() if isinstance(text, str) else text) for text in texts)


@pytest.mark.parametrize(
    "content",
    [
        OLD.encode("cp1252"),
        OLD.encode("utf-8"),
        NEW.encode("utf-8"),
        NEW.encode("utf-8-sig"),
        NEW.replace('"', "").encode(),
        OLD.replace(";", ",").encode("utf-8-sig"),
        OLD.replace("98AA00", "0").replace("98AA01", "1").encode(),
        OLD.replace("BRIN NUMMER", "Brin_nummer").replace("98AA;", "98aa;").encode(),
    ],
    ids=[
        "old, windows-1252",
        "old, UTF-8",
        "new",
        "new with mark",
        "new without quotes",
        "old with commas",
        "spreadsheet's zeros",
        "other spelling",
    ],
)
def test_every_layout_gives_the_same_locations(content: bytes) -> None:
    assert of(content).locations == EXPECTED


def test_a_board_that_lost_its_zeros_gets_them_back() -> None:
    assert of(OLD.replace("12345", "345")).locations["98AA00"].board_number == "00345"


def test_boards_get_their_names_from_a_list_of_their_own() -> None:
    listed = of(OLD, "BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM;PLAATSNAAM\n12345;Stichting  Zand;EMMEN\n")
    assert listed.boards == {"12345": "Stichting Zand"}
    assert listed.locations == EXPECTED


def test_a_list_of_institutions_adds_main_locations_only() -> None:
    institutions = (
        "BEVOEGD GEZAG NUMMER;INSTELLINGSCODE;INSTELLINGSNAAM;PLAATSNAAM\n1;98AA;Anders;X\n2;98BB;De Wind;Y\n"
    )
    listed = of(OLD, institutions)
    assert listed.locations == EXPECTED | {"98BB00": ListedLocation("98BB00", "De Wind", "Y", "00002", None)}
    assert listed.doubled == 0


def test_lines_that_name_no_school_are_counted_and_left_out() -> None:
    listed = of(
        OLD + "Drenthe;12345;XX98;00;Naam;S;P\nDrenthe;12345;98AC;00;;S;P\n\nDrenthe;12345;98AA;98AA01;Nog eens;S;P\n"
    )
    assert (listed.skipped, listed.doubled) == (2, 1)
    assert listed.locations == EXPECTED


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>Niet gevonden</body></html>",
        OLD.encode("utf-16"),
        OLD.splitlines()[0].encode(),
        OLD.encode() + b"x" * (LONGEST_LINE + 1),
        OLD.encode() + b'98AA;"' + b"y\n" * 200_000,
    ],
    ids=["empty", "a page", "UTF-16", "only a header", "a line without end", "a quote without end"],
)
def test_what_is_no_list_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(RegisterRefused) as refused:
        of(content)
    assert str(refused.value)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_behind_a_header_do_more_than_be_refused(rest: bytes) -> None:
    try:
        listed = of(OLD.encode() + rest)
    except RegisterRefused:
        return
    assert listed.locations.items() >= EXPECTED.items()


def test_the_list_of_2017_is_read_whole() -> None:
    if not PUBLISHED.exists():
        pytest.skip("the published list is not part of a checkout")
    with PUBLISHED.open("rb") as source:
        listed = read([source])
    assert (len(listed.locations), listed.skipped, listed.doubled) == (6506, 0, 0)
    assert listed.locations["16AH00"].name == "Openbare Basisschool 't Eenspan"
    assert all(location.board_number and location.place for location in listed.locations.values())


def test_a_list_of_boards_tells_their_addresses_and_half_of_one_is_none() -> None:
    """D8: whole and Dutch, or not at all; a school's own address is nobody's board."""
    heads = (
        "BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM;STRAATNAAM;HUISNUMMER-TOEVOEGING;POSTCODE;PLAATSNAAM",
        "bestuursnummer;naam;straat;huisnummer;postcode;plaats",
    )
    rows = (
        "1234;Stichting Zand;Zandweg;1 a;7822hg;EMMEN",
        "54321;Stichting Klei;Kleiweg;2;B-1000;Brussel",
        "54322;Stichting Veen;;2;7822 HG;EMMEN",
        f"54323;Stichting Leem;{'x' * 101};2;7822 HG;EMMEN",
        "54324;Stichting Bos;Bos\x07weg;2;7822 HG;EMMEN",
        "1234;Stichting Zand;Elders;9;7822 HG;EMMEN",
    )
    for head in heads:
        listed = of(OLD, "\n".join((head, *rows)))
        assert {number: str(at) for number, at in listed.addresses.items()} == {"01234": "Zandweg 1 a, 7822 HG EMMEN"}
        assert listed.boards["54321"] == "Stichting Klei", "its name counts all the same"
        assert listed.locations == EXPECTED
