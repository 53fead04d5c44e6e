"""How processes of one run share their tests."""

import os
from itertools import zip_longest
from typing import Any

from tests.together import queue_of, taken


def test_each_module_is_taken_once_and_stays_whole() -> None:
    modules: Any = [["a1", "a2", "a3"], ["b1"], ["c1", "c2"], ["d1"]]
    queue = queue_of(len(modules))
    turns = list(zip_longest(taken(modules, queue), taken(modules, queue)))
    os.close(queue)
    first, second = ([test for test in mine if test] for mine in zip(*turns, strict=True))
    assert first == ["a1", "a2", "a3", "d1"]
    assert second == ["b1", "c1", "c2"]


def test_where_nothing_is_left_nobody_waits() -> None:
    queue = queue_of(0)
    assert list(taken([], queue)) == []
    os.close(queue)
