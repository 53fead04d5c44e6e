"""Why somebody cannot sign in, as a pure answer: each thing that can be in the way, and nothing else with it."""

from dataclasses import replace

import pytest

from idp.signin.hindrances import AtSchool, Facts, answers
from tests.web.test_translations import TEXTS

SCHOOL = AtSchool(coupling="automatic", ticked=2, places=1)
CHILD = Facts(school=SCHOOL, kind="pupil", present=True, group=True, activated=True, used=True, secret="pin")
TEACHER = Facts(school=SCHOOL, kind="staff", present=True, address=True, activated=True)
BY_NETWORK = replace(SCHOOL, networks=("MOO",))

IN_THE_WAY = {
    "pupil_left": replace(CHILD, present=False),
    "no_group": replace(CHILD, group=False),
    "no_secret": replace(CHILD, activated=False, secret=None, used=False),
    "unknown": replace(CHILD, school=BY_NETWORK),
    "held": replace(CHILD, school=replace(SCHOOL, newest_import="held")),
    "failed": replace(CHILD, school=replace(SCHOOL, newest_import="failed")),
    "refused": replace(CHILD, school=replace(SCHOOL, coupling="refused")),
    "unfinished": replace(CHILD, school=replace(SCHOOL, coupling="unfinished")),
    "no_agreement": replace(CHILD, school=replace(SCHOOL, agreement=False)),
    "excluded": replace(CHILD, excluded=("Rekenrijk",)),
    "waits": replace(CHILD, waits=61),
    "staff_left": replace(TEACHER, present=False),
    "not_yet": replace(TEACHER, activated=False),
}
ASIDE = {
    "unused": replace(CHILD, used=False),
    "hidden": replace(CHILD, hidden=True),
    "manual": replace(CHILD, school=replace(SCHOOL, coupling="manual")),
    "by_hand": replace(TEACHER, in_administration=False),
    "two_steps_due": replace(TEACHER, second_factor_due=True),
    "not_needed": replace(TEACHER, activated=False, school=BY_NETWORK, called=True),
    "staff_unknown": replace(TEACHER, school=BY_NETWORK),
}


def of_state(facts: Facts, state: str) -> list[str]:
    return [answer.said for answer in answers(facts) if answer.state == state]


@pytest.mark.parametrize("said", IN_THE_WAY)
def test_what_is_in_the_way_is_said_and_nothing_else(said: str) -> None:
    assert of_state(IN_THE_WAY[said], "open") == [said]


@pytest.mark.parametrize("said", ASIDE)
def test_what_is_good_to_know_is_not_in_the_way(said: str) -> None:
    assert of_state(ASIDE[said], "open") == []
    assert said in of_state(ASIDE[said], "aside")


def test_nothing_is_in_the_way_of_who_can_sign_in() -> None:
    assert (of_state(CHILD, "open"), of_state(TEACHER, "open")) == ([], [])
    assert [answer.what for answer in answers(TEACHER)] == [
        "listed",
        "address",
        "activated",
        "network",
        "coupling",
        "tick",
        "way",
        "tries",
        "place",
    ]


def test_without_an_address_or_a_place_two_things_follow() -> None:
    nameless = replace(TEACHER, address=False, activated=False)
    assert [(one.what, one.mend) for one in answers(nameless) if one.state == "open"] == [
        ("address", "address"),
        ("activated", None),
    ]
    nowhere = replace(CHILD, school=AtSchool())
    assert [one.what for one in answers(nowhere) if one.state == "open"] == ["tick", "place"]
    assert of_state(replace(TEACHER, mail_held=True), "open") == ["held"]


def test_a_pause_is_told_in_whole_minutes() -> None:
    (waits,) = (one for one in answers(IN_THE_WAY["waits"]) if one.said == "waits")
    assert (waits.count, waits.mend) == (2, "again")


@pytest.mark.parametrize("lang", TEXTS)
def test_every_answer_has_words(lang: str) -> None:
    every = [*IN_THE_WAY.values(), *ASIDE.values(), CHILD, TEACHER, replace(CHILD, school=AtSchool(coupling="none"))]
    for answer in (answer for facts in every for answer in answers(facts)):
        assert f"desk.why.{answer.what}.{answer.said}" in TEXTS[lang]
        assert answer.mend is None or f"desk.why.mend.{answer.mend}" in TEXTS[lang]
