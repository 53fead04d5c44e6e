"""`idp upstreams`: network providers as ways in, the schools that use them, and whom they call what (D35, C-279, C-280)."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from sqlalchemy import func, select, update

from consent.models import Tick
from directory.models import Person, School
from idp.core import ledger
from idp.core.floor import Floor
from idp.core.models import Ending, LedgerEntry, Mail
from metadata.models import DecryptionKey, Party, Upstream, UpstreamLink
from tests.cli.conftest import Installation
from tests.upstreams import provider

REQUEST = ["--request", "brief-2026-31"]


def added(idp: Installation, *more: str, document: bytes | None = None) -> dict[str, Any]:
    file = idp.file("idp.xml", document or provider.metadata())
    found: dict[str, Any] = idp.json("upstreams", "add-saml", file, "--name", "Moo", *more)
    return found


def acts(idp: Installation) -> list[str]:
    rows = idp.ask(lambda db: db.execute(select(LedgerEntry.action).order_by(LedgerEntry.id)))
    return [action for action in rows.scalars() if action.startswith(("upstream.", "consent."))]


def test_a_saml_provider_is_added_with_the_schools_that_use_it(school: Installation) -> None:
    school.json(
        "people", "add-staff", "--school", "99XX", "--email", "ict@poort.example", "--role", "ict-coordinator", *REQUEST
    )
    found = added(school, "--school", "99XX", *REQUEST)
    assert (found["name"], found["entity_id"], found["schools"]) == ("Moo", provider.ENTITY, ["99XX"])
    assert found["our_metadata"].endswith("/network/saml/metadata")
    ticks = school.ask(lambda db: db.execute(select(Tick.given, Tick.party_id)))
    assert [tuple(row) for row in ticks] == [(True, found["party"])]
    assert acts(school) == ["consent.given", "upstream.added"]
    mails = school.ask(lambda db: db.execute(select(Mail.recipient, Mail.body)))
    assert any(row.recipient == "ict@poort.example" and "Moo" in row.body for row in mails)
    (listed,) = school.json("upstreams", "list")
    assert (listed["upstream"], listed["protocol"], listed["at"]) == (found["upstream"], "saml", provider.ENTITY)
    assert "schools" not in listed, "which schools use it is not the operator's to know (R144)"


def test_a_school_is_attached_at_its_written_request_only(school: Installation) -> None:
    file = school.file("idp.xml", provider.metadata())
    done = school("upstreams", "add-saml", file, "--name", "Moo", "--school", "99XX", "--json")
    assert (done.code, done.error["error"]) == (1, "request_needed")
    assert school.json("upstreams", "list") == []


def test_a_further_way_in_hangs_under_the_same_provider(school: Installation) -> None:
    first = added(school)
    second = added(
        school, "--party", str(first["party"]), document=provider.metadata(entity="https://twee.example/saml")
    )
    assert second["party"] == first["party"]
    count = school.ask(lambda db: db.execute(select(func.count()).select_from(DecryptionKey)))
    assert count.scalar_one() == 1, "one key of ours serves all of them"
    school.json("upstreams", "rotate-key")
    count = school.ask(lambda db: db.execute(select(func.count()).select_from(DecryptionKey)))
    assert count.scalar_one() == 2
    school.json("upstreams", "rotate-key", "--leaked")
    count = school.ask(lambda db: db.execute(select(func.count()).select_from(DecryptionKey)))
    assert count.scalar_one() == 1, "what was encrypted for a leaked key opens no more"


TWO = b"</md:IDPSSODescriptor>"
BAD = {
    "the same entity in a second file": provider.metadata(),
    "a service provider": provider.metadata().replace(b"IDPSSODescriptor", b"SPSSODescriptor"),
    "no key": provider.metadata().replace(b'use="signing"', b'use="encryption"'),
    "a script to go to": provider.metadata().replace(provider.SSO.encode(), b"javascript:alert(1)"),
    "a logo with a script": provider.metadata(
        inside='<md:Extensions><mdui:UIInfo xmlns:mdui="urn:oasis:names:tc:SAML:metadata:ui"><mdui:Logo>javascript:x</mdui:Logo>'
        "</mdui:UIInfo></md:Extensions>"
    ),
    "a pattern for a scope": provider.metadata(scopes=("x",)).replace(b'regexp="false"', b'regexp="true"'),
    "several entities": b'<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata"/>',
    "an entityID that is none": provider.metadata(entity="moo"),
    "another binding only": provider.metadata(binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP"),
    "out of date": provider.metadata().replace(b"entityID=", b'validUntil="2020-01-01T00:00:00Z" entityID='),
    "a document type": b"<!DOCTYPE x>" + provider.metadata(),
}


def test_c280_metadata_that_cannot_be_used_is_refused_in_words(school: Installation) -> None:
    added(school)
    for what, document in BAD.items():
        file = school.file("bad.xml", document)
        done = school("upstreams", "add-saml", file, "--name", "Slecht", "--json")
        assert (done.code, "\n" in done.error["message"]) == (1, False), what
    assert len(school.json("upstreams", "list")) == 1


def test_a_publisher_is_no_way_in(school: Installation) -> None:
    client = {"client_id": "r", "redirect_uris": ["https://r.example/cb"], "client_name": "R"}
    party = school.json("parties", "add-oidc", school.file("client.json", client))["party"]
    file = school.file("idp.xml", provider.metadata())
    done = school("upstreams", "add-saml", file, "--party", str(party), "--json")
    assert (done.code, done.error["error"]) == (1, "refused")


def test_a_provider_whose_people_changed_its_addresses_unseen_is_attached_to_no_school(school: Installation) -> None:
    """As no school says yes to it (`idp parties look-at`), no operator says so for one."""
    party = str(added(school)["party"])

    async def changes(laid: Floor) -> None:
        async with laid.database.begin() as db:
            await db.execute(update(Party).where(Party.id == int(party)).values(unseen_since=laid.now))

    school.on_floor(changes)
    file = school.file("idp.xml", provider.metadata(entity="https://twee.example/saml"))
    done = school("upstreams", "add-saml", file, "--party", party, "--school", "99XX", *REQUEST, "--json")
    assert (done.code, done.error["error"]) == (1, "not_offered")
    assert len(school.json("upstreams", "list")) == 1, "nothing of it was kept"


def test_people_are_bound_by_hand_and_by_no_address(school: Installation) -> None:
    number = str(added(school)["upstream"])
    school.json(
        "people", "add-staff", "--school", "99XX", "--email", "juf@poort.example", "--role", "teacher", *REQUEST
    )
    link = ["upstreams", "link", "--upstream", number, "--person", "juf@poort.example"]
    unasked = school(*link, "--subject", "oid-1", "--json")
    assert unasked.error["error"] == "request_needed"
    link += REQUEST
    assert school.json(*link, "--subject", "oid-1")["changed"] is True
    assert school.json(*link, "--subject", "oid-1")["changed"] is False
    school.json(
        "people", "add-staff", "--school", "99XX", "--email", "mees@poort.example", "--role", "teacher", *REQUEST
    )
    taken = school(*link[:4], "--person", "mees@poort.example", "--subject", "oid-1", *REQUEST, "--json")
    assert taken.code == 1
    stored = school.ask(lambda db: db.execute(select(UpstreamLink.subject))).scalar_one()
    assert (len(stored), b"oid-1" in stored) == (32, False), "the table names nobody"
    assert school.json("upstreams", "unlink", *link[2:])["removed"] == 1
    assert acts(school)[-2:] == ["upstream.linked", "upstream.unlinked"]
    nobody = school(*link[:4], "--person", "x@poort.example", "--subject", "s", *REQUEST, "--json")
    assert nobody.error["error"] == "not_found"


def test_a_pupil_is_bound_by_its_key_at_its_school(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    key = school.ask(_first_key)
    number = str(added(school)["upstream"])
    words = [
        "upstreams",
        "link",
        "--upstream",
        number,
        "--school",
        "99XX",
        "--person",
        key,
        "--subject",
        "ll-1",
        *REQUEST,
    ]
    assert school.json(*words)["changed"] is True


async def _first_key(db: Any) -> str:
    from directory.models import Enrolment

    return str((await db.execute(select(Enrolment.las_key).order_by(Enrolment.id).limit(1))).scalar_one())


def test_a_provider_is_switched_off_on_and_taken_away(school: Installation) -> None:
    added(school)
    off = school.json("upstreams", "disable", provider.ENTITY)
    assert (off["enabled"], off["changed"]) == (False, True)
    assert school.json("upstreams", "disable", provider.ENTITY)["changed"] is False
    assert school.json("upstreams", "enable", provider.ENTITY)["changed"] is True
    school.json("upstreams", "remove", provider.ENTITY)
    assert school.json("upstreams", "list") == []
    assert acts(school)[-3:] == ["upstream.disabled", "upstream.enabled", "upstream.removed"]


@pytest.mark.parametrize("act", ["disable", "remove"])
def test_who_came_by_a_provider_is_signed_out_when_it_is_switched_off(school: Installation, act: str) -> None:
    """C-279: at that moment, on every node, and parties hear of it; said again it ends what an interrupted command left."""
    school.json("schools", "import", school.school_file(), "--apply")
    number = added(school, "--school", "99XX", *REQUEST)["upstream"]

    async def came(laid: Floor) -> None:
        async with laid.database.begin() as db:
            people = await db.execute(
                select(Person.ledger_id).where(Person.kind == "pupil").order_by(Person.id).limit(2)
            )
            at = (await db.execute(select(School.id))).scalar_one()
            for one, upstream in zip(people.scalars().all(), (number, number + 1), strict=True):
                told: dict[str, Any] = {"detail": {"upstream": upstream}, "school_id": at, "subject": one}
                await ledger.record(db, "signin.passed", now=laid.now, by=one, **told)

    school.on_floor(came)
    for _ in range(2 if act == "disable" else 1):
        school.json("upstreams", act, str(number))
    epochs = school.ask(lambda db: db.execute(select(Person.epoch).where(Person.kind == "pupil").order_by(Person.id)))
    ended = school.ask(lambda db: db.execute(select(func.count(Ending.person_id.distinct()))))
    assert [epoch - 1 for epoch in epochs.scalars()][:3] == [2 if act == "disable" else 1, 0, 0]
    assert ended.scalar_one() == 1
    there = select(func.count(Ending.id)).where(Ending.school_id.is_not(None), Ending.party_id.is_not(None))
    looks = school.ask(lambda db: db.execute(there)).scalar_one()
    assert looks == (2 if act == "disable" else 1), "who was on the way is found by the worker"


@contextmanager
def issuer_at_home(**changes: object) -> Iterator[str]:
    """A provider on this machine, which an installation whose base URL lies on it too may ask."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            at = f"http://127.0.0.1:{self.server.server_port}"  # type: ignore[attr-defined]
            told = {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/jwks",
                "response_types_supported": ["code"],
                "id_token_signing_alg_values_supported": ["RS256"],
                **changes,
            }
            body = json.dumps(told).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_an_oidc_provider_is_asked_before_it_is_added_and_its_secret_is_sealed(school: Installation) -> None:
    words = ["upstreams", "add-oidc", "--client-id", "poort", "--client-secret", "-", "--name", "Zulu"]
    local = {"IDP_BASE_URL": "http://localhost:8000"}
    with issuer_at_home() as issuer:
        found = school.json(*words, "--issuer", issuer, stdin="een-geheim\n", **local)
        assert found["our_redirect_uri"].startswith("http://localhost:8000/network/oidc/callback/")
        told = school.json("upstreams", "addresses", "--issuer", issuer, **local)
        assert told["our_redirect_uri"] == found["our_redirect_uri"]
    stored = school.ask(lambda db: db.execute(select(Upstream.sealed))).scalar_one()
    assert b"een-geheim" not in (stored or b"")
    with issuer_at_home(issuer="https://ander.example") as issuer:
        refused = school(*words, "--issuer", issuer, "--json", stdin="een-geheim\n", **local)
    assert refused.error["error"] == "issuer.unusable"


@pytest.mark.parametrize("issuer", ["http://zulu.example", "https://127.0.0.1", "https://zulu.example?a=b"])
def test_an_issuer_that_may_not_be_asked_is_refused(school: Installation, issuer: str) -> None:
    words = ["--client-id", "p", "--client-secret", "s", "--name", "Z", "--json"]
    done = school("upstreams", "add-oidc", "--issuer", issuer, *words)
    assert (done.code, done.error["error"]) == (1, "issuer.unusable")


def test_d35_a_boards_own_provider_and_the_choice_of_each_group_at_the_schools_request(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    moo = added(school, "--school", "99XX", *REQUEST)
    zulu = provider.metadata(entity="https://zulu.example/saml")
    file = school.file("zulu.xml", zulu)
    second = school.json("upstreams", "add-saml", file, "--name", "Zulu", "--school", "99XX", *REQUEST)
    kring = school.file("kring.xml", provider.metadata(entity="https://kring.example/saml"))
    school.json("upstreams", "add-saml", kring, "--name", "De Kring", "--for-staff", "--school", "99XX", *REQUEST)
    assert [one["for_staff"] for one in school.json("upstreams", "list")] == [True, False, False]
    words = ["schools", "groups", "99XX"]
    name = next(one["name"] for one in school.json(*words) if one["kind"] == "stamgroep")
    going = ["--set-network", f"{name}=Zulu"]
    for refused in (going, ["--set-network", f"{name}=De Kring", *REQUEST], ["--set-network", "x", *REQUEST]):
        assert school(*words, *refused, "--json").code != 0, refused
    shown = {one["name"]: one["network"] for one in school.json(*words, *going, *REQUEST) if one["kind"] == "stamgroep"}
    assert (shown.pop(name), set(shown.values())) == ("Zulu", {None})
    assert {one["network"] for one in school.json(*words, "--set-network", f"{name}=any", *REQUEST)} == {None}
    school.json(*words, "--set-network", f"{name}={second['party']}", *REQUEST)
    school.json(*words, "--set-network", f"{name}={moo['party']}", *REQUEST)
    entries = select(LedgerEntry.detail).where(LedgerEntry.action == "network.chosen")
    found = school.ask(lambda db: db.execute(entries)).scalars().all()
    assert [(one["groups"], one["request"]) for one in found] == [(1, REQUEST[1])] * 4


def test_who_our_pupils_are_is_for_network_providers_alone(school: Installation) -> None:
    given = {"grant_types": ["client_credentials"], "scope": "data.schools data.pupils", "client_name": "Nieuwsgierig"}
    words = ["parties", "add-oidc", school.file("lijst.json", given), "--name", "Lijst"]
    refused = school(*words, "--kind", "publisher", "--json")
    assert (refused.code, refused.error["error"]) == (1, "refused")
    assert school.json(*words, "--kind", "network")["client_id"]
