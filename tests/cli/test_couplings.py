"""`idp systems` and `idp couplings`: how an operator sets a coupling up (D5, R22-R25)."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from directory.imports.uwlr.faults import sentence
from idp.demo.las import Las
from tests.cli.conftest import Installation
from tests.directory.uwlr.standing import KEY, a_las, serving
from tests.directory.uwlr.test_tls import packed


@contextmanager
def served(las: Las) -> Iterator[str]:
    """The stand-in in a loop of its own: commands have theirs."""
    started, ended = threading.Event(), threading.Event()
    found: list[str] = []

    async def serve() -> None:
        async with serving(las) as endpoint:
            found.append(endpoint)
            started.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    started.wait(10)
    try:
        yield found[0]
    finally:
        ended.set()
        thread.join(10)


def configure(idp: Installation, endpoint: str, system: str = "parnassys") -> None:
    us = ("--customer-code", "poortwachter", "--customer-name", "Poortwachter")
    idp.json("systems", "configure", system, "--endpoint", endpoint, *us)


def couple(idp: Installation, endpoint: str) -> None:
    configure(idp, endpoint)
    idp.json("couplings", "choose", "99XX", "parnassys")
    idp.json("couplings", "agree", "99XX", "--side", "school")
    idp.json("couplings", "key", "99XX", stdin=f"{KEY}\n")
    idp.json("couplings", "mode", "99XX", "automatic")


def test_the_systems_that_are_known(idp: Installation) -> None:
    assert [one["code"] for one in idp.json("systems", "list")] == [
        "other",
        "dotcomschool",
        "eduscope",
        "esis",
        "parnassys",
    ]
    shown = idp.json("systems", "show", "eduscope")
    assert (shown["needs_key"], shown["reachable"]) == (False, False)
    assert "EDUscope needs no key" in idp("systems", "show", "eduscope").out


def test_a_system_is_configured(idp: Installation) -> None:
    configure(idp, "https://las.example/uwlr2.2.svc", "esis")
    shown = idp.json("systems", "configure", "esis", "--staged")
    assert (shown["endpoint"], shown["staged"], shown["reachable"]) == ("https://las.example/uwlr2.2.svc", True, True)
    assert "in three calls" in idp("systems", "show", "esis").out
    added = idp.json("systems", "configure", "nieuw", "--name", "Nieuw LAS", "--no-key")
    assert (added["name"], added["needs_key"]) == ("Nieuw LAS", False)
    refused = idp("systems", "configure", "esis", "--endpoint", "http://las.example/", "--json")
    assert (refused.code, refused.error["message"]) == (1, "an endpoint begins with https://")
    assert idp("systems", "show", "geen", "--json").error["error"] == "not_found"


def test_a_certificate_is_kept_and_forgotten(idp: Installation) -> None:
    file = idp.file("client.p12", packed(b"geheim"))
    wrong = idp("systems", "certificate", "esis", file, "--password-stdin", "--json", stdin="anders\n")
    assert wrong.code == 1
    assert "anders" not in wrong.err
    kept = idp.json("systems", "certificate", "esis", file, "--password-stdin", stdin="geheim\n")
    assert kept["certificate_until"].startswith("2040-01-01")
    assert "until 2040-01-01" in idp("systems", "show", "esis").out
    assert idp.json("systems", "certificate", "esis", "--remove")["certificate_until"] is None
    for words in ([], [file, "--remove"]):
        assert idp("systems", "certificate", "esis", *words).code == 1


def test_a_coupling_from_nothing_to_every_night(school: Installation) -> None:
    assert school("couplings", "show", "99XX", "--json").error["error"] == "not_found"
    with served(a_las()) as endpoint:
        couple(school, endpoint)
        shown = school.json("couplings", "show", "99XX")
        assert (shown["active"], shown["lacking"], shown["has_key"]) == (True, None, True)
        assert shown["next_run_at"] is not None
        checked = school.json("couplings", "check", "99XX")
    assert checked["pupils"] == 24
    assert KEY not in school("couplings", "show", "99XX").out + str(shown)
    (listed,) = school.json("couplings", "list", "--mode", "automatic")
    assert (listed["name"], listed["system"], listed["refused"]) == ("De Poort", "parnassys", None)
    assert school.json("couplings", "list", "--mode", "off") == []
    assert school.json("couplings", "mode", "99XX", "manual")["next_run_at"] is None


def test_what_is_lacking_is_said(school: Installation) -> None:
    configure(school, "https://las.example/uwlr")
    school.json("couplings", "choose", "99XX", "parnassys")
    school.json("couplings", "mode", "99XX", "automatic")
    shown = school("couplings", "show", "99XX").out
    assert sentence("key_missing", "en") in shown
    refused = school("couplings", "check", "99XX", "--json")
    assert (refused.code, refused.error["error"]) == (1, "key_missing")


def test_a_key_that_the_system_refuses_is_gone(school: Installation) -> None:
    las = a_las()
    las.schools["99XX", ""].key = "an other"
    with served(las) as endpoint:
        couple(school, endpoint)
        refused = school("couplings", "check", "99XX", "--json")
    assert (refused.code, refused.error) == (
        1,
        {"error": "las_key_refused", "message": sentence("las_key_refused", "en")},
    )
    shown = school.json("couplings", "show", "99XX")
    assert (shown["has_key"], shown["active"], shown["refused"]) == (False, False, "las_key_refused")


@pytest.mark.parametrize("side", ["school", "system"])
def test_either_side_takes_its_yes_back(school: Installation, side: str) -> None:
    couple(school, "https://las.example/uwlr")
    assert school.json("couplings", "agree", "99XX", "--side", side, "--withdraw")["active"] is False
    assert school.json("couplings", "agree", "99XX", "--side", side)["active"] is True
    assert school.json("couplings", "key", "99XX", "--remove")["has_key"] is False


def test_an_empty_key_is_refused(school: Installation) -> None:
    school.json("couplings", "choose", "99XX", "parnassys")
    refused = school("couplings", "key", "99XX", "--json", stdin="\n")
    assert (refused.code, refused.error["error"]) == (1, "refused")
