"""What a grant lets its client fetch at this moment: consent is asked with the person, school and epoch of the grant (D9, D11)."""

from collections.abc import Awaitable, Callable

from consent.release import Recipient, Released, Subject, permitted, release
from idp.http.resources import Resources
from idp.signin.flow import today
from metadata.oidc.clients import Client
from protocols.attributes import catalogue
from protocols.oidc.op.codes import Grant

Decide = Callable[..., Awaitable[Released | None]]


async def redeemed(resources: Resources, client: Client, grant: Grant) -> Released | None:
    """Decides and records. None: nothing may leave, or the client is not as this process knows it."""
    return await _ask(release, resources, client, grant)


async def consulted(resources: Resources, client: Client, grant: Grant) -> Released | None:
    """Decides, and records where more would leave than was recorded at redemption: the school has allowed more since."""
    released = await _ask(permitted, resources, client, grant)
    if released is None or released.fields <= frozenset(grant.recorded):
        return released
    return await _ask(release, resources, client, grant)


async def _ask(decide: Decide, resources: Resources, client: Client, grant: Grant) -> Released | None:
    floor = resources.floor
    now = floor.now
    subject = Subject(grant.person_id, grant.school_id, grant.epoch)
    to = recipient(client, grant)
    return await decide(floor.database.hot, resources.field_sets, floor.keyring, subject, to, now=now, today=today(now))


def recipient(client: Client, grant: Grant) -> Recipient:
    """The most that a grant can return to a client: what the scopes ask, within what client and party may ever ask."""
    asked = client.fields & catalogue.asked_by_scopes(client.scopes.intersection(grant.scope))
    return Recipient("oidc", client.id, client.version, client.party_id, asked)
