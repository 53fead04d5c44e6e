"""A broken rule, in a form that people, protocols and logs can each read their own part of."""

from dataclasses import dataclass, field

from idp.core import ids


@dataclass(eq=False)
class Problem(Exception):
    """Raised where a request cannot go on.

    `code` is stable and names the text that people read (`problem.<code>.<register>` in the translations); `status` is the HTTP
    status; `detail` is for the log only and holds no secret, name or ECK-iD; `reference` ties the page to the log line, and tells the code.
    """

    code: str
    status: int = 400
    detail: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    reference: str = ""

    def __post_init__(self) -> None:
        # Whoever is told the reference finds the code in it (`ids.tells`): no store is filled by those who ask for what is not there.
        self.reference = self.reference or ids.telling(self.code)

    def __str__(self) -> str:
        return f"{self.code} ({self.status}): {self.detail}"


class Unavailable(Problem):
    """The database or the store is away. Nothing was decided, nothing may be assumed: the caller answers 503 (D26)."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(f"{what}.unavailable", status=503, detail=detail, headers={"Retry-After": "5"})


class Misconfigured(Exception):
    """The product refuses to start; the message says which setting is wrong and what to do."""
