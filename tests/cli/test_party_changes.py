"""`idp parties renew-secret`, `readdress` and `proposals`: what a contact does on the party's pages, from the command line."""

from sqlalchemy import select

from idp.core.models import LedgerEntry, Mail
from tests.cli.conftest import CLIENT, Installation


def test_a_secret_and_addresses_are_changed_recorded_and_mailed_about(idp: Installation) -> None:
    given = {**CLIENT, "contacts": ["techniek@rekenrijk.example"]}
    party = str(idp.json("parties", "add-oidc", idp.file("client.json", given))["party"])
    made = idp.json("parties", "renew-secret", "rekenrijk")
    assert len(made["client_secret"]) >= 40
    assert made["client_secret"] != CLIENT["client_secret"]
    assert made["former_until"]
    at_once = idp("parties", "renew-secret", "rekenrijk", "--overlap-days", "0")
    assert "counts no more" in at_once.out
    assert idp("parties", "renew-secret", "rekenrijk", "--overlap-days", "8").code != 0
    assert idp("parties", "renew-secret", "niemand").code != 0
    other = {"redirect_uris": ["https://rekenrijk.example/nieuw"]}
    changed = idp.json("parties", "readdress", "rekenrijk", idp.file("addresses.json", other))
    assert changed["differs"]["redirect_uris"] == {
        "removed": ["https://rekenrijk.example/callback"],
        "added": ["https://rekenrijk.example/nieuw"],
    }
    assert "nothing differs" in idp("parties", "readdress", "rekenrijk", idp.file("addresses.json", other)).out
    for wrong in ({"scope": "openid"}, {"redirect_uris": ["http://rekenrijk.example/"]}, ["x"]):
        assert idp("parties", "readdress", "rekenrijk", idp.file("wrong.json", wrong), "--json").code != 0
    shown = idp.json("parties", "show", party)["connections"][0]
    assert shown["addresses"] == ["https://rekenrijk.example/nieuw"]
    assert not {"former_hash", "client_secret"} & shown.keys()
    assert idp.json("parties", "proposals", "list") == []
    for command in ("show", "approve", "refuse"):
        assert idp("parties", "proposals", command, "1").code != 0
    query = select(LedgerEntry.action).where(LedgerEntry.action.like("party.%")).order_by(LedgerEntry.id)
    acts = list(idp.ask(lambda db: db.execute(query)).scalars())
    assert acts[1:] == ["party.secret_renewed", "party.secret_renewed", "party.connection_changed"]
    told = list(idp.ask(lambda db: db.execute(select(Mail.recipient))).scalars())
    assert told == ["techniek@rekenrijk.example"] * 3
