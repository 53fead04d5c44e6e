"""A school that asks for an account: its signed letter is in and somebody gave the first yes, so that the demonstration's one operator can
give the second. DUO has school and board by other names."""

import io
from datetime import datetime
from typing import Final

from directory.onboarding import answers, asking, deciding
from directory.onboarding.asking import Told
from directory.onboarding.deciding import Checker
from directory.register import readings
from idp.core.clock import AMSTERDAM
from idp.core.crypto import Keyring
from idp.core.db import Db
from idp.demo.schools import BY, LARGE, SMALL
from idp.http import pages
from idp.web.onboarding import paper

BRIN: Final = "99DR"
FORM: Final = {
    "board_name": "Stichting Duin en Klei",
    "board_number": "99901",
    "school_name": "De Duinroos",
    "brin": BRIN,
    "director_first_name": "Els",
    "director_prefix": "van der",
    "director_surname": "Wal",
    "director_function": "Voorzitter van het college van bestuur",
    "first_name": "Bram",
    "surname": "Klaver",
    "email": "b.klaver@duinroos.example",
    "reply": "bestuursbureau@duinenklei.example",
}
_REGISTER: Final = f"""BEVOEGD GEZAG NUMMER;BEVOEGD GEZAG NAAM;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;PLAATSNAAM
99901;Stichting Duin & Klei Onderwijs;{BRIN};{BRIN}00;Basisschool De Duinroos;NERGENS
99902;Stichting Luchtkastelen;{LARGE.brin};{LARGE.brin}00;{LARGE.name};NERGENS
99902;Stichting Luchtkastelen;{SMALL.brin};{SMALL.brin}00;{SMALL.name};NERGENS
"""


async def apply(db: Db, keyring: Keyring, told: Told, *, now: datetime) -> int:
    """Reads the made-up register, hands in an application with its letter, and gives it the first yes; returns its number."""
    reading = await readings.look(db, [io.BytesIO(_REGISTER.encode())])
    await readings.keep(db, reading, incomplete=True, now=now, by=BY)
    asked = answers.read(FORM, "nl")
    number, token = await asking.ask(db, keyring, asked, told, lang="nl", now=now)
    texts = pages.shared()
    words = paper.words(
        lambda key, **more: texts.text("nl", key, **more), asked, number, now.astimezone(AMSTERDAM).date()
    )
    await asking.hand_in(db, keyring, token, paper.make(words), told, now=now)
    await deciding.approve(db, keyring, number, Checker(BY, 1, now))
    return number
