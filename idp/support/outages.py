"""Reporting an outage (R158): a few lines by mail to the helpdesk, and nothing of it stays here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from idp.core import mail
from idp.core.db import Db
from idp.core.throttle import Policy

OF_A_NETWORK: Final = Policy(free=5, first_pause=600, longest_pause=3600, most=40, window=3600)
"""A whole board may sit behind one address; who comes later on a bad morning is told to call."""
OF_EVERYBODY: Final = Policy(free=300, first_pause=30, longest_pause=300, most=10_000, window=3600)
"""Whoever asks from many networks at once does not fill the outbox either."""

LONGEST: Final = {"school": 120, "where": 200, "reference": 9, "reply": 254}
LONGEST_TEXT: Final = 2000
_REFERENCE: Final = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}")
_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\".]+")


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody told. Only `what` is sure to be there; `reply` is an address that looks like one."""

    what: str
    school: str = ""
    where: str = ""
    reference: str = ""
    reply: str = ""


class Unclear(ValueError):
    """A report that cannot be sent as it is; `field` is the one to mend."""

    def __init__(self, field: str) -> None:
        super().__init__(f"{field} is missing or has another form")
        self.field = field


def read(form: Mapping[str, str]) -> Report:
    """The report in a form. A reference that is none is left out: the helpdesk can do without. Raises `Unclear`."""
    what = "\n".join(_printable(line) for line in form.get("what", "").splitlines()).strip()
    if not what or len(what) > LONGEST_TEXT:
        raise Unclear("what")
    lines = {name: _printable(form.get(name, "")) for name in LONGEST}
    for name, most in LONGEST.items():
        if len(lines[name]) > most and name != "reference":
            raise Unclear(name)
    if lines["reply"] and not _ADDRESS.fullmatch(lines["reply"]):
        raise Unclear("reply")
    if not _REFERENCE.fullmatch(lines["reference"].upper()):
        lines["reference"] = ""
    return Report(what=what, **{**lines, "reference": lines["reference"].upper()})


def _printable(line: str) -> str:
    """A line without what a mailbox would act upon; white space made single."""
    return " ".join("".join(char if char.isprintable() else " " for char in line).split())


def reference_of(text: str) -> str:
    """The reference of an error page as the form takes it over; nothing for any other text."""
    return text if _REFERENCE.fullmatch(text) else ""


async def send(db: Db, report: Report, *, to: str, browser: str, now: datetime) -> None:
    """Queues the mail to the helpdesk. What was typed stands behind a mark, so that it cannot pass for ours."""
    await mail.queue(
        db,
        "outage_reported",
        to,
        now=now,
        when=now,
        what="\n".join(f"> {line}" for line in report.what.splitlines()),
        browser=browser,
        **{name: f"> {getattr(report, name)}" if getattr(report, name) else "-" for name in LONGEST},
    )
