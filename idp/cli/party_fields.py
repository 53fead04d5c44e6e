"""`idp parties fields`: what a party says that its services need of a school, and for what (R59, R70)."""

from typing import Annotated, Any

import orjson
import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson, GivenFile, line
from idp.cli.output import Refused
from idp.core.floor import Floor
from metadata import field_lists, parties
from metadata.field_lists import LONGEST_SERVICE, KnownList, ListRefused

app = typer.Typer(no_args_is_help=True, help="Which fields its services need: publish, retire, list.")

PartyName = Annotated[str, typer.Argument(metavar="PARTY", help="A party's id, client_id or entityID.")]
Service = Annotated[
    str, typer.Option("--service", help="What schools call the service.", callback=line(LONGEST_SERVICE))
]


@app.command("publish")
def publish(party: PartyName, file: GivenFile, *, service: Service, as_json: AsJson = False) -> None:
    """Publishes the next version of a service's list. A field that schools did not tick yet stays here until they do."""

    def read() -> dict[str, Any]:
        try:
            told = orjson.loads(file.read_bytes())
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise Refused("fields", "the file holds no JSON object")
        return told

    _show(_published(party, service, read, as_json=as_json), as_json=as_json)


@app.command("retire")
def retire(party: PartyName, *, service: Service, as_json: AsJson = False) -> None:
    """The service is no more: schools see it no longer. What they ticked for it alone they are asked to untick."""
    _show(_published(party, service, lambda: {"fields": {}}, as_json=as_json), as_json=as_json)


def _published(party: str, service: str, read: Any, *, as_json: bool) -> dict[str, Any]:
    async def work(laid: Floor) -> dict[str, Any]:
        try:
            async with laid.database.begin() as db:
                known = await parties.find(db, party)
                fields = field_lists.read(read(), may_ask=known.fields)
                made = await field_lists.publish(db, known.id, service, fields, now=laid.now)
                if made is not None:
                    names = [one.name for one in made.fields]
                    await note(db, laid, "party.fields_published", party=known.id, version=made.version, fields=names)
        except ListRefused as error:
            raise Refused("fields", str(error)) from None
        return {"party": known.id, "name": known.name, "service": service, "version": made.version if made else None}

    return perform(work, as_json=as_json)


def _show(shown: dict[str, Any], *, as_json: bool) -> None:
    version = shown["version"]
    told = "as it was" if version is None else f"version {version}"
    output.answer(shown, [f"{shown['name']}, {shown['service']}: {told}."], as_json=as_json)


@app.command("list")
def list_(party: PartyName, *, as_json: AsJson = False) -> None:
    """Lists every version of every list, the newest first."""

    async def work(laid: Floor) -> list[dict[str, Any]]:
        async with laid.database.read() as db:
            known = await parties.find(db, party)
            return [_plain(one) for one in await field_lists.versions(db, known.id)]

    columns = {"service": "service", "version": "version", "since": "published_at", "fields": "names"}
    output.table(perform(work, as_json=as_json), columns, as_json=as_json)


def _plain(one: KnownList) -> dict[str, Any]:
    fields = {
        each.name: {"required": each.required, "purpose_nl": each.purpose_nl, "purpose_en": each.purpose_en}
        for each in one.fields
    }
    names = [each.name if each.required else f"{each.name} (optional)" for each in one.fields]
    about = {"service": one.service, "version": one.version, "published_at": one.published_at}
    return {**about, "fields": fields, "names": names}
