"""An AuthnRequest of ours, always signed: by its query where it is redirected, inside where it is posted (Core 3.4.1, Bindings 3.4 and 3.5).

What is written is canonical (`metadata.saml.canonical`). It names nobody, and no publisher that does not want it: the provider learns that somebody
signs in here.
"""

import base64
import functools
from dataclasses import dataclass
from datetime import datetime

from idp.signin.assurance import ACR, Level
from metadata.keys import Signer
from metadata.saml import canonical, names, values
from metadata.saml.canonical import Seal, attribute, short, text
from protocols.saml import sending


@dataclass(frozen=True, slots=True)
class Asking:
    """One question: to which address, under which name, and what it must bring. `acs` is where the answer belongs, `us` our entityID as asker.

    `hops` is how many others the provider may ask itself, None without a limit; `passive`: it shows no page. `behind` are those for whom the party
    says that it asks.
    """

    id: str
    destination: str
    us: str
    acs: str
    issued_at: datetime
    fresh: bool = False
    two_factors: bool = False
    hops: int | None = None
    behind: tuple[str, ...] = ()
    passive: bool = False


def redirected(asking: Asking, signer: Signer) -> str:
    """The address to send the browser to, question and signature in its query (Bindings 3.4.4.1)."""
    head, rest = _written(asking)
    return sending.redirect(asking.destination, (head + rest).encode(), kind="SAMLRequest", signer=signer)


def posted(asking: Asking, signer: Signer) -> str:
    """The value of the form field `SAMLRequest`, the signature inside (Bindings 3.5.4)."""
    head, rest = _written(asking)
    return base64.b64encode(canonical.sign(_seal(signer), head, rest, reference=asking.id).encode()).decode()


@functools.lru_cache(maxsize=16)
def _seal(signer: Signer) -> Seal:
    return canonical.prepare(signer)


def _written(asking: Asking) -> tuple[str, str]:
    """What stands before and behind the place of the signature."""
    force = ' ForceAuthn="true"' if asking.fresh else ""
    # Canonical: attributes stand in the order of their names.
    passive = ' IsPassive="true"' if asking.passive else ""
    head = (
        f'<samlp:AuthnRequest xmlns:samlp="{names.SAMLP}" AssertionConsumerServiceURL="{attribute(short(asking.acs))}"'
        f' Destination="{attribute(asking.destination)}"{force} ID="{attribute(asking.id)}"'
        f'{passive} IssueInstant="{values.instant(asking.issued_at)}" ProtocolBinding="{names.HTTP_POST}" Version="2.0">'
        f'<saml:Issuer xmlns:saml="{names.SAML}">{text(short(asking.us))}</saml:Issuer>'
    )
    return (
        head,
        f'<samlp:NameIDPolicy AllowCreate="true"></samlp:NameIDPolicy>{_context(asking)}{_scoping(asking)}</samlp:AuthnRequest>',
    )


def _context(asking: Asking) -> str:
    if not asking.two_factors:
        return ""
    return (
        '<samlp:RequestedAuthnContext Comparison="exact">'
        f'<saml:AuthnContextClassRef xmlns:saml="{names.SAML}">{text(ACR[Level.TWO_FACTORS])}</saml:AuthnContextClassRef>'
        "</samlp:RequestedAuthnContext>"
    )


def _scoping(asking: Asking) -> str:
    """How many more hands the party allows, and who stands behind it where it says so itself; who the party is we do not tell (C-235)."""
    if asking.hops is None and not asking.behind:
        return ""
    count = "" if asking.hops is None else f' ProxyCount="{asking.hops}"'
    behind = "".join(f"<samlp:RequesterID>{text(short(one))}</samlp:RequesterID>" for one in asking.behind)
    return f"<samlp:Scoping{count}>{behind}</samlp:Scoping>"
