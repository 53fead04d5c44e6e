"""The whole suite: on SQLite, on PostgreSQL and Valkey, and in a browser, at once; what each says follows in turn. `python -m tests.together`.

More arguments go to each run of pytest. Ends with 1 if one of them failed, and takes them along when it is ended early.
"""

import subprocess
import sys
import tempfile
from contextlib import ExitStack

IN_A_BROWSER = ("tests/e2e", "tests/web/test_in_a_browser.py")
RUNS = (
    ("--storage=embedded", *IN_A_BROWSER),
    ("--storage=servers",),
    ("--storage=embedded", *(f"--ignore={path}" for path in IN_A_BROWSER)),
)
NONE_SELECTED = 5


def main(arguments: list[str]) -> int:
    """Runs all of it; the exit status."""
    with ExitStack() as stack:
        started = []
        for run in RUNS:
            said = stack.enter_context(tempfile.TemporaryFile())
            process = subprocess.Popen([sys.executable, "-m", "pytest", *run, *arguments], stdout=said, stderr=said)
            stack.callback(process.terminate)
            started.append((process, said))
        ended = []
        for process, said in started:
            ended.append(process.wait())
            said.seek(0)
            sys.stdout.buffer.write(said.read())
            sys.stdout.flush()
    failed = any(status not in {0, NONE_SELECTED} for status in ended)
    return 1 if failed or set(ended) == {NONE_SELECTED} else 0


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
