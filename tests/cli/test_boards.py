"""`idp boards`: who has which role on a board, at its written request (D20)."""

from tests.cli.conftest import Installation

BOARD = ("--board", "41234")
NAMED = ("--first-name", "Kees", "--surname", "Hart")


def test_roles_on_a_board_are_given_listed_and_taken(idp: Installation) -> None:
    idp.json(
        "schools", "add", "--name", "De Poort", "--brin", "99XX", "--board-number", "41234", "--board-name", "Aan Zee"
    )
    aan_zee = {"number": "41234", "name": "Aan Zee", "schools": 1, "email": None}
    assert idp.json("boards", "list") == [aan_zee]
    assert idp.json("boards", "write-to", "Bestuur@AanZee.example", *BOARD)["email"] == "bestuur@aanzee.example"
    assert idp.json("boards", "list") == [{**aan_zee, "email": "bestuur@aanzee.example"}]
    for wrong in ((), ("x@y.example", "--none"), ("geen adres",)):
        assert idp("boards", "write-to", *wrong, *BOARD).code != 0, wrong
    assert idp.json("boards", "write-to", "--none", *BOARD)["email"] is None
    assert idp.json("boards", "list") == [aan_zee]
    asked = ("--request", "B-7")
    words = ("--email", "Kees@aanzee.example", *NAMED, "--role", "board-ict-coordinator", *BOARD)
    assert idp("boards", "add-staff", *words, "--json").error["error"] == "request_needed"
    made = idp.json("boards", "add-staff", *words, *asked)
    assert made == {
        "email": "kees@aanzee.example",
        "board": "41234",
        "role": "board-ict-coordinator",
        "new": True,
        "given": True,
        "password": "none",
    }
    assert not idp.json("boards", "add-staff", *words, *asked)["given"]
    invited = ("--email", "mia@aanzee.example", "--first-name", "Mia", "--surname", "Bos", "--role", "board-director")
    assert idp("boards", "invite", *invited, *BOARD, "--json").error["error"] == "request_needed"
    number = idp.json("boards", "invite", *invited, *BOARD, *asked)["invitation"]
    shown = {row["email"]: (row["role"], row["invitation"]) for row in idp.json("boards", "people", "41234")}
    assert shown == {
        "kees@aanzee.example": ("board-ict-coordinator", None),
        "mia@aanzee.example": ("board-director", number),
    }
    assert idp.json("boards", "withdraw", str(number), *BOARD)["withdrawn"]
    taken = ("kees@aanzee.example", "--role", "board-ict-coordinator", *BOARD)
    assert idp("boards", "take-role", *taken, "--json").error["error"] == "request_needed"
    assert idp.json("boards", "take-role", *taken, *asked)["taken"]
    assert idp.json("boards", "people", "41234") == []
    for refused in (
        ("withdraw", str(number), *BOARD),
        ("people", "99999"),
        ("take-role", *taken, *asked),
        ("add-staff", "--email", "x@y.example", "--role", "teacher", *BOARD, *asked),
    ):
        assert idp("boards", *refused).code != 0, refused
