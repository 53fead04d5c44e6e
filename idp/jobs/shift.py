"""What every job stands on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from idp.core.floor import Floor


@dataclass(frozen=True, slots=True)
class Shift:
    """The floor of this process, and the tile pictures that newcomers are dealt, the most different ones first."""

    floor: Floor
    pictures: Sequence[str]

    @property
    def now(self) -> datetime:
        """The present moment by this process's clock."""
        return self.floor.now
