"""The table of a run: what is asked stands beside what was measured."""

from bench.report import Results, table

FIGURES = {"cpu_ms": 2.93, "ops_s": 341.6, "p50_ms": 22.1, "p99_ms": 40.0, "errors": 0.0}


def test_sign_ins_a_second_stand_beside_what_is_asked() -> None:
    """300 sign-ins by PIN a second on one core."""
    lines = table(Results(ours={"pupil_pin_pg": FIGURES, "jwks": FIGURES})).splitlines()
    assert [one for one in lines if "a second" in one] == ["pupil_pin_pg on one core: 342 a second (goal 300 or more)"]
    assert "a second" not in table(Results(ours={"jwks": FIGURES})), "nothing is said of what was not measured"
