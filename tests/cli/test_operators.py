"""`idp operators`: the platform's own people are invited, get another role, and go (D7)."""

from sqlalchemy import select

from idp.core.models import LedgerEntry, Mail
from tests.cli.conftest import Installation

EMAIL = "hulp@poortwachter.example"


def test_who_works_for_the_platform_is_added_listed_and_removed(idp: Installation) -> None:
    added = idp.json("operators", "add", EMAIL.upper(), "--role", "helpdesk")
    assert added == {"email": EMAIL, "role": "helpdesk", "mailed": True}
    assert idp("operators", "add", EMAIL, "--role", "directeur").code == 2
    assert idp.json("operators", "add", EMAIL, "--role", "operator", "--english")["role"] == "operator"
    mails = idp.ask(lambda db: db.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))).all()
    assert [tuple(mail) for mail in mails] == [
        (EMAIL, "Uw account bij de helpdesk van Poortwachter"),
        (EMAIL, "Your account at the helpdesk of Poortwachter"),
    ]
    assert [(one["email"], one["role"]) for one in idp.json("operators", "list")] == [(EMAIL, "operator")]
    assert idp("operators", "remove", "niemand@poortwachter.example").code == 1
    assert idp.json("operators", "remove", EMAIL) == {"email": EMAIL}
    assert idp.json("operators", "list") == []
    query = select(LedgerEntry.action).where(LedgerEntry.action.like("operator.%")).order_by(LedgerEntry.id)
    assert list(idp.ask(lambda db: db.execute(query)).scalars()) == [
        "operator.added",
        "operator.added",
        "operator.removed",
    ]
