"""Administration systems as rows of configuration (D5, R21): whether a key is needed, who makes it and where, and how it is reached.

Five are known by themselves; their row comes into being when somebody configures one or couples a school with it. The operator may add more.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update

from directory.imports.hours import next_night
from directory.imports.models import AdministrationSystem, Coupling
from directory.imports.uwlr import tls, wire
from idp.core import ledger
from idp.core.crypto import Keyring
from idp.core.db import Db

_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_MOST: Final = {"name": 100, "customer_code": 64, "customer_name": 64, "help_nl": 2000, "help_en": 2000}


@dataclass(frozen=True, slots=True)
class System:
    """An administration system. Without `endpoint` it delivers files only; `certificate_until` is when our client certificate ends."""

    code: str
    name: str
    needs_key: bool
    endpoint: str | None
    staged: bool
    customer_code: str | None
    customer_name: str | None
    certificate_until: datetime | None
    help_nl: str
    help_en: str

    @property
    def reachable(self) -> bool:
        """Whether everything is there that asking takes, but for a school's key."""
        return bool(self.endpoint and self.customer_code and self.customer_name)


def _built_in(code: str, name: str, help_nl: str, help_en: str, *, needs_key: bool) -> System:
    return System(
        code=code,
        name=name,
        needs_key=needs_key,
        endpoint=None,
        staged=False,
        customer_code=None,
        customer_name=None,
        certificate_until=None,
        help_nl=help_nl,
        help_en=help_en,
    )


BUILT_IN: Final = (
    _built_in(
        "parnassys",
        "ParnasSys",
        "Uw school maakt de sleutel in ParnasSys, bij de koppelingen van de school, en geeft de koppeling daar ook vrij. "
        "Vul de sleutel hier in bij precies de BRIN waarvoor hij gemaakt is.",
        "Your school makes the key in ParnasSys, at the school's couplings, and allows the coupling there too. "
        "Enter the key here at exactly the BRIN that it was made for.",
        needs_key=True,
    ),
    _built_in(
        "esis",
        "ESIS",
        "De sleutel maakt u in ESIS, voor elke BRIN met vestiging een eigen sleutel. ESIS geeft alleen het lopende schooljaar; "
        "subgroepen komen alleen mee als ze in ESIS zijn gemerkt als beschikbaar in koppelingen.",
        "You make the key in ESIS, one for every BRIN with location. ESIS gives the current school year only; "
        "subgroups come along only when they are marked in ESIS as available in couplings.",
        needs_key=True,
    ),
    _built_in(
        "dotcomschool",
        "Dotcomschool",
        "Vraag de sleutel in Dotcomschool aan bij het beheer van de koppelingen en vul hem hier in.",
        "Ask for the key in Dotcomschool, where couplings are managed, and enter it here.",
        needs_key=True,
    ),
    _built_in(
        "eduscope",
        "EDUscope",
        "EDUscope heeft geen sleutel nodig. Geef in EDUscope toestemming voor de koppeling en zet haar hier aan.",
        "EDUscope needs no key. Allow the coupling in EDUscope and turn it on here.",
        needs_key=False,
    ),
    _built_in(
        "other",
        "Ander LAS",
        "Maak in uw LAS een EDEXML-bestand en importeer het hier. Hebt u geen LAS, gebruik dan de tabel.",
        "Make an EDEXML file in your administration system and import it here. Without such a system, use the table.",
        needs_key=False,
    ),
)
"""Those that schools use (R21). Where they are reached and as whom, their suppliers tell the operator."""

_COLUMNS: Final = (
    AdministrationSystem.id,
    AdministrationSystem.code,
    AdministrationSystem.name,
    AdministrationSystem.needs_key,
    AdministrationSystem.endpoint,
    AdministrationSystem.staged,
    AdministrationSystem.customer_code,
    AdministrationSystem.customer_name,
    AdministrationSystem.certificate_until,
    AdministrationSystem.help_nl,
    AdministrationSystem.help_en,
)


async def listed(db: Db) -> list[System]:
    """Every system, configured or known by itself, by name."""
    rows = [_known(row) for row in await db.execute(select(*_COLUMNS))]
    have = {system.code for system in rows}
    return sorted((*rows, *(system for system in BUILT_IN if system.code not in have)), key=lambda one: one.name)


async def of(db: Db, code: str) -> System:
    """The system with this code. Raises `LookupError`."""
    row = (await db.execute(select(*_COLUMNS).where(AdministrationSystem.code == code))).one_or_none()
    if row is not None:
        return _known(row)
    for system in BUILT_IN:
        if system.code == code:
            return system
    raise LookupError(f"no administration system {code!r}")


async def row_of(db: Db, code: str) -> int:
    """The id of a system's row, which is made where there is none yet. Raises `LookupError`."""
    found = (await db.execute(select(AdministrationSystem.id).where(AdministrationSystem.code == code))).scalar()
    return found if found is not None else await _insert(db, await of(db, code))


async def configure(
    db: Db,
    code: str,
    *,
    now: datetime,
    by: str,
    name: str | None = None,
    needs_key: bool | None = None,
    endpoint: str | None = None,
    staged: bool | None = None,
    customer_code: str | None = None,
    customer_name: str | None = None,
    help_nl: str | None = None,
    help_en: str | None = None,
) -> System:
    """Changes what is given, and adds a system that is not known yet, which needs a name. An empty endpoint takes it away.

    Raises `ValueError` with a reason.
    """
    if not _CODE.fullmatch(code):
        raise ValueError("a system's code is at most 32 lower-case letters, digits and hyphens")
    given: dict[str, Any] = {
        "name": name,
        "needs_key": needs_key,
        "endpoint": endpoint,
        "staged": staged,
        "customer_code": customer_code,
        "customer_name": customer_name,
        "help_nl": help_nl,
        "help_en": help_en,
    }
    changed = {field: value for field, value in given.items() if value is not None}
    _check(changed)
    if endpoint == "":
        changed["endpoint"] = None
    try:
        system_id = await row_of(db, code)
    except LookupError:
        if name is None:
            raise ValueError("a new system needs a name") from None
        system_id = await _insert(db, _built_in(code, name, "", "", needs_key=True))
    if changed:
        await db.execute(update(AdministrationSystem).where(AdministrationSystem.id == system_id).values(**changed))
    await _wake(db, system_id, now=now)
    await ledger.record(db, "system.configured", now=now, by=by, detail={"system": code, "fields": sorted(changed)})
    return await of(db, code)


async def set_certificate(
    db: Db, code: str, certificate: bytes | None, *, now: datetime, by: str, keyring: Keyring
) -> System:
    """Keeps our client certificate, as `tls.read_certificate` returned it, sealed; None removes it. Raises `LookupError`."""
    system_id = await row_of(db, code)
    values: dict[str, Any] = {"certificate": None, "certificate_until": None}
    if certificate is not None:
        sealed = keyring.seal(certificate, bound_to=_place(system_id))
        values = {"certificate": sealed, "certificate_until": tls.valid_until(certificate)}
    await db.execute(update(AdministrationSystem).where(AdministrationSystem.id == system_id).values(**values))
    await ledger.record(
        db, "system.certificate", now=now, by=by, detail={"system": code, "present": certificate is not None}
    )
    return await of(db, code)


def open_certificate(sealed: bytes | None, system_id: int, *, keyring: Keyring) -> bytes | None:
    """The certificate of a row as PEM with its key, or None where it has none."""
    return keyring.open(sealed, bound_to=_place(system_id)) if sealed is not None else None


async def _wake(db: Db, system_id: int, *, now: datetime) -> None:
    """Automatic couplings that waited for their system get their place in the coming night; those that lack more are passed over then."""
    waiting = select(Coupling.school_id).where(Coupling.system_id == system_id, Coupling.mode == "automatic")
    found = (await db.execute(waiting.where(Coupling.next_run_at.is_(None)))).scalars()
    if at := [{"of": school_id, "then": next_night(school_id, now)} for school_id in found]:
        one = update(Coupling).where(Coupling.school_id == bindparam("of"))
        await db.execute(one.values(next_run_at=bindparam("then", type_=Coupling.next_run_at.type)), at)


def _place(system_id: int) -> str:
    return f"administration_systems.certificate.{system_id}"


def _check(changed: dict[str, Any]) -> None:
    for field, most in _MOST.items():
        text = changed.get(field)
        if text is not None and not 1 <= len(text) <= most:
            raise ValueError(f"{field.replace('_', ' ')} must be 1 to {most} characters")
    if changed.get("endpoint"):
        wire.parse_endpoint(changed["endpoint"])


async def _insert(db: Db, system: System) -> int:
    columns = ("code", "name", "needs_key", "endpoint", "staged", "help_nl", "help_en")
    values = {column: getattr(system, column) for column in columns}
    return (
        await db.execute(insert(AdministrationSystem).values(**values).returning(AdministrationSystem.id))
    ).scalar_one()


def _known(row: Any) -> System:
    values = dict(row._mapping)
    del values["id"]
    return System(**values)
