"""`idp register`: reading DUO's list, seeing what differs, applying it."""

from tests.cli.conftest import Installation

LIST = (
    "BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;PLAATSNAAM\n"
    "12345;Stichting Zand;99XX;99XX00;De Nieuwe Poort;EMMEN\n"
)


def test_a_list_is_shown_then_kept_then_applied(school: Installation) -> None:
    path = school.file("duo.csv", LIST.encode())
    looked = school.json("register", "read", path)
    assert (looked["new"], looked["kept"]) == (1, False)
    assert school.json("register", "show") == {"read_at": None, "differences": []}
    assert school.json("register", "read", path, "--keep")["kept"] is True
    shown = school.json("register", "show")["differences"]
    assert [(one["school"], one["fields"]) for one in shown] == [("99XX00", ["name", "board_number", "board_name"])]
    assert "De Nieuwe Poort" in school("register", "show").out
    assert school("register", "apply").code == 1
    assert school.json("register", "apply", "--all") == {"changed": 1}
    told = school.json("schools", "show", "99XX")
    assert (told["name"], told["board"]) == ("De Nieuwe Poort", {"number": "12345", "name": "Stichting Zand"})
    assert school("register", "show").out.endswith("Every school account is as the register has it.\n")


def test_what_is_no_list_is_refused(idp: Installation) -> None:
    ended = idp("register", "read", idp.file("page.csv", b"<html></html>"), "--json")
    assert (ended.code, ended.error["error"]) == (1, "register_refused")


def test_a_school_abroad_is_named_by_hand(idp: Installation) -> None:
    ref = idp.json("schools", "add", "--name", "Ver Weg")["instelling_ref"]
    assert idp.json("register", "name", ref, "Heel Ver Weg")["name"] == "Heel Ver Weg"
    assert idp.json("schools", "show", ref)["name"] == "Heel Ver Weg"
