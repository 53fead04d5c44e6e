"""Staff accounts as commands make them: the address, a name for a new one, and a password from stdin."""

import sys

from directory import people
from directory.people import Account
from idp.cli.output import Refused
from idp.core.db import Db
from idp.core.floor import Floor
from idp.credentials import passwords
from idp.credentials.passwords import Hasher

NOTES = {"kept": ["The account existed and keeps its password."], "set": [], "none": ["There is no password yet."]}
"""What is said of the password, as `settle` tells it."""
LONGEST_INPUT = 16 * 1024
TOO_WEAK = {
    "too_short": f"it has fewer than {passwords.SHORTEST} characters",
    "too_long": "it is longer than this installation allows",
    "no_letter": "it has no letter",
    "no_digit": "it has no digit",
    "holds_name": "it holds the name of the school or the person",
    "too_common": "it is one of those that everybody tries first",
}


def from_stdin() -> str:
    """The password on stdin: everything up to the end, without the line's end. Raises `Refused`."""
    raw = sys.stdin.buffer.read(LONGEST_INPUT)
    try:
        return raw.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        raise Refused("weak_password", "the password is refused: it is not UTF-8") from None


async def hashed(laid: Floor, password: str, *, names: tuple[str, ...]) -> str:
    """The password as it is kept; it may not hold one of these names. Raises `Refused` for one that is too weak."""
    if wrong := passwords.refuse_weak(password, longest=laid.settings.password_max_length, names=names):
        raise Refused("weak_password", f"the password is refused: {TOO_WEAK[wrong]}", reason=wrong)
    hasher = Hasher(laid.settings)
    try:
        return await hasher.hash(password)
    finally:
        hasher.close()


async def asked_for(laid: Floor, *, password_stdin: bool, names: tuple[str | None, ...]) -> str | None:
    """The password on stdin as it is kept, or None where none is given. Raises `Refused` as `hashed` does."""
    if not password_stdin:
        return None
    return await hashed(laid, from_stdin(), names=tuple(name for name in names if name))


async def settle(db: Db, laid: Floor, account: Account, phc: str | None) -> str:
    """Gives the account this password unless it has one: "kept", "set", or "none" for one that has none yet."""
    if await passwords.known_hash(db, account.person_id):
        return "kept"
    if phc is None:
        return "none"
    await passwords.set_password(db, account.person_id, phc, now=laid.now)
    return "set"


async def find_or_make(
    db: Db, laid: Floor, email: str, first_name: str | None, prefix: str | None, surname: str | None
) -> tuple[Account, bool]:
    """The account with this address, and whether it is new. Raises `Refused` for one that is switched off."""
    known = await people.account(db, email)
    if known is not None:
        return known, False
    if await people.address_in_use(db, email):
        raise Refused("disabled", f"the account {email} is disabled")
    name = {"first_name": first_name, "prefix": prefix, "surname": surname}
    await people.new_person(db, kind="staff", **name, email=email, now=laid.now)
    made = await people.account(db, email)
    assert made is not None  # noqa: S101 - made in this transaction
    return made, True
