"""`idp parties`: publishers, network providers, their connections (D12, D19, D31, D32)."""

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from metadata.models import DecryptionKey, OidcClient, Party, SamlEntity
from protocols.attributes import catalogue
from tests.cli.conftest import CLIENT, Installation

ALL = catalogue.asked_by_scopes(catalogue.SCOPES)
SURF_ECKID = "urn:mace:surf.nl:attribute-def:eckid"
SP = """<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{entity_id}"{more}>
  <md:SPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:AssertionConsumerService index="0" Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST" Location="{acs}"/>
    <md:AttributeConsumingService index="0">
      <md:ServiceName xml:lang="en">Reading</md:ServiceName><md:ServiceName xml:lang="nl">Lezen</md:ServiceName>
      {requested}
    </md:AttributeConsumingService>
  </md:SPSSODescriptor>
  <md:ContactPerson contactType="technical"><md:EmailAddress>mailto:techniek@lezen.example</md:EmailAddress></md:ContactPerson>
  <md:ContactPerson contactType="support">
    <md:GivenName>Balie</md:GivenName><md:EmailAddress>mailto:balie@lezen.example</md:EmailAddress>
  </md:ContactPerson>
</md:EntityDescriptor>"""


def client(**members: object) -> dict[str, object]:
    return {name: value for name, value in {**CLIENT, **members}.items() if value is not None}


def sp(
    *attributes: str,
    entity_id: str = "https://lezen.example/metadata",
    acs: str = "https://lezen.example/acs",
    more: str = "",
) -> bytes:
    wanted = attributes or ("urn:oid:0.0.0.nonsense",)
    requested = "".join(f'<md:RequestedAttribute Name="{name}"/>' for name in wanted)
    return SP.format(entity_id=entity_id, acs=acs, requested=requested, more=more).encode()


def add_oidc(idp: Installation, metadata: dict[str, object], *words: str) -> dict[str, Any]:
    added: dict[str, Any] = idp.json("parties", "add-oidc", idp.file("client.json", metadata), *words)
    return added


def add_saml(idp: Installation, document: bytes, *words: str) -> dict[str, Any]:
    added: dict[str, Any] = idp.json("parties", "add-saml", idp.file("sp.xml", document), *words)
    return added


def sectors(idp: Installation) -> list[str]:
    return list(idp.ask(lambda db: db.execute(select(Party.sector).order_by(Party.id))).scalars())


def test_a_given_client_id_and_secret_are_kept(idp: Installation) -> None:
    added = add_oidc(idp, client(client_name="Rekenrijk", scope="openid profile nonsense"))
    assert (added["client_id"], added["client_secret"]) == (CLIENT["client_id"], CLIENT["client_secret"])
    assert (added["name"], added["kind"], added["scope"]) == ("Rekenrijk", "publisher", "openid profile")
    assert added["fields"] == sorted(catalogue.asked_by_scopes(["openid", "profile"]))
    assert sectors(idp) == ["rekenrijk.example"]
    told = idp("parties", "add-oidc", idp.file("other.json", client(client_id="other")))
    assert "other" in told.out
    assert "g" * 40 not in told.out


def test_missing_ones_are_made_and_shown_once(idp: Installation) -> None:
    file = idp.file("client.json", client(client_id=None, client_secret=None))
    first, second = idp.json("parties", "add-oidc", file), idp.json("parties", "add-oidc", file)
    assert first["client_id"] != second["client_id"]
    assert first["client_secret"] != second["client_secret"]
    assert len(first["client_secret"]) >= 43
    assert "(shown once)" in idp("parties", "add-oidc", file).out
    assert first["client_secret"] not in idp("parties", "show", str(first["party"]), "--json").out
    stored = idp.ask(lambda db: db.execute(select(OidcClient.secret_hash, OidcClient.metadata_)))
    assert first["client_secret"] not in str(stored.all())


def test_a_member_that_is_null_counts_as_left_out(idp: Installation) -> None:
    file = idp.file("client.json", {**CLIENT, "client_secret": None, "scope": None})
    assert "(shown once)" in idp("parties", "add-oidc", file, "--kind", "network").out
    (party,) = idp.json("parties", "list")
    assert set(party["fields"]) == ALL - {"eckid"}


def test_a_public_client_has_no_secret(idp: Installation) -> None:
    assert add_oidc(idp, client(token_endpoint_auth_method="none"))["client_secret"] is None


def test_without_scopes_a_publisher_gets_all_and_a_network_provider_no_eckid(idp: Installation) -> None:
    publisher = add_oidc(idp, client())
    assert set(publisher["fields"]) == ALL
    network = add_oidc(idp, client(client_id="netwerk"), "--kind", "network", "--name", "Netwerk BV")
    assert set(network["fields"]) == ALL - {"eckid"}
    assert "eckid" not in network["scope"].split()
    assert (network["name"], network["kind"]) == ("Netwerk BV", "network")


def test_two_parties_on_one_host_never_share_a_sector(idp: Installation) -> None:
    add_oidc(idp, client())
    add_oidc(idp, client(client_id="other"))
    first, second = sectors(idp)
    assert first == "rekenrijk.example"
    assert second.startswith("rekenrijk.example/")


def test_a_second_connection_hangs_under_its_party_and_widens_nothing(idp: Installation) -> None:
    party = add_oidc(idp, client(scope="openid profile"))["party"]
    second = add_oidc(idp, client(client_id="second"), "--party", "rekenrijk")
    assert (second["party"], second["scope"]) == (party, "openid profile")
    wider = idp.file("wider.json", client(client_id="wider", scope="openid eckid"))
    ended = idp("parties", "add-oidc", wider, "--party", str(party), "--json")
    assert (ended.code, ended.error["error"], ended.error["fields"]) == (1, "wider_than_party", ["eckid"])
    third = add_saml(idp, sp(), "--party", str(party))
    assert third["party"] == party
    shown = idp.json("parties", "show", str(party))
    assert [connection["name"] for connection in shown["connections"]] == [
        "rekenrijk",
        "second",
        "https://lezen.example/metadata",
    ]
    assert set(shown["fields"]) == catalogue.asked_by_scopes(["openid", "profile"])
    assert len(sectors(idp)) == 1


def test_widening_is_an_act_that_every_process_notices(idp: Installation) -> None:
    party = add_oidc(idp, client(scope="openid profile"))["party"]
    added = add_saml(idp, sp(SURF_ECKID), "--party", str(party), "--widen")
    assert set(added["fields"]) == catalogue.asked_by_scopes(["openid", "profile", "eckid"])
    assert idp.ask(lambda db: db.scalar(select(OidcClient.version))) == 2


def test_a_saml_party_may_ask_for_what_its_metadata_names(idp: Installation) -> None:
    added = add_saml(idp, sp("urn:oid:2.5.4.42", "nlEduPersonUnit", "urn:oid:0.0.0.nonsense"))
    assert added["fields"] == ["first_name", "groups", "subject"]
    assert (added["name"], added["entity_id"]) == ("Lezen", "https://lezen.example/metadata")
    assert (added["acs"], added["name_id"], added["dialect"], added["alg"]) == (
        "https://lezen.example/acs",
        "transient",
        "uri",
        "RS256",
    )
    shown = idp.json("parties", "show", "https://lezen.example/metadata")
    assert (shown["contact_name"], shown["contact_email"]) == ("Balie", "balie@lezen.example")
    assert sectors(idp) == ["lezen.example"]


def test_a_saml_party_that_names_nothing_may_ask_for_all(idp: Installation) -> None:
    assert set(add_saml(idp, sp())["fields"]) == ALL
    other = add_saml(idp, sp(entity_id="urn:example:netwerk"), "--kind", "network")
    assert set(other["fields"]) == ALL - {"eckid"}
    assert sectors(idp) == ["lezen.example", "urn:example:netwerk"]


def test_what_a_saml_party_could_do_without_need_not_be_asked(idp: Installation) -> None:
    """C-223."""
    document = sp("urn:oid:2.5.4.42", "mail").replace(b'"urn:oid:2.5.4.42"', b'"urn:oid:2.5.4.42" isRequired="true"')
    assert add_saml(idp, document, "--required-only")["fields"] == ["first_name", "subject"]
    other = sp(entity_id="https://andere.example/metadata")
    assert add_saml(idp, other, "--required-only")["fields"] == ["subject"]


def test_a_saml_party_is_answered_as_agreed(idp: Installation) -> None:
    words = ["--name-id", "eckid", "--dialect", "entree", "--alg", "ES256", "--contact-email", "wij@lezen.example"]
    added = add_saml(idp, sp("urn:oid:2.5.4.42"), *words, "--url", "https://lezen.example/")
    assert added["fields"] == ["eckid", "first_name", "subject"]
    policy = idp.ask(lambda db: db.scalar(select(SamlEntity.policy)))
    agreed = {"name_id": "eckid", "dialect": "entree", "alg": "ES256", "encrypts": True, "unsolicited": False}
    assert policy == agreed
    entity = "https://lezen.example/metadata"
    changed = idp.json("parties", "change-saml", entity, "--name-id", "pairwise", "--no-encrypt", "--unsolicited")
    now = agreed | {"name_id": "pairwise", "encrypts": False, "unsolicited": True}
    assert changed == {"party": added["party"], "entity_id": entity, **now}
    assert idp.ask(lambda db: db.scalar(select(SamlEntity.policy))) == now
    assert idp.ask(lambda db: db.scalar(select(SamlEntity.version))) == 2
    told = "NameID pairwise, attributes entree, signed ES256, never encrypted, shortcuts to its targets"
    assert told in idp("parties", "show", entity).out
    assert idp("parties", "change-saml", "https://onbekend.example").code == 1
    shown = idp.json("parties", "show", str(added["party"]))
    assert (shown["contact_email"], shown["url"]) == ("wij@lezen.example", "https://lezen.example/")


def test_an_eckid_as_name_is_no_way_around_the_party(idp: Installation) -> None:
    party = add_oidc(idp, client(scope="openid profile"))["party"]
    words = ["--party", str(party), "--name-id", "eckid"]
    ended = idp("parties", "add-saml", idp.file("sp.xml", sp()), *words, "--json")
    assert (ended.code, ended.error["error"]) == (1, "wider_than_party")
    add_saml(idp, sp(), "--party", str(party))
    ended = idp("parties", "change-saml", "https://lezen.example/metadata", "--name-id", "eckid", "--json")
    assert (ended.code, ended.error["error"]) == (1, "wider_than_party")


def test_a_name_that_is_the_same_everywhere_is_for_who_demands_it(idp: Installation) -> None:
    """C-221."""
    demands = sp().replace(
        b"<md:SPSSODescriptor",
        b'<md:Extensions><a:EntityAttributes xmlns:a="urn:oasis:names:tc:SAML:metadata:attribute">'
        b'<s:Attribute xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion"'
        b' Name="urn:oasis:names:tc:SAML:profiles:subject-id:req"><s:AttributeValue>subject-id</s:AttributeValue>'
        b"</s:Attribute></a:EntityAttributes></md:Extensions><md:SPSSODescriptor",
        1,
    )
    assert set(add_saml(idp, demands)["fields"]) == ALL | {"subject_id"}


def test_plain_http_is_for_an_installation_on_this_machine_only(idp: Installation) -> None:
    oidc = idp.file("client.json", client(redirect_uris=["http://127.0.0.1:8001/callback"]))
    saml = idp.file("sp.xml", sp(acs="http://127.0.0.1:8002/acs"))
    for words in (("add-oidc", oidc), ("add-saml", saml)):
        assert idp("parties", *words).code == 1
        assert idp("parties", *words, IDP_BASE_URL="http://localhost:8000").code == 0


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"{", "not_json"),
        (b"[]", "not_json"),
        (b"\xff", "not_json"),
        (client(redirect_uris=[]), "invalid_redirect_uri"),
        (client(redirect_uris=["http://rekenrijk.example/"]), "invalid_redirect_uri"),
        (client(redirect_uris=["https://rekenrijk.example/#x"]), "invalid_redirect_uri"),
        (client(client_uri="javascript:alert(1)"), "invalid_redirect_uri"),
        (client(response_types=["token"]), "invalid_client_metadata"),
        (client(client_secret=7), "invalid_client_metadata"),
        (client(client_id="r\nr"), "invalid_client_metadata"),
        (client(client_id="1"), "invalid_client_metadata"),
        (client(client_name="R\x1b[31m"), "refused"),
        (b" " * (1024 * 1024 + 1), "too_large"),
    ],
)
def test_a_wrong_client_is_refused_and_leaves_no_party(idp: Installation, content: object, code: str) -> None:
    ended = idp("parties", "add-oidc", idp.file("client.json", content), "--json")
    assert (ended.code, ended.error["error"]) == (1, code)
    assert idp.json("parties", "list") == []


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"nonsense", "saml.malformed"),
        (b"<!DOCTYPE x>" + sp(), "saml.malformed"),
        (sp(acs="http://lezen.example/acs"), "metadata.unusable"),
        (sp(more=' validUntil="2020-01-01T00:00:00Z"'), "metadata.expired"),
    ],
)
def test_wrong_metadata_is_refused_and_leaves_no_party(idp: Installation, document: bytes, code: str) -> None:
    ended = idp("parties", "add-saml", idp.file("sp.xml", document), "--json")
    assert (ended.code, ended.error["error"]) == (1, code)
    assert ended.error["message"]
    assert idp.json("parties", "list") == []


def test_a_connection_is_added_once(idp: Installation) -> None:
    add_oidc(idp, client())
    add_saml(idp, sp())
    for words in (("add-oidc", idp.file("client.json", client())), ("add-saml", idp.file("sp.xml", sp()))):
        ended = idp("parties", *words)
        assert ended.code == 1
        assert "exists already" in ended.err
    assert len(idp.json("parties", "list")) == 2


def test_parties_are_listed_and_found_by_any_of_their_names(idp: Installation) -> None:
    added = add_oidc(idp, client(client_name="Rekenrijk"))
    (listed,) = idp.json("parties", "list")
    assert (listed["id"], listed["name"], listed["connections"]) == (added["party"], "Rekenrijk", ["rekenrijk"])
    assert idp.json("parties", "show", "rekenrijk") == idp.json("parties", "show", str(added["party"]))
    assert "https://rekenrijk.example/callback" in idp("parties", "show", "rekenrijk").out
    assert "Rekenrijk" in idp("parties", "list").out
    assert idp("parties", "show", "nobody", "--json").error["error"] == "not_found"


def test_who_calls_itself_as_another_party_is_called_is_not_taken_for_it(idp: Installation) -> None:
    """A school's yes goes to nobody that only brought such a name along."""
    first = add_saml(idp, sp())
    second = add_oidc(idp, client(client_id="https://lezen.example/metadata"))
    told = idp("parties", "show", "https://lezen.example/metadata", "--json").error
    assert (told["error"], "by its id" in told["message"]) == ("not_found", True)
    assert [idp.json("parties", "show", str(one["party"]))["id"] for one in (first, second)] == [
        first["party"],
        second["party"],
    ]


def test_an_unknown_party_gets_no_connection(idp: Installation) -> None:
    ended = idp("parties", "add-oidc", idp.file("client.json", client()), "--party", "404", "--json")
    assert (ended.code, ended.error["error"]) == (1, "not_found")
    assert json.loads(idp("parties", "list", "--json").out) == []


def test_a_publisher_that_signs_people_out_over_saml_finds_a_key_of_ours_to_encrypt_to(idp: Installation) -> None:
    """Core 3.7.1: the name in its logout request may be hidden."""
    keys = select(func.count()).select_from(DecryptionKey)
    logout = '<md:SingleLogoutService Binding="urn:oasis:names:tc:SAML:2.0:bindings:SOAP" Location="https://lezen.example/slo"/>'
    for number, inside, there in ((1, "", 0), (2, logout, 1), (3, logout, 1)):
        raw = sp(entity_id=f"https://lezen{number}.example/metadata").decode()
        written = raw.replace("<md:AssertionConsumerService", inside + "<md:AssertionConsumerService", 1)
        idp.json("parties", "add-saml", idp.file("sp.xml", written.encode()))
        assert idp.ask(lambda db: db.execute(keys)).scalar() == there
