"""What is true at this moment about a person, a school and a party, read in one statement.

This is the reading half of D9: it decides which step comes next and which refusal a person reads. What leaves is decided again, and recorded, by
`consent.release`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from consent.release import AGREEMENT, CONNECTIONS, EXCLUDED, PRESENT
from directory.home import WAY_OF
from directory.standing import AT_SCHOOL, Standing, as_parameters
from idp.core.hot import Hot, Statement
from mfa import policy

_HELD = """CASE WHEN per.kind = 'staff' THEN (SELECT string_agg(r.role, ' ') FROM employments e2
    JOIN employment_roles r ON r.employment_id = e2.id
    WHERE e2.person_id = per.id AND e2.active AND NOT e2.unanswered AND (e2.ends_on IS NULL OR e2.ends_on >= $5)) END"""

_ON_BOARDS = """CASE WHEN per.kind = 'staff' THEN (SELECT string_agg(br.role, ' ') FROM board_roles br WHERE br.person_id = per.id) END"""

_ENROLLED = """CASE WHEN per.kind = 'staff' THEN EXISTS (SELECT 1 FROM totps WHERE totps.person_id = per.id)
    OR EXISTS (SELECT 1 FROM passkeys WHERE passkeys.person_id = per.id) END"""

_OPTED_OUT = (
    """CASE WHEN per.kind = 'staff' THEN EXISTS (SELECT 1 FROM mfa_opt_outs o WHERE o.person_id = per.id) END"""
)

# Who works at one school chooses none (R6).
_ONLY_WORKPLACE = """(SELECT MIN(e3.school_id) FROM employments e3 JOIN schools s3 ON s3.id = e3.school_id AND s3.closed_at IS NULL
    WHERE e3.person_id = $1 AND e3.active AND NOT e3.unanswered AND (e3.ends_on IS NULL OR e3.ends_on >= $5)
    GROUP BY e3.person_id HAVING COUNT(*) = 1)"""


def _person(*, at_home: bool) -> tuple[str, str]:
    """The columns about the person, and where they come from. Who signed in at home stands nowhere: then its school's way home counts (D35)."""
    in_place = AT_SCHOOL.format(school="s.id", address="$6", device="$7")
    ways = ""
    if at_home:
        way = WAY_OF.format(group="g", rules="rules")
        in_place = f"{way} = 'here' AND $6::bytea IS NULL AND $7::bytea IS NULL"
        ways = "LEFT JOIN groups g ON g.id = en.group_id LEFT JOIN home_rules rules ON rules.school_id = s.id"
    columns = f"""per.kind, per.epoch, per.disabled, en.id IS NOT NULL OR em.id IS NOT NULL, s.mfa_for_staff,
        {in_place}, {_HELD}, {_ENROLLED}, {_OPTED_OUT}, s.id, per.contact_of,
        {_ON_BOARDS}, per.duty"""
    tables = f"""FROM persons per
        LEFT JOIN schools s ON s.id = CASE WHEN $2::bigint <> 0 THEN $2 ELSE {_ONLY_WORKPLACE} END AND s.closed_at IS NULL
        {PRESENT.format(today="$5")} {ways}"""
    return columns, tables


_WHERE = "WHERE per.id = $1 AND $4::bigint IS NOT NULL"


def of_who_asks(protocol: str, *, connection: str, today: str) -> tuple[str, str]:
    """The columns about the party that asks, and where they come from, of a statement in which the person is `per` and the school `s`; its parameters
    say which connection and what day it is."""
    columns = f"""c.version, c.enabled AND pa.enabled, {AGREEMENT.format(today=today)}, t.given, {EXCLUDED.format(party="pa.id")},
    (SELECT v.number FROM versions v WHERE v.name = 'keys')"""  # noqa: S608 - constants of this module only
    tables = f"""LEFT JOIN {CONNECTIONS[protocol]} c ON c.id = {connection}
LEFT JOIN parties pa ON pa.id = c.party_id
LEFT JOIN ticks t ON t.school_id = s.id AND t.party_id = pa.id"""
    return columns, tables


def _asked(protocol: str, *, at_home: bool) -> Statement:
    columns, tables = _person(at_home=at_home)
    about, whence = of_who_asks(protocol, connection="$3", today="$5")
    return Statement(f"SELECT {columns}, {about} {tables} {whence} {_WHERE}")


def _own(*, at_home: bool) -> Statement:
    columns, tables = _person(at_home=at_home)
    return Statement(f"SELECT {columns} {tables} {_WHERE} AND $3::bigint IS NOT NULL")


_ASKED = {
    (protocol, at_home): _asked(protocol, at_home=at_home) for protocol in CONNECTIONS for at_home in (False, True)
}
# At our own door nobody asks: every page of ours reads this, so it reads nothing of parties.
_OWN = {at_home: _own(at_home=at_home) for at_home in (False, True)}
_NOBODY_ASKS = (None,) * 6


@dataclass(frozen=True, slots=True)
class Facts:
    """The truth about one person at one school, and about one party if there is a question.

    `school_id` is that school, unless it is closed: the one that was asked about, else the only one where a member of staff works.

    `in_place`: whether a child stands where its session counts, at its school; or whether its school still has it come in at home.

    `verdict` is None when the party may be answered about this person, else the code of the first reason why not.
    `contact_of` is the party whose contact this is, `duty` what somebody does for the platform: active without a school, and answered about to
    nobody. So is who has a role on a board.
    `connection_version` and `keys_version` tell whether what this process has cached still holds (D10); None and 0 where nobody asks.
    """

    kind: str
    same_epoch: bool
    active: bool
    in_place: bool
    needs_second: bool
    enrolled: bool
    manages: bool
    verdict: str | None
    connection_version: int | None
    keys_version: int
    school_id: int | None = None
    contact_of: int | None = None
    duty: str | None = None

    @property
    def of_no_school(self) -> bool:
        """Whether the account is a party's contact's or that of who works for the platform: for that alone (D37)."""
        return self.contact_of is not None or self.duty is not None


def of_a_child_seen(school_id: int, asks: Sequence[Any] = ()) -> Facts:
    """What is true of a child that was seen active, and where it may be, in the statement that read its secret or recognised whom a network provider
    brings; `asks` is what that read of the party that asks (`of_who_asks`), if one does.
    """
    version, enabled, agreed, given, excluded, keys_version = asks or _NOBODY_ASKS
    return Facts(
        kind="pupil",
        same_epoch=True,
        active=True,
        in_place=True,
        needs_second=False,
        enrolled=False,
        manages=False,
        verdict=_verdict(enabled, True, agreed, given, excluded) if asks else None,
        connection_version=version,
        keys_version=keys_version or 0,
        school_id=school_id,
    )


async def load(
    hot: Hot,
    *,
    protocol: str,
    connection_id: int | None,
    person_id: int,
    school_id: int | None,
    epoch: int,
    standing: Standing | None,
    today: date,
    may_opt_out: bool = False,
) -> Facts | None:
    """The facts; None when the person does not exist. `standing` is None for who signed in at home. `may_opt_out`: the operator's setting (D7).

    Raises `Unavailable`.
    """
    whom = person_id, school_id or 0, connection_id or 0
    asked, at_home = connection_id is not None, standing is None
    statement = _ASKED[protocol, at_home] if asked else _OWN[at_home]
    row = await hot.row(statement, *whom, epoch, today, *as_parameters(standing))
    if row is None:
        return None
    kind, now_epoch, disabled, present, school_mfa, in_place, held, enrolled, opted_out = row[:9]
    place, contact_of, on_boards, duty = row[9:13]
    version, enabled, agreed, given, excluded, keys_version = row[13:] if asked else _NOBODY_ASKS
    roles = f"{held or ''} {on_boards or ''}".split()
    always = contact_of is not None or duty is not None
    if always:
        # Whatever a school does to such an address, the account is nobody's at a school (D15, D37).
        place, present = None, False
    at_work = bool(present) and not disabled
    active = at_work or (place is None and not disabled and (always or bool(on_boards)))
    return Facts(
        kind=kind,
        same_epoch=now_epoch == epoch and not disabled,
        active=active,
        in_place=bool(in_place),
        needs_second=policy.needs_second_factor(
            kind,
            roles,
            enrolled=bool(enrolled),
            school_wants_it=bool(school_mfa),
            opted_out=may_opt_out and bool(opted_out),
            always=always,
        ),
        enrolled=bool(enrolled),
        manages=policy.manages(roles),
        verdict=_verdict(enabled, at_work, agreed, given, excluded) if asked else None,
        connection_version=version,
        keys_version=keys_version or 0,
        school_id=place,
        contact_of=contact_of,
        duty=duty,
    )


def _verdict(enabled: object, active: object, agreed: object, given: object, excluded: object) -> str | None:
    reasons = (
        ("party.disabled", not enabled),
        ("person.inactive", not active),
        ("consent.no_agreement", not agreed),
        ("consent.not_given", not given),
        ("person.excluded", excluded),
    )
    return next((code for code, holds in reasons if holds), None)
