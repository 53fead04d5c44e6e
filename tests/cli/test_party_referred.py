"""`idp parties add-oidc` with metadata that refers to something by address (C-048, C-051, C-052, C-053, C-128)."""

from sqlalchemy import func, select

from metadata.models import ClientLogo, Party
from tests.cli.conftest import CLIENT, Installation
from tests.conformance.test_c051_referred import jwks, png, site
from tests.conformance.test_c100_client_assertions import EC

HERE = {"IDP_BASE_URL": "http://localhost:8000"}


def test_what_metadata_refers_to_is_fetched_judged_and_kept(idp: Installation) -> None:
    with site() as party:
        party.pages = {"/logo.png": png(), "/jwks": jwks(EC), "/sector": CLIENT["redirect_uris"], "/other": []}
        by_key = {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": party.origin + "/jwks"}
        given = {**CLIENT, **by_key, "client_secret": None, "logo_uri": party.origin + "/logo.png"}
        sector = {"sector_identifier_uri": party.origin + "/sector"}
        added = idp.json("parties", "add-oidc", idp.file("client.json", {**given, **sector}), **HERE)
        assert added["logo"] == "shown"
        (connection,) = idp.json("parties", "show", "rekenrijk", **HERE)["connections"]
        assert connection["jwks"]["keys"][0]["kid"] == "ec"
        assert list(idp.ask(lambda db: db.execute(select(Party.sector))).scalars()) == ["127.0.0.1"]
        plain = {**given, "client_id": "anders", "logo_uri": party.origin + "/weg"}
        told = idp("parties", "add-oidc", idp.file("client.json", plain), **HERE)
        assert "logo           not shown: it is not there\n" in told.out
        for wrong in ({"sector_identifier_uri": party.origin + "/other"}, {"jwks_uri": party.origin + "/weg"}):
            file = idp.file("client.json", {**given, "client_id": "mis", **wrong})
            refused = idp("parties", "add-oidc", file, "--json", **HERE)
            assert refused.error["error"] == "invalid_client_metadata"
    assert idp.ask(lambda db: db.execute(select(func.count()).select_from(ClientLogo))).scalar_one() == 1
    assert idp.ask(lambda db: db.execute(select(func.count()).select_from(Party))).scalar_one() == 2
