"""`idp parties add-target` and its neighbours (D36)."""

from sqlalchemy import select

from idp.core.models import LedgerEntry
from tests.cli.conftest import CLIENT, Installation

LESSON = "https://rekenrijk.example/les/7?blok=1"


def test_a_target_is_registered_listed_and_removed(idp: Installation) -> None:
    client = {**CLIENT, "initiate_login_uri": "https://rekenrijk.example/begin"}
    party = str(idp.json("parties", "add-oidc", idp.file("client.json", client))["party"])
    assert idp("parties", "targets", party).out == "no targets\n"
    idp("parties", "add-target", "rekenrijk", LESSON)
    assert idp("parties", "targets", party).out == "https://rekenrijk.example/les/7  ?blok  (oidc rekenrijk)\n"
    refused = idp("parties", "add-target", "rekenrijk", "https://rekenrijk.example/#les", "--json")
    assert refused.error["error"] == "target"
    assert idp("parties", "add-target", "niemand", "https://rekenrijk.example/x").code != 0
    assert idp("parties", "remove-target", "https://rekenrijk.example/les/8").code != 0
    assert idp.json("parties", "remove-target", LESSON)["names"] == ["blok"]
    assert idp.json("parties", "targets", party) == []
    query = select(LedgerEntry.action).where(LedgerEntry.action.like("party.target%")).order_by(LedgerEntry.id)
    assert list(idp.ask(lambda db: db.execute(query)).scalars()) == ["party.target_added", "party.target_removed"]
