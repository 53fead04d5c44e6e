"""`idp schools devices` and its neighbours: links made and withdrawn, devices withdrawn, networks removed; each in the ledger."""

from sqlalchemy import select

from directory import device_links, schools
from idp.core.floor import Floor
from idp.core.models import LedgerEntry
from tests.cli.conftest import Installation


def enrolled(idp: Installation, token: str, times: int = 1) -> None:
    """Opens a link as so many devices."""

    async def follow(laid: Floor) -> None:
        for _ in range(times):
            async with laid.database.begin() as db:
                now = laid.now
                came = await device_links.follow(db, laid.keyring, token, device=None, now=now, today=now.date())
                assert isinstance(came, device_links.Enrolled)

    idp.on_floor(follow)


def recorded(idp: Installation) -> list[tuple[str, str]]:
    query = select(LedgerEntry.action, LedgerEntry.actor).where(LedgerEntry.action.like("device%"))
    return [(row.action, row.actor) for row in idp.ask(lambda db: db.execute(query.order_by(LedgerEntry.id)))]


def test_a_link_is_made_and_withdrawn_with_what_came_through_it(school: Installation) -> None:
    made = school.json("schools", "add-device-link", "99XX", "Kar  1", "--until", "2099-07-31", "--most-a-day", "40")
    address, _, token = made["address"].partition("#")
    assert (address, len(token)) == (f"{school.settings['IDP_BASE_URL']}/device", 43)
    enrolled(school, token, times=2)
    shown = school.json("schools", "devices", "99XX")
    ((link,), own) = shown["links"], shown["devices"]
    assert (link["label"], link["until"], link["most_a_day"], link["devices"], own) == (
        "Kar 1",
        "2099-07-31",
        40,
        2,
        [],
    )
    assert "Kar 1  2 devices, until 2099-07-31, 40 a day" in school("schools", "devices", "99XX").out
    assert token not in school("schools", "devices", "99XX").out
    assert school.json("schools", "withdraw-device-link", "99XX", str(link["link"]))["devices"] == 2
    assert school("schools", "withdraw-device-link", "99XX", str(link["link"])).code != 0, "once"
    assert school("schools", "devices", "99XX").out == "no devices and no links\n"
    actor = "operator:cli"
    assert recorded(school) == [("device_link.made", actor), ("device_link.withdrawn", actor)]


def test_all_at_once_or_one_by_its_number(school: Installation) -> None:
    token = school.json("schools", "add-device-link", "99XX", "Kar 1")["address"].partition("#")[2]
    enrolled(school, token, times=2)
    for words in ((), ("1", "--all"), ("999",)):
        assert school("schools", "withdraw-device", "99XX", *words).code != 0
    assert school.json("schools", "withdraw-device", "99XX", "1")["devices"] == 1
    gone = school.json("schools", "withdraw-device", "99XX", "--all")
    assert (gone["devices"], gone["links"]) == (1, 1)
    assert school("schools", "add-device-link", "99XX", "Kar 1", "--until", "2020-01-01").code != 0


def test_networks_are_removed_all_or_none(school: Installation) -> None:
    school("schools", "add-ip", "99XX", "192.0.2.7", "192.0.2.64/28")
    assert school("schools", "remove-ip", "99XX", "192.0.2.7", "192.0.2.8").code != 0
    removed = school.json("schools", "remove-ip", "99XX", "192.0.2.7")
    assert (removed["networks"], removed["left"]) == (["192.0.2.7/32"], 1)
    at = school.ask(lambda db: schools.by_code(db, "99XX"))
    query = select(LedgerEntry.detail).where(LedgerEntry.action == "school.addresses_removed")
    assert school.ask(lambda db: db.execute(query.where(LedgerEntry.school_id == at.id))).scalars().all() == [
        {"networks": ["192.0.2.7/32"]}
    ]
