"""A broken rule, in a form that people, protocols and logs can each read their own part of."""

from dataclasses import dataclass, field

from idp.core import ids


@dataclass(eq=False)
class Problem(Exception):
    """Raised where a request cannot go on.

    `code` is stable and names the text that people read (`problem.<code>.<register>` in the translations); `status` is the HTTP
    status; `detail` is for the log only and holds no secret, name or ECK-iD; `reference` ties the page to the log line.
    """

    code: str
    status: int = 400
    detail: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    reference: str = field(default_factory=ids.reference)

    def __str__(self) -> str:
        return f"{self.code} ({self.status}): {self.detail}"


class Unavailable(Problem):
    """The database or the store is away. Nothing was decided, nothing may be assumed: the caller answers 503 (D26)."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(f"{what}.unavailable", status=503, detail=detail, headers={"Retry-After": "5"})


class Misconfigured(Exception):
    """The product refuses to start; the message says which setting is wrong and what to do."""
