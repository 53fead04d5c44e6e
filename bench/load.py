"""Closed-loop load: so many virtual persons at once, each starts its next operation when the last one has ended."""

import asyncio
import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bench import processes
from bench.client import Answer, Browser, Headers

AT_MOST_SECONDS = 120.0  # nothing runs longer or further than this, whatever is asked for
AT_MOST_OPERATIONS = 500_000
ERRORS_TOLERATED = 20  # then a run is broken and its figures would be too
FEWEST = 3
"""Repeats whose median is a figure."""

Operation = Callable[[Browser], Awaitable[None]]


class WrongAnswerError(Exception):
    """The server answered, but not what the operation wants. Says where, never what stood in a token."""

    def __init__(self, step: str, answer: Answer) -> None:
        address = answer.url.partition("?")[0]
        super().__init__(f"{step}: {answer.status} at {address}: {' '.join(answer.text.split())[:300]}")


class MeasurementError(Exception):
    """An operation failed too often to be measured; the message holds the first failure."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long and how often to measure, and with how many virtual persons. Many short repeats tell a busy moment of the machine from the rest;
    while fewer than `FEWEST` were undisturbed, there are up to `most`.
    """

    seconds: float = 0.5
    warm_up: float = 2.0
    repeats: int = 24
    most: int = 0
    persons: int = 8


@dataclass(frozen=True, slots=True)
class Speed:
    """Microseconds that one RSA-2048 signature and one bare answer of uvicorn take on the server's core at a moment."""

    signature_us: float = 0.0
    hello_us: float = 0.0

    def as_fast_as(self, other: "Speed") -> bool:
        return self.signature_us <= other.signature_us and self.hello_us <= other.hello_us


@dataclass(frozen=True, slots=True)
class Run:
    """One repeat: the server's processor milliseconds per operation, seconds of each, and how busy the client's core was.

    `speed` is what signature and answer took just before or just after, each whichever is more; `undisturbed` whether neither was more than on
    the machine to which the goals belong.
    """

    cpu_ms: float
    latencies: Sequence[float]
    seconds: float
    errors: int
    requests: float
    client_busy: float
    speed: Speed = Speed()
    undisturbed: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """What is measured: an operation, how a browser gets ready for it (not counted), and whose processor time counts."""

    origin: str
    operation: Operation
    pids: Sequence[int]
    prepare: Operation | None = None
    headers: Headers = ()


def fetch(url: str) -> Operation:
    """The operation that reads one public document."""

    async def ask(browser: Browser) -> None:
        if (answer := await browser.get(url, cookies=False)).status != 200:
            raise WrongAnswerError("document", answer)

    return ask


async def _at_once() -> Speed:
    """Nobody asks how fast the machine is."""
    return Speed()


async def measure(
    subject: Subject,
    plan: Plan,
    *,
    between: Callable[[], Awaitable[Speed]] = _at_once,
    undisturbed_at: Speed = Speed(),
) -> list[Run]:
    """Every repeat of one measurement. `between` tells the machine's speed at that moment, before each and after; one that was as fast as
    `undisturbed_at` at both was undisturbed. Raises MeasurementError.
    """
    runs: list[Run] = []
    browsers = [Browser(subject.origin, subject.headers) for _ in range(plan.persons)]
    try:
        if subject.prepare:
            for browser in browsers:
                await subject.prepare(browser)
        await _drive(subject.operation, browsers, plan.warm_up)
        before = await between()
        while len(runs) < plan.repeats or (len(runs) < plan.most and len(_undisturbed(runs)) < FEWEST):
            run = await _run(subject, browsers, plan.seconds)
            after = await between()
            slower = Speed(max(before.signature_us, after.signature_us), max(before.hello_us, after.hello_us))
            runs.append(replace(run, speed=slower, undisturbed=slower.as_fast_as(undisturbed_at)))
            before = after
    finally:
        for browser in browsers:
            browser.close()
    return runs


def _undisturbed(runs: Sequence[Run]) -> list[float]:
    return [run.cpu_ms for run in runs if run.undisturbed]


def summary(runs: Sequence[Run]) -> dict[str, float]:
    """The figures of a measurement: medians of its repeats, and latencies of all of them.

    `cpu_ms_at_goal_speed` is the median of those that were undisturbed, `at_goal_speed` in number; it is not there when there were fewer
    than `FEWEST`.
    """

    def middle(values: Sequence[float], digits: int) -> float:
        return round(statistics.median(values), digits)

    latencies = [seconds for run in runs for seconds in run.latencies]
    undisturbed = _undisturbed(runs)
    found = {"cpu_ms": middle([run.cpu_ms for run in runs], 4)}
    if len(undisturbed) >= FEWEST:
        found["cpu_ms_at_goal_speed"] = middle(undisturbed, 4)
    return found | {
        "at_goal_speed": len(undisturbed),
        "p50_ms": round(_percentile(latencies, 0.5) * 1000, 3),
        "p99_ms": round(_percentile(latencies, 0.99) * 1000, 3),
        "ops_s": round(len(latencies) / sum(run.seconds for run in runs), 1),
        "cpu_ms_lowest": round(min(run.cpu_ms for run in runs), 4),
        "cpu_ms_highest": round(max(run.cpu_ms for run in runs), 4),
        "signature_us": middle([run.speed.signature_us for run in runs], 1),
        "hello_us": middle([run.speed.hello_us for run in runs], 1),
        "requests": middle([run.requests for run in runs], 2),
        "operations": len(latencies),
        "errors": sum(run.errors for run in runs),
        "client_busy": middle([run.client_busy for run in runs], 2),
    }


async def _run(subject: Subject, browsers: Sequence[Browser], seconds: float) -> Run:
    asked_before = sum(browser.requests for browser in browsers)
    cpu_before, own_before = processes.cpu_seconds(subject.pids), _own_cpu_seconds()
    wall, latencies, errors = await _drive(subject.operation, browsers, seconds)
    cpu, own = processes.cpu_seconds(subject.pids) - cpu_before, _own_cpu_seconds() - own_before
    count = len(latencies)
    return Run(
        cpu_ms=cpu * 1000 / count,
        latencies=latencies,
        seconds=wall,
        errors=len(errors),
        requests=(sum(browser.requests for browser in browsers) - asked_before) / count,
        client_busy=own / wall,
    )


async def _drive(
    operation: Operation, browsers: Sequence[Browser], seconds: float
) -> tuple[float, list[float], list[Exception]]:
    """(seconds taken, seconds of each success, failures). Raises MeasurementError for a run of failures."""
    latencies: list[float] = []
    errors: list[Exception] = []
    began = time.perf_counter()
    deadline = began + min(seconds, AT_MOST_SECONDS)

    async def one(browser: Browser) -> None:
        # Once at least: where others kept the machine busy until the time was over, something is measured all the same.
        start = time.perf_counter()
        while True:
            try:
                await operation(browser)
                latencies.append(time.perf_counter() - start)
            except Exception as error:  # whatever went wrong is counted, and the first of it is shown
                errors.append(error)
                if len(errors) > ERRORS_TOLERATED:
                    return
            start = time.perf_counter()
            if start >= deadline or len(latencies) + len(errors) >= AT_MOST_OPERATIONS:
                return

    await asyncio.gather(*(one(browser) for browser in browsers))
    if not latencies or len(errors) > ERRORS_TOLERATED:
        raise MeasurementError(
            f"{len(errors)} failures, the first: {errors[0]!r}" if errors else "nothing was measured"
        )
    return time.perf_counter() - began, latencies, errors


def _percentile(values: Sequence[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def _own_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
