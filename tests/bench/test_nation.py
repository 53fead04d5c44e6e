"""The national measurements, as far as they need no country: what is asked for is measured and kept, and what fails is said."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from bench import nation
from bench.nation_country import WHOLE, Country


def of_schools(schools: int) -> Country:
    nobody: Any = None
    return Country(schools, nobody, nobody, (), 0.0)


def test_minutes_of_a_smaller_country_are_extrapolated_and_say_so() -> None:
    assert of_schools(WHOLE).minutes(600) == {"minutes": 10.0, "schools": float(WHOLE)}
    small = of_schools(WHOLE // 10).minutes(60)
    assert (small["minutes"], small["minutes_measured"], small["extrapolated"]) == (10.0, 1.0, 1.0)


def test_a_figure_is_kept_beside_all_others_and_held_against_its_goal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "results.json"
    out.write_text('{"login": {"p95_ms": 3}, "nation_nightly": {"minutes": 99}}')
    nation._keep(out, "nation_nightly", {"minutes": 7.5, "extrapolated": 1.0})
    assert json.loads(out.read_text()) == {
        "login": {"p95_ms": 3},
        "nation_nightly": {"minutes": 7.5, "extrapolated": 1.0},
    }
    assert "nation_nightly: 7.5 minutes (goal 15), EXTRAPOLATED" in capsys.readouterr().out


async def test_what_cannot_be_measured_is_said_and_does_not_stop_the_rest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing: list[str] = []

    async def fails() -> Mapping[str, Any]:
        raise RuntimeError("a night that failed")

    async def works() -> Mapping[str, Any]:
        return {"minutes": 1}

    assert await nation._guarded("nation_nightly", fails, missing) is None
    assert await nation._guarded("nation_rollover", works, missing) == {"minutes": 1}
    assert missing == ["nation_nightly"]
    assert "nation_nightly was not measured: RuntimeError('a night that failed')" in capsys.readouterr().err


def test_every_goal_is_of_something_that_is_measured() -> None:
    measured = {*nation.QUICK, *nation.LARGE, *nation.NATIONAL}
    assert set(nation.GOALS) == measured
