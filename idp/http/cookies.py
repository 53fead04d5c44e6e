"""Our cookies (D25, C-300). Each is `__Host-`, Secure and HttpOnly; browsers accept that on http://localhost too."""

SESSION = "__Host-session"
"""Who is signed in. Lax: a link from a publisher brings it along, a form of a stranger does not."""
BROWSER = "__Host-browser"
"""Binds pending sign-ins to this browser. None: a publisher's cross-site POST must find it."""
DEVICE = "__Host-device"
"""A browser on which a member of staff proved himself before; its wrong tries are counted apart (D2)."""
PARENTS_DEVICE = "__Host-home-device"
"""The same for a parent: an account of its own, also where the address is one of staff (D15)."""
ENROLLED = "__Host-school-device"
"""The token of a device that a school enrolled (D23). Lax: a child that comes from a publisher brings it along."""
EMAIL = "__Host-email"
"""The remembered user name of "Onthoud mijn gebruikersnaam" (R97)."""
BY_CARD = "__Host-card"
"""The last child on this device signed in by its sign-in card: the next one is asked for its card first. Says nothing of who."""
GROUP = "__Host-group"
"""The number of the group whose child signed in here last: its tiles come first. Says nothing of who."""
NETWORK = "__Host-network"
"""The number of the network provider by which somebody last signed in here: its way in is offered. Says nothing of who."""
LINK = "__Host-link"
"""The token of the mailed link that was opened last, out of the address (C-302)."""
LANG = "__Host-lang"

HALF_A_YEAR = 180 * 24 * 3600
LONGEST = 400 * 24 * 3600
"""Browsers keep no cookie for longer (RFC 6265bis, 5.5)."""


def read(header: str | None) -> dict[str, str]:
    """The cookies of a request by name; of two with one name the first counts.

    No white space but the two kinds that a header has is taken away: with another before its name a cookie is not one of ours to browsers, so that
    any site beside ours may set it, and must not become one of ours here.
    """
    found: dict[str, str] = {}
    for part in (header or "").split(";"):
        name, _, value = part.strip(" \t").partition("=")
        found.setdefault(name, value)
    return found


def written(name: str, value: str, *, same_site: str = "Lax", max_age: int | None = None) -> str:
    """A Set-Cookie value. Without `max_age` the cookie ends with the browser (D23)."""
    lifetime = "" if max_age is None else f"; Max-Age={max_age}"
    return f"{name}={value}; Path=/; Secure; HttpOnly; SameSite={same_site}{lifetime}"


def gone(name: str, *, same_site: str = "Lax") -> str:
    """A Set-Cookie value that removes the cookie."""
    return written(name, "", same_site=same_site, max_age=0)
