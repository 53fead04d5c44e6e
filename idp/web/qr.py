"""QR codes as inline SVG, black on white whatever the page's colours are."""

import io
from typing import Literal


def svg(text: str, *, error: Literal["l", "m"] = "m") -> str:
    """An SVG element that holds the text; error correction M (or L, which is smaller), a quiet zone of four modules."""
    # Imported on first use: a process that enrols nobody today does without (D43).
    import segno

    out = io.BytesIO()
    segno.make(text, error=error).save(
        out,
        kind="svg",
        scale=4,
        border=4,
        xmldecl=False,
        svgns=True,
        svgclass=None,
        omitsize=True,
        lineclass=None,
        light="#fff",
        nl=False,
    )
    return out.getvalue().decode()


def modules(text: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of the code, True where it is dark; error correction M, its quiet zone of four modules included."""
    import segno

    made = segno.make(text, error="m", micro=False, boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in made.matrix_iter(border=4))
