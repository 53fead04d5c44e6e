"""What a grant lets its client fetch at this moment: consent is asked with the person, school and epoch of the grant (D9, D11)."""

from consent.release import Recipient, Released, Subject, permitted, release, spent, voided
from idp.core.frozen import replace
from idp.http.resources import Resources
from idp.signin.flow import today
from metadata.oidc.clients import Client
from protocols.attributes import catalogue
from protocols.oidc.op import possession
from protocols.oidc.op.clients import Presented, authenticated_now
from protocols.oidc.op.codes import Grant, Token


async def first_released(
    resources: Resources, who: Presented, client: Client, grant: Grant, grant_type: str, *, mark: bytes | None = None
) -> tuple[Client, Released | None]:
    """Decides and records, once per `mark` (by default once per grant); and the client as it is by then. None: nothing may leave, or it was used."""
    released = await _redeemed(resources, client, grant, mark)
    if released is None:
        # Perhaps only because this process knew the client as it was, or because the school refused another person at this very moment: once more
        # with what is true now, the client's proof included (D10).
        newer = await authenticated_now(resources, who)
        possession.check_bound(newer, who)
        if grant_type in newer.grant_types:
            client, released = newer, await _redeemed(resources, newer, grant, mark)
    return client, released


async def _redeemed(resources: Resources, client: Client, grant: Grant, mark: bytes | None) -> Released | None:
    floor = resources.floor
    now = floor.now
    what = replace(_subject(grant), grant_id=mark or grant.id), recipient(client, grant)
    return await release(floor.database.hot, resources.field_sets, floor.keyring, *what, now=now, today=today(now))


async def permitted_now(resources: Resources, client: Client, grant: Grant) -> Released | None:
    """Decides, and records nothing. None: nothing may leave, or the client is not as this process knows it."""
    floor = resources.floor
    now = floor.now
    what = _subject(grant), recipient(client, grant)
    return await permitted(floor.database.hot, resources.field_sets, floor.keyring, *what, now=now, today=today(now))


async def consulted(resources: Resources, client: Client, token: Token) -> Released | None:
    """Decides, and records where more would leave than was recorded at redemption: the school has allowed more since."""
    floor = resources.floor
    now, sets = floor.now, resources.field_sets
    subject, to = _subject(token.grant), recipient(client, token.grant)
    released = await permitted(floor.database.hot, sets, floor.keyring, subject, to, now=now, today=today(now))
    if released is None or released.recorded == token.recorded:
        return released
    asked, ticked = token.recorded
    covered = await sets.fields(asked) & await sets.fields(ticked)
    if released.fields <= covered:
        return released
    # Recorded once for each wider set, however often it is fetched: the id of that record follows from the grant and the sets.
    wider = floor.keyring.mac("token", "wider grant", token.grant.id, *map(str, released.recorded))[:16]
    anew = replace(subject, grant_id=wider)
    if recorded := await release(floor.database.hot, sets, floor.keyring, anew, to, now=now, today=today(now)):
        return recorded
    over = await voided(floor.database.hot, token.grant.session_mark)
    if not over and await spent(floor.database.hot, wider, wider, since=now) is None:
        # Not recorded before: refused, so that nothing more leaves, and whoever asks may ask once more.
        return None
    released = await permitted(floor.database.hot, sets, floor.keyring, subject, to, now=now, today=today(now))
    # Of a session that is over nothing is recorded any more: it brings no more than it did.
    return replace(released, fields=released.fields & covered) if over and released is not None else released


def _subject(grant: Grant) -> Subject:
    who = grant.person_id, grant.school_id, grant.epoch
    return Subject(*who, grant_id=grant.id, family=grant.id, session_mark=grant.session_mark)


def recipient(client: Client, grant: Grant) -> Recipient:
    """The most that a grant can return to a client: what scopes and single claims ask, within what client and party may ever ask."""
    asked = catalogue.asked_by_scopes(client.scopes.intersection(grant.scope))
    if grant.id_token or grant.userinfo:
        # By whichever way it asks, a client gets what it registered for and no more.
        registered = catalogue.asked_by_scopes(client.scopes.intersection(catalogue.SCOPES))
        asked |= registered.intersection((*grant.id_token, *grant.userinfo))
    return Recipient("oidc", client.id, client.version, client.party_id, client.fields & asked)


def at_userinfo(released: Released, client: Client, grant: Grant) -> Released:
    """Of what may leave, what belongs into UserInfo: not what was asked for the ID token alone (OIDC Core 5.5)."""
    if not grant.id_token:
        return released
    asked = catalogue.asked_by_scopes(client.scopes.intersection(grant.scope))
    return replace(released, fields=released.fields & asked.union(grant.userinfo))


def in_id_token(released: Released, grant: Grant) -> Released:
    """Of what may leave, what was asked for the ID token (OIDC Core 5.5)."""
    return replace(released, fields=released.fields.intersection(grant.id_token))
