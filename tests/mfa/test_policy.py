"""Who needs a second factor (D7, R100-R105)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory import roles
from mfa.policy import needs_second_factor

ROLES = st.lists(st.sampled_from(roles.ROLES), unique=True)


@given(held=ROLES, enrolled=st.booleans(), wanted=st.booleans())
def test_pupils_never(held: list[str], enrolled: bool, wanted: bool) -> None:
    assert not needs_second_factor("pupil", held, enrolled=enrolled, school_wants_it=wanted)


@given(held=ROLES, enrolled=st.booleans(), wanted=st.booleans())
def test_coordinators_always(held: list[str], enrolled: bool, wanted: bool) -> None:
    assert needs_second_factor("staff", [*held, roles.ICT_COORDINATOR], enrolled=enrolled, school_wants_it=wanted)


@pytest.mark.parametrize(("enrolled", "wanted"), [(False, False), (True, False), (False, True), (True, True)])
def test_other_staff_where_the_school_wants_it_or_who_have_one(enrolled: bool, wanted: bool) -> None:
    others = [role for role in roles.ROLES if role not in roles.MANAGING]
    assert needs_second_factor("staff", others, enrolled=enrolled, school_wants_it=wanted) is (enrolled or wanted)


def test_a_role_of_another_name_manages_nothing() -> None:
    assert not needs_second_factor("staff", ["ICT-coordinator", "directeur"], enrolled=False, school_wants_it=False)
