# SPDX-License-Identifier: Apache-2.0
"""``keruen project education``: what schooling people will have."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import progress_bar


class SchoolingPath(StrEnum):
    """How many go on to the next level of schooling."""

    trend = "trend"
    constant = "constant"
    fast = "fast"
    numbers = "numbers"


def education(
    country: Annotated[
        str, typer.Argument(metavar="COUNTRY", help="ISO code or name of a country.")
    ],
    *,
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    to: Annotated[int, typer.Option(help="Last year: 2025, 2030 ... 2100.")] = 2050,
    trajectories: Annotated[
        int, typer.Option(min=0, help="Paths of the population for intervals; 0 gives none.")
    ] = 0,
    schooling: Annotated[
        SchoolingPath,
        typer.Option(
            help="trend: half of the past rise goes on; constant: as last observed; fast: as the "
            "fastest tenth; numbers: as many persons as now."
        ),
    ] = SchoolingPath.trend,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the paths.")] = 1,
) -> None:
    """Project the population by sex, age and education, in agreement with its projection.

    The base is the attainment of 2020 by the Wittgenstein Centre; totals of every sex and age
    are those of keruen project population. Writes tables as CSV and Parquet, a workbook, a
    picture and a manifest.

    Examples: keruen project education KAZ --to 2050 --trajectories 1000 --out schooling;
    keruen project education UZB --schooling constant --out uzb
    """
    from keruen.cli.project import _tell
    from keruen.report.education_release import write_education
    from keruen.report.education_run import run_education

    with progress_bar("education") as step:
        run = run_education(
            country,
            to=to,
            trajectories=trajectories,
            schooling=schooling.value,
            seed=seed,
            step=step,
        )
        paths = write_education(run, out, step=step)
    _tell(run.warnings, run.record, paths, out)
