"""The signed letter: looked at from outside only, sealed as it came, opened for who checks (R12).

Nothing here reads what a PDF says: a reader of the format is as large as its faults. Its first and last bytes must be those of a PDF and of
nothing else, its table of contents must be where it says, and words by which it would do something when opened must not stand in it. That is no
virus scanner: who opens the file does so on his own machine, from a download that no browser shows.
"""

import re
from datetime import datetime
from typing import Final

from sqlalchemy import delete, insert, select

from directory.onboarding.models import ApplicationLetter
from idp.core.crypto import Keyring
from idp.core.db import Db

LARGEST: Final = 10 * 1024 * 1024
"""Bytes of a letter: some scanned pages."""
SMALLEST: Final = 200

_HEAD: Final = re.compile(rb"%PDF-(1\.[0-7]|2\.0)[\r\n \t]")
# ISO 32000-1, 7.5.5: the last lines are startxref, the offset of the cross-reference section, and %%EOF.
_TAIL: Final = re.compile(rb"startxref[\r\n \t]+([0-9]{1,10})[\r\n \t]+%%EOF[\r\n \t\0]*\Z")
# Its cross-reference section is a table, or since PDF 1.5 a stream, which is an object (7.5.4, 7.5.8).
_CONTENTS: Final = re.compile(rb"[\r\n \t]{0,4}(xref\b|[0-9]{1,10} [0-9]{1,5} obj\b)")
_SNIFFED: Final = re.compile(
    rb"<\s*(!doctype|html|head|body|script|iframe|svg|\?php|a\s|h1|title|style|table|img)", re.I
)
_MARKUP: Final = re.compile(rb"<(!doctype html|script[\s>]|iframe[\s>])", re.I)
_ARCHIVES: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ACTIVE: Final = (
    "JavaScript",
    "Launch",
    "RichMedia",
    "EmbeddedFile",
    "EmbeddedFiles",
    "XFA",
    "SubmitForm",
    "ImportData",
)
# 7.3.5: any character of a name may be written by its number.
_WRITTEN: Final = ("".join(f"(?:{char}|(?i:#{ord(char):02x}))" for char in word) for word in _ACTIVE)
_DOES: Final = re.compile(rf"/(?:{'|'.join(_WRITTEN)})\b".encode())

REFUSALS: Final = {
    "empty": "there is no file, or hardly anything in it",
    "too_large": "it is larger than 10 MB",
    "no_pdf": "it is no PDF, whatever it is called",
    "cut_off": "its end is missing: it was not whole when it was sent",
    "two_kinds": "it is a PDF and something else at once",
    "active": "it holds a program or another file",
}


class LetterRefused(ValueError):
    """A file that is not kept; `code` is one of `REFUSALS`."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code])
        self.code = code


def check(content: bytes) -> None:
    """Looks at a file that claims to be a letter, by its content and never by its name. Raises `LetterRefused`."""
    if len(content) < SMALLEST:
        raise LetterRefused("empty")
    if len(content) > LARGEST:
        raise LetterRefused("too_large")
    if not _HEAD.match(content):
        raise LetterRefused("no_pdf")
    # What a browser or an unpacking program would take it for: browsers look at the first kilobyte, archives are read from their end.
    if (
        _SNIFFED.search(content, 0, 1024)
        or _MARKUP.search(content)
        or any(mark in content[-66_000:] for mark in _ARCHIVES)
    ):
        raise LetterRefused("two_kinds")
    tail = _TAIL.search(content, max(0, len(content) - 2048))
    if tail is None or not _CONTENTS.match(content, min(int(tail[1]), len(content))):
        raise LetterRefused("cut_off")
    if _DOES.search(content):
        raise LetterRefused("active")


async def keep(db: Db, keyring: Keyring, application_id: int, version: int, content: bytes, *, now: datetime) -> None:
    """Keeps a letter that was checked, sealed, in the place of an earlier one."""
    await forget(db, application_id)
    sealed = keyring.seal(content, bound_to=_place(application_id, version))
    row = {"application_id": application_id, "version": version, "sealed": sealed, "size": len(content)}
    await db.execute(insert(ApplicationLetter).values(**row, received_at=now))


async def content(db: Db, keyring: Keyring, application_id: int) -> bytes | None:
    """The letter of an application as it came; None where there is none (any more). Raises `CannotOpen`."""
    query = select(ApplicationLetter.version, ApplicationLetter.sealed)
    row = (await db.execute(query.where(ApplicationLetter.application_id == application_id))).one_or_none()
    return keyring.open(row.sealed, bound_to=_place(application_id, row.version)) if row else None


async def size(db: Db, application_id: int) -> int | None:
    """How many bytes the letter has; None where there is none."""
    this = ApplicationLetter.application_id == application_id
    return (await db.execute(select(ApplicationLetter.size).where(this))).scalar()


async def forget(db: Db, application_id: int) -> None:
    """The letter goes."""
    await db.execute(delete(ApplicationLetter).where(ApplicationLetter.application_id == application_id))


def _place(application_id: int, version: int) -> str:
    return f"application_letters.sealed.{application_id}.{version}"
