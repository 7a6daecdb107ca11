# SPDX-License-Identifier: Apache-2.0
"""The command line: only asks and shows. Nothing heavy is imported until a command runs."""

from __future__ import annotations

import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperGroup

from keruen import __version__
from keruen.cli import (
    backup,
    data,
    evaluate,
    measure,
    permits,
    place,
    points,
    profile,
    project,
    quota,
    refugees,
    regularise,
    run,
    serve,
    welfare,
)
from keruen.core.errors import WorkbenchError

if TYPE_CHECKING:
    from typer._click.core import Context

_ORDER = (
    "profile", "data", "measure", "project", "place", "quota", "points", "regularise", "permits",
    "refugees", "evaluate", "welfare", "run", "compare", "serve", "backup",
    "restore",
)  # fmt: skip
"""Commands as the rooms follow each other."""


class _Rooms(TyperGroup):
    """Commands in the order of the rooms."""

    def list_commands(self, ctx: Context) -> list[str]:
        return sorted(super().list_commands(ctx), key=_ORDER.index)


app = typer.Typer(
    cls=_Rooms,
    name="keruen",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: keruen profile KAZ --lang ru --out profile-KAZ",
)
app.command("profile")(profile.profile)
app.command("regularise")(regularise.regularise)
app.command("permits")(permits.permits)
app.command("refugees")(refugees.refugees)
app.command("evaluate")(evaluate.evaluate)
app.command("welfare")(welfare.welfare)
app.command("run")(run.run)
app.command("compare")(run.compare)
app.command("serve")(serve.serve)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.add_typer(data.app, name="data")
app.add_typer(measure.app, name="measure")
app.add_typer(project.app, name="project")
app.add_typer(place.app, name="place")
app.add_typer(quota.app, name="quota")
app.add_typer(points.app, name="points")


def _version(*, value: bool) -> None:
    if value:
        typer.echo(f"keruen {__version__}")
        raise typer.Exit


@app.callback()
def _about(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Keruen: from migration records and published tables to a decision.

    All commands work on the data inside the package, without the internet. A fault in
    what you give ends with exit code 2 and says what is wrong, where, and what to do.
    """


def main() -> None:
    """Run the command line; a fault of the user's ends in one clear message, code 2."""
    signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
    try:
        app()
    except WorkbenchError as fault:
        typer.secho(f"keruen: {fault}", err=True, fg=typer.colors.RED)
        sys.exit(2)
