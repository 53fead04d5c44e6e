"""`idp eckid`: counts, never values; and whose world a file's ECK-iDs are of."""

from tests.cli.conftest import Installation
from tests.directory.eckids import value_of


def test_counts_and_substitutions_name_no_value(school: Installation) -> None:
    school.json("schools", "import", school.school_file(), "--apply")
    counted = school.json("eckid", "count", "99XX")
    assert counted["pupils"] == 12
    assert 0 < counted["with_eckid"] <= 12
    path = school.file("swap.csv", f"oud;nieuw\n{value_of('a')};{value_of('b')}\n".encode())
    done = school("eckid", "substitute", path, "--school", "99XX")
    assert (done.code, done.out) == (0, "ECK-iDs of 99XX: 0 done, 0 known, 1 not here, 0 refused.\n")


def test_a_file_of_substitutions_that_is_none_is_refused_in_words(school: Installation) -> None:
    path = school.file("swap.csv", b"oud;nieuw\n\xff;\xfe\n")
    ended = school("eckid", "substitute", path, "--school", "99XX", "--json")
    assert (ended.code, ended.error["error"]) == (1, "refused")
