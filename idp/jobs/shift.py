"""What every job stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.core.floor import Floor
from idp.signin.logout import Post


@dataclass(frozen=True, slots=True)
class Shift:
    """The floor of this process, the tile pictures that newcomers are dealt, the most different ones first, and the way out to parties."""

    floor: Floor
    pictures: Sequence[str]
    post: Post | None = None

    @property
    def now(self) -> datetime:
        """The present moment by this process's clock."""
        return self.floor.now
