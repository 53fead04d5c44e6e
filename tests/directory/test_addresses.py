"""Networks of schools (R108-R110, D24): what may be entered, and that an address is at a school exactly when one of its networks holds it."""

import ipaddress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from directory import addresses, schools, standing
from directory.addresses import AddressRefused, Network, lowest, packed, plain, read_network, subscriber
from directory.standing import Standing
from idp.core.db import Database
from tests.clock import Clock
from tests.house import House
from tests.journeys.stories import add_school

ADDRESSES = st.ip_addresses()


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        (" 192.0.2.0/28 ", "192.0.2.0/28"),
        ("145.100.0.0/24", "145.100.0.0/24"),
        ("2001:db8::/48", "2001:db8::/48"),
        ("2001:DB8:5::1", "2001:db8:5::1/128"),
        ("2001:610:1::/56", "2001:610:1::/56"),
        ("100.63.255.255", "100.63.255.255/32"),
        ("100.128.0.0", "100.128.0.0/32"),
    ],
)
def test_what_a_school_has_on_the_internet_may_be_entered(text: str, network: str) -> None:
    assert str(read_network(text)) == network


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("145.100.0.0/23", "too_wide"),
        ("0.0.0.0/0", "too_wide"),
        ("2001:610::/47", "too_wide"),
        ("::/0", "too_wide"),
        ("127.0.0.1", "loopback"),
        ("127.8.0.0/24", "loopback"),
        ("::1", "loopback"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.0/24", "multicast"),
        ("ff02::1", "multicast"),
        ("100.64.0.0/24", "carrier_nat"),
        ("100.127.255.255", "carrier_nat"),
        ("10.0.0.1", "private"),
        ("172.16.5.0/24", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.0/24", "private"),
        ("169.254.7.7", "private"),
        ("0.0.0.0", "private"),
        ("255.255.255.255", "private"),
        ("240.0.0.1", "private"),
        ("fd12:3456:789a::1", "private"),
        ("fe80::1", "private"),
        ("::", "private"),
        ("::ffff:145.100.0.1", "private"),
        ("64:ff9b::1", "private"),
        ("192.0.2.7/28", "malformed"),
        ("192.0.2", "malformed"),
        ("192.0.2.256", "malformed"),
        ("192.0.2.1-192.0.2.9", "malformed"),
        ("192.0.2.*", "malformed"),
        ("2001:db8::1%eth0", "malformed"),
        ("school.example", "malformed"),
        ("", "malformed"),
        ("192.0.2.0/33", "malformed"),
        ("\u0661\u0669\u0662.0.2.1", "malformed"),
    ],
)
def test_what_cannot_stand_for_a_school_is_refused_with_its_reason(text: str, code: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        read_network(text)
    assert refused.value.code == code


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.0/8", "::1"])
def test_this_machine_itself_only_in_the_demonstration(text: str) -> None:
    assert read_network(text, loopback_allowed=True).is_loopback


@given(address=ADDRESSES, prefix=st.integers(0, 128))
def test_nothing_wider_than_a_schools_network_passes(address: addresses.Address, prefix: int) -> None:
    try:
        network = read_network(str(ipaddress.ip_network((address, min(prefix, address.max_prefixlen)), strict=False)))
    except AddressRefused:
        return
    assert network.prefixlen >= (24 if network.version == 4 else 48)
    assert not network.is_multicast
    assert not network.is_loopback


@given(left=ADDRESSES, right=ADDRESSES)
def test_packed_addresses_are_ordered_as_addresses_are(left: addresses.Address, right: addresses.Address) -> None:
    assert len(packed(left)) == 16
    if left.version == right.version:
        assert (packed(left) < packed(right)) is (int(left) < int(right))
    assert (packed(plain(left)) == packed(plain(right))) is (plain(left) == plain(right))


@given(address=st.ip_addresses(v=4).map(ipaddress.IPv4Address))
def test_ipv4_in_ipv6_clothing_is_ipv4(address: ipaddress.IPv4Address) -> None:
    clothed = ipaddress.IPv6Address(f"::ffff:{address}")
    assert plain(clothed) == address
    assert packed(clothed) == packed(address)


@given(address=ADDRESSES.filter(lambda one: plain(one) == one), prefix=st.integers(24, 128))
def test_no_network_that_holds_an_address_begins_before_its_lowest(address: addresses.Address, prefix: int) -> None:
    widest = 24 if address.version == 4 else 48
    holding = ipaddress.ip_network((address, min(max(prefix, widest), address.max_prefixlen)), strict=False)
    assert lowest(address) <= packed(holding[0])


@given(address=ADDRESSES)
def test_a_subscriber_is_one_ipv4_address_or_a_48(address: addresses.Address) -> None:
    network = subscriber(address)
    assert address in network
    assert network.prefixlen == (32 if address.version == 4 else 48)


def around(network: Network) -> list[addresses.Address]:
    """The first and last address inside, and their neighbours outside."""
    return [network[0] - 1, network[0], network[-1], network[-1] + 1]


NETWORKS = st.one_of(
    st.tuples(st.integers(0x91640000, 0x916403FF), st.integers(24, 32)).map(
        lambda pair: ipaddress.ip_network((pair[0], pair[1]), strict=False)
    ),
    st.tuples(st.integers(0, 3), st.sampled_from([48, 52, 56, 64, 128])).map(
        lambda pair: ipaddress.ip_network(((0x20010610 << 96) + (pair[0] << 80), pair[1]), strict=False)
    ),
)


@given(entered=st.lists(st.tuples(st.sampled_from([0, 1]), NETWORKS), max_size=6), probe=NETWORKS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_a_school_is_at_an_address_exactly_when_one_of_its_networks_holds_it(
    house: House, entered: list[tuple[int, Network]], probe: Network
) -> None:
    both = [house.school.id, house.people.setdefault("other school", 0)]
    if not both[1]:
        both[1] = house.people["other school"] = (await add_school(house, "De Zonnebloem", "98ZZ")).id
    async with house.floor.database.begin() as db:
        for school_id in both:
            for known in await addresses.of_school(db, school_id):
                await addresses.remove(db, school_id, ipaddress.ip_network(known.network))
        for which, network in entered:
            await addresses.add(db, both[which], network, now=house.clock.now)
    for address in around(probe) + [one for _, network in entered for one in around(network)]:
        expected = {both[which] for which, network in entered if address in network}
        assert set(await standing.schools_here(house.floor.database.hot, Standing(address))) == expected


async def test_an_entry_stands_once_and_goes_once(database: Database, clock: Clock) -> None:
    network, other = read_network("192.0.2.0/28"), read_network("2001:db8::/56")
    async with database.begin() as db:
        school = await schools.add(db, name="De Regenboog", brin="99ZZ", location="", now=clock.now)
        assert await addresses.add(db, school.id, other, now=clock.now, connection_type="glas", label="hoofdgebouw")
        assert await addresses.add(db, school.id, network, now=clock.now)
        assert not await addresses.add(db, school.id, network, now=clock.now)
        [first, second] = await addresses.of_school(db, school.id)
        assert (first.network, first.connection_type) == ("192.0.2.0/28", "vast")
        assert (second.network, second.connection_type, second.label) == ("2001:db8::/56", "glas", "hoofdgebouw")
        assert second.added_at == clock.now
        assert await addresses.remove(db, school.id, network)
        assert not await addresses.remove(db, school.id, network)


async def test_an_address_of_another_board_is_noticed(database: Database, clock: Clock) -> None:
    mine, theirs = ("1000", "Stichting Een"), ("2000", "Stichting Twee")
    async with database.begin() as db:
        made = [
            await schools.add(db, name=f"School {number}", brin=f"9{number}ZZ", location="", now=clock.now, board=board)
            for number, board in enumerate([mine, mine, theirs])
        ]
        await addresses.add(db, made[0].id, read_network("192.0.2.0/28"), now=clock.now)
        for text, noticed in (("192.0.2.7", True), ("192.0.2.0/24", True), ("192.0.2.16", False)):
            assert not await addresses.at_another_board(db, made[1].id, read_network(text))
            assert await addresses.at_another_board(db, made[2].id, read_network(text)) is noticed


async def test_a_school_without_a_board_shares_no_network_unasked(database: Database, clock: Clock) -> None:
    """D24: a school abroad has no board, and is no neighbour of another one that has none either."""
    async with database.begin() as db:
        boards = [("1000", "Stichting Een"), None, None]
        made = [
            await schools.add(db, name=f"School {number}", brin=f"9{number}ZZ", location="", now=clock.now, board=board)
            for number, board in enumerate(boards)
        ]
        networks = [read_network(text) for text in ("192.0.2.0/28", "198.51.100.0/28", "203.0.113.0/28")]
        for school, network in zip(made, networks, strict=True):
            await addresses.add(db, school.id, network, now=clock.now)
        noticed = [
            [await addresses.at_another_board(db, school.id, network) for network in networks] for school in made
        ]
    assert noticed == [[False, True, True], [True, False, True], [True, True, False]]
