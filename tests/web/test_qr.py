"""A QR code that a telephone can read: the whole of it is shown at whatever width the page gives it."""

import re

from idp.web import qr


def test_a_code_scales_as_a_whole() -> None:
    drawn = qr.svg("otpauth://totp/Poortwachter:iemand?secret=ABCDEFGH")
    box = re.search(r'viewBox="0 0 (\d+) (\d+)"', drawn)
    assert box is not None
    assert box[1] == box[2]
    opening = drawn[: drawn.index(">")]
    assert "width=" not in opening
    assert "height=" not in opening
