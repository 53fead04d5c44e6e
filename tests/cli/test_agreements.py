"""`idp agreements`: one paper for a whole board, or for one school, its announced end and a mistake (R60-R67, D8)."""

from sqlalchemy import select

from idp.core.models import LedgerEntry, Mail
from tests.cli.conftest import Installation

BOARD = ("--board", "41234")
OF_BOARD = ("--board-number", "41234", "--board-name", "Aan Zee", "--no-agreement")
BOSS = ("--email", "baas@aanzee.example", "--first-name", "Kees", "--surname", "Hart", "--role", "board-director")


def test_one_paper_holds_for_every_school_of_the_board_and_for_those_that_join(idp: Installation) -> None:
    for brin in ("99XX", "98XX"):
        idp.json("schools", "add", "--name", f"School {brin}", "--brin", brin, *OF_BOARD)
    idp.json("schools", "add", "--name", "Elders", "--brin", "96XX", "--no-agreement")
    idp.json("boards", "add-staff", *BOSS, *BOARD, "--request", "B-7")
    paper = ("--signer", "A. Zee", "--signed-on", "2026-01-05", "--reference", "DVO 12")
    made = idp.json("agreements", "record", *BOARD, *paper)
    assert (made["recorded"], made["schools"], made["whose"]) == (True, 2, "Aan Zee")
    again = idp.json("agreements", "record", *BOARD, *paper)
    assert (again["recorded"], again["agreement"]) == (False, None)
    idp.json("schools", "add", "--name", "Later", "--brin", "97XX", *OF_BOARD)
    stand = {code: idp.json("schools", "show", code)["agreement"] for code in ("99XX", "98XX", "97XX", "96XX")}
    assert stand == {"99XX": True, "98XX": True, "97XX": True, "96XX": False}
    [listed] = idp.json("agreements", "list", *BOARD)
    assert (listed["signer"], listed["signed_on"], listed["ends_on"]) == ("A. Zee", "2026-01-05", None)

    async def mails(db: object) -> list[tuple[str, str, str]]:
        query = select(Mail.recipient, Mail.subject, Mail.body).where(Mail.subject.like("Verwerkers%"))
        return [tuple(row) for row in await db.execute(query)]  # type: ignore[attr-defined]

    [(to, subject, body)] = idp.ask(mails)
    assert (to, subject) == ("baas@aanzee.example", "Verwerkersovereenkomst van Aan Zee is vastgelegd")
    assert "Zee" not in body.replace("Aan Zee", ""), "who signed is in no mail"
    number = str(made["agreement"])
    assert idp("agreements", "end", number, "--on", "2026-01-01", "--json").error["error"] == "too_soon"
    on = ("--on", "2100-01-01")
    assert idp("agreements", "end", number, *on, "--reason", "A. Zee", "--json").error["error"] == "reason"
    ended = idp.json("agreements", "end", number, *on, "--reason", "platform", "--reference", "DVO 13")
    assert ended["ends_on"] == "2100-01-01"
    assert idp("agreements", "end", number, "--on", "2101-01-01", "--json").error["error"] == "not_found"
    assert idp.json("agreements", "remove", number)["removed"]
    assert not idp.json("schools", "show", "99XX")["agreement"]

    async def acts(db: object) -> list[tuple[str, object]]:
        query = select(LedgerEntry.action, LedgerEntry.detail).where(LedgerEntry.action.like("agreement.%"))
        return [tuple(row) for row in await db.execute(query.order_by(LedgerEntry.id))]  # type: ignore[attr-defined]

    found = idp.ask(acts)
    assert [action for action, _ in found] == [
        *["agreement.recorded"] * 2,
        *["agreement.ended"] * 3,
        *["agreement.removed"] * 3,
    ], "once at each school that it concerns then"
    assert "DVO 12" in str(found[0][1])
    assert ("'platform'" in str(found[2][1]), "DVO 13" in str(found[2][1])) == (True, True)
    assert "A. Zee" not in str(found), "the ledger names nobody"


def test_what_is_no_paper_is_refused_and_nothing_is_kept(school: Installation) -> None:
    at = ("--school", "99XX")
    before = school.json("agreements", "list", *at)
    for words, code in (
        ((), "refused"),
        ((*at, *BOARD), "refused"),
        (BOARD, "not_found"),
        ((*at, "--signed-on", "2100-01-01"), "signed_on"),
        ((*at, "--signed-on", "2026-01-05", "--ends-on", "2026-01-04"), "ends_on"),
        ((*at, "--signed-on", "gisteren"), "refused"),
    ):
        assert school("agreements", "record", *words, "--json").error["error"] == code, words
    assert school("agreements", "remove", "999999", "--json").error["error"] == "not_found"
    assert school.json("agreements", "list", *at) == before
