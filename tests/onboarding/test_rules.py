"""The pure parts: what a form may hold, who may do what, and what a checker sees beside the form (R9 to R14)."""

import pytest

from directory.lifecycle.refusals import Refused
from directory.onboarding import steps
from directory.onboarding.answers import FIELDS, KINDS, OPTIONAL, Kind, Unclear, read
from directory.onboarding.compared import Account, Known, Row, compare
from directory.onboarding.steps import Act, Standing, State
from directory.register.reader import ListedLocation
from tests.onboarding.kit import FAR, FORM, answers

LISTED = ListedLocation("98XY00", "Duinroos", "ZAND", "41234", "Stichting Zand")


@pytest.mark.parametrize("kind", KINDS)
def test_each_form_asks_what_is_needed(kind: Kind) -> None:
    """R13, R14: board and school as DUO has them, who signs, who will coordinate; abroad there is no code and no funding number."""
    asked = {"board_name", "school_name", "director_surname", "director_function", "first_name", "surname", "email"}
    assert asked <= set(FIELDS[kind])
    assert ({"board_number", "brin", "location"} <= set(FIELDS[kind])) == (kind == "nl")
    with pytest.raises(Unclear) as empty:
        read({}, kind)
    assert set(empty.value.fields) == set(FIELDS[kind]) - OPTIONAL, "all that is missing at once"


def test_what_was_typed_is_kept_in_one_form() -> None:
    told = read({**FORM, "brin": " 98 xy", "board_number": "4 12 34", "school_name": " De \t Duinroos\n"}, "nl")
    assert (told.code, told.location, told.board_number, told.school_name) == ("98XY00", "", "41234", "De Duinroos")
    assert "Els" not in repr(told)
    far = read(FAR, "abroad")
    assert (far.code, far.brin, far.board_number, far.country) == (None, "", "", "Aruba"), (
        "what it does not ask is left alone"
    )


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("brin", "1234"),
        ("brin", "98XY01"),
        ("location", "123"),
        ("board_number", "1234"),
        ("board_number", "٤١٢٣٤"),
        ("school_name", "12"),
        ("school_name", "x" * 201),
        ("director_prefix", "x" * 17),
        ("email", "geen adres"),
        ("email", "a@b.nl, c@d.nl"),
        ("reply", "a@b.nl\nBcc: x@y.nl"),
    ],
)
def test_a_field_that_will_not_do_is_named(field: str, text: str) -> None:
    with pytest.raises(Unclear) as wrong:
        read({**FORM, field: text}, "nl")
    assert wrong.value.fields == (field,)


ME, OTHER = "ledger-of-me", "ledger-of-another"


@pytest.mark.parametrize(
    ("state", "act", "by", "seen", "follows"),
    [
        ("asked", "upload", "applicant", None, "received"),
        ("received", "upload", "applicant", None, "received"),
        ("approved", "upload", "applicant", None, "not_now"),
        ("done", "upload", "applicant", None, "not_now"),
        ("refused", "upload", "applicant", None, "not_now"),
        ("asked", "approve", ME, 3, "not_now"),
        ("received", "approve", ME, 3, "approved"),
        ("received", "approve", ME, 2, "changed"),
        ("received", "approve", ME, None, "changed"),
        ("received", "confirm", OTHER, 3, "not_now"),
        ("approved", "confirm", ME, 3, "same_person"),
        ("approved", "confirm", OTHER, 3, "done"),
        ("approved", "confirm", OTHER, 4, "changed"),
        ("done", "confirm", OTHER, 3, "not_now"),
        ("approved", "return", ME, 3, "asked"),
        ("approved", "refuse", OTHER, 3, "refused"),
        ("done", "refuse", OTHER, 3, "not_now"),
    ],
)
def test_who_may_do_what(state: State, act: Act, by: str, seen: int | None, follows: str) -> None:
    standing = Standing(state, 3, ME if state in {"approved", "done"} else None)
    try:
        said: str = steps.after(standing, act, by=by, seen=seen)
    except Refused as refused:
        said = refused.code
    assert said == follows


def differing(known: Known, **changes: str) -> set[str]:
    return {row.field for row in compare(answers(**changes), known).rows if row.differs}


def test_form_register_and_account_are_laid_side_by_side() -> None:
    known = Known(register_read=True, listed=LISTED, board_listed_as="Stichting Zand")
    assert differing(known) == {"school_name"}
    assert differing(known, school_name="DUINROOS", board_name="stichting zand") == set(), "capitals are no difference"
    assert differing(known, school_name="Duinroos", board_number="41235") == {"board_number"}
    made = compare(answers(board_number="41235", board_name="Zand"), known)
    assert (made.outcome, made.name, made.board) == ("school", "Duinroos", ("41234", "Stichting Zand")), "as DUO has it"
    assert made.remarks == ("other_board",), "whose director signs is not the school's, as far as DUO knows"
    assert compare(answers(), known).rows[0] == Row("code", "98XY00", "98XY00", None)


def test_what_the_register_lacks_is_as_the_form_says_and_said() -> None:
    made = compare(answers(), Known(register_read=True))
    assert (made.name, made.board) == ("De Duinroos", ("41234", "Stichting Zand"))
    assert made.remarks == ("unlisted", "board_unlisted")
    assert compare(answers(), Known(register_read=False)).remarks == ("unread",)
    named = compare(answers(), Known(register_read=True, board_listed_as="Stichting Zandgrond"))
    assert (named.board, named.remarks) == (("41234", "Stichting Zandgrond"), ("unlisted",))
    same = compare(answers(first_name="els", prefix="van der", surname="Wal"), Known(register_read=True, listed=LISTED))
    assert same.remarks == ("same_person",)


def test_a_school_abroad_has_no_code_and_no_board_of_duo() -> None:
    made = compare(read(FAR, "abroad"), Known(register_read=True, namesakes=("x",), others=(3,)))
    assert (made.name, made.board, made.remarks) == ("De Verre School", None, ("other_application", "same_name"))


@pytest.mark.parametrize(
    ("account", "hindrances"),
    [
        ({}, ()),
        ({"coordinators": 1}, ("coordinators",)),
        ({"invited": 1}, ("invited",)),
        ({"closed": True}, ("closed",)),
    ],
)
def test_a_school_that_we_have_gets_its_first_coordinator_or_nothing(
    account: dict[str, int], hindrances: tuple[str]
) -> None:
    """R10, R11: the same check for the first coordinator; whoever has one needs no helpdesk."""
    known = Known(register_read=True, listed=LISTED, account=Account(7, "98XY", "Duinroos", None, None, **account))  # type: ignore[arg-type]
    made = compare(answers(), known)
    assert (made.outcome, made.name, made.board, made.hindrances) == ("coordinator", "Duinroos", None, hindrances)
