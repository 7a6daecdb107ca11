# SPDX-License-Identifier: Apache-2.0
"""Run by Alembic: brings a database to the present tables in one transaction."""

from __future__ import annotations

from typing import Final

from alembic import context

from keruen.sources.migrations.tables import metadata

_LOCK: Final = 7303014  # any number: two programs that open a new ledger at once take turns

engine = context.config.attributes["engine"]
if engine.dialect.name == "postgresql":
    engine = engine.execution_options(isolation_level="READ COMMITTED")
with engine.connect() as connection:
    if engine.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()
    connection.commit()
