"""`idp people`: staff, second factors, a child's secret."""

from datetime import UTC, datetime

import pyotp
import pytest
from sqlalchemy import select

from directory import people, schools
from idp.core.db import Db
from idp.core.floor import Floor
from idp.core.models import LedgerEntry, Mail
from idp.credentials import passwords, pupil_secrets
from idp.credentials.passwords import Hasher
from mfa import recovery_codes, totp
from tests.cli.conftest import Installation

PASSWORD = "Regenboog-fiets-7"


def add(idp: Installation, *words: str, stdin: str = PASSWORD + "\n") -> dict[str, object]:
    answer: dict[str, object] = idp.json(
        "people",
        "add-staff",
        "--school",
        "99XX",
        "--email",
        "Juf@Poort.example",
        *words,
        "--password-stdin",
        stdin=stdin,
    )
    return answer


def password_fits(idp: Installation, email: str, password: str) -> bool:
    async def verify(laid: Floor) -> bool:
        async with laid.database.read() as db:
            account = await people.account(db, email)
            known = await passwords.known_hash(db, account.person_id) if account else None
        hasher = Hasher(laid.settings)
        try:
            return await hasher.verify(password, known)
        finally:
            hasher.close()

    return idp.on_floor(verify)


def workplaces(idp: Installation, email: str) -> list[people.Workplace]:
    async def read(db: Db) -> list[people.Workplace]:
        account = await people.account(db, email)
        assert account is not None
        return await people.workplaces(db, account.person_id, today=datetime.now(UTC).date())

    return idp.ask(read)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_a_member_of_staff_is_added_and_can_sign_in(school: Installation, ending: str) -> None:
    added = add(school, "--role", "teacher", "--role", "ib", stdin=PASSWORD + ending)
    expected = {"email": "juf@poort.example", "school": "99XX", "roles": ["ib", "teacher"], "new": True}
    assert added == {**expected, "password": "set"}
    assert password_fits(school, "juf@poort.example", PASSWORD)
    assert [place.roles for place in workplaces(school, "juf@poort.example")] == [("ib", "teacher")]


def test_an_account_at_another_school_gets_a_workplace_more_and_keeps_its_password(school: Installation) -> None:
    add(school, "--role", "teacher")
    school.json("schools", "add", "--brin", "99YY", "--name", "De Brug")
    words = ["--school", "99YY", "--email", "juf@poort.example", "--role", "support", "--password-stdin"]
    again = school.json("people", "add-staff", *words, stdin="Ander-wachtwoord-9")
    assert (again["new"], again["password"]) == (False, "kept")
    assert password_fits(school, "juf@poort.example", PASSWORD)
    held = {place.school_name: place.roles for place in workplaces(school, "juf@poort.example")}
    assert held == {"De Poort": ("teacher",), "De Brug": ("support",)}


def test_an_account_may_get_its_password_later(school: Installation) -> None:
    words = ["people", "add-staff", "--school", "99XX", "--email", "juf@poort.example", "--role", "teacher"]
    assert school.json(*words)["password"] == "none"
    assert not password_fits(school, "juf@poort.example", PASSWORD)
    assert add(school, "--role", "teacher")["password"] == "set"
    assert password_fits(school, "juf@poort.example", PASSWORD)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("kort-7", "too_short"),
        ("12345678901", "no_letter"),
        ("alleen-letters", "no_digit"),
        ("Welkom2026", "too_common"),
        ("mijn-de poort-7", "holds_name"),
        ("Jansen-fietst-7", "holds_name"),
        ("a1-" * 50, "too_long"),
    ],
    ids=["short", "digits", "letters", "common", "school", "person", "long"],
)
def test_a_weak_password_is_refused_with_its_reason_and_nobody_is_added(
    school: Installation, password: str, reason: str
) -> None:
    words = ["--school", "99XX", "--email", "juf@poort.example", "--role", "teacher", "--surname", "Jansen"]
    ended = school("people", "add-staff", *words, "--password-stdin", "--json", stdin=password)
    assert (ended.code, ended.error["error"], ended.error["reason"]) == (1, "weak_password", reason)
    assert password not in ended.err
    assert school.json("schools", "show", "99XX")["staff"] == 0


def test_a_password_is_text(school: Installation) -> None:
    words = ["--school", "99XX", "--email", "juf@poort.example", "--role", "teacher", "--password-stdin"]
    assert "not UTF-8" in school("people", "add-staff", *words, stdin=b"wachtwoord\xff7").err


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"--school": "11AA"}, "no school 11AA"),
        ({"--email": "nonsense"}, "an e-mail address looks like"),
        ({"--role": "director"}, "unknown role 'director'"),
    ],
)
def test_a_wrong_colleague_is_refused(school: Installation, changed: dict[str, str], told: str) -> None:
    words = {"--school": "99XX", "--email": "juf@poort.example", "--role": "teacher", **changed}
    ended = school("people", "add-staff", *(word for pair in words.items() for word in pair))
    assert ended.code == 1
    assert told in ended.err
    assert school.json("schools", "show", "99XX")["staff"] == 0


def test_an_app_is_set_up_and_its_first_code_works(school: Installation) -> None:
    add(school, "--role", "ict-coordinator")
    given = school.json("people", "enrol-totp", "JUF@poort.example")
    assert set(given) == {"secret", "uri", "recovery_codes"}
    assert f"secret={given['secret']}" in given["uri"]
    assert len(set(given["recovery_codes"])) == recovery_codes.HOW_MANY

    async def spend(laid: Floor) -> tuple[bool, bool]:
        async with laid.database.begin() as db:
            account = await people.account(db, "juf@poort.example")
            assert account is not None
            code, one = pyotp.TOTP(given["secret"]).at(laid.now), given["recovery_codes"][0]
            by_app = await totp.spend(db, laid.keyring, account.person_id, code, now=laid.now)
            by_code = await recovery_codes.spend(db, laid.keyring, account.person_id, one, now=laid.now)
        return by_app, by_code

    assert school.on_floor(spend) == (True, True)
    assert school.ask(lambda db: db.execute(select(Mail.recipient))).scalars().all() == ["juf@poort.example"]


def test_an_app_is_replaced_only_on_purpose_and_then_signs_everybody_out(school: Installation) -> None:
    add(school, "--role", "ict-coordinator")
    first = school.json("people", "enrol-totp", "juf@poort.example")
    epoch = school.ask(lambda db: people.account(db, "juf@poort.example"))
    ended = school("people", "enrol-totp", "juf@poort.example", "--json")
    assert (ended.code, ended.error["error"], ended.out) == (1, "already_enrolled", "")
    second = school.json("people", "enrol-totp", "juf@poort.example", "--replace")
    assert second["secret"] != first["secret"]
    after = school.ask(lambda db: people.account(db, "juf@poort.example"))
    assert epoch is not None
    assert after is not None
    assert after.epoch == epoch.epoch + 1


def test_an_app_for_people_to_read(school: Installation) -> None:
    add(school, "--role", "teacher")
    told = school("people", "enrol-totp", "juf@poort.example").out
    assert "otpauth://totp/Poortwachter:juf%40poort.example?secret=" in told
    assert school("people", "enrol-totp", "nobody@poort.example").code == 1


@pytest.mark.parametrize(
    ("words", "secret"), [(("--pin", "0471"), "0471"), (("--pictures", "tree, boat,apple"), "tree,boat,apple")]
)
def test_a_child_gets_a_chosen_secret(school: Installation, words: tuple[str, ...], secret: str) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    set_ = school.json("people", "set-secret", "--school", "99XX", "--pupil-key", "L00004", *words)
    assert set_["pupil_key"] == "L00004"
    assert secret not in str(set_)

    async def fits(laid: Floor) -> bool:
        async with laid.database.read() as db:
            at = await schools.by_code(db, "99XX")
            person_id = await people.pupil_by_key(db, at.id, "L00004")
        child = await pupil_secrets.known(laid.database.hot, at.id, person_id, today=laid.now.date(), standing=None)
        return child is not None and pupil_secrets.fits(laid.keyring, child, secret)

    assert school.on_floor(fits)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--pin", "471"), "malformed_secret"),
        (("--pin", "٤٧١١"), "malformed_secret"),
        (("--pictures", "tree,boat"), "malformed_secret"),
        (("--pictures", "tree,boat,cat"), "malformed_secret"),
        ((), "refused"),
        (("--pin", "0471", "--pictures", "tree,boat,apple"), "refused"),
        (("--pupil-key", "nobody", "--pin", "0471"), "not_found"),
    ],
)
def test_a_wrong_secret_is_refused(school: Installation, words: tuple[str, ...], code: str) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    ended = school("people", "set-secret", "--school", "99XX", "--pupil-key", "L00004", *words, "--json")
    assert (ended.code, ended.error["error"]) == (1, code)


def test_a_card_is_printed_again_and_voided(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    asked = ("people", "card", "--school", "99XX", "--pupil-key", "L00004")
    first = school.json(*asked)
    assert (len(first["code"]), first["changed"]) == (32, True)
    assert school(*asked).out.strip() == first["code"]
    assert school.json(*asked, "--void") == {**first, "code": None}
    assert school(*asked, "--void").out.strip() == "There was no card."
    assert school.json(*asked)["code"] != first["code"]


def test_the_ledger_names_people_by_their_ledger_id_only(school: Installation) -> None:
    add(school, "--role", "teacher")
    school.json("people", "enrol-totp", "juf@poort.example")
    account = school.ask(lambda db: people.account(db, "juf@poort.example"))
    assert account is not None
    entries = select(LedgerEntry.action, LedgerEntry.subject, LedgerEntry.detail).order_by(LedgerEntry.id)
    rows = school.ask(lambda db: db.execute(entries)).all()
    assert [row[:2] for row in rows[1:]] == [
        ("staff.added", account.ledger_id),
        ("second_factor.enrolled", account.ledger_id),
    ]
    assert "juf" not in str(rows)


def test_a_lost_second_factor_is_taken_away_on_a_signed_request(school: Installation) -> None:
    add(school, "--role", "teacher")
    school.json("people", "enrol-totp", "juf@poort.example")
    shown = school.json("people", "reset-second-factor", "juf@poort.example", "--reference", "brief 2026-114")
    assert shown == {"email": "juf@poort.example", "reference": "brief 2026-114"}
    again = school("people", "reset-second-factor", "juf@poort.example", "--reference", "x", "--json")
    assert (again.code, again.error["error"]) == (1, "no_second_step")
    assert school("people", "reset-second-factor", "nobody@poort.example", "--reference", "x").code == 1
    assert school("people", "reset-second-factor", "juf@poort.example").code == 2


def test_why_somebody_cannot_sign_in(school: Installation) -> None:
    """D37: the operator reads how many parties, never which; no name, and nobody of another school."""
    school.json("schools", "import", school.school_file(), "--apply")
    add(school, "--role", "teacher")
    asked = ["people", "why", "--school", "99XX"]
    found = school.json(*asked, "--pupil-key", "L00004")
    said = {answer["what"]: (answer["said"], answer["state"]) for answer in found["answers"]}
    assert (said["listed"], said["place"]) == (("pupil", "done"), ("none", "open"))
    assert set(found["answers"][0]) == {"what", "said", "state", "count"}
    told = school(*asked, "--email", "Juf@Poort.example").out
    assert "done  Activated: Has chosen a password." in told
    for words in (["--pupil-key", "L99999"], ["--email", "a@poort.example"], []):
        assert school(*asked, *words).code == 1
    school.json("schools", "add", "--brin", "99YY", "--name", "De Brug")
    assert school("people", "why", "--school", "99YY", "--email", "juf@poort.example").code == 1
