"""The table of a run: what is asked stands beside what was measured."""

from bench.report import AT_MANY, Results, table

FIGURES = {"cpu_ms": 2.93, "ops_s": 341.6, "p50_ms": 22.1, "p99_ms": 40.0, "errors": 0.0}


def test_sign_ins_a_second_stand_beside_what_is_asked() -> None:
    """300 sign-ins by PIN a second on one core."""
    lines = table(Results(ours={"pupil_pin_pg": FIGURES, "jwks": FIGURES})).splitlines()
    assert [one for one in lines if "a second" in one] == ["pupil_pin_pg on one core: 342 a second (goal 300 or more)"]
    assert "a second" not in table(Results(ours={"jwks": FIGURES})), "nothing is said of what was not measured"


def test_what_32_persons_cost_stands_beside_what_eight_do() -> None:
    with_many = {**FIGURES, "cpu_ms": 2.11, "cpu_ms_at_goal_speed": 1.98, "ops_s": 470.4, "errors": 1.0}
    both = {**FIGURES, AT_MANY: with_many}
    row = next(line for line in table(Results(ours={"jwks": both})).splitlines() if line.startswith("jwks"))
    assert [one.split() for one in row.split("|")] == [
        ["jwks", "poortwachter", "0.06", "2.930", "-", "342", "22.10", "40.00"],
        ["2.110", "1.980", "470", "22.10", "40.00", "1"],
    ]
    row = next(line for line in table(Results(ours={"jwks": FIGURES})).splitlines() if line.startswith("jwks"))
    assert "|" not in row
    assert row.split()[-1] == "0"
    assert "pupil_pin_pg on one core: 470 a second" in table(Results(ours={"pupil_pin_pg": both}))
