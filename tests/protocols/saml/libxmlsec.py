"""python-xmlsec without its type hints, which lag behind it."""

import importlib
from typing import Any

xmlsec: Any = importlib.import_module("xmlsec")
