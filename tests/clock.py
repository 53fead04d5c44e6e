"""A clock that stands still until the test moves it."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The moment, and the seconds by which the embedded store counts lifetimes."""

    def __init__(self) -> None:
        # A school day, half past eight in the morning, in the school year that the seeded groups belong to.
        self.now = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def seconds(self) -> float:
        """For the embedded store."""
        return self.now.timestamp()

    def move(self, **by: float) -> None:
        """Lets time pass: `move(minutes=5)`."""
        self.now += timedelta(**by)
