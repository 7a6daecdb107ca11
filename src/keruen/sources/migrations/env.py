# SPDX-License-Identifier: Apache-2.0
"""Run by Alembic: brings a database to the present tables in one transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from alembic import context

from keruen.sources.migrations.tables import metadata

if TYPE_CHECKING:
    import sqlalchemy as sa

_LOCK: Final = 7303014  # any number: two programs that open a new ledger at once take turns


def migrate(engine: sa.Engine) -> None:
    """Run what is missing, while nobody else does."""
    postgresql = engine.dialect.name == "postgresql"
    if postgresql:
        engine = engine.execution_options(isolation_level="READ COMMITTED")
    with engine.connect() as connection:
        wait = f"SELECT pg_advisory_xact_lock({_LOCK})" if postgresql else "BEGIN IMMEDIATE"
        connection.exec_driver_sql(wait)
        context.configure(connection=connection, target_metadata=metadata)
        context.run_migrations()
        connection.commit()


if hasattr(context, "config"):  # not when it is only imported
    migrate(context.config.attributes["engine"])
