"""A realistic context for every page about networks, enrolled devices and shortcuts, in each of its states; everything in it is made up."""

from collections.abc import Mapping
from typing import Any, Final

Context = Mapping[str, Any]

DEVICE_SAMPLES: Final[Mapping[str, Mapping[str, Context]]] = {
    "device.html": {"plain": {"action": "/device", "ticket": "t0", "lang_switch_url": "/language/en?to=/device"}}
}
