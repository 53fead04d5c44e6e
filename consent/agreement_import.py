"""What an extract of a supplier's register would change here, line by line, and doing that in one transaction (D8).

An agreement is known again by whose it is, with whom, its version and its day of signing. What the extract lacks stays as it is.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from consent import agreement_papers, agreement_receipts, party_agreements
from consent.agreement_extract import ExtractRefused, Line
from consent.agreement_papers import Recorded, Signing, Whose
from consent.party_agreements import WithParty
from directory import boards, schools
from directory.boards import KnownBoard
from directory.schools import KnownSchool
from idp.core.db import Db
from idp.core.frozen import replace
from metadata import parties
from metadata.parties import KnownParty

Kind = Literal["new", "changed", "unchanged", "over", "too_soon", "longer", "unknown"]
KINDS: Final[tuple[Kind, ...]] = ("new", "changed", "unchanged", "over", "too_soon", "longer", "unknown")
"""`over` ended before today and was never here; `too_soon` would end the platform's without its three notices, `longer` would take back a last day
of it that stands here, perhaps announced since the register was told. All three are left alone."""


@dataclass(frozen=True, slots=True)
class Step:
    """What becomes of one line. `lacks` is what of an unknown one is not known here; `fields` is what changes."""

    line: Line
    kind: Kind
    found: KnownBoard | KnownSchool | None = None
    party: KnownParty | None = None
    known: Recorded | WithParty | None = None
    signing: Signing | None = field(default=None, repr=False)
    fields: tuple[str, ...] = ()
    lacks: Literal["board", "school", "party"] | None = None


def counts(steps: Iterable[Step]) -> dict[str, int]:
    """Numbers by kind."""
    found = Counter(step.kind for step in steps)
    return {kind: found[kind] for kind in KINDS}


async def plan(db: Db, lines: Iterable[Line], *, today: date) -> list[Step]:
    """Every line beside what stands here. Changes nothing. Raises `ExtractRefused` where two lines are the same agreement."""
    look = _Look(db)
    seen: set[tuple[object, ...]] = set()
    steps = []
    for line in lines:
        found, party = await look.whose(line), await look.party(line.party)
        whose = found.id if found is not None else line.board or line.school
        key = isinstance(found, KnownBoard) or line.board is not None, whose, party.id if party else line.party
        mark = (*key, line.signing.version, line.signing.signed_on)
        if mark in seen:
            raise ExtractRefused("twice", line=line.line)
        seen.add(mark)
        steps.append(await _step(look, line, found, party, today))
    return steps


class _Look:
    """What lines name, each looked up once."""

    def __init__(self, db: Db) -> None:
        self._db = db
        self._whose: dict[str, KnownBoard | KnownSchool | None] = {}
        self._parties: dict[str, KnownParty | None] = {}
        self._papers: dict[Whose, tuple[list[Recorded], list[WithParty]]] = {}

    async def whose(self, line: Line) -> KnownBoard | KnownSchool | None:
        named = line.board or line.school or ""
        if named not in self._whose:
            try:
                by = boards.by_number(self._db, named) if line.board else schools.by_code(self._db, named)
                self._whose[named] = await by
            except LookupError:
                self._whose[named] = None
        return self._whose[named]

    async def party(self, named: str | None) -> KnownParty | None:
        if named is not None and named not in self._parties:
            try:
                self._parties[named] = await parties.find(self._db, named)
            except LookupError:
                self._parties[named] = None
        return self._parties[named] if named is not None else None

    async def papers(self, whose: Whose) -> tuple[list[Recorded], list[WithParty]]:
        if whose not in self._papers:
            self._papers[whose] = await agreement_papers.of(self._db, whose), await party_agreements.of(self._db, whose)
        return self._papers[whose]


def _of(found: KnownBoard | KnownSchool) -> Whose:
    return Whose(board_id=found.id) if isinstance(found, KnownBoard) else Whose(school_id=found.id)


async def _step(
    look: _Look, line: Line, found: KnownBoard | KnownSchool | None, party: KnownParty | None, today: date
) -> Step:
    if found is None:
        return Step(line, "unknown", party=party, lacks="board" if line.board else "school")
    if line.party is not None and party is None:
        return Step(line, "unknown", found, lacks="party")
    ours, theirs = await look.papers(_of(found))
    with_party = [one for one in theirs if party is not None and one.party_id == party.id]
    known = _same(line.signing, ours) if party is None else _with(line.signing, with_party)
    if known is None:
        over = line.signing.ends_on is not None and line.signing.ends_on < today
        return Step(line, "over" if over else "new", found, party, signing=line.signing)
    before = known.paper.signing if isinstance(known, WithParty) else known.signing
    # What the register does not tell takes nothing back, least of all an end that was announced here.
    wanted = replace(
        line.signing, signer=line.signing.signer or before.signer, ends_on=line.signing.ends_on or before.ends_on
    )
    fields = tuple(name for name in ("signer", "ends_on") if getattr(wanted, name) != getattr(before, name))
    kind: Kind = "changed" if fields else "unchanged"
    if party is None and wanted.ends_on is not None:
        kind = _not_ours_to_move(before.ends_on, wanted.ends_on, today) or kind
    return Step(line, kind, found, party, known, wanted, fields)


def _not_ours_to_move(before: date | None, wanted: date, today: date) -> Kind | None:
    """Why the last day of the platform's stays as it is (D8); None where it does not change, or three notices fit before a sooner one."""
    if before is not None and wanted >= before:
        return "longer" if wanted > before else None
    return "too_soon" if wanted < agreement_papers.earliest_end(today) else None


def _same(signing: Signing, papers: Sequence[Recorded]) -> Recorded | None:
    """The paper of this version and day; of several the one that ends alike."""
    alike = [
        one for one in papers if (one.signing.version, one.signing.signed_on) == (signing.version, signing.signed_on)
    ]
    return next((one for one in alike if one.signing.ends_on == signing.ends_on), alike[0] if alike else None)


def _with(signing: Signing, found: Sequence[WithParty]) -> WithParty | None:
    paper = _same(signing, [one.paper for one in found])
    return next((one for one in found if one.paper is paper), None)


async def apply(db: Db, steps: Iterable[Step], *, contact: str, now: datetime, today: date, by: str) -> None:
    """Carries out what is new and what changed. Who answers for a new agreement with the platform is mailed, as after `record`."""
    for step in steps:
        found, signing = step.found, step.signing
        if found is None or signing is None or step.kind not in {"new", "changed"}:
            continue
        if isinstance(step.known, WithParty):
            await party_agreements.change(db, step.known, signing, now=now, by=by)
        elif step.known is not None:
            await agreement_papers.change(db, step.known, signing, now=now, today=today, by=by)
        elif step.party is not None:
            await party_agreements.record(db, _of(found), step.party.id, signing, now=now, by=by)
        elif await agreement_papers.record(db, _of(found), signing, now=now, today=today, by=by) is not None:
            await agreement_receipts.send(db, found, signing, contact=contact, now=now)
