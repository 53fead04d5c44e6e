"""Who needs a second factor (D7). Pure."""

from collections.abc import Collection

from directory import roles


def needs_second_factor(
    kind: str,
    held: Collection[str],
    *,
    enrolled: bool,
    school_wants_it: bool,
    opted_out: bool = False,
    always: bool = False,
) -> bool:
    """True for managing roles anywhere, for staff whose school switched it on, and for who has one; never for pupils (R103).

    `held` are the person's roles at every school: a coordinator anywhere carries his second factor everywhere. `opted_out` is only true where
    the operator allows it, and then lifts what the role asks, never what the school or an own factor does. `always`: a party's
    contact and the platform's own people, without exception; nor is there one for who has a role on a board: one such account opens many schools.
    """
    if kind != "staff":
        return False
    return school_wants_it or enrolled or always or above_schools(held) or (manages(held) and not opted_out)


def above_schools(held: Collection[str]) -> bool:
    """Whether one of these roles is on a board."""
    return not set(roles.BOARD_ROLES).isdisjoint(held)


def manages(held: Collection[str]) -> bool:
    """Whether one of these roles decides about data of children, or sees what whole schools decided: never without a second factor."""
    return above_schools(held) or not roles.MANAGING.isdisjoint(held)
