"""The school that does not exist: valid, the same every time, and difficult in every way a real one is."""

import re
from collections import Counter
from io import BytesIO

import pytest
from lxml import etree

from directory.identifiers import parse_email_address
from directory.imports.records import Administration
from directory.names import Named, display_names
from idp.demo.generator import write_school
from tests.directory.files import read, standard
from tests.directory.schools import school_file


@pytest.fixture(scope="module")
def school() -> Administration:
    return read(school_file())


@pytest.mark.parametrize("forbidden", [False, True])
@pytest.mark.parametrize(("groups", "pupils"), [(1, 8), (3, 23), (10, 225), (16, 400)])
def test_the_file_is_valid_edexml_2_1(groups: int, pupils: int, forbidden: bool) -> None:
    schema = etree.XMLSchema(etree.parse(standard("edexml-2.1/EDEXML.structuur.xsd")))
    content = school_file(
        school_year="2024-2025", location="01", groups=groups, pupils=pupils, with_forbidden=forbidden
    )
    schema.assertValid(etree.fromstring(content))


def test_the_same_arguments_give_the_same_bytes() -> None:
    assert school_file(seed=7) == school_file(seed=7)
    assert school_file(seed=7) != school_file(seed=8)
    assert school_file(seed=7).count(b"ketenid") == school_file(seed=7, brin="99XY").count(b"ketenid")
    first, second = read(school_file()), read(school_file(brin="99XY"))
    assert {pupil.eckid for pupil in first.pupils}.isdisjoint({pupil.eckid for pupil in second.pupils} - {None})


def test_it_has_the_size_that_was_asked(school: Administration) -> None:
    assert len(school.pupils) == 225
    assert len([group for group in school.groups if group.kind == "stamgroep"]) == 10
    seats = Counter(pupil.group_key for pupil in school.pupils)
    assert set(seats.values()) == {22, 23}
    assert school.school.brin == "99XX"
    assert school.warnings == ()


def test_in_a_combinatiegroep_every_pupil_has_an_own_year_group(school: Administration) -> None:
    combined = {group.key for group in school.groups if group.year_group == "C"}
    assert combined
    years = {pupil.year_group for pupil in school.pupils if pupil.group_key in combined}
    assert years == {"1", "2"}


def test_two_noors_sit_in_one_group(school: Administration) -> None:
    group = next(pupil.group_key for pupil in school.pupils if pupil.first_name == "Noor")
    people = [
        Named(child.key, child.first_name, child.prefix, child.surname)
        for child in school.pupils
        if child.group_key == group
    ]
    assert [label for label in display_names(people).values() if label.startswith("Noor")] == [
        "Noor B.",
        "Noor v.d. B.",
    ]


def test_names_are_as_varied_as_real_ones(school: Administration) -> None:
    written = " ".join(f"{child.first_name} {child.prefix} {child.surname}" for child in school.pupils)
    assert {"ë", "'", "van den", "van der", "de"} <= {
        part for part in ("ë", "'", "van den", "van der", "de") if part in written
    }
    assert [child.first_name for child in school.pupils if child.surname is None] == ["Joep"]
    assert len({(child.first_name, child.prefix, child.surname) for child in school.pupils}) == 225


def test_eckids_have_the_pilots_form_and_three_pupils_have_none(school: Administration) -> None:
    eckids = [pupil.eckid for pupil in school.pupils if pupil.eckid]
    assert len(eckids) == len(set(eckids)) == 222
    assert all(re.fullmatch("https://ketenid.nl/pilot/[0-9a-f]{128}", eckid) for eckid in eckids)


def test_subgroups_have_members_from_several_groups(school: Administration) -> None:
    for subgroup in (group.key for group in school.groups if group.kind == "subgroep"):
        assert len({pupil.group_key for pupil in school.pupils if subgroup in pupil.subgroup_keys}) > 1


def test_staff_are_duo_partners_helpers_and_people_without_a_group(school: Administration) -> None:
    teachers = Counter(link.group_key for person in school.staff for link in person.groups)
    assert max(teachers.values()) > 1
    assert any(len(person.groups) > 1 for person in school.staff)
    assert {person.roles for person in school.staff if not person.groups} == {("IB",), ("DIR",), ("CON",)}
    addresses = [parse_email_address(person.email or "") for person in school.staff]
    assert len(set(addresses)) == len(addresses)
    assert all(address.endswith(".example") for address in addresses)


def test_no_number_could_be_somebodys_bsn() -> None:
    numbers = re.findall(rb"<bsn>(\d{9})</bsn>", school_file(with_forbidden=True))
    assert len(numbers) == 225
    for number in numbers:
        weights = (*range(9, 1, -1), -1)
        assert sum(digit * weight for digit, weight in zip(map(int, number.decode()), weights, strict=True)) % 11 != 0


@pytest.mark.parametrize(("pupils", "groups"), [(7, 1), (10, 6), (20, 0)])
def test_a_school_that_cannot_be_is_refused(pupils: int, groups: int) -> None:
    with pytest.raises(ValueError, match="at least 8"):
        write_school(BytesIO(), seed=1, school_year="2026-2027", brin="99XX", pupils=pupils, groups=groups)
