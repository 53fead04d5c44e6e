"""`idp notices`: outages and news in two languages, from a moment until a moment (R157, R161)."""

from tests.cli.conftest import Installation

WORDS = ("notices", "add", "--kind", "outage", "--title-nl", "Storing", "--title-en", "Outage")
TEXTS = ("--text-nl", "Wij zoeken het uit.", "--text-en", "We are on it.")


def test_a_notice_is_added_listed_and_ended(idp: Installation) -> None:
    shown = idp.json(*WORDS, *TEXTS)["notice"]
    later = idp.json(
        *WORDS, *TEXTS, "--subject", "las", "--from", "2999-01-01T08:00", "--until", "2999-01-02T08:00+00:00"
    )["notice"]
    listed = {row["notice"]: row for row in idp.json("notices", "list")}
    assert {number: row["state"] for number, row in listed.items()} == {shown: "shown", later: "to come"}
    assert listed[later]["from"] == "2999-01-01T07:00:00+00:00", "typed in Amsterdam"
    assert "Storing" in idp("notices", "list").out
    assert idp("notices", "end", str(shown)).code == 0
    assert [row["notice"] for row in idp.json("notices", "list")] == [later]
    assert {row["state"] for row in idp.json("notices", "list", "--all")} == {"over", "to come"}


def test_what_cannot_be_is_refused_in_words(idp: Installation) -> None:
    assert idp("notices", "end", "77", "--json").error["error"] == "not_found"
    over = idp(*WORDS, *TEXTS, "--until", "2020-01-01", "--json")
    assert over.code == 1
    assert "before anybody read it" in over.error["message"]
    for wrong in (("--from", "morgen"), ("--kind", "gossip"), ("--subject", "zeppelins"), ("--text-nl", " ")):
        assert idp(*WORDS, *TEXTS, *wrong).code == 2
