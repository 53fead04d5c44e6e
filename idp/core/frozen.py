"""Changed copies of frozen dataclasses that a sign-in changes dozens of times.

`dataclasses.replace` reads and sets field by field: 6 µs for an attempt, and three times that in a process that just woke up. Of a class without
`slots` the whole of its fields is one dictionary, which is copied in 1 µs. A class that is changed on the way of every sign-in therefore has none.
"""

import dataclasses
from typing import TYPE_CHECKING, Any, TypeVar

Made = TypeVar("Made")

if TYPE_CHECKING:
    from dataclasses import replace as replace
else:

    def replace(one: Made, /, **changes: Any) -> Made:
        """As `dataclasses.replace`, of a class that has no `__post_init__`. Raises `TypeError` for a field that it does not have."""
        if not hasattr(one, "__dict__"):
            return dataclasses.replace(one, **changes)
        fields = one.__dict__
        if not fields.keys() >= changes.keys():
            raise TypeError(f"{type(one).__name__} has no {', '.join(sorted(changes.keys() - fields.keys()))}")
        made = object.__new__(type(one))
        made.__dict__.update(fields, **changes)
        return made


def whole(kind: type[Made], fields: dict[str, Any]) -> Made:
    """One with these fields, where all are given; else as its constructor makes it. It has no `__post_init__` either."""
    if fields.keys() != kind.__dataclass_fields__.keys():  # type: ignore[attr-defined]
        return kind(**fields)
    made = object.__new__(kind)
    made.__dict__.update(fields)
    return made
