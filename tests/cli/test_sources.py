"""`idp sources`: metadata of others, at an address or in a file: added, renewed, and what is refused (C-202 to C-208, C-231, C-280, D31)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from idp.core.models import LedgerEntry
from metadata.models import MetadataSource, SamlEntity, Upstream
from metadata.saml.difference import fingerprint
from metadata.saml.party import SamlParty
from metadata.saml.provider import SamlProvider
from tests.cli.conftest import Installation
from tests.metadata import aggregates
from tests.metadata.aggregates import CATEGORY, Shelf, entity, group, signed
from tests.protocols.saml.keys import certificate, rsa_pair
from tests.upstreams import provider

TRUST = rsa_pair("federation")
FIRST, SECOND = "https://sp1.example/saml", "https://sp2.example/saml"
PLACE = "/metadata"


@pytest.fixture(scope="module")
def server() -> Iterator[Shelf]:
    with aggregates.shelf() as made:
        yield made


@pytest.fixture
def shelf(server: Shelf) -> Shelf:
    server.shown.clear()
    server.etags.clear()
    server.heard.clear()
    return server


@pytest.fixture
def idp(idp: Installation) -> Installation:
    """On this machine itself, as the shelf is: an installation on the internet asks nobody there."""
    return Installation(idp.folder, {**idp.settings, "IDP_BASE_URL": "http://localhost:8000"})


def soon(days: int = 10) -> str:
    """Commands read the clock of the machine."""
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def published(*entities: str, until: str | None = None, more: str = ' cacheDuration="PT6H"') -> bytes:
    return signed(group(entities, until=until or soon(), more=more), TRUST)


def trust(idp: Installation) -> tuple[str, str]:
    return "--signed-by", idp.file("federation.pem", TRUST.certificate_pem.encode())


def add(idp: Installation, shelf: Shelf, *words: str) -> dict[str, Any]:
    shown: dict[str, Any] = idp.json("sources", "add", shelf.address + PLACE, *trust(idp), *words)
    return shown


def refresh(idp: Installation, shelf: Shelf, *words: str) -> dict[str, Any]:
    shown: dict[str, Any] = idp.json("sources", "refresh", shelf.address + PLACE, *words)
    return shown


def changes(shown: dict[str, Any]) -> dict[str, str]:
    return {one["entity_id"]: one["change"] for one in shown["changes"]}


def known(idp: Installation) -> dict[str, SamlParty]:
    rows = idp.ask(lambda db: db.execute(select(SamlEntity.entity_id, SamlEntity.read)))
    return {row.entity_id: SamlParty.from_json(row.read) for row in rows}


def test_c204_c205_an_aggregate_is_read_again_and_what_differs_is_shown(idp: Installation, shelf: Shelf) -> None:
    """Keys of parties change without another trust key; what the document no longer names is over."""
    shelf.put(published(entity(1), entity(2), entity(3)), etag='"one"')
    dry = add(idp, shelf, "--only", FIRST, "--only", SECOND, "--dry-run")
    assert (dry["entities"], dry["counts"], known(idp)) == (3, {"new": 2}, {})
    assert idp.json("sources", "list") == []
    shown = add(idp, shelf, "--only", FIRST, "--only", SECOND)
    assert changes(shown) == {FIRST: "new", SECOND: "new"}
    parties = {one["name"]: one["connections"] for one in idp.json("parties", "list")}
    assert parties == {"Dienst 1": [FIRST], "Dienst 2": [SECOND]}
    (connection,) = idp.json("parties", "show", FIRST)["connections"]
    assert (connection["source"], connection["signing_kid"]) == (shelf.address + PLACE, None)
    assert refresh(idp, shelf)["counts"] == {}
    assert shelf.heard[-1]["If-None-Match"] == '"one"'
    new_key, old_key = rsa_pair("sp key").certificate, known(idp)[FIRST].signing[0]
    shelf.put(published(entity(1, certificate=new_key, acs="https://sp1.example/acs2")))
    dry = refresh(idp, shelf, "--dry-run")
    assert known(idp)[FIRST].signing == (old_key,)
    shown = refresh(idp, shelf)
    assert shown["changes"] == dry["changes"]
    assert changes(shown) == {FIRST: "changed", SECOND: "gone"}
    differs = shown["changes"][0]["differs"]
    assert differs["signing"] == {"added": [fingerprint(new_key)], "removed": [fingerprint(old_key)]}
    assert differs["consumers"]["added"][0]["location"] == "https://sp1.example/acs2"
    after = known(idp)
    assert after[FIRST].signing == (new_key,)
    gone = after[SECOND].valid_until
    assert gone is not None
    assert gone <= datetime.now(UTC)
    told = idp("sources", "refresh", shelf.address + PLACE).out
    assert "1 same, 1 gone" in told
    shelf.put(published(entity(1)))
    told = idp("sources", "refresh", shelf.address + PLACE, "--dry-run").out
    assert "+ consumers: 0 urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST https://sp1.example/acs\n" in told
    actions = idp.ask(lambda db: db.execute(select(LedgerEntry.action).order_by(LedgerEntry.id))).scalars().all()
    assert actions == ["party.connected", "party.connected", *["metadata.refreshed"] * 4]


REFUSED: dict[str, list[tuple[str, Callable[[], bytes | None]]]] = {
    "metadata.not_proven": [
        ("a stranger's signature", lambda: signed(group([entity(1)], until=soon()), rsa_pair("stranger"))),
        ("none", lambda: group([entity(1)], until=soon())),
        ("changed since", lambda: published(entity(1)).replace(b"sp1.example/acs", b"evil.example/acs")),
    ],
    "metadata.endless": [
        ("no validUntil", lambda: signed(group([entity(1)], until=None), TRUST)),
        ("too far away", lambda: published(entity(1), until=soon(60))),
    ],
    "metadata.expired": [("in the past", lambda: published(entity(1), until=soon(-1)))],
    "metadata.unusable": [
        (
            "a DTD",
            lambda: published(entity(1)).replace(b"<md:EntitiesDescriptor", b"<!DOCTYPE x><md:EntitiesDescriptor", 1),
        ),
        ("an entity twice", lambda: published(entity(1), entity(1))),
        ("a web page", lambda: b"<html>Onderhoud</html>"),
    ],
    "metadata.not_there": [("nothing at the address", lambda: None)],
}


def test_c202_c205_c206_a_document_that_is_not_taken_changes_nothing(idp: Installation, shelf: Shelf) -> None:
    """Neither at the first look nor later, when the last good copy stays."""
    for code, cases in REFUSED.items():
        for case, document in cases:
            shelf.shown.clear()
            if (made := document()) is not None:
                shelf.put(made)
            done = idp("sources", "add", shelf.address + PLACE, *trust(idp), "--only", FIRST, "--json")
            assert (done.code, done.error["error"]) == (1, code), case
    assert idp.json("sources", "list") == []
    shelf.put(published(entity(1)))
    add(idp, shelf, "--only", FIRST)
    before = known(idp)
    for code, cases in REFUSED.items():
        shelf.shown.clear()
        if (made := cases[0][1]()) is not None:
            shelf.put(made)
        done = idp("sources", "refresh", shelf.address + PLACE, "--json")
        assert (done.code, done.error["error"]) == (1, code)
    assert known(idp) == before
    shelf.put(published(entity(1)))
    assert refresh(idp, shelf)["counts"] == {"same": 1}


def test_c203_c208_c280_one_bad_entity_does_not_hold_up_the_others(idp: Installation, shelf: Shelf) -> None:
    small = certificate(rsa_pair("small", bits=1024).private)
    shelf.put(
        published(
            entity(1, category=CATEGORY),
            entity(2, category=CATEGORY, certificate=small),
            entity(3, category=CATEGORY).replace("https://sp3.example/logo.png", "javascript:alert(1)"),
            entity(4, category=CATEGORY, acs="http://sp4.example/acs"),
            entity("5" * 250, category=CATEGORY),
            entity(6, category=CATEGORY).replace("https://sp6.example/saml", "sp6"),
        )
    )
    shown = add(idp, shelf, "--category", CATEGORY)
    assert shown["counts"] == {"new": 1, "refused": 5}
    why = {one["entity_id"]: one["why"] for one in shown["changes"] if one["change"] == "refused"}
    assert "1024 bits" in why[SECOND]
    assert "not a web address" in why["https://sp3.example/saml"]
    assert "not an https address" in why["https://sp4.example/saml"]
    assert "absolute URI" in why["sp6"]
    assert list(known(idp)) == [FIRST]


def test_c280_an_entity_comes_from_one_place_only(idp: Installation, shelf: Shelf) -> None:
    """Not from another source, nor in place of the operator's file, unless the operator says so."""
    shelf.put(published(entity(1)))
    add(idp, shelf, "--only", FIRST)
    other = shelf.put(published(entity(1, acs="https://evil.example/acs"), entity(2)), path="/other")
    words = ("sources", "add", other, *trust(idp), "--only", FIRST, "--only", SECOND)
    assert changes(idp.json(*words, "--take-over")) == {FIRST: "refused", SECOND: "new"}
    assert known(idp)[FIRST].default_consumer.location == "https://sp1.example/acs"
    file = idp.file("sp3.xml", alone(3))
    idp.json("parties", "add-saml", file)
    third = shelf.put(published(entity(3, acs="https://sp3.example/new")), path="/third")
    again = ("sources", "add", third, *trust(idp), "--only", "https://sp3.example/saml")
    assert changes(idp.json(*again)) == {"https://sp3.example/saml": "refused"}
    idp.json("sources", "remove", third)
    assert changes(idp.json(*again, "--take-over")) == {"https://sp3.example/saml": "changed"}
    assert known(idp)["https://sp3.example/saml"].default_consumer.location == "https://sp3.example/new"


def test_c204_c205_a_network_provider_is_followed_like_a_publisher(idp: Installation, shelf: Shelf) -> None:
    """Once the operator added it: nobody signs in by the word of a provider that only a federation knows (D35)."""
    first, second = (provider.metadata(key=rsa_pair(name)) for name in ("moo", "moo's next"))
    words = ("sources", "add", shelf.put(published(first.decode())), *trust(idp), "--only", provider.ENTITY)
    assert changes(idp.json(*words)) == {provider.ENTITY: "refused"}
    idp.json("sources", "remove", shelf.address + PLACE)
    idp.json("upstreams", "add-saml", idp.file("moo.xml", first), "--name", "Moo")
    assert changes(idp.json(*words)) == {provider.ENTITY: "refused"}
    idp.json("sources", "remove", shelf.address + PLACE)
    assert changes(idp.json(*words, "--take-over")) == {provider.ENTITY: "same"}
    shelf.put(published(second.decode(), entity(1)))
    (change,) = refresh(idp, shelf)["changes"]
    assert (change["role"], change["change"], list(change["differs"])) == ("idp", "changed", ["signing"])
    shelf.put(published(entity(1)))
    assert changes(refresh(idp, shelf)) == {provider.ENTITY: "gone"}
    row = idp.ask(lambda db: db.execute(select(Upstream.read))).scalar_one()
    known = SamlProvider.from_json(row)
    assert known.signing == (rsa_pair("moo's next").certificate,)
    assert known.valid_until is not None
    assert known.valid_until <= datetime.now(UTC)


def alone(number: int, **more: str) -> bytes:
    """A document about one entity."""
    space = group([]).decode().partition("<md:EntitiesDescriptor")[2].partition(" ID=")[0]
    return entity(number, **more).replace("<md:EntityDescriptor", f"<md:EntityDescriptor{space}").encode()


def test_d31_a_newer_file_shows_what_differs_before_and_after(idp: Installation, shelf: Shelf) -> None:
    idp.json("parties", "add-saml", idp.file("sp.xml", alone(1)))
    newer = idp.file("sp.xml", alone(1, acs="https://sp1.example/acs2"))
    update = ("parties", "update-saml", newer)
    dry = idp.json(*update, "--dry-run")
    assert known(idp)[FIRST].default_consumer.location == "https://sp1.example/acs"
    assert dry["roles"]["sp"]["consumers"]["added"][0]["location"] == "https://sp1.example/acs2"
    shown = idp.json(*update)
    assert (shown["roles"], shown["entity_id"]) == (dry["roles"], FIRST)
    assert known(idp)[FIRST].default_consumer.location == "https://sp1.example/acs2"
    assert "nothing differs" in idp(*update).out
    for document, code in [
        (alone(2), "not_found"),
        (alone(1, acs="http://sp1.example/acs"), "metadata.unusable"),
        (alone(1, outer=f' validUntil="{soon(-1)}"'), "refused"),
        (published(entity(1)), "not_found"),
        (b"nothing", "saml.malformed"),
    ]:
        done = idp("parties", "update-saml", idp.file("sp.xml", document), "--json")
        assert (done.code, done.error["error"]) == (1, code)
    assert known(idp)[FIRST].default_consumer.location == "https://sp1.example/acs2"
    shelf.put(published(entity(1)))
    add(idp, shelf, "--only", FIRST, "--take-over")
    idp.file("sp.xml", alone(1, acs="https://sp1.example/acs3"))
    assert idp(*update, "--json").error["error"] == "refused"


def test_c231_many_keys_expired_ones_too_and_keys_without_a_use(idp: Installation, shelf: Shelf) -> None:
    three = [rsa_pair(f"sp {number}", expired=number == 1).certificate for number in range(3)]
    keys = "".join(
        f"<md:KeyDescriptor><ds:KeyInfo><ds:X509Data><ds:X509Certificate>{one}</ds:X509Certificate></ds:X509Data>"
        "</ds:KeyInfo></md:KeyDescriptor>"
        for one in three
    )
    shelf.put(published(entity(1, before=keys)))
    add(idp, shelf, "--only", FIRST)
    assert set(three) < set(known(idp)[FIRST].signing)


def test_d31_c205_what_nothing_proves_is_not_looked_at(idp: Installation, shelf: Shelf) -> None:
    shelf.put(published(entity(1)))
    done = idp("sources", "add", shelf.address + PLACE, "--only", FIRST, "--json")
    assert (done.code, shelf.heard) == (1, [])
    assert "signature" in done.error["message"]
    # C-128: an installation on the internet asks nobody on this machine.
    words = ("sources", "add", shelf.address + PLACE, *trust(idp), "--only", FIRST, "--json")
    done = idp(*words, IDP_BASE_URL="https://inloggen.example")
    assert (done.code, done.error["error"], shelf.heard) == (1, "metadata.not_fetched", [])
    # One TLS server whose key is pinned vouches for a document without signature; http has no key.
    shelf.put(group([entity(1)], until=soon()))
    done = idp("sources", "add", shelf.address + PLACE, "--pin", "a" * 44, "--only", FIRST, "--json")
    assert (done.code, done.error["error"]) == (1, "metadata.not_fetched")


def test_d31_c205_c206_a_file_with_the_metadata_of_many(idp: Installation, shelf: Shelf) -> None:
    file = idp.file("all.xml", published(entity(1), entity(2)))
    assert idp("sources", "import", file, "--only", FIRST).code == 1
    done = idp("sources", "import", file, *trust(idp), "--json")
    assert done.error["error"] == "metadata.several"
    assert idp.json("sources", "import", file, *trust(idp), "--only", FIRST, "--dry-run")["counts"] == {"new": 1}
    assert idp.json("sources", "import", file, *trust(idp), "--only", FIRST)["counts"] == {"new": 1}
    idp.file("all.xml", published(entity(1, acs="https://sp1.example/acs2")))
    assert idp.json("sources", "import", file, *trust(idp), "--only", FIRST)["counts"] == {"changed": 1}
    assert known(idp)[FIRST].default_consumer.location == "https://sp1.example/acs2"
    idp.file("all.xml", published(entity(1), until=soon(-1)))
    assert idp("sources", "import", file, *trust(idp), "--only", FIRST, "--json").error["error"] == "metadata.expired"


def test_new_ones_hang_under_a_party_and_a_source_is_forgotten(idp: Installation, shelf: Shelf) -> None:
    shelf.put(published(entity(1)))
    party = str(add(idp, shelf, "--only", FIRST, "--only", SECOND) and idp.json("parties", "list")[0]["id"])
    shelf.put(published(entity(1), entity(2)))
    assert refresh(idp, shelf, "--party", party)["counts"] == {"new": 1, "same": 1}
    (one,) = idp.json("parties", "list")
    assert one["connections"] == [FIRST, SECOND]
    (source,) = idp.json("sources", "list")
    assert (source["only"], source["trouble"], source["attempts"]) == ([FIRST, SECOND], None, 0)
    read_at, next_at = (datetime.fromisoformat(source[name]) for name in ("fetched_at", "next_fetch_at"))
    assert next_at - read_at == timedelta(hours=6)
    idp.json("sources", "remove", shelf.address + PLACE)
    assert idp.ask(lambda db: db.execute(select(MetadataSource.id))).all() == []
    assert set(known(idp)) == {FIRST, SECOND}
    assert idp("sources", "refresh", shelf.address + PLACE).code == 1
