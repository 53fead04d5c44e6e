"""`idp upstreams add-saml`, `add-oidc` and `addresses`: a network provider, its schools, and what it must know of us (D35)."""

import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from consent import ticks
from directory import schools
from idp.cli import output
from idp.cli.acting import OPERATOR, note, perform, refuse_unasked
from idp.cli.consent import mail_receipts, refuse_unoffered
from idp.cli.options import AsJson, GivenFile, OnRequest, line
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from metadata import connections, decryption_keys, parties, upstreams
from metadata.oidc import issuers
from metadata.oidc.issuers import IssuerRefused
from metadata.parties import KnownParty
from metadata.saml import provider_reader
from metadata.upstreams import OidcIssuer
from protocols.oidc.rp.addresses import AFTER, LOGOUT, START, callback_of
from protocols.saml.sp.addresses import ACS, ENTITY

Name = Annotated[str | None, typer.Option(help="What people call a new provider.", callback=line(200))]
Under = Annotated[
    str | None, typer.Option("--party", metavar="PARTY", help="Hang it under this existing network provider.")
]
Schools = Annotated[
    list[str] | None,
    typer.Option("--school", metavar="CODE", help="A school that uses the provider; once for each."),
]
Mfa = Annotated[bool, typer.Option("--trust-mfa", help="What the provider says of a second factor counts.")]
Staff = Annotated[
    bool,
    typer.Option(
        "--for-staff", help="A board's own provider: staff bind themselves by their activation link, nobody else."
    ),
]

LARGEST: Final = 1024 * 1024
FIELDS: Final = frozenset({"subject"})
"""What a new network provider may know of people: the identifier by which it recognises them (D35)."""
FROM_INPUT: Final = "-"


def add_saml(
    metadata: GivenFile,
    *,
    name: Name = None,
    party: Under = None,
    school: Schools = None,
    request: OnRequest = None,
    trust_mfa: Mfa = False,
    for_staff: Staff = False,
    as_json: AsJson = False,
) -> None:
    """Adds an identity provider from its SAML metadata. Handing over the file is the act of trust: a signature inside is not asked for."""

    async def work(laid: Floor) -> dict[str, Any]:
        document = _bytes(metadata)
        provider = provider_reader.read_idp(document, loopback_http=laid.settings.loopback)
        if provider.valid_until is not None and provider.valid_until <= laid.now:
            raise Refused("metadata.expired", f"the metadata was valid until {provider.valid_until:%Y-%m-%d %H:%M} UTC")
        said = name or provider.names.get("nl") or next(iter(provider.names.values()), None)
        async with laid.database.begin() as db:
            known = await _party(db, laid, said, party, address=provider.entity_id)
            number = await upstreams.add_saml(
                db, known.id, provider, document, now=laid.now, trusted_for_mfa=trust_mfa, for_staff=for_staff
            )
            await decryption_keys.make(db, laid.keyring, now=laid.now, unless_there=True)
            attached = await _attach(db, laid, known, school or [], request)
            await note(db, laid, "upstream.added", party=known.id, upstream=number, protocol="saml")
        base = laid.settings.base_url
        shown = {"upstream": number, "party": known.id, "name": known.name, "entity_id": provider.entity_id}
        return {**shown, "schools": attached, "our_metadata": base + ENTITY, "our_acs": base + ACS}

    shown = perform(work, as_json=as_json)
    told = [f"Added upstream {shown['upstream']} of {shown['name']}.", f"our metadata  {shown['our_metadata']}"]
    output.answer(shown, told + _schools_told(shown), as_json=as_json)


def add_oidc(
    *,
    issuer: Annotated[str, typer.Option(help="The issuer, exactly as its discovery document says.")],
    client_id: Annotated[str, typer.Option(help="Our client_id there.")],
    client_secret: Annotated[str, typer.Option(help="Our client_secret there; a single - reads it from the input.")],
    name: Name = None,
    party: Under = None,
    school: Schools = None,
    request: OnRequest = None,
    trust_mfa: Mfa = False,
    for_staff: Staff = False,
    as_json: AsJson = False,
) -> None:
    """Adds an OIDC provider. It is asked for its discovery document first; what is in it is read anew at each sign-in."""

    async def work(laid: Floor) -> dict[str, Any]:
        loopback = laid.settings.loopback
        try:
            checked = issuers.checked_issuer(issuer, loopback_allowed=loopback)
            await issuers.KnownIssuers(loopback_allowed=loopback).discovered(checked, now=laid.now)
        except IssuerRefused as error:
            raise Refused("issuer.unusable", str(error)) from None
        secret = sys.stdin.readline().strip() if client_secret == FROM_INPUT else client_secret
        if not secret or not client_id:
            raise Refused("refused", "a client_id and a client_secret are needed")
        async with laid.database.begin() as db:
            known = await _party(db, laid, name, party, address=issuer)
            number = await upstreams.add_oidc(
                db,
                laid.keyring,
                known.id,
                OidcIssuer(checked, client_id, secret),
                now=laid.now,
                trusted_for_mfa=trust_mfa,
                for_staff=for_staff,
            )
            attached = await _attach(db, laid, known, school or [], request)
            await note(db, laid, "upstream.added", party=known.id, upstream=number, protocol="oidc")
        return {
            "upstream": number,
            "party": known.id,
            "name": known.name,
            "issuer": checked,
            "schools": attached,
            **_addresses(laid, checked),
        }

    shown = perform(work, as_json=as_json)
    told = [f"Added upstream {shown['upstream']} of {shown['name']}.", f"our redirect_uri  {shown['our_redirect_uri']}"]
    output.answer(shown, told + _schools_told(shown), as_json=as_json)


def addresses(
    *,
    issuer: Annotated[str | None, typer.Option(help="The issuer at which we are about to be registered.")] = None,
    as_json: AsJson = False,
) -> None:
    """Shows what a provider must be told of us: our SAML metadata; and with --issuer, the redirect_uri to register there."""

    async def work(laid: Floor) -> dict[str, Any]:
        base = laid.settings.base_url
        saml = {"our_metadata": base + ENTITY, "our_acs": base + ACS}
        return {**saml, **(_addresses(laid, issuer) if issuer else {})}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{name:<22}{address}" for name, address in shown.items()], as_json=as_json)


async def _party(db: Db, laid: Floor, name: str | None, under: str | None, *, address: str) -> KnownParty:
    if under is not None:
        known = await parties.find(db, under)
        if known.kind != "network":
            raise Refused("refused", "that party is a publisher; people do not sign in by way of one")
        return known
    if not name:
        raise Refused("name_needed", "say with --name what people call the provider")
    sector = await connections.new_sector(db, address)
    made = await parties.add_party(db, name=name, kind="network", fields=FIELDS, sector=sector, now=laid.now)
    return await parties.by_id(db, made)


async def _attach(db: Db, laid: Floor, party: KnownParty, codes: list[str], request: str | None) -> list[str]:
    """The school's yes, which attaches the provider (D35); recorded and mailed like every yes that an operator records (D37)."""
    attached = []
    if codes:
        await refuse_unoffered(db, party)
    for code in dict.fromkeys(codes):
        refuse_unasked(laid, request)
        school = await schools.by_code(db, code)
        if await ticks.give(db, school.id, party.id, party.fields, now=laid.now, by=OPERATOR, request_ref=request):
            await mail_receipts(db, laid, "consent_given", school, party, request)
        attached.append(school.code)
    return attached


def _addresses(laid: Floor, issuer: str) -> dict[str, str]:
    base = laid.settings.base_url
    return {
        "our_redirect_uri": base + callback_of(issuer),
        "our_initiate_login_uri": base + START,
        "our_backchannel_logout_uri": base + LOGOUT,
        "our_post_logout_redirect_uri": base + AFTER,
    }


def _bytes(file: Path) -> bytes:
    with file.open("rb") as source:
        raw = source.read(LARGEST + 1)
    if len(raw) > LARGEST:
        raise Refused("too_large", f"the file is larger than {LARGEST} bytes")
    return raw


def _schools_told(shown: dict[str, Any]) -> list[str]:
    return [f"used by       {' '.join(shown['schools'])}"] if shown["schools"] else []
