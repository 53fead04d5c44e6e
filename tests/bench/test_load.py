"""What a measurement says: the machine's busy moments are told from the rest."""

import asyncio
from dataclasses import replace

from bench.client import Browser
from bench.load import FEWEST, Plan, Run, Speed, Subject, measure, summary

QUIET = Run(
    cpu_ms=1.0,
    latencies=[0.002, 0.004],
    seconds=0.5,
    errors=0,
    requests=1.0,
    client_busy=0.5,
    speed=Speed(250, 27),
    undisturbed=True,
)
BUSY = replace(QUIET, cpu_ms=2.0, latencies=[0.008, 0.040], speed=Speed(390, 40), undisturbed=False)


def test_the_figure_at_the_speed_of_the_goals_is_that_of_quiet_moments() -> None:
    figures = summary([*[BUSY] * 5, *[QUIET] * FEWEST])
    assert (figures["cpu_ms"], figures["cpu_ms_at_goal_speed"], figures["at_goal_speed"]) == (2.0, 1.0, FEWEST)
    assert figures["ops_s"] == 4.0
    assert (figures["p50_ms"], figures["p99_ms"]) == (8.0, 40.0), "latencies are those of all operations"


def test_a_few_quiet_moments_are_no_figure() -> None:
    assert "cpu_ms_at_goal_speed" not in summary([*[BUSY] * 5, *[QUIET] * (FEWEST - 1)])


async def test_one_repeat_is_one_repeat_however_busy_the_machine_is() -> None:
    async def operation(_: Browser) -> None:
        await asyncio.sleep(0)

    async def busy() -> Speed:
        return Speed(390, 40)

    subject = Subject("http://127.0.0.1", operation, ())
    short = Plan(seconds=0, warm_up=0, repeats=1)
    assert len(await measure(subject, short, between=busy, undisturbed_at=Speed(265, 28))) == 1
    assert len(await measure(subject, replace(short, most=4), between=busy, undisturbed_at=Speed(265, 28))) == 4
    assert len(await measure(subject, replace(short, most=9), between=busy, undisturbed_at=Speed(390, 40))) == FEWEST


async def test_a_machine_is_as_fast_only_in_both() -> None:
    asked = iter([Speed(250, 27), Speed(250, 40), Speed(250, 27), Speed(250, 27), Speed(390, 27)])

    async def operation(_: Browser) -> None:
        await asyncio.sleep(0)

    async def between() -> Speed:
        return next(asked)

    plan = Plan(seconds=0, warm_up=0, repeats=4)
    runs = await measure(
        Subject("http://127.0.0.1", operation, ()), plan, between=between, undisturbed_at=Speed(265, 28)
    )
    assert [run.undisturbed for run in runs] == [False, False, True, False]
