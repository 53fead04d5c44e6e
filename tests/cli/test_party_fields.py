"""`idp parties fields`: a party says what its services need, in versions (R59, R70)."""

from typing import Any

from sqlalchemy import select

from idp.core.models import LedgerEntry
from tests.cli.conftest import CLIENT, Installation

NAME = {"required": True, "purpose_nl": "De naam op het scherm", "purpose_en": "The name on the screen"}
GROUP = {"required": False, "purpose_nl": "De klas  kiezen", "purpose_en": "Choosing the class"}
PUBLISH = ["parties", "fields", "publish", "rekenrijk"]


def test_a_service_publishes_versions(idp: Installation) -> None:
    idp.json("parties", "add-oidc", idp.file("client.json", {**CLIENT, "scope": "openid profile groups"}))
    first, second = idp.file("1.json", {"fields": {"first_name": NAME}}), {"first_name": NAME, "groups": GROUP}
    assert idp.json(*PUBLISH, first, "--service", "Rekenen")["version"] == 1
    assert idp.json(*PUBLISH, first, "--service", "Rekenen")["version"] is None, "nothing new is no version"
    assert idp.json(*PUBLISH, idp.file("2.json", {"fields": second}), "--service", "Rekenen")["version"] == 2
    assert idp.json(*PUBLISH, first, "--service", "Toetsen")["version"] == 1
    assert idp.json("parties", "fields", "retire", "rekenrijk", "--service", "Toetsen")["version"] == 2
    listed = idp.json("parties", "fields", "list", "rekenrijk")
    assert [(one["service"], one["version"]) for one in listed] == [
        ("Toetsen", 2),
        ("Toetsen", 1),
        ("Rekenen", 2),
        ("Rekenen", 1),
    ]
    assert listed[2]["fields"]["groups"] == {**GROUP, "purpose_nl": "De klas kiezen"}
    assert "groups (optional)" in idp("parties", "fields", "list", "rekenrijk").out
    query = select(LedgerEntry.detail).where(LedgerEntry.action == "party.fields_published").order_by(LedgerEntry.id)
    details = list(idp.ask(lambda db: db.execute(query)).scalars())
    assert [(one["version"], one["fields"]) for one in details][1] == (2, ["first_name", "groups"])


WRONG: dict[str, Any] = {
    "beyond": {"fields": {"eckid": NAME}},
    "unknown": {"fields": {"birth_date": NAME}},
    "required": {"fields": {"first_name": {**NAME, "required": "yes"}}},
    "empty": {"fields": {"first_name": {**NAME, "purpose_en": " "}}},
    "long": {"fields": {"first_name": {**NAME, "purpose_nl": "x" * 301}}},
    "no_object": {"fields": ["first_name"]},
    "no_document": [],
}


def test_a_list_that_says_too_much_or_too_little_is_refused(idp: Installation) -> None:
    idp.json("parties", "add-oidc", idp.file("client.json", {**CLIENT, "scope": "openid profile"}))
    for name, told in WRONG.items():
        refused = idp(*PUBLISH, idp.file(f"{name}.json", told), "--service", "Rekenen", "--json")
        assert refused.error["error"] == "fields", name
    assert idp.json("parties", "fields", "list", "rekenrijk") == []
