"""The numbers and codes of the Dutch chain: how each is written, and nothing else.

Every function here takes text from outside and returns the one canonical form, or raises `ValueError` with a reason that a person can
read. The reason never repeats the text itself: an ECK-iD or an address must not end up in a message.
"""

import re
from dataclasses import dataclass
from uuid import UUID

MAIN_LOCATION = ""
ECKID_VERSIONS = frozenset({"201703", "pilot"})

# Digits and letters are ASCII only, although the schema's classes `\p{Nd}` and `\p{Lu}` would let any script in.
_BRIN = re.compile(r"[0-9]{2}[A-Z]{2}")
_LOCATION = re.compile(r"[0-9]{2}")
_BRIN_AND_LOCATION = re.compile(r"([0-9]{2}[A-Z]{2})[-. ]?([0-9]{2})?")
_ECKID = re.compile(r"https://ketenid\.nl/([0-9a-z]{1,16})/[0-9a-f]{128}")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SCHOOL_YEAR = re.compile(r"([0-9]{4})-([0-9]{4})")
_MAIL_LOCAL = re.compile(r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_MAIL_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})")


@dataclass(frozen=True, slots=True)
class SchoolReference:
    """How somebody names a school account (D13): by BRIN, by BRIN and location code, or by INSTELLING_REF.

    Either `instelling_ref` is given or `brin` is. A BRIN without a location code leaves `location` None: it may mean several schools.
    """

    brin: str | None = None
    location: str | None = None
    instelling_ref: UUID | None = None


def parse_brin(text: str) -> str:
    """The institution code of DUO: two digits, two capitals."""
    brin = text.strip().upper()
    if not _BRIN.fullmatch(brin):
        raise ValueError("a BRIN is two digits and two letters, like 12AB")
    return brin


def parse_location_code(text: str) -> str:
    """The two digits behind a BRIN; the main location is the empty text, because EDEXML says that 00 is the same as empty."""
    code = text.strip()
    if code in ("", "00"):
        return MAIN_LOCATION
    if not _LOCATION.fullmatch(code):
        raise ValueError("a location code is two digits, like 01")
    return code


def parse_instelling_ref(text: str) -> UUID:
    """The key of a school account in shortcuts: a UUID in its hyphenated form of 36 characters, in either case."""
    ref = text.strip().lower()
    if not _UUID.fullmatch(ref):
        raise ValueError("an INSTELLING_REF is a UUID of 36 characters with hyphens")
    return UUID(ref)


def parse_school_reference(text: str) -> SchoolReference:
    """`12AB`, `12AB01` (also written `12AB-01`, `12AB.01` or `12AB 01`) or an INSTELLING_REF."""
    if match := _BRIN_AND_LOCATION.fullmatch(text.strip().upper()):
        return SchoolReference(brin=match[1], location=None if match[2] is None else parse_location_code(match[2]))
    try:
        return SchoolReference(instelling_ref=parse_instelling_ref(text))
    except ValueError:
        raise ValueError(
            "a school is named by its BRIN (12AB), BRIN and location code (12AB01), or INSTELLING_REF"
        ) from None


def parse_eckid(text: str) -> str:
    """An ECK-iD, byte for byte as it came: it is compared exactly and never folded.

    A stampseudonym (version segments that begin with `sp`) looks alike but is no ECK-iD, and must not be treated as one.
    """
    match = _ECKID.fullmatch(text)
    if match is None or match[1].startswith("sp"):
        raise ValueError("an ECK-iD is https://ketenid.nl/, a version, a slash and 128 lower-case hexadecimal digits")
    return text


def eckid_version(eckid: str) -> str:
    """The version segment of a parsed ECK-iD; `ECKID_VERSIONS` are the known ones."""
    return eckid.split("/", 4)[3]


def parse_school_year(text: str) -> str:
    """Two consecutive years, `2026-2027`. The schema's list ends at 2024-2025; ours does not."""
    match = _SCHOOL_YEAR.fullmatch(text.strip())
    if match is None or int(match[2]) != int(match[1]) + 1:
        raise ValueError("a school year is two consecutive years, like 2026-2027")
    return match[0]


def parse_email_address(text: str) -> str:
    """An address that can serve as a user name: ASCII, at most 254 characters, in lower case (people do not tell cases apart).

    Quoted local parts and literal hosts are refused: they are legal, and no school has one.
    """
    address = text.strip().lower()
    local, at, domain = address.rpartition("@")
    fits = len(address) <= 254 and len(local) <= 64
    if not (at and fits and _MAIL_LOCAL.fullmatch(local) and _MAIL_DOMAIN.fullmatch(domain)):
        raise ValueError("an e-mail address looks like name@school.nl")
    return address


def mailbox_of(address: str) -> str:
    """Where mail to an address in its one form arrives, as far as it says: most servers deliver `name+anything@` to `name@`."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0] or local}@{domain}"
