"""`idp parties update-saml`: the operator hands over newer metadata of an entity that is known; what differs is shown (D31)."""

from typing import Annotated, Any

import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson, GivenFile
from idp.cli.output import Refused
from idp.core.floor import Floor
from metadata import entity_changes

LARGEST = 1024 * 1024


def update_saml(
    file: GivenFile,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Puts newer metadata in the place of what is known of its entity, a service provider or a network provider, and shows what differs."""

    async def work(laid: Floor) -> dict[str, Any]:
        with file.open("rb") as opened:
            document = opened.read(LARGEST + 1)
        async with laid.database.begin() as db:
            changes = await entity_changes.of_file(db, document, loopback_http=laid.settings.loopback, now=laid.now)
            refused = next((one for one in changes if one.kind == "refused"), None)
            if refused is not None:
                raise Refused("metadata.unusable", refused.why or "the metadata cannot be used")
            if not dry_run:
                await entity_changes.apply(db, changes, source_id=None, now=laid.now)
                told = {one.role: sorted(one.differs) for one in changes}
                await note(db, laid, "metadata.updated", entity=changes[0].entity_id, fields=told)
        return {
            "entity_id": changes[0].entity_id,
            "dry_run": dry_run,
            "roles": {one.role: one.differs for one in changes},
        }

    shown = perform(work, as_json=as_json)
    lines = [f"{shown['entity_id']}{' (nothing was written)' if dry_run else ''}"]
    for differs in shown["roles"].values():
        lines += [f"  {line}" for name, what in differs.items() for line in output.difference(name, what)]
    output.answer(shown, lines if len(lines) > 1 else [*lines, "  nothing differs"], as_json=as_json)
