"""Network providers as ways in: their metadata or issuer, the schools that use them, and by which identifiers they call people (D35)."""

from typing import Annotated, Any

import typer

from consent import came_by
from directory import people, schools
from idp.cli import output, upstream_adding
from idp.cli.acting import note, perform, refuse_unasked
from idp.cli.options import AsJson, OnRequest
from idp.core import endings
from idp.core.db import Db
from idp.core.floor import Floor
from metadata import decryption_keys, upstreams
from metadata.upstreams import ListedUpstream
from protocols.saml.sp.addresses import ENTITY

app = typer.Typer(no_args_is_help=True)
app.command("add-saml")(upstream_adding.add_saml)
app.command("add-oidc")(upstream_adding.add_oidc)
app.command("addresses")(upstream_adding.addresses)

Which = Annotated[str, typer.Argument(metavar="UPSTREAM", help="Its number, entityID or issuer.")]

Of = Annotated[str, typer.Option("--upstream", metavar="UPSTREAM", help="Its number, entityID or issuer.")]
Person = Annotated[
    str, typer.Option(help="The e-mail address of a member of staff; or with --school a pupil's key in the LAS.")
]
OfSchool = Annotated[str | None, typer.Option("--school", metavar="CODE", help="The school of a pupil.")]


@app.command("list")
def list_(*, as_json: AsJson = False) -> None:
    """Lists the upstreams; `NETWERKBEHEERDER` in a shortcut is the number. Which schools use one is not ours to know (R144)."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            return [_plain(known) for known in await upstreams.listed(db)]

    columns = {"number": "upstream", "party": "party", "name": "name", "protocol": "protocol", "at": "at"}
    columns |= {"enabled": "enabled", "trusted for MFA": "trusted_for_mfa", "for staff": "for_staff"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


@app.command("disable")
def disable(upstream: Which, *, as_json: AsJson = False) -> None:
    """Lets nobody in by this provider any more, from now on. Sessions that it opened end; said again it ends what is left."""
    _switch(upstream, enabled=False, as_json=as_json)


@app.command("enable")
def enable(upstream: Which, *, as_json: AsJson = False) -> None:
    """Lets people in by this provider again."""
    _switch(upstream, enabled=True, as_json=as_json)


@app.command("remove")
def remove(upstream: Which, *, as_json: AsJson = False) -> None:
    """Takes a provider away, with all that it was told to call people by. The party and what schools ticked stay."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            known = await upstreams.find(db, upstream)
            await upstreams.remove(db, known.id)
            await note(db, laid, "upstream.removed", party=known.party_id, upstream=known.id)
        await _end_sessions(laid, known)
        return _plain(known)

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Removed upstream {shown['upstream']} of {shown['name']}."], as_json=as_json)


@app.command("link")
def link(
    *,
    upstream: Of,
    person: Person,
    subject: Annotated[str, typer.Option(help="The lasting NameID or `sub` by which the provider calls the person.")],
    school: OfSchool = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Binds a provider's identifier to a person. That an address is the same binds nobody (C-279). At the school's request only (D37)."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            known = await upstreams.find(db, upstream)
            person_id, ledger_id = await _person(db, person, school)
            changed = await upstreams.link(db, laid.keyring, known.id, person_id, subject, now=laid.now)
            if changed:
                await note(db, laid, "upstream.linked", subject=ledger_id, upstream=known.id, request=request)
        return {"upstream": known.id, "name": known.name, "person": person_id, "changed": changed}

    shown = perform(work, as_json=as_json)
    told = "Linked" if shown["changed"] else "Was linked already:"
    output.answer(shown, [f"{told} person {shown['person']} at upstream {shown['upstream']}."], as_json=as_json)


@app.command("unlink")
def unlink(
    *,
    upstream: Of,
    person: Person,
    school: OfSchool = None,
    request: OnRequest = None,
    as_json: AsJson = False,
) -> None:
    """Takes away by what a provider calls a person; at the school's request only (D37)."""

    async def work(laid: Floor) -> dict[str, Any]:
        refuse_unasked(laid, request)
        async with laid.database.begin() as db:
            known = await upstreams.find(db, upstream)
            person_id, ledger_id = await _person(db, person, school)
            count = await upstreams.unlink(db, known.id, person_id)
            if count:
                await note(db, laid, "upstream.unlinked", subject=ledger_id, upstream=known.id, request=request)
        return {"upstream": known.id, "name": known.name, "person": person_id, "removed": count}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{shown['removed']} identifiers of person {shown['person']} taken away."], as_json=as_json)


@app.command("rotate-key")
def rotate_key(
    *,
    leaked: Annotated[
        bool, typer.Option("--leaked", help="The former ones open nothing any more, from now on.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """A new key for providers to encrypt to, published at once; what they encrypt to the former one still opens."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            await decryption_keys.make(db, laid.keyring, now=laid.now, leaked=leaked)
            await note(db, laid, "upstream.key_rotated", leaked=leaked)
        return {"our_metadata": laid.settings.base_url + ENTITY}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"The new key stands in {shown['our_metadata']}."], as_json=as_json)


def _switch(upstream: str, *, enabled: bool, as_json: bool) -> None:
    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            known = await upstreams.find(db, upstream)
            changed = await upstreams.switch(db, known.id, enabled=enabled)
            if changed:
                action = "upstream.enabled" if enabled else "upstream.disabled"
                await note(db, laid, action, party=known.party_id, upstream=known.id)
        if not enabled:
            await _end_sessions(laid, known)
        return {**_plain(known), "enabled": enabled, "changed": changed}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Upstream {shown['upstream']} is {'on' if enabled else 'off'}."], as_json=as_json)


async def _end_sessions(laid: Floor, known: ListedUpstream) -> None:
    """Of everybody who came by it, a school at a time: nobody sets out by it any more once this begins.

    Who was on the way is found by the worker, by what is noted here.
    """
    async with laid.database.read() as db:
        found = await came_by.schools_of(db, known.party_id)
    for school_id in found:
        async with laid.database.begin() as db:
            await endings.note(db, school_id=school_id, party_id=known.party_id)
            await came_by.end_at_school(db, school_id, [known.id], now=laid.now)


async def _person(db: Db, person: str, school: str | None) -> tuple[int, str]:
    """Number and ledger id of a person. Raises `LookupError`."""
    if school is not None:
        at = await schools.by_code(db, school)
        person_id = await people.pupil_by_key(db, at.id, person)
        return person_id, (await people.identity(db, person_id))[1]
    account = await people.account(db, people.normal_email(person))
    if account is None:
        raise LookupError("no member of staff has this address")
    return account.person_id, account.ledger_id


def _plain(known: ListedUpstream) -> dict[str, Any]:
    return {
        "upstream": known.id,
        "party": known.party_id,
        "name": known.party_name,
        "protocol": known.protocol,
        "at": known.name,
        "enabled": known.enabled,
        "trusted_for_mfa": known.trusted_for_mfa,
        "for_staff": known.for_staff,
    }
