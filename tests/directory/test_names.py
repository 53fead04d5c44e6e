"""Names on a page (D22)."""

from hypothesis import example, given, settings
from hypothesis import strategies as st

from directory.names import Named, child_order, display_name, display_names, family_name, full_name, staff_order

Name = tuple[str | None, str | None, str | None]


def labels(*names: Name) -> list[str]:
    return list(display_names(Named(place, *name) for place, name in enumerate(names)).values())


def test_a_roepnaam_is_enough_where_nobody_shares_it() -> None:
    assert labels(("Noor", None, "Bakker"), ("Daan", "de", "Wit")) == ["Noor", "Daan"]


def test_two_noors_get_as_little_more_as_tells_them_apart() -> None:
    assert labels(("Noor", None, "Bakker"), ("Noor", "van den", "Berg")) == ["Noor B.", "Noor v.d. B."]
    assert labels(("Noor", None, "Bakker"), ("Noor", "van", "Dam")) == ["Noor B.", "Noor D."]
    assert labels(("Anna", "d'", "Hondt"), ("Anna", None, "Haan")) == ["Anna d'H.", "Anna H."]
    assert labels(("Noor", "van 't", "Hof"), ("Noor", None, "Haan")) == ["Noor v.'t H.", "Noor H."]


def test_surnames_that_begin_alike_are_spelled_out_as_far_as_needed() -> None:
    assert labels(("Noor", None, "Bakker"), ("Noor", None, "Bos")) == ["Noor Ba.", "Noor Bo."]
    assert labels(("Noor", None, "Bakker"), ("Noor", None, "Bakkerman")) == ["Noor Bakker", "Noor Bakkerm."]
    assert labels(("Noor", "van den", "Berg"), ("Noor", "van der", "Berg")) == [
        "Noor van den Berg",
        "Noor van der Berg",
    ]


def test_capitals_and_accents_alone_do_not_tell_children_apart() -> None:
    assert labels(("Zoë", None, "Kaya"), ("Zoe", None, "Smit"), ("ZOË", None, "Vos")) == ["Zoë K.", "Zoe S.", "ZOË V."]


def test_letters_are_counted_as_a_reader_does() -> None:
    assert labels(("Noor", None, "IJzerman"), ("Noor", None, "Ismail")) == ["Noor IJ.", "Noor I."]
    assert labels(("Noor", None, "'s Gravendeel"), ("Noor", None, "Smit")) == ["Noor G.", "Noor S."]


def test_without_a_roepnaam_there_are_initials_only() -> None:
    assert labels((None, "van", "Assati"), (None, None, "Assink"), ("Daan", None, None)) == ["v. A.", "A.", "Daan"]


def test_the_same_name_twice_stays_the_same_name() -> None:
    assert labels(("Noor", None, "Bakker"), ("Noor", None, "Bakker")) == ["Noor Bakker", "Noor Bakker"]


def test_full_names_are_roepnaam_tussenvoegsel_achternaam() -> None:
    assert full_name("Noor", "van den", "Berg") == "Noor van den Berg"
    assert full_name("Anna", "d'", "Hondt") == "Anna d'Hondt"
    assert full_name(None, None, "Assati") == "Assati"
    assert full_name("Joep", None, None) == "Joep"
    assert family_name("van den", "Berg") == "van den Berg"
    assert family_name("van", None) is None


def test_children_are_sorted_on_roepnaam_and_staff_on_surname_without_tussenvoegsel() -> None:
    people: list[Name] = [
        ("Élise", "van den", "Berg"),
        ("Anna", None, "Zijlstra"),
        ("Zara", "de", "Boer"),
        ("Eva", None, "Bos"),
    ]
    assert [name[0] for name in sorted(people, key=lambda name: child_order(*name))] == ["Anna", "Élise", "Eva", "Zara"]
    assert [name[2] for name in sorted(people, key=lambda name: staff_order(*name))] == [
        "Berg",
        "Boer",
        "Bos",
        "Zijlstra",
    ]


def test_a_named_person_keeps_the_name_out_of_its_repr() -> None:
    assert repr(Named(7, "Noor", "van den", "Berg")) == "Named(id=7)"


FIRST = st.sampled_from(["Noor", "noor", "Nóór", "Noor B.", "Zoë", "Zoe", None])
PREFIX = st.sampled_from([None, "van", "van den", "van der", "d'", "'t", "in 't"])
SURNAME = st.sampled_from(["B", "B.", "Berg", "Bergman", "Bakker", "IJzer", "I", "'t Hof", "Bérg", None]) | st.text(
    max_size=4
)


@settings(deadline=None)
@given(st.lists(st.tuples(FIRST, PREFIX, SURNAME), max_size=12))
def test_labels_in_one_group_differ_wherever_names_differ(names: list[Name]) -> None:
    shown = labels(*names)
    for place, label in enumerate(shown):
        for other in range(place):
            if full_name(*names[place]) != full_name(*names[other]):
                assert label != shown[other]


@settings(deadline=None)
@given(st.lists(st.tuples(FIRST, PREFIX, SURNAME), max_size=8))
def test_a_label_never_shows_more_than_the_full_name(names: list[Name]) -> None:
    for name, label in zip(names, labels(*names), strict=True):
        assert len(label) <= len(full_name(*name)) + 1


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "", "B", "Ba", "Noor", "noör", "Noor B", "Noor B.", "Noor-B", "Anna", "Daan"]),
            st.sampled_from([None, "van", "d'"]),
            st.sampled_from([None, "B", "Ba", "Bakker", "Berg"]),
        ),
        min_size=1,
        max_size=6,
    )
)
@example(group=[("Noor", None, "Bakker"), ("Noor", None, "Dam"), ("Noor B.", None, None)])
def test_one_is_called_as_among_all(group: list[Name]) -> None:
    own, *others = (Named(place, *name) for place, name in enumerate(group))
    assert display_name(own, others) == labels(*group)[0]
