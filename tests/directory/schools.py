"""A whole made-up school as a file, for tests that want a real one."""

from io import BytesIO
from typing import Any

from idp.demo.generator import write_school


def school_file(**chosen: Any) -> bytes:
    """The generator's file; seed, school year and BRIN have values unless chosen."""
    out = BytesIO()
    write_school(out, **{"seed": 1, "school_year": "2026-2027", "brin": "99XX", **chosen})
    return out.getvalue()
