"""`idp people try-again`: a child that has to wait may try again at once (D2)."""

from typing import Annotated, Any

import typer

from directory import people, schools
from idp.cli import output
from idp.cli.acting import note, perform
from idp.cli.options import AsJson, AtSchool
from idp.core.floor import Floor
from idp.signin import tries


def try_again(
    *,
    school: AtSchool,
    pupil_key: Annotated[str, typer.Option(metavar="KEY", help="The pupil's key in the administration.")],
    as_json: AsJson = False,
) -> None:
    """Lets a pupil who gave a wrong secret too often try again at once, as its teacher could."""

    async def work(laid: Floor) -> dict[str, Any]:
        async with laid.database.begin() as db:
            at = await schools.by_code(db, school)
            person_id = await people.pupil_by_key(db, at.id, pupil_key)
            _, subject = await people.identity(db, person_id)
            await note(db, laid, "pupil.tries_forgiven", school_id=at.id, subject=subject, pupils=1)
        await tries.forgive(laid, [person_id])
        return {"school": at.code, "pupil_key": pupil_key}

    shown = perform(work, as_json=as_json)
    output.answer(shown, [f"Pupil {shown['pupil_key']} may try again."], as_json=as_json)
