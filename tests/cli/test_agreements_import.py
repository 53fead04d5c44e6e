"""`idp agreements import`: an extract of a supplier's register beside what stands here (D8): plan, apply, again, and what is left alone."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from consent.models import Agreement, PartyAgreement
from idp.core.clock import utc_now
from idp.core.db import Db
from idp.core.models import LedgerEntry, Mail
from tests.cli.conftest import CLIENT, Installation

HEAD = "bestuursnummer;brin;partij;versie;getekend_door;functie;getekend_op;geldt_tot_en_met"
OF_BOARD = ("--board-number", "41234", "--board-name", "Aan Zee", "--no-agreement")
TODAY = utc_now().date()
KINDS = ("new", "changed", "unchanged", "over", "too_soon", "longer", "unknown")


def extract(idp: Installation, *lines: str) -> str:
    path: Path = idp.folder / "extract.csv"
    path.write_text("\n".join((HEAD, *lines)), encoding="utf-8")
    return str(path)


def kinds(shown: dict[str, object]) -> dict[str, object]:
    return {kind: shown[kind] for kind in KINDS if shown[kind]}


def test_an_extract_is_shown_taken_over_and_taken_over_again_without_a_change(idp: Installation) -> None:
    for brin in ("99XX", "98XX"):
        idp.json("schools", "add", "--name", f"School {brin}", "--brin", brin, *OF_BOARD)
    boss = ("--email", "baas@aanzee.example", "--first-name", "Kees", "--surname", "Hart", "--role", "board-director")
    idp.json("boards", "add-staff", *boss, "--board", "41234", "--request", "B-7")
    made = idp.json("parties", "add-oidc", idp.file("client.json", {**CLIENT, "client_name": "Rekenrijk"}))
    on = (TODAY - timedelta(days=30)).isoformat()
    lines = [
        f"41234;;platform;3.0;A. Zee;;{on};",
        f"41234;;{made['client_id']};2.1;;bestuurder;{on};",
        f";98XX;{made['party']};2.0;;directeur;{on};2099-07-31",
        f"55555;;platform;3.0;;;{on};",
        f"41234;;nobody;3.0;;;{on};",
        "41234;;platform;2.0;;;2020-01-05;2024-07-31",
    ]
    file = extract(idp, *lines)
    shown = idp.json("agreements", "import", file)
    assert kinds(shown) == {"new": 3, "over": 1, "unknown": 2}
    assert [(one["line"], one["lacks"]) for one in shown["steps"] if one["lacks"]] == [(5, "board"), (6, "party")]
    assert idp.json("agreements", "list", "--board", "41234") == [], "only shown"
    words = idp("agreements", "import", file).out
    assert ("Nothing was changed" in words, "line 5" in words, "Rekenrijk" in words) == (True, True, False)
    assert idp.json("agreements", "import", file, "--apply")["applied"]
    assert {code: idp.json("schools", "show", code)["agreement"] for code in ("99XX", "98XX")} == {
        "99XX": True,
        "98XX": True,
    }
    assert kinds(idp.json("agreements", "import", file, "--apply")) == {"unchanged": 3, "over": 1, "unknown": 2}
    last = (TODAY + timedelta(days=200)).isoformat()
    soon = (TODAY + timedelta(days=89)).isoformat()
    changed = [lines[0] + last, lines[1].replace("bestuurder", "voorzitter"), lines[2].replace(";2099-07-31", ";")]
    assert kinds(idp.json("agreements", "import", extract(idp, *changed), "--apply")) == {"changed": 2, "unchanged": 1}
    [paper] = idp.json("agreements", "list", "--board", "41234")
    assert (paper["signer"], paper["ends_on"]) == ("A. Zee", last)
    early = extract(idp, lines[0] + soon)
    assert kinds(idp.json("agreements", "import", early, "--apply")) == {"too_soon": 1}, (
        "three notices go before an end"
    )
    assert idp.json("agreements", "list", "--board", "41234") == [paper]

    async def kept(db: Db) -> tuple[list[Any], list[Any], list[str]]:
        papers = select(PartyAgreement.document_version, PartyAgreement.signed_by, PartyAgreement.ends_on)
        acts = select(LedgerEntry.action, LedgerEntry.detail).where(LedgerEntry.action.like("agreement.%"))
        mails = select(Mail.subject).where(Mail.subject.like("Verwerkers%"))
        found = [tuple(row) for row in await db.execute(papers.order_by(PartyAgreement.id))]
        done = [tuple(row) for row in await db.execute(acts.order_by(LedgerEntry.id))]
        return found, done, list((await db.execute(mails)).scalars())

    with_parties, acts, mails = idp.ask(kept)
    assert with_parties == [("2.1", "voorzitter", None), ("2.0", "directeur", date(2099, 7, 31))], (
        "an empty cell takes nothing back"
    )
    assert [action for action, _ in acts] == [
        *["agreement.recorded"] * 2,
        *["agreement.party_recorded"] * 3,
        *["agreement.ended"] * 2,
        *["agreement.party_changed"] * 2,
    ], "once at each school that it concerns"
    assert "Zee" not in str(acts), "the ledger names nobody"
    assert mails == ["Verwerkersovereenkomst van Aan Zee is vastgelegd"], "once, for the platform's"


def test_an_extract_that_knows_of_no_announced_end_does_not_take_it_back(idp: Installation) -> None:
    """A register that is told later, or never, lets nothing leave after the last day that schools were told of (D8)."""
    idp.json("schools", "add", "--name", "De Meeuw", "--brin", "99XX", *OF_BOARD)
    on, last, announced = ((TODAY + timedelta(days=days)).isoformat() for days in (-30, 900, 100))
    file = extract(idp, f"41234;;platform;3.0;A. Zee;;{on};{last}")
    assert kinds(idp.json("agreements", "import", file, "--apply")) == {"new": 1}
    [paper] = idp.json("agreements", "list", "--board", "41234")
    idp.json("agreements", "end", str(paper["agreement"]), "--on", announced, "--reason", "board")
    assert kinds(idp.json("agreements", "import", file, "--apply")) == {"longer": 1}
    assert idp.json("agreements", "list", "--board", "41234") == [{**paper, "ends_on": announced}]


def test_a_hostile_extract_is_refused_by_line_and_nothing_is_kept(school: Installation) -> None:
    async def papers(db: Db) -> list[int]:
        found = [(await db.execute(select(of.id))).all() for of in (Agreement, PartyAgreement)]
        return [len(rows) for rows in found]

    before = school.ask(papers)
    good = ";99XX;platform;9.9;;;2026-01-05;"
    for lines, code, line in (
        ((good, good), "twice", 3),
        ((good, good.replace("99XX", "99XX00")), "twice", 3),
        ((good, good.replace("2026-01-05", "2026-02-30")), "day", 3),
        ((good, good.replace(";;;", ";=1+1;;")), "formula", 3),
    ):
        error = school("agreements", "import", extract(school, *lines), "--apply", "--json").error
        assert (error["error"], error["reason"], error["line"]) == ("extract_refused", code, line)
    assert school.ask(papers) == before
