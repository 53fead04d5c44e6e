"""`idp parties renew-secret`, `readdress` and `proposals`: what a contact does on the party's pages, from the command line."""

from sqlalchemy import select

from idp.core.floor import Floor
from idp.core.models import LedgerEntry, Mail
from idp.sandbox import proposals
from idp.sandbox.proposals import Desired
from metadata import client_changes, parties
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


def test_a_proposal_is_looked_at_and_decided(idp: Installation) -> None:
    """What a contact of a party that is live proposes, with the same words as on the party's pages."""
    party = idp.json("parties", "add-oidc", idp.file("client.json", CLIENT))["party"]

    async def propose(laid: Floor) -> None:
        async with laid.database.begin() as db:
            known = await client_changes.registered(db, "rekenrijk")
            wanted = {"redirect_uris": [f"https://rekenrijk.example/{known.version}"]}
            made = client_changes.readdressed(known, wanted, loopback_allowed=False)
            desired, whom = Desired("rekenrijk", known, made), await parties.by_id(db, party)
            said = {"by": "contact", "contact": "helpdesk@example.nl"}
            assert not await proposals.want(db, whom, desired, now=laid.now, loopback=False, **said)

    idp.on_floor(propose)
    [waits] = idp.json("parties", "proposals", "list")
    assert (waits["connection"], waits["party"]) == ("rekenrijk", party)
    number = str(waits["proposal"])
    shown = idp("parties", "proposals", "show", number)
    assert "- redirect_uris: https://rekenrijk.example/callback" in shown.out
    assert "+ redirect_uris: https://rekenrijk.example/1" in shown.out
    assert "is changed" in idp("parties", "proposals", "approve", number).out
    assert idp.json("parties", "show", str(party))["connections"][0]["addresses"] == ["https://rekenrijk.example/1"]
    idp.on_floor(propose)
    number = str(idp.json("parties", "proposals", "list")[0]["proposal"])
    assert "stays as it was" in idp("parties", "proposals", "refuse", number).out
    assert idp.json("parties", "proposals", "list") == []
    assert idp.json("parties", "show", str(party))["connections"][0]["addresses"] == ["https://rekenrijk.example/1"]
    query = select(LedgerEntry.action).where(LedgerEntry.action.like("party.c%")).order_by(LedgerEntry.id)
    acts = list(idp.ask(lambda db: db.execute(query)).scalars())
    wanted = ["party.change_proposed", "party.connection_changed", "party.change_proposed", "party.change_refused"]
    assert acts == ["party.connected", *wanted]


def test_what_counted_at_once_under_test_is_looked_at_before_a_school_can_say_yes(school: Installation) -> None:
    """A contact cannot lead pupils to an address that nobody of ours saw, by changing it while only reference people come."""
    client = {**CLIENT, "redirect_uris": ["https://[::1]/callback"]}
    party = str(school.json("parties", "add-oidc", school.file("client.json", client))["party"])
    school.json("sandbox", "open", party)

    async def changes(laid: Floor) -> None:
        async with laid.database.begin() as db:
            known = await client_changes.registered(db, "rekenrijk")
            wanted = {"redirect_uris": [f"https://[::1]/{known.version}"]}
            made = client_changes.readdressed(known, wanted, loopback_allowed=False)
            desired, whom = Desired("rekenrijk", known, made), await parties.by_id(db, int(party))
            said = {"by": "contact", "contact": "helpdesk@example.nl"}
            assert await proposals.want(db, whom, desired, now=laid.now, loopback=False, **said)

    give = ("consent", "give", "--school", "99XX", "--party", party, "--request", "brief")
    assert not school.json("parties", "look-at", party)["unseen"]
    school.on_floor(changes)
    assert school(*give, "--json").error["error"] == "not_offered"
    assert school("sandbox", "close", party, "--json").error["error"] == "not_looked_at"
    shown = school.json("parties", "look-at", party)
    [one] = shown["connections"]
    assert (shown["unseen"], one["addresses"], one["trouble"]) == (True, ["https://[::1]/2"], None)
    assert one["checks"], "its software was knocked at, as `sandbox check --visit` does"
    school.on_floor(changes)
    stale = school("parties", "look-at", party, "--seen", shown["fingerprint"], "--json")
    assert stale.error["error"] == "changed", "what was not seen is not agreed to"
    again = school("parties", "look-at", party).out
    assert "waits for a look" in again
    assert "https://[::1]/3" in again
    assert not school.json("parties", "look-at", party, "--seen", again.split()[-1])["unseen"]
    acts = school.ask(lambda db: db.execute(select(LedgerEntry.action).where(LedgerEntry.action == "party.looked_at")))
    assert len(acts.scalars().all()) == 1
    assert school.json(*give)["changed"]
    school.json("sandbox", "close", party)
