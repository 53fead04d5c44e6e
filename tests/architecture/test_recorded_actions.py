"""Whatever is recorded, a coordinator can read: each action of the ledger has its kind and its sentence in both languages (C-323)."""

import pytest

from idp.web.desk.trail_acts import KIND_OF, KINDS, VALUES
from tests.architecture.recorded_actions import recorded
from tests.web.samples import LANGUAGES
from tests.web.test_translations import TEXTS, placeholders


def test_every_action_that_is_recorded_has_a_kind_and_none_is_made_up() -> None:
    actions, unread = recorded()
    assert unread == set(), "an action must be readable from the source: a word, a choice of words or a table of them"
    assert len(actions) > 120
    assert actions - KIND_OF.keys() == set(), "give it a kind in trail_acts.py and a sentence in desk_trail.*.toml"
    assert KIND_OF.keys() - actions == set(), "nothing records this (any more)"
    assert len(KIND_OF) == sum(map(len, KINDS.values())), "an action has one kind"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_action_has_a_sentence_that_can_be_filled(lang: str) -> None:
    told = {key.removeprefix("desk.trail.act."): text for key, text in TEXTS[lang].items() if "desk.trail.act." in key}
    assert told.keys() - {"other"} == KIND_OF.keys()
    assert {name for text in told.values() for name in placeholders(text)} <= VALUES
