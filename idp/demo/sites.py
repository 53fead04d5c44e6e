"""Who is where (D25): the identity provider on `localhost`, everybody else on another *site*, 127.0.0.1, so that the border between them is real."""

from dataclasses import dataclass
from typing import Final

FIRST_PORT: Final = 8000
PORTS: Final = 8
"""How many ports in a row the demonstration takes."""


@dataclass(frozen=True, slots=True)
class Sites:
    """The addresses of one demonstration, in a row of ports from `first_port` on."""

    first_port: int = FIRST_PORT

    @property
    def idp(self) -> str:
        """Our own."""
        return f"http://localhost:{self.first_port}"

    @property
    def rekenrijk(self) -> str:
        """A publisher over OpenID Connect."""
        return self._site(1)

    @property
    def taalpaleis(self) -> str:
        """A publisher over SAML."""
        return self._site(2)

    @property
    def mailbox(self) -> str:
        """The mails that were sent."""
        return self._site(3)

    @property
    def wereldwijs(self) -> str:
        """A publisher that no school ticked."""
        return self._site(4)

    @property
    def smtp_port(self) -> int:
        """Where the mailbox takes mail."""
        return self.first_port + 5

    @property
    def klasboek(self) -> str:
        """The large school's administration system, with its page."""
        return self._site(6)

    @property
    def netwerk(self) -> str:
        """A network provider, by SAML and by OpenID Connect."""
        return self._site(7)

    def _site(self, number: int) -> str:
        return f"http://127.0.0.1:{self.first_port + number}"
