"""Which member of staff of the file is which of ours, and who gets an account at all (D15, D16, D20). Pure."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from directory import identifiers
from directory.imports.records import Administration, StaffRecord
from directory.imports.snapshot import CurrentColleague, Place, Snapshot
from directory.imports.steps import Doubt, Kind, Step, differing

StaffStep = Step[StaffRecord, CurrentColleague]


@dataclass(frozen=True, slots=True)
class _Case:
    """One member of staff of the file, with what the checks below need to know of the rest."""

    record: StaffRecord
    address: str | None = field(repr=False)
    shared: bool
    taken_here: bool
    known_elsewhere: bool


NO_ACCOUNT: tuple[tuple[str, Callable[[_Case], bool]], ...] = (
    ("no_group", lambda case: not case.record.groups),  # D16: linked to no group, no account
    ("address_missing", lambda case: case.record.email is None),
    ("address_malformed", lambda case: case.address is None),
    ("address_shared", lambda case: case.shared),
    ("address_taken", lambda case: case.taken_here),
    ("address_elsewhere", lambda case: case.known_elsewhere),
)
"""Why somebody in the file gets no account, the first that applies (D15): a doubt, never a guess."""


def usable_address(record: StaffRecord) -> str | None:
    """The address in its canonical form, None where there is none that could be a user name."""
    try:
        return identifiers.parse_email_address(record.email or "")
    except ValueError:
        return None


def staff_steps(current: Snapshot, administration: Administration) -> tuple[tuple[StaffStep, ...], tuple[Doubt, ...]]:
    """One step per member of staff of the file, and per one that the administration gave us and lacks now.

    People whom the school entered here are never ended by a file, and appointed ones only make a doubt (D16).
    """
    if not administration.staff:
        return (), ()
    addresses = {record.key: usable_address(record) for record in administration.staff}
    often = Counter(addresses.values())
    matches = _match(current, administration, addresses, often)
    held = {colleague.email for colleague in current.staff}
    steps: list[StaffStep] = []
    doubts: list[Doubt] = []
    for record in administration.staff:
        address = addresses[record.key]
        case = _Case(record, address, often[address] > 1, address in held, address in current.addresses_elsewhere)
        colleague = matches.get(record.key)
        if colleague is None:
            step, reasons = _step_for_unknown(case)
        else:
            step, reasons = _step_for_known(case, colleague, grouped=bool(administration.groups))
        steps.append(step)
        doubts += (Doubt("staff", record.key, reason) for reason in reasons)
    found = {colleague.id for colleague in matches.values()}
    for colleague in current.staff:
        if colleague.from_administration and colleague.active and colleague.id not in found:
            if colleague.appointed:
                doubts.append(Doubt("staff", colleague.key or "", "appointed_left"))
            else:
                steps.append(Step(Kind.GONE, None, colleague))
    return tuple(steps), tuple(doubts)


def _match(
    current: Snapshot, administration: Administration, addresses: dict[str, str | None], often: Counter[str | None]
) -> dict[str, CurrentColleague]:
    """By key; else somebody whom the school entered here by hand before the file came, by the address of the account."""
    ordered = sorted(current.staff, key=lambda colleague: (colleague.active, colleague.id))
    by_key = {colleague.key: colleague for colleague in ordered if colleague.key is not None}
    entered_here = {colleague.email: colleague for colleague in ordered if colleague.key is None and colleague.email}
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
    reasons = tuple(_address_doubts(case, colleague))
    if record.key.startswith("#") and case.address != colleague.email:
        # The key promises nothing, and the address contradicts it.
        return Step(Kind.DOUBTFUL, record, colleague), ("unstable_key",)
    linked = bool(record.groups) if grouped else bool(colleague.groups)
    if not linked and colleague.from_administration and not colleague.appointed:
        return Step(Kind.GONE if colleague.active else Kind.DOUBTFUL, record, colleague), ("no_group",)
    fields = tuple(_differences(record, colleague, grouped=grouped))
    kind = Kind.MOVED if "groups" in fields else Kind.CHANGED if fields else Kind.UNCHANGED
    return Step(kind, record, colleague, fields), reasons


def _address_doubts(case: _Case, colleague: CurrentColleague) -> Iterator[str]:
    """The account keeps its address whatever the file says: a new one is a proposal that the person must confirm (D15)."""
    if case.record.email is None:
        yield "address_missing"
    elif case.address is None:
        yield "address_malformed"
    elif case.shared:
        yield "address_shared"
    elif case.address != colleague.email:
        yield "address_changed"


def _differences(record: StaffRecord, colleague: CurrentColleague, *, grouped: bool) -> Iterator[str]:
    yield from differing(("key", colleague.key, record.key))
    if colleague.from_administration:
        now = colleague.first_name, colleague.prefix, colleague.surname
        then = record.first_name, record.prefix, record.surname
        yield from differing(("name", now, then), ("returned", colleague.active, True))
    links = linked_groups(record)
    # Links that the school made here are not undone by a file that knows of none.
    if grouped and (links or colleague.from_administration):
        yield from differing(("groups", colleague.groups, links))


def linked_groups(record: StaffRecord) -> frozenset[Place]:
    """The groups that the file links somebody to."""
    return frozenset((link.kind, link.group_key) for link in record.groups)
