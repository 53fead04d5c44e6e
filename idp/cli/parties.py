"""Parties: publishers and network providers, and how they are connected (D12, D31, D32)."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from idp.cli import (
    newcomers,
    output,
    party_answers,
    party_changes,
    party_contacts,
    party_fields,
    party_keys,
    party_looks,
    party_metadata,
    party_pkce,
    party_targets,
)
from idp.cli.acting import note, perform
from idp.cli.newcomers import Typed
from idp.cli.options import AsJson, GivenFile, line
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from metadata import connections, decryption_keys, parties
from metadata.connections import Connection
from metadata.oidc import clients, logos, referred
from metadata.oidc.clients import MetadataRefused
from metadata.oidc.logos import Logo, LogoRefused
from metadata.parties import KnownParty, PartyKind
from metadata.saml import reader
from metadata.saml.policy import Policy
from protocols.attributes import catalogue

app = typer.Typer(no_args_is_help=True)
app.command("change-saml")(party_answers.change_saml)
app.command("add-target")(party_targets.add_target)
app.command("remove-target")(party_targets.remove_target)
app.command("targets")(party_targets.list_targets)
app.command("pkce")(party_pkce.pkce)
app.command("sign-with")(party_keys.sign_with)
app.command("update-saml")(party_metadata.update_saml)
app.command("renew-secret")(party_changes.renew_secret)
app.command("readdress")(party_changes.readdress)
app.command("look-at")(party_looks.look_at)
app.add_typer(party_changes.app, name="proposals")
app.add_typer(party_contacts.app, name="contacts")
app.add_typer(party_fields.app, name="fields")

Name = Annotated[
    str | None, typer.Option(help="What people call a new party (default: as its file says).", callback=line(200))
]
Kind = Annotated[PartyKind, typer.Option(help="What a new party is.")]
Under = Annotated[str | None, typer.Option("--party", metavar="PARTY", help="Hang it under this existing party.")]
Email = Annotated[str | None, typer.Option(help="Contact of a new party (default: as its file says).")]
Url = Annotated[str | None, typer.Option(help="Where people begin at a new party.")]
Widen = Annotated[bool, typer.Option("--widen", help="Let the existing party ask for more than it could.")]

LARGEST = 1024 * 1024


@app.command("add-oidc")
def add_oidc(
    file: GivenFile,
    *,
    name: Name = None,
    kind: Kind = "publisher",
    under: Under = None,
    contact_email: Email = None,
    url: Url = None,
    widen: Widen = False,
    as_json: AsJson = False,
) -> None:
    """Adds an OIDC client from a file with RFC 7591 client metadata.

    A client_id and client_secret in it are kept; missing ones are made, and the secret is shown this once.
    """
    typed = Typed(kind, under, widen, name, contact_email, url)

    async def work(laid: Floor) -> dict[str, Any]:
        try:
            return await _add_client(laid, _json_object(file), typed)
        except MetadataRefused as error:
            raise Refused(error.error, str(error)) from None

    shown = perform(work, as_json=as_json)
    made = shown.pop("secret_made")
    told = [f"Added to party {shown['party']}, {shown['name']}.", f"client_id      {shown['client_id']}"]
    if made:
        told.append(f"client_secret  {shown['client_secret']}  (shown once)")
    if shown["logo"] is not None:
        told.append(f"logo           {shown['logo']}")
    output.answer(shown, told, as_json=as_json)


@app.command("add-saml")
def add_saml(
    file: GivenFile,
    *,
    name: Name = None,
    kind: Kind = "publisher",
    under: Under = None,
    contact_email: Email = None,
    url: Url = None,
    widen: Widen = False,
    name_id: party_answers.NameId = "transient",
    dialect: party_answers.InDialect = "uri",
    alg: party_answers.By = "RS256",
    encrypt: party_answers.Encrypts = True,
    required_only: Annotated[
        bool, typer.Option("--required-only", help="Ask schools only for what its metadata mark as required.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Adds a SAML service provider from its metadata. Handing over the file is the act of trust: a signature inside is not asked for."""
    typed = Typed(kind, under, widen, name, contact_email, url)
    policy = Policy(name_id=name_id, dialect=dialect, alg=alg, encrypts=encrypt)

    async def work(laid: Floor) -> dict[str, Any]:
        try:
            return await _add_entity(laid, _bytes(file), typed, policy, required_only=required_only)
        except MetadataRefused as error:
            raise Refused(error.error, str(error)) from None

    shown = perform(work, as_json=as_json)
    told = [f"Added to party {shown['party']}, {shown['name']}.", f"entityID  {shown['entity_id']}"]
    output.answer(shown, told, as_json=as_json)


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Lists the parties with the client_ids and entityIDs of their connections."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            return [{**_plain(party), "connections": names} for party, names in await parties.listed(db)]

    columns = {"party": "id", "name": "name", "kind": "kind", "enabled": "enabled", "connections": "connections"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("show")
def show(
    party: Annotated[str, typer.Argument(metavar="PARTY", help="A party's id, client_id or entityID.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Shows a party: what it may ask for, whom to call, how it is connected."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.read() as db:
            known = await parties.find(db, party)
            found = await connections.of_party(db, known.id)
        return {**_plain(known), "connections": [_plain_connection(connection) for connection in found]}

    shown = perform(work, as_json=as_json)
    output.answer(shown, _lines(shown), as_json=as_json)


async def _add_client(laid: Floor, given: dict[str, Any], typed: Typed) -> dict[str, Any]:
    loopback = laid.settings.loopback
    async with laid.database.read() as db:
        under = await parties.find(db, typed.under) if typed.under else None
    offered = catalogue.SCOPES if given.get("scope") is not None else newcomers.scopes_offered(typed.kind, under)
    metadata = clients.validated(given, scopes=offered, loopback_allowed=loopback, data_scopes=catalogue.DATA_SCOPES)
    metadata = await referred.fetched(metadata, loopback_allowed=loopback)
    logo, told_of_logo = await _logo(metadata, loopback_allowed=loopback)
    if logo is not None:
        metadata[clients.LOGO] = logo.digest
    scopes = frozenset(metadata["scope"].split())
    if (under.kind if under else typed.kind) != "network" and scopes & catalogue.PUPIL_SCOPES.keys():
        raise Refused("refused", "who our pupils are is told to network providers alone (data.pupils)")
    fields = catalogue.asked_by_scopes(scopes)
    said = newcomers.by_client(metadata)
    async with laid.database.begin() as db:
        party = await newcomers.party_for(db, typed, said, fields, now=laid.now, loopback_allowed=loopback)
        client_id, secret = await parties.add_client(db, laid.keyring, party.id, metadata, now=laid.now)
        if logo is not None:
            await logos.keep(db, client_id, logo)
        await _record(db, laid, party, protocol="oidc")
    told = ("redirect_uris", "scope", "token_endpoint_auth_method", "id_token_signed_response_alg")
    return {
        **_belongs(party),
        "client_id": client_id,
        "client_secret": secret,
        "secret_made": secret is not None and given.get("client_secret") is None,
        "logo": told_of_logo,
        **{name: metadata[name] for name in told},
    }


async def _logo(metadata: dict[str, Any], *, loopback_allowed: bool) -> tuple[Logo | None, str | None]:
    """The picture that the metadata refers to, and what to say of it. One that cannot be shown keeps nobody from signing in."""
    if "logo_uri" not in metadata:
        return None, None
    try:
        return await referred.logo_at(metadata["logo_uri"], loopback_allowed=loopback_allowed), "shown"
    except LogoRefused as error:
        return None, f"not shown: {error}"


async def _add_entity(
    laid: Floor, document: bytes, typed: Typed, policy: Policy, *, required_only: bool
) -> dict[str, Any]:
    loopback = laid.settings.loopback
    sp = reader.read_sp(document, loopback_http=loopback)
    if sp.valid_until is not None and sp.valid_until <= laid.now:
        raise Refused("metadata.expired", f"the metadata was valid until {sp.valid_until:%Y-%m-%d %H:%M} UTC")
    async with laid.database.begin() as db:
        under = await parties.find(db, typed.under) if typed.under else None
        fields = newcomers.fields_asked(sp, typed.kind, under, required_only=required_only)
        if policy.name_id == "eckid":
            fields |= {"eckid"}
        said = newcomers.by_service_provider(sp)
        party = await newcomers.party_for(db, typed, said, fields, now=laid.now, loopback_allowed=loopback)
        await parties.add_entity(db, party.id, sp, document, now=laid.now, policy=policy)
        if sp.logouts:
            # It may encrypt the name in a logout request (Core 3.7.1): our metadata have a key for that from now on.
            await decryption_keys.make(db, laid.keyring, now=laid.now, unless_there=True)
        await _record(db, laid, party, protocol="saml")
    return {**_belongs(party), "entity_id": sp.entity_id, "acs": sp.default_consumer.location, **asdict(policy)}


async def _record(db: Db, laid: Floor, party: KnownParty, *, protocol: str) -> None:
    await note(db, laid, "party.connected", party=party.id, protocol=protocol, fields=sorted(party.fields))


def _bytes(file: Path) -> bytes:
    with file.open("rb") as source:
        raw = source.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Refused("too_large", f"the file is larger than {LARGEST} bytes")
    return raw


def _json_object(file: Path) -> dict[str, Any]:
    try:
        given = orjson.loads(_bytes(file))
    except orjson.JSONDecodeError as error:
        raise Refused("not_json", f"the file is not JSON (line {error.lineno})", line=error.lineno) from None
    if not isinstance(given, dict):
        raise Refused("not_json", "the file is not a JSON object")
    return given


def _belongs(party: KnownParty) -> dict[str, Any]:
    return {"party": party.id, "name": party.name, "kind": party.kind, "fields": sorted(party.fields)}


def _plain(party: KnownParty) -> dict[str, Any]:
    return {
        "id": party.id,
        "name": party.name,
        "kind": party.kind,
        "enabled": party.enabled,
        "under_test": party.under_test,
        "fields": sorted(party.fields),
        "contact_name": party.contact_name,
        "contact_email": party.contact_email,
        "contact_phone": party.contact_phone,
        "url": party.url,
    }


def _plain_connection(connection: Connection) -> dict[str, Any]:
    return {
        "protocol": connection.protocol,
        "name": connection.name,
        "enabled": connection.enabled,
        "addresses": connection.addresses,
        "added_at": connection.created_at,
        **connection.details,
    }


def _lines(shown: dict[str, Any]) -> list[str]:
    states = [*([] if shown["enabled"] else ["switched off"]), *(["under test"] if shown["under_test"] else [])]
    what = f"{shown['kind']} {shown['id']}"
    told = [f"{shown['name']} ({', '.join([what, *states])})"]
    told += [
        f"  {name:<14} {shown[name]}"
        for name in ("contact_name", "contact_email", "contact_phone", "url")
        if shown[name]
    ]
    told.append(f"  may ask for    {' '.join(shown['fields'])}")
    for connection in shown["connections"]:
        more = "" if connection["enabled"] else " (switched off)"
        more += " (excepted from PKCE)" if connection.get("pkce") == "excepted" else ""
        told.append(f"  {connection['protocol']}           {connection['name']}{more}")
        told += [f"                 {address}" for address in connection["addresses"]]
        if connection["protocol"] == "saml":
            told.append("                 " + party_answers.in_words(connection))
    return told
