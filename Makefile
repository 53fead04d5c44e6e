# What there is to do with a checkout. `make help` says it in a line each; the recipes are plain sh.
.POSIX:
.PHONY: help setup environment demo test fuzz style check bench bench-nation bench-withdrawal screenshots lock

VENV = .venv
BIN = $(VENV)/bin

help:
	@echo 'make demo    try it: serves a school, publishers to sign in to, and the mails that were sent'
	@echo 'make test    the whole suite, on SQLite and again on a real PostgreSQL and Valkey'
	@echo 'make style   style, types, and who may import whom'
	@echo 'make check   that, and the checks of the tree itself'
	@echo 'make fuzz    crafted messages at random against their contracts; SECONDS=3600 for each target, TARGETS=response only that'
	@echo 'make bench   measure; PEERS=1 compares with others, BENCH="--quick --only jwks" narrows it'
	@echo 'make bench-withdrawal   consent taken back under 500 requests a second on two nodes: nothing leaves after it'
	@echo 'make bench-nation   imports, nights, lists and sign-ins among 1.4 million pupils; BENCH="--schools 600" makes it smaller'
	@echo 'make screenshots  every page in every state at three widths, into docs/screens; PAGES=desk/ only those'
	@echo 'make setup   only make the virtual environment $(VENV), from the locked requirements'
	@echo 'make lock    renew both lock files from pyproject.toml'

PIP = $(BIN)/python -m pip -q --disable-pip-version-check

# Whether a Python will do; asked with 1, whether it is whole besides: one that is built around a shared library of
# itself takes a quarter more time for all it does. The newest that is whole, else the newest, is taken.
WILL_DO = import sys, venv, ensurepip; \
	sys.exit(sys.version_info < (3, 11) or (sys.argv[1] == "1" and "libpython" in open("/proc/self/maps").read()))

# Finding a hundred packages is most of the work: two look for half of them each, and one installs what
# they found; where something must be built, one does all of it.
# Does nothing while the locked requirements and the project's declaration are those that $(VENV) was made from.
setup:
	@cat requirements-dev.lock pyproject.toml | cmp -s - $(VENV)/made-from && $(BIN)/python -c '' 2>/dev/null \
		|| $(MAKE) -s environment

environment:
	@python=; command -v git >/dev/null 2>&1 && for whole in 1 0; do \
		for name in python3.14 python3.13 python3.12 python3.11 python3; do \
			for folder in $$(printf %s "$$PATH" | tr : ' '); do \
				"$$folder/$$name" -c '$(WILL_DO)' $$whole 2>/dev/null && python=$$folder/$$name && break 3; \
			done; \
		done; \
	done; \
	if [ -z "$$python" ]; then \
		echo 'Poortwachter needs git, make and Python 3.11 or newer with its venv module (Debian: apt install python3-venv).' >&2; \
		exit 1; \
	fi; \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $$python -m venv --clear $(VENV)
	@rm -f $(VENV)/made-from
	@echo 'Installing the locked requirements into $(VENV) ...'
	@rm -rf $(VENV)/wheels && mkdir $(VENV)/wheels
	@awk -v to=$(VENV)/wheels/half '/^[a-z0-9]/ { n++ } { print > (to n % 2) }' requirements-dev.lock
	@{ $(PIP) download --only-binary :all: --no-deps --require-hashes -d $(VENV)/wheels -r $(VENV)/wheels/half0 & \
		$(PIP) download --only-binary :all: --no-deps --require-hashes -d $(VENV)/wheels -r $(VENV)/wheels/half1 && wait $$! && \
		$(PIP) install --no-deps --no-index --find-links $(VENV)/wheels --require-hashes -r requirements-dev.lock; } 2>/dev/null \
		|| $(PIP) install --require-hashes -r requirements-dev.lock
	@rm -rf $(VENV)/wheels
	@$(PIP) install --no-build-isolation --no-deps -e .
	@cat requirements-dev.lock pyproject.toml > $(VENV)/made-from

demo: setup
	@$(BIN)/idp demo

test: setup
	@$(BIN)/python -m tests.together $(PYTEST)

SECONDS = 10
TARGETS = authn_request authorize jwt logout_request metadata response token
fuzz: setup
	@$(BIN)/python -W ignore -m tests.fuzz $(TARGETS) --seconds $(SECONDS)

# What the suite does not look at itself.
style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: style
	$(BIN)/pytest -q --storage=embedded tests/architecture tests/web/test_translations.py

bench: setup
	@$(BIN)/python -m bench $(PEERS:1=--peers) $(BENCH)
	@test -n "$(BENCH)" || $(BIN)/python -m bench.nation --quick

bench-withdrawal: setup
	@$(BIN)/python -m bench.withdrawal

bench-nation: setup
	@$(BIN)/python -m bench.nation $(BENCH)

# Made, not kept: all of them again after each change of the stylesheet would soon be most of the history.
screenshots: setup
	@$(BIN)/python -m tests.web.screens $(PAGES)

# Versions and hashes only: a lock file that names the registry would tie every checkout to one. uv.lock does, so it is
# not committed, and each renewal therefore takes the newest versions that pyproject.toml allows.
lock:
	@command -v uv >/dev/null 2>&1 || { echo 'make lock needs uv 0.9 or newer (pip install uv).' >&2; exit 1; }
	rm -f uv.lock
	uv lock -q
	uv export -q --frozen --no-header --no-annotate --no-emit-project --no-dev -o requirements.lock
	uv export -q --frozen --no-header --no-annotate --no-emit-project -o requirements-dev.lock
	@if grep -n '://' requirements.lock requirements-dev.lock; then echo 'an address stands in a lock file' >&2; exit 1; fi
