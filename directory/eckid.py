"""The ECK-iD at rest: sealed for its row, and a keyed index for finding it inside a school (D27). Never shown, logged or exported."""

from idp.core.crypto import Keyring


def index(keyring: Keyring, eckid: str) -> bytes:
    """The look-up value of `eck_ids.lookup`: equal for equal ECK-iDs, worthless without the key."""
    return keyring.mac("eckid", eckid)


def seal(keyring: Keyring, person_id: int, eckid: str) -> bytes:
    """The value of `eck_ids.sealed` for this person; it opens in no other row."""
    return keyring.seal(eckid.encode(), bound_to=f"eck_ids.sealed.{person_id}")
