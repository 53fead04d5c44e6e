"""`idp locations`, and `idp schools import` of an administration that delivers several locations (D13)."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from directory.imports.models import SeenLocation
from directory.models import Enrolment, School
from tests.cli.conftest import Installation

EAST = '<vestigingen><vestiging key="E"><naam>Oost</naam></vestiging></vestigingen>'


@pytest.fixture
def two(school: Installation) -> Installation:
    """School 99XX and the account of its location 01, whose pupils stand in one file."""
    school.json("schools", "add", "--brin", "99XX", "--location", "01", "--name", "De Poort Oost")
    path = Path(school.school_file())
    told = path.read_text("utf-8").replace("<groepen>", f"{EAST}<groepen>", 1)
    # The last four pupils are at the other location.
    for number in range(9, 13):
        before, _, after = told.partition(f'<leerling key="L{number:05}"')
        told = f'{before}<leerling key="L{number:05}"' + after.replace(
            "</leerling>", '<vestiging key="E"/></leerling>', 1
        )
    path.write_text(told, "utf-8")
    return school


def active(idp: Installation) -> dict[str, int]:
    """How many pupils each location has."""
    rows = idp.ask(lambda db: db.execute(select(School.location).join(Enrolment).where(Enrolment.active))).all()
    return {location: [row.location for row in rows].count(location) for location in ("", "01")}


def agreed(idp: Installation) -> Any:
    made = idp.json("locations", "deliver", "99XX", "E", "--to", "99XX01")
    idp.json("locations", "agree", "99XX01", str(made["number"]))
    return made["number"]


def test_before_the_other_account_agreed_everybody_comes_to_the_first(two: Installation) -> None:
    made = two("locations", "deliver", "99XX", "E", "--to", "99XX01")
    assert "it has to agree: idp locations agree 99XX01" in made.out
    shown = two.json("schools", "import", "school.xml", "--apply")
    assert (shown["delivered"], active(two)) == ([], {"": 12, "01": 0})
    seen = two.ask(lambda db: db.execute(select(SeenLocation.location_key, SeenLocation.pupils))).all()
    assert [tuple(row) for row in seen] == [("E", 4)], "for the page on which the coordinator says whose it is"


def test_after_it_each_account_gets_its_own(two: Installation) -> None:
    agreed(two)
    assert two.json("schools", "import", "school.xml")["pupils"]["new"] == 8
    shown = two.json("schools", "import", "school.xml", "--apply")
    assert [(each["school"], each["state"]) for each in shown["delivered"]] == [("99XX01", "applied")]
    assert active(two) == {"": 8, "01": 4}
    assert "Delivered to 99XX01 as import" in two("schools", "import", "school.xml", "--apply").out


def test_what_is_delivered_is_listed_for_both_until_either_withdraws(two: Installation) -> None:
    number = agreed(two)
    row = {"number": number, "from": "99XX", "location": "E", "to": "99XX01", "agreed": True}
    assert two.json("locations", "list", "99XX") == two.json("locations", "list", "99XX01") == [row]
    two.json("locations", "withdraw", "99XX", str(number))
    assert two.json("locations", "list", "99XX01") == []


def test_who_has_no_say_is_refused(two: Installation) -> None:
    number = str(two.json("locations", "deliver", "99XX", "E", "--to", "99XX01")["number"])
    two.json("schools", "add", "--brin", "99XY", "--name", "Elders")
    for words in (("agree", "99XX", number), ("agree", "99XY", number), ("withdraw", "99XY", number)):
        ended = two("locations", *words, "--json")
        assert (ended.code, ended.error["error"]) == (1, "not_found")
    ended = two("locations", "deliver", "99XX", "E", "--to", "99XX00", "--json")
    assert (ended.code, ended.error["error"]) == (1, "refused")
