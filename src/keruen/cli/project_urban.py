# SPDX-License-Identifier: Apache-2.0
"""``keruen project urban``: how many will live in towns."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import progress_bar


class Rule(StrEnum):
    """Where the difference between urban and rural growth goes."""

    un = "un"
    polynomial = "polynomial"
    none = "none"
    constant = "constant"


def urban(
    country: Annotated[
        str, typer.Argument(metavar="COUNTRY|all", help="ISO code or name of a country; or all.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    to: Annotated[int, typer.Option(help="Last year, to 2050.")] = 2050,
    rule: Annotated[
        Rule,
        typer.Option(
            help="un: a norm that falls with the share; polynomial: one that bends to zero; "
            "none: the difference fades; constant: it stays."
        ),
    ] = Rule.un,
) -> None:
    """Project urban and rural population, and cities of 300,000 or more.

    Inputs are the estimates of World Urbanization Prospects 2018, which end in 2015; its own
    projection stands beside ours and goes into nothing. Intervals come from the errors of the
    same rule at past dates. Writes tables as CSV and Parquet, a workbook, a picture and a
    manifest.

    Examples: keruen project urban KAZ --to 2050 --out towns; keruen project urban all --rule
    none --out world
    """
    from keruen.cli.project import _tell
    from keruen.report.urban_release import write_urban
    from keruen.report.urban_run import run_urban

    with progress_bar("towns") as step:
        run = run_urban(country, to=to, rule=rule.value, step=step)
        paths = write_urban(run, out, step=step)
    _tell(run.warnings, run.record, paths, out)
