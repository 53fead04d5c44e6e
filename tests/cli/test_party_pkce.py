"""`idp parties pkce`: an exception is a recorded decision, and never a public client's (C-113, C-114)."""

from sqlalchemy import select

from idp.core.models import LedgerEntry
from tests.cli.conftest import CLIENT, Installation


def test_an_exception_is_made_at_a_written_request_shown_and_taken_back(idp: Installation) -> None:
    party = str(idp.json("parties", "add-oidc", idp.file("client.json", {**CLIENT, "without_pkce": True}))["party"])
    public = {**CLIENT, "client_id": "tablet", "client_secret": None, "token_endpoint_auth_method": "none"}
    idp.json("parties", "add-oidc", idp.file("public.json", public), "--party", party)

    def shown() -> list[str | None]:
        return [connection.get("pkce") for connection in idp.json("parties", "show", party)["connections"]]

    # What a party writes into its own metadata makes no exception.
    assert shown() == [None, None]
    assert idp("parties", "pkce", "rekenrijk", "excepted", "--json").error["error"] == "request_needed"
    assert idp("parties", "pkce", "tablet", "excepted", "--request", "2026-7", "--json").error["error"] == "pkce"
    assert idp("parties", "pkce", "niemand", "required").code != 0
    assert shown() == [None, None]
    assert idp.json("parties", "pkce", "rekenrijk", "excepted", "--request", "2026-7")["pkce"] == "excepted"
    assert shown() == ["excepted", None]
    assert "rekenrijk (excepted from PKCE)\n" in idp("parties", "show", party).out
    assert idp("parties", "pkce", "rekenrijk", "required").out == "PKCE is required for rekenrijk.\n"
    assert shown() == [None, None]
    query = select(LedgerEntry.action, LedgerEntry.detail).where(LedgerEntry.action.like("party.pkce%"))
    entries = idp.ask(lambda db: db.execute(query.order_by(LedgerEntry.id))).all()
    assert [action for action, _ in entries] == ["party.pkce_excepted", "party.pkce_required"]
    assert entries[0][1]["request"] == "2026-7"
    assert entries[0][1]["client"] == "rekenrijk"


def test_a_server_for_data_needs_no_address_where_people_come_back(idp: Installation) -> None:
    server = {
        "client_id": "rooster",
        "client_name": "Rooster",
        "grant_types": ["client_credentials"],
        "scope": "data.schools",
    }
    added = idp.json("parties", "add-oidc", idp.file("server.json", server))
    assert (added["scope"], added["redirect_uris"]) == ("data.schools", [])
    assert added["fields"] == ["brin", "instelling_ref", "location", "school_name"]
    for wrong in (
        {"token_endpoint_auth_method": "none"},
        {"scope": "openid"},
        {"redirect_uris": ["https://a.example/"]},
    ):
        refused = idp("parties", "add-oidc", idp.file("wrong.json", {**server, "client_id": "x", **wrong}), "--json")
        assert refused.error["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}
