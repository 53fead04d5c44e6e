"""The terms that the desk tells, each from where it is held to: a page that typed a number would go on telling it after the number changed (R54)."""

from collections.abc import Mapping
from typing import Final

from directory import devices
from directory.imports import runs
from directory.lifecycle import inactivity, reorganisations
from idp.core import keeping

TERMS: Final[Mapping[str, int]] = {
    "people": inactivity.MONTHS,
    "files": 0,
    "waiting": keeping.UNANSWERED.count,
    "undo": runs.UNDO_FOR.days,
    "proposals": 0,
    "reorganisations": reorganisations.UNDO.days,
    "substitutes": keeping.RECORDS.count,
    "releases": keeping.RECORDS.count,
    "mails": keeping.MAILS.count,
    "devices": devices.KEPT.days,
    "ledger": keeping.LEDGER.count,
}
"""In the order of the page; in days, months or years as its words say. 0 where the words have no number."""
