"""Fetching over UWLR from a system that does what the standard says."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from directory.imports import edexml as files
from directory.imports.records import Administration
from directory.imports.uwlr import faults
from directory.imports.uwlr.faults import Refused
from directory.imports.uwlr.fetch import NoChanges, NoData, fetch
from idp.demo.las import Las
from idp.demo.las_answers import Profile
from tests.directory.uwlr.standing import NOW, YEAR, a_las, asked, edexml, serving, source


@pytest.fixture
def las() -> Las:
    return a_las()


@pytest.fixture
async def endpoint(las: Las) -> AsyncIterator[str]:
    async with serving(las) as address:
        yield address


def without_lines(read: Administration) -> Administration:
    """What counts: the lines of remarks are those of another document."""
    school = replace(read.school, reference_date=None)
    return replace(read, school=school, warnings=tuple(replace(remark, line=0) for remark in read.warnings))


def of_file(content: bytes) -> Administration:
    return without_lines(files.read([content]))


@pytest.mark.parametrize("staged", [False, True])
async def test_the_whole_set_is_the_same_as_the_file(las: Las, endpoint: str, staged: bool) -> None:
    las.profile = "whole"
    found = await asked(source(endpoint, staged=staged))
    assert isinstance(found, Administration)
    assert without_lines(found) == of_file(edexml())
    assert list(las.asked) == (["structuur", "leerlingen", "leerkrachten"] if staged else ["leerlinggegevens"])


@pytest.mark.parametrize("staged", [False, True])
async def test_the_narrow_set_lacks_nothing_that_we_need_but_roles_beside_groups(
    las: Las, endpoint: str, staged: bool
) -> None:
    found = await asked(source(endpoint, staged=staged))
    assert isinstance(found, Administration)
    same = of_file(edexml())
    assert (found.groups, found.pupils) == (same.groups, same.pupils)
    assert [replace(one, roles=()) for one in same.staff] == list(found.staff)


@pytest.mark.parametrize("profile", ["whole", "narrow"])
async def test_what_may_not_enter_does_not(las: Las, endpoint: str, profile: Profile) -> None:
    las.schools["99XX", ""].edexml = edexml(forbidden=True)
    las.profile = profile
    found = await asked(source(endpoint))
    assert isinstance(found, Administration)
    assert found.pupils == of_file(edexml()).pupils
    assert "geheim" not in repr(found)


async def test_no_changes_is_an_answer_of_its_own(las: Las, endpoint: str) -> None:
    assert await asked(source(endpoint, received_until=NOW)) == NoChanges()
    las.schools["99XX", ""].changed_at = NOW + timedelta(hours=1)
    assert isinstance(await asked(source(endpoint, received_until=NOW)), Administration)


async def test_in_three_calls_everything_is_asked_for(endpoint: str) -> None:
    """The structure may be unchanged while the pupils are not."""
    assert isinstance(await asked(source(endpoint, staged=True, received_until=NOW)), Administration)


@pytest.mark.parametrize("staged", [False, True])
async def test_no_data_is_an_answer_of_its_own(endpoint: str, staged: bool) -> None:
    found = await fetch(source(endpoint, staged=staged), now=NOW, school_year="2027-2028")
    assert found == NoData()


async def test_a_structure_without_pupils_is_no_school_without_pupils(las: Las, endpoint: str) -> None:
    content = edexml()
    first, last = content.index(b"<leerlingen>"), content.index(b"</leerlingen>")
    las.schools["99XX", ""].edexml = content[:first] + b"<leerlingen>" + content[last:]
    assert await asked(source(endpoint, staged=True)) == NoData()


async def test_a_coming_school_year_can_be_asked_for(las: Las, endpoint: str) -> None:
    las.schools["99XX", ""].edexml = edexml(year="2027-2028")
    found = await fetch(source(endpoint), now=NOW, school_year="2027-2028")
    assert isinstance(found, Administration)
    assert found.school.school_year == "2027-2028"


async def test_a_location_is_asked_for_by_its_code() -> None:
    async with serving(a_las(location="01")) as endpoint:
        found = await asked(source(endpoint, location="01"))
        assert isinstance(found, Administration)
        assert found.school.location == "01"
        with pytest.raises(Refused, match="las_key_refused"):
            await asked(source(endpoint))


@pytest.mark.parametrize(
    ("changed", "code", "follows"),
    [
        ({"key": "een andere sleutel"}, "las_key_refused", "key"),
        ({"brin": "99ZZ"}, "las_key_refused", "key"),
        ({"customer": "iemand anders"}, "las_unknown_customer", "look"),
        ({"key": ""}, "las_bad_request", "look"),
        ({"key": "x" * 65}, "las_bad_request", "look"),
    ],
)
async def test_what_the_system_checks(endpoint: str, changed: dict[str, str], code: str, follows: str) -> None:
    with pytest.raises(Refused) as refused:
        await asked(source(endpoint, **changed))  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.follows) == (code, follows)


@pytest.mark.parametrize(("said", "code"), faults.BY_UWLR.items())
@pytest.mark.parametrize("staged", [False, True])
async def test_every_fault_of_the_standard_has_its_code(
    las: Las, endpoint: str, said: str, code: str, staged: bool
) -> None:
    las.trouble = said
    with pytest.raises(Refused) as refused:
        await asked(source(endpoint, staged=staged))
    assert refused.value.code == code


async def test_a_school_without_brin_is_asked_for_by_key(las: Las, endpoint: str) -> None:
    las.schools["school-key", ""] = replace(
        las.schools["99XX", ""],
        edexml=edexml().replace(b"<brincode>99XX</brincode>", b"<schoolkey>school-key</schoolkey>"),
    )
    found = await asked(source(endpoint, brin=None))
    assert isinstance(found, Administration)
    assert (found.school.brin, found.school.school_key, found.school.school_year) == (None, "school-key", YEAR)
