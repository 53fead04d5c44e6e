"""`idp consent`: the school's yes, at its request, with a receipt (D8, D12, D37, R144)."""

from sqlalchemy import select

from idp.core.models import LedgerEntry, Mail
from tests.cli.conftest import CLIENT, Installation

GIVE = ["consent", "give", "--school", "99XX", "--party", "rekenrijk"]
WITHDRAW = ["consent", "withdraw", "--school", "99XX", "--party", "rekenrijk"]
REQUEST = ["--request", "brief-2026-17"]
FIELDS = ["display_name", "first_name", "prefix", "subject", "surname"]


def with_publisher(idp: Installation) -> int:
    file = idp.file("client.json", {**CLIENT, "scope": "openid profile", "client_name": "Rekenrijk"})
    party: int = idp.json("parties", "add-oidc", file)["party"]
    return party


def mails(idp: Installation) -> list[tuple[str, str, str]]:
    rows = idp.ask(lambda db: db.execute(select(Mail.recipient, Mail.subject, Mail.body).order_by(Mail.id)))
    return [(row.recipient, row.subject, row.body) for row in rows]


def entries(idp: Installation) -> list[str]:
    rows = idp.ask(lambda db: db.execute(select(LedgerEntry.action).order_by(LedgerEntry.id)))
    return [action for action in rows.scalars() if action.startswith("consent.")]


def test_consent_is_given_for_all_fields_of_the_party(school: Installation) -> None:
    party = with_publisher(school)
    given = school.json(*GIVE, *REQUEST)
    expected = {"school": "99XX", "party": party, "name": "Rekenrijk", "given": True, "fields": FIELDS}
    assert given == {**expected, "changed": True}
    assert school.json(*GIVE, *REQUEST) == {**expected, "changed": False}
    assert entries(school) == ["consent.given"]


def test_consent_is_withdrawn(school: Installation) -> None:
    with_publisher(school)
    school.json(*GIVE, *REQUEST)
    assert school.json(*WITHDRAW, *REQUEST)["changed"] is True
    assert school.json(*WITHDRAW, *REQUEST)["changed"] is False
    (tick,) = school.json("consent", "list", "--school", "99XX", *REQUEST)
    assert (tick["given"], tick["fields"]) == (False, [])
    assert entries(school) == ["consent.given", "consent.withdrawn", "consent.listed"]


def test_every_coordinator_gets_a_receipt_and_nobody_else(school: Installation) -> None:
    with_publisher(school)
    school.json("schools", "add", "--brin", "99YY", "--name", "De Brug")
    for at, name, role in (
        ("99XX", "een", "ict-coordinator"),
        ("99XX", "twee", "ict-coordinator"),
        ("99XX", "juf", "teacher"),
        ("99YY", "ander", "ict-coordinator"),
    ):
        school.json("people", "add-staff", "--school", at, "--email", f"{name}@poort.example", "--role", role, *REQUEST)
    school.json(*GIVE, *REQUEST)
    school.json(*GIVE, *REQUEST)
    school.json(*WITHDRAW, *REQUEST)
    assert [(to, subject) for to, subject, _ in mails(school)] == [
        ("een@poort.example", "Bevestiging van toestemming: Rekenrijk"),
        ("twee@poort.example", "Bevestiging van toestemming: Rekenrijk"),
        ("een@poort.example", "Toestemming ingetrokken: Rekenrijk"),
        ("twee@poort.example", "Toestemming ingetrokken: Rekenrijk"),
    ]
    body = mails(school)[0][2]
    assert "De Poort" in body
    assert "- Roepnaam" in body
    assert "brief-2026-17" in body
    assert "ECK-iD" not in body


def test_one_call_decides_for_every_school_of_a_board_with_a_receipt_each(idp: Installation) -> None:
    """D20, R72: as on the board's page, each school has its own line in the ledger and its own receipt, with what each field is for."""
    board = ("--board-number", "41234", "--board-name", "Aan Zee")
    for code in ("99XX", "98XX"):
        idp.json("schools", "add", "--brin", code, "--name", f"School {code}", *board)
        who = ("--email", f"ict@{code}.example", "--role", "ict-coordinator")
        idp.json("people", "add-staff", "--school", code, *who, *REQUEST)
    idp.json("schools", "add", "--brin", "97XX", "--name", "Elders")
    party = with_publisher(idp)
    purpose = {"required": True, "purpose_nl": "De naam op het scherm", "purpose_en": "The name on the screen"}
    listed = idp.file("fields.json", {"fields": {"first_name": purpose}})
    idp.json("parties", "fields", "publish", str(party), listed, "--service", "Rekenen")
    words = ("--board", "41234", "--party", "rekenrijk")
    idp.json("consent", "give", "--school", "98XX", "--party", "rekenrijk", *REQUEST)
    for act in ("give", "withdraw"):
        assert idp("consent", act, *words, "--json").error["error"] == "request_needed"
    given = idp.json("consent", "give", *words, *REQUEST)
    assert [(one["school"], one["given"], one["changed"]) for one in given] == [
        ("98XX", True, False),
        ("99XX", True, True),
    ]
    receipts = [(to, body) for to, subject, body in mails(idp) if subject == "Bevestiging van toestemming: Rekenrijk"]
    assert [to for to, _ in receipts] == ["ict@98xx.example", "ict@99xx.example"], "a receipt at each that changed"
    assert "- Roepnaam (Rekenen: De naam op het scherm)" in receipts[1][1]
    assert "brief-2026-17" in receipts[1][1]
    assert idp.json("consent", "list", "--school", "97XX", *REQUEST) == []
    told = idp("consent", "withdraw", *words, *REQUEST).out
    assert told.splitlines() == ["98XX no longer allows: Rekenrijk.", "99XX no longer allows: Rekenrijk."]
    assert entries(idp).count("consent.withdrawn") == 2
    for wrong in ((*words, "--school", "99XX"), words[2:], ("--board", "1", *words[2:])):
        assert idp("consent", "give", *wrong, *REQUEST, "--json").code == 1, wrong


def test_an_operator_acts_at_a_written_request_only(school: Installation) -> None:
    with_publisher(school)
    for words in (GIVE, WITHDRAW, ["consent", "list", "--school", "99XX"]):
        ended = school(*words, "--json")
        assert (ended.code, ended.error["error"]) == (1, "request_needed")
    assert entries(school) == []
    assert mails(school) == []


def test_the_demo_asks_for_no_request(school: Installation) -> None:
    with_publisher(school)
    assert school.json(*GIVE, IDP_DEMO="true")["changed"] is True
    assert "99XX no longer allows: Rekenrijk." in school(*WITHDRAW, IDP_DEMO="true").out


def test_school_and_party_are_known_by_all_their_names(school: Installation) -> None:
    party = with_publisher(school)
    ref = school.json("schools", "show", "99XX")["instelling_ref"]
    for code, name in ((ref, str(party)), ("99xx", "rekenrijk"), ("99XX00", "rekenrijk")):
        given = school.json("consent", "give", "--school", code, "--party", name, *REQUEST)
        assert (given["school"], given["party"]) == ("99XX", party)


def test_unknown_schools_and_parties_are_refused(school: Installation) -> None:
    with_publisher(school)
    for at, party in (("11AA", "rekenrijk"), ("99XX", "nobody")):
        ended = school("consent", "give", "--school", at, "--party", party, *REQUEST, "--json")
        assert (ended.code, ended.error["error"]) == (1, "not_found")


def test_what_a_party_may_ask_later_is_not_consented_before(school: Installation) -> None:
    with_publisher(school)
    school.json(*GIVE, *REQUEST)
    wider = school.file("wider.json", {**CLIENT, "client_id": "wider", "scope": "openid eckid"})
    school.json("parties", "add-oidc", wider, "--party", "rekenrijk", "--widen")
    (tick,) = school.json("consent", "list", "--school", "99XX", *REQUEST)
    assert tick["fields"] == FIELDS
    assert "Rekenrijk" in school("consent", "list", "--school", "99XX", *REQUEST).out


def test_one_person_is_kept_away_and_admitted_again(school: Installation) -> None:
    with_publisher(school)
    school.json(
        "people", "add-staff", "--school", "99XX", "--email", "juf@poort.example", "--role", "teacher", *REQUEST
    )
    who = ["--school", "99XX", "--email", "juf@poort.example"]
    to = [*who, "--party", "rekenrijk"]
    assert school("consent", "exclude", *to, "--json").error["error"] == "request_needed"
    assert school.json("consent", "exclude", *to, *REQUEST)["changed"] is True
    assert school.json("consent", "exclude", *to, *REQUEST)["changed"] is False
    assert school.json("consent", "admit", *to, *REQUEST)["changed"] is True
    assert school.json("consent", "received", *who, *REQUEST) == []
    both = school("consent", "received", *who, "--pupil-key", "1", *REQUEST, "--json")
    assert both.error["error"] == "refused"
    school.json("schools", "add", "--brin", "99YY", "--name", "De Brug")
    elsewhere = school("consent", "exclude", *to, *REQUEST, "--school", "99YY", "--json")
    assert elsewhere.code != 0, "nobody of that school"
    assert entries(school) == ["consent.person_excluded", "consent.person_admitted", "consent.releases_exported"]
