"""What kind of browser somebody uses, in words that a person recognises. Read where somebody signs in, never to decide anything."""

from typing import Final

# The first that is found counts: most browsers name others beside themselves.
BROWSERS: Final = (
    ("edg", "edge"),
    ("opr/", "opera"),
    ("samsungbrowser", "samsung"),
    ("firefox", "firefox"),
    ("fxios", "firefox"),
    ("chrome", "chrome"),
    ("crios", "chrome"),
    ("chromium", "chrome"),
    ("safari", "safari"),
)
SYSTEMS: Final = (
    ("windows", "windows"),
    ("cros", "chromebook"),
    ("android", "android"),
    ("ipad", "ipad"),
    ("iphone", "iphone"),
    ("macintosh", "mac"),
    ("linux", "linux"),
)
OTHER: Final = "other"


def kind_of(agent: str) -> tuple[str, str]:
    """The browser and the system that a User-Agent header names, as keys of our own texts; "other" for what it does not say."""
    lower = agent[:400].lower()
    browser = next((name for mark, name in BROWSERS if mark in lower), OTHER)
    system = next((name for mark, name in SYSTEMS if mark in lower), OTHER)
    return browser, system
