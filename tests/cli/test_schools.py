"""`idp schools`: accounts, networks, groups."""

import pytest
from sqlalchemy import select

from idp.core.models import LedgerEntry
from idp.credentials.models import PupilSecret
from tests.cli.conftest import Installation


def test_a_school_is_added_with_its_agreement(idp: Installation) -> None:
    added = idp.json("schools", "add", "--brin", "99xx", "--name", " De  Poort ", "--location", "01")
    assert added["code"] == "99XX01"
    assert (added["brin"], added["location"], added["name"]) == ("99XX", "01", "De Poort")
    assert len(added["instelling_ref"]) == 36
    assert added["agreement"] is True
    assert added["board"] is None


def test_the_main_location_has_no_code(idp: Installation) -> None:
    assert idp.json("schools", "add", "--brin", "99XX", "--name", "De Poort", "--location", "00")["code"] == "99XX"


def test_a_school_may_lack_its_agreement_and_share_a_board(idp: Installation) -> None:
    board = ["--board-number", "41234", "--board-name", "Stichting De Brug"]
    first = idp.json("schools", "add", "--brin", "99XX", "--name", "De Poort", "--no-agreement", *board)
    assert first["agreement"] is False
    assert first["board"] == {"number": "41234", "name": "Stichting De Brug"}
    second = idp.json("schools", "add", "--brin", "99YY", "--name", "De Brug", "--no-agreement", *board)
    assert second["board"] == first["board"]
    # Another school's own agreement covers nobody else, nor does one of a school without a board.
    idp.json("schools", "add", "--brin", "99ZZ", "--name", "Anders")
    assert idp.json("schools", "show", "99XX")["agreement"] is False
    alone = idp.json("schools", "add", "--brin", "98AA", "--name", "Alleen", "--no-agreement")
    assert alone["agreement"] is False


def test_a_school_abroad_is_known_by_its_instelling_ref(idp: Installation) -> None:
    added = idp.json("schools", "add", "--name", "De Verte")
    assert added["code"] == added["instelling_ref"]
    assert idp.json("schools", "show", added["instelling_ref"].upper())["name"] == "De Verte"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--brin", "nonsense", "--name", "X"), "BRIN is two digits"),
        (("--brin", "99XX", "--name", "X", "--location", "1"), "location code is two digits"),
        (("--name", "X", "--location", "01"), "belongs to a BRIN"),
        (("--brin", "99XX", "--name", "X", "--board-number", "41234"), "both --board-number and --board-name"),
    ],
)
def test_a_malformed_school_is_refused(idp: Installation, words: tuple[str, ...], told: str) -> None:
    ended = idp("schools", "add", *words, "--json")
    assert (ended.code, ended.error["error"]) == (1, "refused")
    assert told in ended.error["message"]
    assert idp.json("schools", "list") == []


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "De\x1b[31mPoort"])
def test_a_name_is_one_printable_line(idp: Installation, name: str) -> None:
    assert idp("schools", "add", "--brin", "99XX", "--name", name).code == 2


def test_a_school_is_added_once(school: Installation) -> None:
    ended = school("schools", "add", "--brin", "99XX", "--name", "Nog eens")
    assert (ended.code, ended.err) == (1, "idp: school 99XX exists already\n")


def test_a_school_is_shown_with_its_numbers_and_networks(school: Installation) -> None:
    school("schools", "add-ip", "99XX", "192.0.2.7", "--label", "glasvezel")
    shown = school.json("schools", "show", "99xx")
    assert (shown["groups"], shown["pupils"], shown["staff"], shown["addresses"]) == (0, 0, 0, 1)
    assert shown["networks"] == [{"network": "192.0.2.7/32", "type": "vast", "label": "glasvezel", "seen": ""}]
    told = school("schools", "show", "99XX").out
    assert "De Poort" in told
    assert "192.0.2.7/32 vast glasvezel" in told


def test_an_unknown_school_is_not_found(idp: Installation) -> None:
    assert idp("schools", "show", "11AA").code == 1
    assert idp("schools", "show", "11AA", "--json").error == {"error": "not_found", "message": "no school 11AA"}


def test_a_brin_with_several_locations_needs_the_code(idp: Installation) -> None:
    for location in ("01", "02"):
        idp.json("schools", "add", "--brin", "99XX", "--name", "De Poort", "--location", location)
    assert "add the location code" in idp("schools", "show", "99XX").err
    assert idp.json("schools", "show", "99XX02")["location"] == "02"


def test_the_list_is_paged_and_no_school_of_the_same_name_is_lost(idp: Installation) -> None:
    codes = ["99AA", "99BB", "99CC"]
    for code in codes:
        idp.json("schools", "add", "--brin", code, "--name", "De Regenboog")
    first = idp.json("schools", "list", "--limit", "2")
    second = idp.json("schools", "list", "--limit", "2", "--after", first[-1]["code"])
    assert [school["code"] for school in first + second] == codes
    assert [school["code"] for school in idp.json("schools", "list", "--search", "99b")] == ["99BB"]
    assert "De Regenboog" in idp("schools", "list").out


def test_networks_are_added_in_both_ways_of_writing(school: Installation) -> None:
    first = school.json("schools", "add-ip", "--school", "99XX", "192.0.2.7", "2001:db8::/56")
    assert first == {
        "school": "99XX",
        "networks": [{"network": "192.0.2.7/32", "added": True}, {"network": "2001:db8::/56", "added": True}],
    }
    second = school.json("schools", "add-ip", "99XX", "192.0.2.7", "--type", "mobiel")
    assert second["networks"] == [{"network": "192.0.2.7/32", "added": False}]
    assert school.json("schools", "show", "99XX")["addresses"] == 2


@pytest.mark.parametrize(
    ("network", "code"),
    [
        ("10.0.0.0/24", "private"),
        ("100.64.1.1", "carrier_nat"),
        ("192.0.2.0/23", "too_wide"),
        ("127.0.0.1", "loopback"),
        ("nonsense", "malformed"),
    ],
)
def test_a_network_that_cannot_stand_for_a_school_is_refused_whole(
    school: Installation, network: str, code: str
) -> None:
    ended = school("schools", "add-ip", "99XX", "192.0.2.7", network, "--json")
    assert (ended.code, ended.error["error"]) == (1, code)
    assert school.json("schools", "show", "99XX")["addresses"] == 0


def test_this_machine_itself_is_a_school_in_the_demo_only(school: Installation) -> None:
    added = school.json("schools", "add-ip", "99XX", "127.0.0.1", IDP_DEMO="true")
    assert added["networks"] == [{"network": "127.0.0.1/32", "added": True}]


def test_no_network_is_refused(school: Installation) -> None:
    assert "at least one" in school("schools", "add-ip", "99XX").err


def test_an_address_of_another_board_needs_a_yes(idp: Installation) -> None:
    for brin, number in (("99XX", "1"), ("99YY", "2"), ("99ZZ", "2")):
        board = ["--board-number", number, "--board-name", f"Bestuur {number}"]
        idp.json("schools", "add", "--brin", brin, "--name", brin, *board)
    idp.json("schools", "add-ip", "99YY", "192.0.2.0/28")
    ended = idp("schools", "add-ip", "99XX", "192.0.2.7", "--json")
    assert (ended.code, ended.error["error"]) == (1, "other_board")
    assert idp("schools", "add-ip", "99ZZ", "192.0.2.7").code == 0
    assert idp("schools", "add-ip", "99XX", "192.0.2.7", "--other-board").code == 0


def test_a_group_chooses_between_pictures_and_pin_and_its_children_follow(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    before = {group["name"]: group for group in school.json("schools", "groups", "99XX")}
    chosen = next(group for group in before.values() if group["kind"] == "stamgroep")
    assert {group["secret"] for group in before.values()} == {"pin"}

    after = school.json("schools", "groups", "99XX", "--set-secret", f"{chosen['name']}=pictures")
    assert [group["name"] for group in after if group["secret"] == "pictures"] == [chosen["name"]]
    kinds = school.ask(lambda db: db.execute(select(PupilSecret.kind)))
    assert sorted(kinds.scalars()).count("pictures") == chosen["pupils"] == 4
    assert chosen["name"] in school("schools", "groups", "99XX").out


def test_choosing_again_leaves_the_secrets_as_they_are(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    sealed = select(PupilSecret.person_id, PupilSecret.sealed).order_by(PupilSecret.person_id)
    before = school.ask(lambda db: db.execute(sealed)).all()
    school.json("schools", "groups", "99XX", "--set-secret", "G1=pin")
    assert school.ask(lambda db: db.execute(sealed)).all() == before


@pytest.mark.parametrize("choice", ["G1", "G1=icons", "=pin", "nonsense=pin"])
def test_a_wrong_choice_is_refused(school: Installation, choice: str) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    assert school("schools", "groups", "99XX", "--set-secret", "G1=pictures", "--set-secret", choice).code == 1
    assert {group["secret"] for group in school.json("schools", "groups", "99XX")} == {"pin"}


def test_what_an_operator_does_is_in_the_ledger(school: Installation) -> None:
    school("schools", "add-ip", "99XX", "192.0.2.7")
    entries = select(LedgerEntry.action, LedgerEntry.actor).order_by(LedgerEntry.id)
    assert school.ask(lambda db: db.execute(entries)).all() == [
        ("school.added", "operator:cli"),
        ("school.addresses_added", "operator:cli"),
    ]
