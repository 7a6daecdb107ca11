# SPDX-License-Identifier: Apache-2.0
"""``keruen serve``: the web application on this machine."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from keruen.core.errors import SchemaError

_NEEDED = ("fastapi", "uvicorn", "argon2", "itsdangerous", "jinja2", "sqlalchemy")


def serve(
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8765,
    data: Annotated[
        Path, typer.Option(help="Folder of the database, of runs and of files.")
    ] = Path("keruen-data"),
    database: Annotated[
        str, typer.Option(metavar="URL", help="PostgreSQL; SQLite in --data when not given.")
    ] = "",
    workers: Annotated[int, typer.Option(min=1, max=16, help="Runs at the same time.")] = 1,
) -> None:
    """Serve the workbench as a web application, without the internet."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        raise SchemaError(
            f"the web application needs {', '.join(missing)}",
            remedy="install with: pip install 'keruen[web]'",
            id="ExtraMissing",
        )
    import uvicorn

    from keruen.web.app import create_app
    from keruen.web.settings import Settings

    settings = Settings(data.resolve(), database, host, port, workers=workers)
    app = create_app(settings)
    first = app.state.office.accounts.first_administrator()
    if first is not None:
        name, password = first
        typer.echo("The first account was made. Its password is shown this once:")
        typer.echo(f"    name      {name}")
        typer.echo(f"    password  {password}")
    typer.echo(f"Keruen is at http://{host}:{port}")
    uvicorn.run(app, host=host, port=port, log_level="warning", proxy_headers=False)
