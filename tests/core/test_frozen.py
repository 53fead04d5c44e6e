"""A copy of a frozen dataclass is what the standard library would have made of it, in less time."""

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.release import Released, Subject
from idp.core.frozen import replace, whole
from idp.signin.attempts import Attempt, Home, Network
from idp.signin.question import Question, Visitor
from protocols.oidc.op.asked import Asked
from protocols.saml.idp.asked import AuthnRequest

COPIED = (Asked, Attempt, AuthnRequest, Network, Question, Released, Subject, Visitor)
BEGUN = Attempt("a", "b", 1, draw="d")

changes = st.fixed_dictionaries(
    {},
    optional={
        "way": st.sampled_from(["pupil", "staff", None]),
        "school_id": st.none() | st.integers(),
        "email": st.text(max_size=5),
        "network": st.none() | st.builds(Network, st.integers(), sent=st.none() | st.text(max_size=3)),
    },
)


@given(changes, changes)
def test_a_copy_is_what_the_standard_library_makes(first: dict[str, Any], second: dict[str, Any]) -> None:
    copied = replace(replace(BEGUN, **first), **second)
    expected = dataclasses.replace(dataclasses.replace(BEGUN, **first), **second)
    assert (copied, dataclasses.asdict(copied)) == (expected, dataclasses.asdict(expected))
    assert Attempt("a", "b", 1, draw="d") == BEGUN
    assert whole(Attempt, dict(copied.__dict__)) == expected


def test_a_copy_is_as_frozen_as_what_it_was_made_of() -> None:
    copied = replace(BEGUN, wait=3)
    for name in ("wait", "unheard_of"):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(copied, name, 4)
    assert BEGUN.wait == 0


@pytest.mark.parametrize("one", [BEGUN, Home()], ids=["of a dictionary", "of slots"])
def test_no_field_is_made_up(one: Any) -> None:
    with pytest.raises(TypeError, match="unheard_of"):
        replace(one, unheard_of=1)


def test_of_slots_a_copy_is_made_as_well() -> None:
    assert replace(Home(), code="c", kind="pictures") == Home("c", "pictures")


def test_what_was_kept_before_a_field_came_gets_its_default() -> None:
    assert whole(Network, {"upstream_id": 3}) == Network(3)
    with pytest.raises(TypeError):
        whole(Network, {"sent": "x"})
    with pytest.raises(TypeError, match="unheard_of"):
        whole(Network, {"upstream_id": 3, "unheard_of": 1})


@pytest.mark.parametrize("kind", COPIED, ids=lambda kind: kind.__name__)
def test_nothing_is_worked_out_of_the_fields_of_what_is_copied(kind: type) -> None:
    """What a constructor works out, or a property keeps, would be that of the one before."""
    assert not hasattr(kind, "__post_init__")
    assert not hasattr(kind, "__slots__")
    assert [name for name, value in vars(kind).items() if type(value).__name__ == "cached_property"] == []
