"""Closed-loop load: so many virtual persons at once, each starts its next operation when the last one has ended."""

import asyncio
import resource
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bench import processes
from bench.client import Answer, Browser, Headers

AT_MOST_SECONDS = 120.0  # nothing runs longer or further than this, whatever is asked for
AT_MOST_OPERATIONS = 500_000
ERRORS_TOLERATED = 20  # then a run is broken and its figures would be too

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
    """How long and how often to measure, and with how many virtual persons."""

    seconds: float = 5.0
    warm_up: float = 2.0
    repeats: int = 3
    persons: int = 8


@dataclass(frozen=True, slots=True)
class Run:
    """One repeat: the server's processor milliseconds per operation, latencies, and how busy the client's core was."""

    cpu_ms: float
    p50_ms: float
    p99_ms: float
    ops_s: float
    operations: int
    errors: int
    requests: float
    client_busy: float


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


async def measure(subject: Subject, plan: Plan, *, between: Callable[[], Awaitable[None]]) -> list[Run]:
    """Every repeat of one measurement; `between` runs before each. Raises MeasurementError."""
    runs = []
    for repeat in range(plan.repeats):
        await between()
        browsers = [Browser(subject.origin, subject.headers) for _ in range(plan.persons)]
        try:
            if subject.prepare:
                for browser in browsers:
                    await subject.prepare(browser)
            await _drive(subject.operation, browsers, plan.warm_up if repeat == 0 else min(0.5, plan.warm_up))
            runs.append(await _run(subject, browsers, plan.seconds))
        finally:
            for browser in browsers:
                browser.close()
    return runs


def median(runs: Sequence[Run]) -> dict[str, float]:
    """The figures of a measurement; each is the median of its repeats."""

    def middle(values: Sequence[float], digits: int) -> float:
        return round(statistics.median(values), digits)

    return {
        "cpu_ms": middle([run.cpu_ms for run in runs], 4),
        "p50_ms": middle([run.p50_ms for run in runs], 3),
        "p99_ms": middle([run.p99_ms for run in runs], 3),
        "ops_s": middle([run.ops_s for run in runs], 1),
        "cpu_ms_lowest": round(min(run.cpu_ms for run in runs), 4),
        "cpu_ms_highest": round(max(run.cpu_ms for run in runs), 4),
        "requests": middle([run.requests for run in runs], 2),
        "operations": sum(run.operations for run in runs),
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
        p50_ms=_percentile(latencies, 0.5) * 1000,
        p99_ms=_percentile(latencies, 0.99) * 1000,
        ops_s=count / wall,
        operations=count,
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
        while (start := time.perf_counter()) < deadline and len(latencies) + len(errors) < AT_MOST_OPERATIONS:
            try:
                await operation(browser)
                latencies.append(time.perf_counter() - start)
            except Exception as error:  # whatever went wrong is counted, and the first of it is shown
                errors.append(error)
                if len(errors) > ERRORS_TOLERATED:
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
