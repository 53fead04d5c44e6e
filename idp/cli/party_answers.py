"""`idp parties change-saml`: how one SAML party is answered (C-219, C-234, D32)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import typer

from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson
from idp.cli.output import Refused
from idp.core.floor import Floor
from metadata import connections, parties
from metadata.saml.policy import Dialect, NameIdPolicy, XmlAlg

NameId = Annotated[NameIdPolicy, typer.Option(help="Whom the NameID names where neither request nor metadata says it.")]
InDialect = Annotated[Dialect, typer.Option(help="How attributes are called.")]
By = Annotated[XmlAlg, typer.Option(help="Which of our keys signs.")]
Encrypts = Annotated[bool, typer.Option("--encrypt/--no-encrypt", help="Whether its encryption key is used.")]


def in_words(policy: Mapping[str, Any]) -> str:
    """How a SAML party is answered, in a line."""
    told = f"NameID {policy['name_id']}, attributes {policy['dialect']}, signed {policy['alg']}"
    never = "" if policy["encrypts"] else ", never encrypted"
    return f"{told}{never}{', shortcuts to its targets' if policy['unsolicited'] else ''}"


def change_saml(
    entity: Annotated[str, typer.Argument(metavar="ENTITY", help="An entityID.")],
    *,
    name_id: Annotated[
        NameIdPolicy | None, typer.Option(help="Whom the NameID names where nothing else says it.")
    ] = None,
    dialect: Annotated[Dialect | None, typer.Option(help="How attributes are called.")] = None,
    alg: Annotated[XmlAlg | None, typer.Option(help="Which of our keys signs.")] = None,
    encrypt: Annotated[
        bool | None, typer.Option("--encrypt/--no-encrypt", help="Whether its encryption key is used.")
    ] = None,
    unsolicited: Annotated[
        bool | None, typer.Option("--unsolicited/--no-unsolicited", help="Whether shortcuts may lead to its targets.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Changes how a SAML party is answered, from its next request on; what is not named stays."""
    named = {"name_id": name_id, "dialect": dialect, "alg": alg, "encrypts": encrypt, "unsolicited": unsolicited}
    changed: dict[str, Any] = {name: value for name, value in named.items() if value is not None}

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            known = await parties.find(db, entity)
            if name_id == "eckid" and "eckid" not in known.fields:
                raise Refused("wider_than_party", f"party {known.id} may not ask for the ECK-iD", fields=["eckid"])
            policy = await connections.answer_otherwise(db, entity, **changed)
            await note(db, laid, "party.answered_otherwise", party=known.id, **changed)
        return {"party": known.id, "entity_id": entity, **asdict(policy)}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"{entity}: {in_words(shown)}"], as_json=as_json)
