"""What a school decides at its desk, by a command: home, two steps, groups and looks at colleagues, the looks at ticks, erasing."""

from sqlalchemy import func, insert, select

from directory.models import Employment, Enrolment, Person
from idp.core import throttle
from idp.core.db import Db
from idp.core.floor import Floor
from idp.core.models import LedgerEntry, Mail
from idp.credentials.models import Parent
from idp.signin import tries
from tests.cli.conftest import CLIENT, Installation

REQUEST = ("--request", "brief-2026-18")
JUF = "juf@99xx.example"
PARENT = "ouder@gezin.example"


def recorded(idp: Installation) -> list[str]:
    query = select(LedgerEntry.action).where(LedgerEntry.actor == "operator:cli").order_by(LedgerEntry.id)
    return list(idp.ask(lambda db: db.execute(query)).scalars())


def mailed(idp: Installation) -> list[str]:
    return list(idp.ask(lambda db: db.execute(select(Mail.subject).order_by(Mail.id))).scalars())


def test_how_pupils_sign_in_at_home(school: Installation) -> None:
    shown = school.json("schools", "home", "99XX")
    assert (shown["way"], shown["parents"]) == ("here", False)
    for words in (
        ("--way", "network"),
        ("--way", "network", "--network-name", "MOO", "--network-url", "http://x.example"),
        ("--group", "Groep 99=here"),
    ):
        assert school("schools", "home", "99XX", *words, *REQUEST, "--json").error["error"] == "refused", words
    assert school("schools", "home", "99XX", "--parents", "--json").error["error"] == "request_needed"
    way = ("--way", "network", "--network-name", "MOO", "--network-url", "https://moo.example", "--parents")
    shown = school.json("schools", "home", "99XX", *way, *REQUEST)
    assert (shown["way"], shown["network_name"], shown["parents"]) == ("network", "MOO", True)
    assert "parents: off" in school("schools", "home", "99XX", "--no-parents", *REQUEST).out
    told = [one for one in recorded(school) if one.startswith("home.")]
    assert told == ["home.way_chosen", "home.parents_on", "home.parents_off"]


def test_two_steps_and_colleagues(school: Installation) -> None:
    assert school("schools", "two-steps", "99XX", "--on", "--json").error["error"] == "request_needed"
    assert school.json("schools", "two-steps", "99XX", "--on", *REQUEST)["changed"] is True
    assert school.json("schools", "two-steps", "99XX", "--on", *REQUEST)["changed"] is False
    school.json("people", "add-staff", "--school", "99XX", "--email", JUF, "--role", "teacher")
    at = ("--school", "99XX")
    assert school("staff", "link-groups", JUF, *at, "--group", "Nergens", "--json").error["error"] == "not_found"
    assert school.json("staff", "link-groups", JUF, *at)["groups"] == []
    assert school("staff", "reviewed", JUF, *at, "--until", "2020-01-01", "--json").error["error"] == "end_has_passed"
    assert school.json("staff", "held", "99XX", "--send")["people"] == []
    school.json("staff", "give-role", JUF, *at, "--role", "ib")
    assert "Uw rollen bij" in mailed(school)[-1]
    assert school("schools", "names", "99XX", "--hide", "--json").error["error"] == "request_needed"
    assert school.json("schools", "names", "99XX", "--hide", *REQUEST)["changed"] is True
    assert "have first names" in school("schools", "names", "99XX", "--show", *REQUEST).out
    told = {
        "school.names_hidden",
        "school.names_shown",
        "school.two_steps_on",
        "staff.groups_linked",
        "staff.newcomers_mailed",
        "staff.role_given",
    }
    assert told <= set(recorded(school))


def test_ticks_are_looked_at_and_a_party_is_asked_to_erase(school: Installation) -> None:
    file = school.file("client.json", {**CLIENT, "scope": "openid profile", "client_name": "Rekenrijk"})
    party = str(school.json("parties", "add-oidc", file, "--contact-email", "help@rekenrijk.example")["party"])
    about = ("--school", "99XX", "--party", party, *REQUEST)
    assert school("consent", "ask-to-erase", *about, "--json").error["error"] == "not_found", "it never had a yes"
    school.json("consent", "give", *about)
    looked = ("consent", "reviewed", "--school", "99XX", *REQUEST)
    shown = school.json(*looked)
    [given] = shown["given"]
    assert (shown["recorded"], given["name"], "first_name" in str(given["fields"])) == (False, "Rekenrijk", True)
    assert school(*looked, "--seen", "0" * 32, "--json").error["error"] == "changed_since"
    words = school(*looked).out
    for word in ("First name", f"--seen {shown['seen']}", "Does the school still use"):
        assert word in words
    assert "consent.reviewed" not in recorded(school)
    done = school.json(*looked, "--seen", shown["seen"])
    assert (done["recorded"], done["ticks"]) == (True, 1)
    query = select(LedgerEntry.detail).where(LedgerEntry.action == "consent.reviewed")
    [kept] = school.ask(lambda db: db.execute(query)).scalars()
    assert kept == {"ticks": 1, "seen": shown["seen"], "request": REQUEST[1]}, "with the mark, as the page records it"
    assert school("consent", "ask-to-erase", *about, "--json").error["error"] == "not_found", "it has one still"
    school.json("consent", "withdraw", *about)
    asked = school.json("consent", "ask-to-erase", *about)
    assert (asked["asked"], asked["mailed"]) == (True, True)
    assert school.json("consent", "ask-to-erase", *about)["asked"] is False, "once, until it answers"
    assert school("consent", "note-answer", *about, "--json", stdin=" ").code == 1
    school.json("consent", "note-answer", *about, stdin="Alles is gewist.")
    assert school("consent", "note-answer", *about, "--json", stdin="Nog eens.").error["error"] == "not_asked"
    told = ["consent.reviewed", "consent.withdrawn", "consent.deletion_asked", "consent.deletion_answered"]
    assert [one for one in recorded(school) if one in told] == told


def test_sessions_end_of_whoever_is_named_in_one_way(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    key = school.ask(lambda db: db.execute(select(Enrolment.las_key).limit(1))).scalar_one()
    school.json("people", "add-staff", "--school", "99XX", "--email", JUF, "--role", "teacher")

    async def enter(laid: Floor) -> None:
        async with laid.database.begin() as db:
            await db.execute(insert(Parent).values(email=PARENT, ledger_id="0" * 36, created_at=laid.now))

    school.on_floor(enter)
    pupil = ("--school", "99XX", "--pupil-key", key)
    for words, kind in (("--email", JUF), "staff"), (("--parent", PARENT.upper()), "parent"), (pupil, "pupil"):
        assert school.json("people", "end-sessions", *words)["kind"] == kind
    ended = school.ask(_epochs)
    assert ended == (1, 1, 1)
    assert mailed(school)[-2:] == ["U bent overal uitgelogd"] * 2, "a pupil has no address"
    assert recorded(school)[-3:] == ["helpdesk.sessions_ended"] * 3
    refused: dict[str, list[tuple[str, ...]]] = {
        "refused": [(), ("--email", JUF, "--parent", PARENT), ("--school", "99XX"), ("--email", JUF, *pupil)],
        "not_found": [("--email", PARENT), ("--parent", JUF), ("--school", "99XX", "--pupil-key", "niemand")],
    }
    for error, wrong in refused.items():
        for named in wrong:
            assert school("people", "end-sessions", *named, "--json").error["error"] == error, named


async def _epochs(db: Db) -> tuple[int, int, int]:
    """How many members of staff, pupils and parents lost their sessions once."""
    once = select(func.count()).select_from(Person).where(Person.epoch == 2)
    staff = once.where(Person.id.in_(select(Employment.person_id)))
    pupils = once.where(Person.id.in_(select(Enrolment.person_id)))
    parents = select(func.count()).select_from(Parent).where(Parent.epoch == 2)
    found = [(await db.execute(query)).scalar_one() for query in (staff, pupils, parents)]
    return found[0], found[1], found[2]


def test_a_child_that_waits_may_try_again(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    key, child = school.ask(lambda db: db.execute(select(Enrolment.las_key, Enrolment.person_id).limit(1))).one()

    async def waits(floor: Floor) -> bool:
        return child in await tries.pauses(floor, [child])

    async def guesses(floor: Floor) -> bool:
        for _ in range(throttle.CHILD.free + 1):
            await throttle.enter(floor.store, tries.counter(floor.keyring, child), throttle.CHILD)
        return await waits(floor)

    assert school.on_floor(guesses)
    assert school.json("people", "try-again", "--school", "99XX", "--pupil-key", key)["pupil_key"] == key
    assert not school.on_floor(waits)
    assert "pupil.tries_forgiven" in recorded(school)
    assert (
        school("people", "try-again", "--school", "99XX", "--pupil-key", "niemand", "--json").error["error"]
        == "not_found"
    )
