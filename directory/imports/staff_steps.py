"""Which member of staff of the file is which of ours, and who gets an account at all (D15, D16, D20). Pure."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from directory import identifiers
from directory.imports.records import Administration, StaffRecord
from directory.imports.snapshot import CurrentColleague, Place, Snapshot
from directory.imports.steps import MOVED_AWAY, Doubt, Kind, Step, differing

StaffStep = Step[StaffRecord, CurrentColleague]


@dataclass(frozen=True, slots=True)
class _Case:
    """One member of staff of the file, with what the checks below need to know of the rest."""

    record: StaffRecord
    address: str | None = field(repr=False)
    shared: bool
    taken_here: bool
    ended_here: bool
    # Whether the file knows addresses at all.
    addressed: bool
    # Whether a split took whoever had this key elsewhere.
    moved: bool


NO_ACCOUNT: tuple[tuple[str, Callable[[_Case], bool]], ...] = (
    (MOVED_AWAY, lambda case: case.moved),
    ("no_group", lambda case: not case.record.groups),  # D16: linked to no group, no account
    ("address_missing", lambda case: case.addressed and case.record.email is None),
    ("address_malformed", lambda case: case.addressed and case.address is None),
    ("address_shared", lambda case: case.shared),
    ("ended_here", lambda case: case.ended_here),
    ("address_taken", lambda case: case.taken_here),
)
"""Why somebody in the file gets no account, the first that applies (D15): a doubt, never a guess.

That an address has an account at another school is none of these: the school must not learn it. Whoever has it is invited (D15).
"""


def usable_address(record: StaffRecord) -> str | None:
    """The address in its canonical form, None where there is none that could be a user name."""
    try:
        return identifiers.parse_email_address(record.email or "")
    except ValueError:
        return None


def staff_steps(current: Snapshot, administration: Administration) -> tuple[tuple[StaffStep, ...], tuple[Doubt, ...]]:
    """One step per member of staff of the file, and per active one that the administration gave us and lacks now.

    People whom the school entered here are never ended by a file, and appointed ones only make a doubt (D16).
    """
    if not administration.staff:
        return (), ()
    addresses = {record.key: usable_address(record) for record in administration.staff}
    often = Counter(address for address in addresses.values() if address)
    matches = _match(current, administration, addresses, often)
    # Substitutes, and who leaves, are asked like anybody else: by an invitation at the address (D15).
    leaving = _leaving(current, administration, matches)
    held = {one.email for one in current.staff if one.email and one.active and not one.seated and one.id not in leaving}
    ended = {one.email for one in current.staff if one.email and one.ended_here}
    steps: list[StaffStep] = []
    doubts: list[Doubt] = []
    for record in administration.staff:
        address = addresses[record.key]
        shared = address is not None and often[address] > 1
        case = _Case(
            record,
            address,
            shared,
            address in held,
            address in ended,
            administration.addressed,
            ("staff", record.key) in current.moved,
        )
        colleague = matches.get(record.key)
        if colleague is None:
            step, reasons = _step_for_unknown(case)
        else:
            step, reasons = _step_for_known(case, colleague, grouped=bool(administration.groups))
        steps.append(step)
        doubts += (Doubt("staff", record.key, reason) for reason in reasons)
    for colleague in _absent(current, matches):
        if colleague.appointed:
            steps.append(Step(Kind.UNCHANGED, None, colleague))
            doubts.append(Doubt("staff", colleague.key or "", "appointed_left"))
        else:
            steps.append(Step(Kind.GONE, None, colleague))
    return tuple(steps), tuple(doubts)


def _absent(current: Snapshot, matches: Mapping[str, CurrentColleague]) -> list[CurrentColleague]:
    """Those at work whom the administration gave us and tells of no more."""
    found = {colleague.id for colleague in matches.values()}
    return [one for one in current.staff if one.from_administration and one.active and one.id not in found]


def _leaving(
    current: Snapshot, administration: Administration, matches: Mapping[str, CurrentColleague]
) -> frozenset[int]:
    """Whose work here ends with this file: their addresses are free for who comes, in this import as in the next."""
    grouped = bool(administration.groups)
    gone = {one.id for one in _absent(current, matches) if not one.appointed}
    for record in administration.staff:
        colleague = matches.get(record.key)
        if colleague is not None and _unlinked(record, colleague, grouped=grouped) and not colleague.seated:
            gone.add(colleague.id)
    return frozenset(gone)


def _unlinked(record: StaffRecord, colleague: CurrentColleague, *, grouped: bool) -> bool:
    """Whether nothing ties this colleague to a group any more (D16); whom the school appointed is not the file's to end."""
    linked = bool(record.groups) if grouped else bool(colleague.groups)
    return not linked and colleague.from_administration and not colleague.appointed


def _match(
    current: Snapshot, administration: Administration, addresses: dict[str, str | None], often: Counter[str]
) -> dict[str, CurrentColleague]:
    """By key; else somebody whom the school entered here by hand before the file came, by the address of the account.

    Never a substitute by the address: anybody can be bound without being asked, and it is the person who becomes a colleague (D4, D15).
    """
    ordered = sorted(current.staff, key=lambda colleague: (colleague.active, colleague.id))
    by_key = {colleague.key: colleague for colleague in ordered if colleague.key is not None}
    by_hand = (one for one in ordered if one.key is None and not (one.seated or one.was_substitute))
    entered_here = {colleague.email: colleague for colleague in by_hand if colleague.email}
    matches: dict[str, CurrentColleague] = {}
    for record in administration.staff:
        address = addresses[record.key]
        by_address = entered_here.get(address) if address and often[address] == 1 else None
        if colleague := by_key.get(record.key) or by_address:
            matches[record.key] = colleague
    return matches


def _step_for_unknown(case: _Case) -> tuple[StaffStep, tuple[str, ...]]:
    for reason, applies in NO_ACCOUNT:
        if applies(case):
            return Step(Kind.DOUBTFUL, case.record, None), (reason,)
    return Step(Kind.NEW, case.record, None), ()


def _step_for_known(case: _Case, colleague: CurrentColleague, *, grouped: bool) -> tuple[StaffStep, tuple[str, ...]]:
    record = case.record
    if colleague.seated or colleague.ended_here:
        return Step(Kind.DOUBTFUL, record, colleague), ("is_substitute" if colleague.seated else "ended_here",)
    reasons = tuple(_address_doubts(case, colleague))
    if record.key.startswith("#") and _somebody_else(case, colleague):
        return Step(Kind.DOUBTFUL, record, colleague), ("unstable_key",)
    if _unlinked(record, colleague, grouped=grouped):
        return Step(Kind.GONE if colleague.active else Kind.DOUBTFUL, record, colleague), ("no_group",)
    fields = tuple(_differences(record, colleague, grouped=grouped))
    kind = Kind.MOVED if "groups" in fields else Kind.CHANGED if fields else Kind.UNCHANGED
    return Step(kind, record, colleague, fields), reasons


def _somebody_else(case: _Case, colleague: CurrentColleague) -> bool:
    """Whether a key that promises nothing is contradicted: by the address, or where one of the two has none by the name."""
    if colleague.email is None or not case.addressed:
        return (case.record.first_name, case.record.surname) != (colleague.first_name, colleague.surname)
    return case.address != colleague.email


def _address_doubts(case: _Case, colleague: CurrentColleague) -> Iterator[str]:
    """The account keeps its address whatever the file says: a new one is a proposal that the person must confirm (D15).

    Whoever has no address here waits for one from the coordinator: no doubt about that.
    """
    if colleague.email is None or not case.addressed:
        return
    if case.record.email is None:
        yield "address_missing"
    elif case.address is None:
        yield "address_malformed"
    elif case.shared:
        yield "address_shared"
    elif case.address != colleague.email:
        yield "address_taken" if case.taken_here else "address_changed"


def _differences(record: StaffRecord, colleague: CurrentColleague, *, grouped: bool) -> Iterator[str]:
    yield from differing(("key", colleague.key, record.key))
    if colleague.from_administration:
        now = colleague.first_name, colleague.prefix, colleague.surname
        then = record.first_name, record.prefix, record.surname
        yield from differing(("name", now, then), ("returned", colleague.active, True))
    # What the school linked here is the school's: a file neither repeats nor ends it (D16).
    if grouped:
        yield from differing(("groups", colleague.groups, linked_groups(record) - colleague.own_groups))


def proposals(steps: Sequence[StaffStep]) -> tuple[tuple[int, str], ...]:
    """The addresses that the administration has for people with another one, by person id: each for its owner to confirm (D15)."""
    often = Counter(usable_address(step.record) for step in steps if step.record)
    held = {step.current.email for step in steps if step.current}
    found: list[tuple[int, str]] = []
    for step in steps:
        if step.kind not in (Kind.UNCHANGED, Kind.CHANGED, Kind.MOVED) or not step.record or not step.current:
            continue
        address = usable_address(step.record)
        if step.current.email and address and address not in held and often[address] == 1:
            found.append((step.current.person_id, address))
    return tuple(found)


def linked_groups(record: StaffRecord) -> frozenset[Place]:
    """The groups that the file links somebody to."""
    return frozenset((link.kind, link.group_key) for link in record.groups)
