"""Refusals about which somebody may call: what a page said, under the reference on it (R144, D37).

Kept for two weeks where a person was proven, a day where nobody was, and sealed: school and party stand together in no store that anybody reads.
The helpdesk opens one and sees no party; only who coordinates at that school sees which one it was.
"""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Final

import orjson

from idp.core import ids
from idp.core.crypto import CannotOpen, Keyring
from idp.core.floor import Floor
from idp.core.frozen import replace

KEPT: Final = 14 * 86400
KEPT_OF_NOBODY: Final = 86400
"""Seconds."""
_REFERENCE: Final = re.compile(f"[{ids.LETTERS}]{{4}}-[{ids.LETTERS}]{{4}}")
OF_A_PARTY: Final = frozenset({"party.disabled", "assurance.unreachable"})
"""Refusals that say something of the party itself: whoever sees no party sees no school beside them either."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a page said: the code of the problem, when (epoch seconds), to a child or to an adult, at which school, on the way to which party."""

    code: str
    at: int
    register: str
    school_id: int | None = None
    party_id: int | None = None

    @property
    def blind(self) -> "Refusal":
        """The same for the platform's own people: no party, and no school where it is a party's doing."""
        school_id = None if self.code in OF_A_PARTY else self.school_id
        return replace(self, school_id=school_id, party_id=None)


def read_reference(text: str) -> str | None:
    """The reference in what somebody typed, whatever the case and the spaces; None where there is none."""
    plain = re.sub(r"[\s\u2010-\u2015-]", "", text).upper()
    written = f"{plain[:4]}-{plain[4:]}"
    return written if _REFERENCE.fullmatch(written) else None


async def keep(floor: Floor, attempt_id: str, refusal: Refusal, *, proven: bool) -> str:
    """Keeps what the page of this attempt says, and returns its reference: the same one however often it is shown. Raises `Unavailable`."""
    reference = ids.reference(floor.keyring.mac("token", "reference", attempt_id, refusal.code))
    sealed = floor.keyring.seal(orjson.dumps(asdict(refusal)), bound_to=_bound(reference))
    seconds = KEPT if proven else KEPT_OF_NOBODY
    await floor.store.put(("refusal", _key(floor.keyring, reference), sealed, seconds))
    return reference


async def find(floor: Floor, reference: str) -> Refusal | None:
    """What the page with this reference said; None where it is kept no longer, or never was. Raises `Unavailable`."""
    sealed = await floor.store.get("refusal", _key(floor.keyring, reference))
    if sealed is None:
        return None
    try:
        return Refusal(**orjson.loads(floor.keyring.open(sealed, bound_to=_bound(reference))))
    except CannotOpen:
        return None


def code_of(reference: str, codes: Iterable[str]) -> str | None:
    """Which of these codes the page of a failure with this reference had; None where it was none of them. Of such a page nothing is kept."""
    return next((code for code in codes if ids.tells(reference, code)), None)


def _key(keyring: Keyring, reference: str) -> bytes:
    return keyring.mac("token", "refusal", reference)


def _bound(reference: str) -> str:
    return f"refusal.{reference}"
