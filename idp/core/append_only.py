"""The ledger and its seals only grow: the database itself refuses to change or remove a row (D41).

This stops mistakes and injected statements. Who owns the database can switch it off; that is what the seals are for.
"""

from typing import Final

from sqlalchemy import Connection, inspect, text

# Seals are marked as purged oldest first, and only then their rows go: what stands before the first seal that is not purged may.
_PURGED: Final = "(SELECT purged_at IS NOT NULL FROM seals WHERE last >= OLD.id ORDER BY last, id LIMIT 1)"
_FIXED: Final = ("id", "sealed_at", "ids", "marks", "content", "previous", "hash", "key", "signature", "last", "closed")
_SNAPSHOT: Final = ("horizon", "ahead")

_SQLITE: Final = (
    """CREATE TRIGGER ledger_unchanged BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    f"""CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger WHEN NOT coalesce({_PURGED}, 0)
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END""",
    f"""CREATE TRIGGER seals_unchanged BEFORE UPDATE OF {", ".join(_FIXED + _SNAPSHOT)} ON seals
    BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END""",
    """CREATE TRIGGER seals_kept BEFORE DELETE ON seals
    BEGIN SELECT RAISE(ABORT, 'seals are append-only'); END""",
)
_POSTGRES: Final = (
    """CREATE OR REPLACE FUNCTION refuse_unless_appending() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
    f"""CREATE OR REPLACE FUNCTION refuse_unless_purging() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN IF {_PURGED} THEN RETURN OLD; END IF; RAISE EXCEPTION 'the ledger is append-only'; END $$""",
    "CREATE TRIGGER ledger_unchanged BEFORE UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION refuse_unless_appending()",
    "CREATE TRIGGER ledger_kept BEFORE DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION refuse_unless_purging()",
    "CREATE TRIGGER ledger_whole BEFORE TRUNCATE ON ledger EXECUTE FUNCTION refuse_unless_appending()",
    f"""CREATE TRIGGER seals_unchanged BEFORE UPDATE OF {", ".join(_FIXED + _SNAPSHOT)} ON seals
    FOR EACH ROW EXECUTE FUNCTION refuse_unless_appending()""",
    "CREATE TRIGGER seals_kept BEFORE DELETE ON seals FOR EACH ROW EXECUTE FUNCTION refuse_unless_appending()",
    "CREATE TRIGGER seals_whole BEFORE TRUNCATE ON seals EXECUTE FUNCTION refuse_unless_appending()",
)


NAMES: Final = frozenset({"ledger_unchanged", "ledger_kept", "seals_unchanged", "seals_kept"})
"""The triggers that both databases have."""
_ALL: Final = NAMES | {"ledger_whole", "seals_whole"}


def guard(connection: Connection) -> None:
    """Makes the triggers where the tables stand without them; a step of the history that makes a table anew loses its own."""
    if not {"ledger", "seals"} <= set(inspect(connection).get_table_names()):
        return
    sqlite = connection.dialect.name == "sqlite"
    known = _KNOWN_SQLITE if sqlite else _KNOWN_POSTGRES
    if set(connection.execute(text(known)).scalars()) >= (NAMES if sqlite else _ALL):
        return
    for name in _ALL:
        on = "" if sqlite else f" ON {name.partition('_')[0]}"
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}{on}")
    for statement in _SQLITE if sqlite else _POSTGRES:
        connection.exec_driver_sql(statement)


_KNOWN_SQLITE: Final = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
_KNOWN_POSTGRES: Final = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
