"""Alembic's entry: runs the steps on the connection that `idp.core.migrate` hands over."""

from typing import Any, Literal

from alembic import context

from idp.core import append_only
from idp.core.db import Moment
from idp.tables import metadata_of_all


def render(kind: str, value: Any, _autogenerate: Any) -> str | Literal[False]:
    """A step of history names the database's own types, not ours."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(value, Moment) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata_of_all,
    render_as_batch=True,
    render_item=render,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
    append_only.guard(context.config.attributes["connection"])
