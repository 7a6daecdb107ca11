# SPDX-License-Identifier: Apache-2.0
"""``keruen serve``: the web application on this machine."""

from __future__ import annotations

import os
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
        str,
        typer.Option(
            metavar="URL",
            envvar="KERUEN_DATABASE",
            help="PostgreSQL; SQLite in --data when not given.",
        ),
    ] = "",
    workers: Annotated[int, typer.Option(min=1, max=16, help="Runs at the same time.")] = 1,
    address: Annotated[
        str,
        typer.Option(
            metavar="URL",
            help="Address that browsers use, when a web server with a certificate is in front.",
        ),
    ] = "",
    oidc_issuer: Annotated[
        str, typer.Option(metavar="URL", help="Directory to sign in through (OpenID Connect).")
    ] = "",
    oidc_client: Annotated[str, typer.Option(help="What the directory calls Keruen.")] = "",
    oidc_secret_file: Annotated[
        Path | None, typer.Option(help="File with its secret; or set KERUEN_OIDC_SECRET.")
    ] = None,
    oidc_roles: Annotated[
        Path | None, typer.Option(help="YAML: which groups of the directory have which role.")
    ] = None,
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
    from keruen.web.directory_options import directory_of, public_address
    from keruen.web.settings import Settings, alone, secret_key
    from keruen.web.shelf import warm

    os.umask(0o077)  # what is kept is for the owner's eyes
    directory = directory_of(oidc_issuer, oidc_client, oidc_secret_file, oidc_roles)
    settings = Settings(
        data.resolve(), database, host, port, workers=workers,
        address=public_address(address), directory=directory,
    )  # fmt: skip
    secret_key(settings)
    with alone(settings), warm(settings):
        app = create_app(settings)
        first = app.state.office.accounts.first_administrator()
        if first is not None:
            name, password = first
            typer.echo("The first account was made. Its password is shown this once:")
            typer.echo(f"    name      {name}")
            typer.echo(f"    password  {password}")
        typer.echo(f"Keruen is at {settings.address or f'http://{host}:{port}'}")
        uvicorn.run(
            app, host=host, port=port, log_level="warning", proxy_headers=bool(settings.address),
            forwarded_allow_ips="127.0.0.1,::1",
        )  # fmt: skip
