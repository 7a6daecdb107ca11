# SPDX-License-Identifier: Apache-2.0
"""``keruen evaluate``: did a policy work, with the checks that could break the answer."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from keruen.cli.terminal import Lang, progress_bar


class EvaluateMethod(StrEnum):
    """Methods of evaluation."""

    synthetic_control = "synthetic-control"
    difference = "difference"
    group_time = "group-time"
    event_study = "event-study"
    exposure = "exposure"
    discontinuity = "discontinuity"
    gravity = "gravity"


class SyntheticVariant(StrEnum):
    """Variants of a synthetic control."""

    plain = "plain"
    ridge = "ridge"
    difference = "difference"


class ExposureScale(StrEnum):
    """Scales of an effect by exposure."""

    level = "level"
    log = "log"


def evaluate(
    file: Annotated[
        Path,
        typer.Argument(
            help="CSV, Excel or Parquet; keruen data template evaluation_panel (or _cases, _flows) "
            "gives an empty one."
        ),
    ],
    *,
    method: Annotated[
        EvaluateMethod, typer.Option(help="How; docs/evaluate.md says which fits which question.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the files.")],
    column: Annotated[
        list[str] | None,
        typer.Option(help="NAME=HEADING, where a column has another heading: outcome=share."),
    ] = None,
    treated: Annotated[str | None, typer.Option(help="Unit with the policy.")] = None,
    since: Annotated[int | None, typer.Option(help="First year with the policy.")] = None,
    donor: Annotated[
        list[str] | None,
        typer.Option(help="Unit that a synthetic control may be mixed of; repeat. All if none."),
    ] = None,
    beside: Annotated[
        list[str] | None,
        typer.Option(
            help="Heading of a predictor (synthetic-control), earlier fact (discontinuity), "
            "covariate (group-time) or control; repeat."
        ),
    ] = None,
    variant: Annotated[
        SyntheticVariant, typer.Option(help="Plain, ridge-augmented, or synthetic difference.")
    ] = SyntheticVariant.plain,
    cutoff: Annotated[float | None, typer.Option(help="Cut-off of the rule.")] = None,
    window: Annotated[
        tuple[int, int] | None, typer.Option(help="Periods around an event, such as -5 5.")
    ] = None,
    scale: Annotated[
        ExposureScale, typer.Option(help="Effect of exposure on the outcome or on its log.")
    ] = ExposureScale.level,
    unit: Annotated[str, typer.Option(help="What the outcome is measured in.")] = "",
    level: Annotated[float, typer.Option(help="Probability of the interval.")] = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of random starts and draws.")] = 20_260_101,
    sheet: Annotated[str | None, typer.Option(help="Sheet of a workbook.")] = None,
    lang: Annotated[Lang, typer.Option(help="Language of page and workbook.")] = Lang.en,
) -> None:
    """Estimate what a policy changed, with its interval, assumption and checks.

    Writes a page, a workbook, every table as CSV and Parquet, and pictures. What the estimate
    rests on, which checks passed and failed, and what it does not say stand beside the number.

    Examples: keruen evaluate migration.xlsx --method synthetic-control --treated GBR --since 2004
    --out gbr; keruen evaluate applicants.csv --method discontinuity --cutoff 65
    --column running=points --beside age --out passmark
    """
    from rich.console import Console

    from keruen.report.evaluate_methods import EvaluateOptions
    from keruen.report.evaluate_release import write_evaluation
    from keruen.report.evaluate_run import run_evaluation

    options = EvaluateOptions(
        method=method.value,
        called=_pairs(column or []),
        treated=treated,
        since=since,
        donors=tuple(donor or ()),
        besides=tuple(beside or ()),
        variant=variant.value,
        cutoff=cutoff,
        window=window,
        scale=scale.value,
        unit=unit,
        level=level,
        seed=seed,
    )
    with progress_bar("evaluate") as step:
        run = run_evaluation(file, options, sheet=sheet, step=step)
        sentences, paths = write_evaluation(run, out, lang=lang.value, step=step)
    console = Console(highlight=False)
    for sentence in sentences:
        console.print(sentence, markup=False, soft_wrap=True)
    for path in paths:
        console.print(str(path), soft_wrap=True)


def _pairs(given: list[str]) -> dict[str, str]:
    """Names and headings, as NAME=HEADING."""
    from keruen.core.errors import SchemaError

    bad = [one for one in given if "=" not in one]
    if bad:
        raise SchemaError(
            f"'{bad[0]}' is no NAME=HEADING", where="--column", remedy="write outcome=share"
        )
    return {
        name.strip(): heading.strip() for name, _, heading in (one.partition("=") for one in given)
    }
