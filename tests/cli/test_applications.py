"""`idp applications`: what waits, one beside the register, its letter, and the one yes that a command can give (R9 to R15)."""

from pathlib import Path

from directory.onboarding import asking, deciding
from directory.onboarding.deciding import Checker
from idp.core.floor import Floor
from tests.cli.conftest import Installation
from tests.onboarding.kit import TOLD, answers, pdf

LIST = (
    "BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;PLAATSNAAM\n"
    "41234;Stichting Zand;98XY;98XY00;Basisschool De Duinroos;ZAND\n"
)


async def ask(laid: Floor) -> int:
    async with laid.database.begin() as db:
        number, token = await asking.ask(db, laid.keyring, answers(), TOLD, lang="nl", now=laid.now)
        await asking.hand_in(db, laid.keyring, token, pdf(), TOLD, now=laid.now)
    return number


async def first_yes(laid: Floor) -> None:
    async with laid.database.begin() as db:
        await deciding.approve(db, laid.keyring, 1, Checker("somebody-else", 1, laid.now))


def test_an_application_is_looked_at_and_gets_its_second_yes(idp: Installation) -> None:
    number = str(idp.on_floor(ask))
    idp.json("register", "read", idp.file("duo.csv", LIST.encode()), "--keep")
    [waits] = idp.json("applications", "list")
    assert (waits["application"], waits["state"], waits["code"], waits["school"]) == (
        1,
        "received",
        "98XY00",
        "De Duinroos",
    )
    shown = idp.json("applications", "show", number)
    assert (shown["director"], shown["name"], shown["outcome"]) == (
        "Els van der Wal",
        "Basisschool De Duinroos",
        "school",
    )
    assert [row["field"] for row in shown["fields"] if row["differs"]] == ["school_name"]
    assert "! school_name   De Duinroos  (register Basisschool De Duinroos)" in idp("applications", "show", number).out
    to = str(Path(idp.folder) / "brief.pdf")
    assert idp.json("applications", "letter", number, to)["bytes"] == len(pdf())
    assert Path(to).read_bytes() == pdf()
    assert idp("applications", "letter", number, to, "--json").error["error"] == "refused", "never over a file"
    assert idp("applications", "approve", number, "--seen", "0", "--json").error["error"] == "changed"
    idp.on_floor(first_yes)
    assert idp.json("applications", "approve", number, "--seen", "1") == {
        "application": 1,
        "state": "done",
        "school": "98XY",
    }
    assert idp.json("schools", "show", "98XY")["board"] == {"number": "41234", "name": "Stichting Zand"}
    assert [one["roles"] for one in idp.json("staff", "invitations", "98XY")] == [["ict-coordinator"]]
    assert idp.json("applications", "list") == []
    assert [one["state"] for one in idp.json("applications", "list", "--all")] == ["done"]


def test_a_command_is_one_pair_of_eyes_and_says_no_with_a_reason(idp: Installation) -> None:
    number = str(idp.on_floor(ask))
    assert idp.json("applications", "approve", number)["state"] == "approved"
    assert idp("applications", "approve", number, "--json").error["error"] == "same_person"
    assert idp("applications", "refuse", number, "--reason", " ", "--json").error["error"] == "reason_needed"
    assert idp.json("applications", "send-back", number, "--reason", "Geen handtekening")["state"] == "asked"
    assert idp("applications", "letter", number, "x.pdf", "--json").error["error"] == "not_found"
    assert idp("applications", "refuse", number, "--reason", "Onzin", "--json").error["error"] == "not_now"
    assert idp("applications", "show", "7", "--json").error["error"] == "not_found"
    assert [one["school"] for one in idp.json("schools", "list")] == []
