"""`idp parties contacts` and `idp sandbox`: what a contact sees, for the operator."""

from sqlalchemy import select

from idp.core.models import LedgerEntry, Mail
from tests.cli.conftest import CLIENT, Installation

EMAIL = "bouwer@rekenrijk.example"


def test_contacts_are_invited_listed_and_removed(idp: Installation) -> None:
    idp.json("parties", "add-oidc", idp.file("client.json", CLIENT))
    added = idp.json("parties", "contacts", "add", "rekenrijk", "--email", EMAIL.upper())
    assert (added["email"], added["mailed"]) == (EMAIL, True)
    assert idp("parties", "contacts", "add", "rekenrijk", "--email", EMAIL, "--english").code == 0
    mails = idp.ask(lambda db: db.execute(select(Mail.recipient, Mail.subject).order_by(Mail.id))).all()
    assert [tuple(mail) for mail in mails] == [
        (EMAIL, "Test de koppeling van rekenrijk.example met Poortwachter"),
        (EMAIL, "Try the connection of rekenrijk.example with Poortwachter"),
    ]
    assert [one["email"] for one in idp.json("parties", "contacts", "list", "rekenrijk")] == [EMAIL]
    assert idp("parties", "contacts", "remove", "rekenrijk", "--email", "niemand@rekenrijk.example").code == 1
    assert idp.json("parties", "contacts", "remove", "rekenrijk", "--email", EMAIL)["email"] == EMAIL
    assert idp.json("parties", "contacts", "list", "rekenrijk") == []
    query = select(LedgerEntry.action).where(LedgerEntry.action.like("party.contact%")).order_by(LedgerEntry.id)
    assert list(idp.ask(lambda db: db.execute(query)).scalars()) == [
        "party.contact_added",
        "party.contact_added",
        "party.contact_removed",
    ]


def test_the_list_is_worked_out_after_a_visit(idp: Installation) -> None:
    """An address inside the house is not visited, and told of as one that does not answer (C-128)."""
    inside = {**CLIENT, "redirect_uris": ["https://10.0.0.1/callback"]}
    idp.json("parties", "add-oidc", idp.file("client.json", inside))
    idp.json("sandbox", "open", "rekenrijk")
    lines = {line["check"]: line["verdict"] for line in idp.json("sandbox", "check", "rekenrijk", "--visit")}
    assert (lines["reachable"], lines["state_checked"]) == ("failed", "open")
    [exchange] = idp.json("sandbox", "exchanges", "rekenrijk")
    assert exchange["steps"][0]["answered"] == {"trouble": "not_public"}
    assert "advice: Nothing answered us at this address." in idp("sandbox", "exchanges", "rekenrijk").out


def test_a_party_is_put_under_test_and_taken_off(idp: Installation) -> None:
    idp.json("parties", "add-oidc", idp.file("client.json", CLIENT))
    assert idp("sandbox", "people", "rekenrijk", "--json").error["error"] == "not_under_test"
    opened = idp.json("sandbox", "open", "rekenrijk")
    assert opened["school"] == "97AA01"
    zoe = next(one for one in opened["people"] if one["name"].startswith("Zoë"))
    assert idp.json("sandbox", "open", "rekenrijk")["people"] == opened["people"]
    changed = idp.json("sandbox", "change", "rekenrijk", str(zoe["id"]), "--first-name", "Noa", "--no-eckid")
    assert (changed["name"], changed["eckid"], changed["groups"]) == ("Noa van der Referentie", False, ["Groep 6"])
    assert idp("sandbox", "change", "rekenrijk", str(zoe["id"]), "--year-group", "12").code == 1
    assert idp("sandbox", "change", "rekenrijk", "1000000", "--first-name", "X").code == 1
    assert "Noa van der Referentie" in idp("sandbox", "people", "rekenrijk").out
    assert idp("sandbox", "exchanges", "rekenrijk").out == "no exchanges yet\n"
    assert {line["verdict"] for line in idp.json("sandbox", "check", "rekenrijk")} == {"open"}
    assert idp.json("sandbox", "close", "rekenrijk")["name"] == "rekenrijk.example"
    assert idp("sandbox", "close", "rekenrijk", "--json").error["error"] == "not_under_test"
    assert idp.json("schools", "list") == []
