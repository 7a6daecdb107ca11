# SPDX-License-Identifier: Apache-2.0
"""A run as a folder that replays it: tables, every draw, the scenario's own text, digests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import xarray as xr

from keruen.core.draws import DEFAULT_PROBS, quantiles
from keruen.core.errors import FileError, ScenarioError
from keruen.core.tables import from_table, to_table
from keruen.report.flow_run import Step, quiet
from keruen.report.release import MANIFEST, release, write_parquet
from keruen.report.table_release import write_tables
from keruen.scenario.compose import compose
from keruen.scenario.composed import Scenario, with_draws
from keruen.scenario.outcomes import OUTCOMES
from keruen.scenario.run import ScenarioRun, inputs_of, run_scenario
from keruen.scenario.sensitivity import sensitivity
from keruen.scenario.stages import data_digest

COMMAND: Final = "run"
"""What the manifest of a scenario's run says of its command."""
_DRAWS: Final = "draws.parquet"
_PLACEMENT: Final = "placement.parquet"
_MEASURED: Final = "measured.parquet"
_BOUNDS: Final = ("low", "median", "high")
Page = Callable[[ScenarioRun, Path], None]
"""Writes the page of a run into a folder."""


@dataclass(frozen=True)
class Kept:
    """A run as it was read from its folder.

    Parameters
    ----------
    name : str
        Name of the scenario.
    title : dict of str to str
        Title by language.
    scenario : Scenario
        The scenario, composed again from the text that was kept.
    outcomes : dict of str to DataArray
        Outcomes with all draws.
    measured : DataFrame
        What the scenario stands on.
    placement : DataFrame
        Families placed by region.
    manifest : dict
        The manifest.
    """

    name: str
    title: Mapping[str, str]
    scenario: Scenario
    outcomes: Mapping[str, xr.DataArray]
    measured: pd.DataFrame
    placement: pd.DataFrame
    manifest: Mapping[str, Any]


def summary(outcomes: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Outcomes as a tidy table: mean, and the ends and middle of a 95% interval.

    Parameters
    ----------
    outcomes : mapping of str to DataArray
        Outcomes by name.

    Returns
    -------
    DataFrame
        ``outcome, year, region, mean, low, median, high, unit``; bounds are missing where
        nothing was drawn, the region where the outcome is the country's.
    """
    parts = []
    for name, array in outcomes.items():
        drawn = "trajectory" in array.dims
        middle = array.mean("trajectory") if drawn else array
        table = to_table(middle.rename("mean"))
        bounds = dict.fromkeys(_BOUNDS, float("nan"))
        if drawn:
            ends = quantiles(array, DEFAULT_PROBS).transpose("quantile", *middle.dims)
            bounds = dict(zip(_BOUNDS, ends.to_numpy().reshape(len(_BOUNDS), -1), strict=True))
        table = table.assign(**bounds)
        if "region" not in table:
            table["region"] = ""
        table.insert(0, "outcome", name)
        table["unit"] = OUTCOMES[name].units
        parts.append(table)
    order = ["outcome", "year", "region", "mean", *_BOUNDS, "unit"]
    return pd.concat(parts, ignore_index=True)[order]


def write_run(
    run: ScenarioRun,
    target: Path,
    *,
    shares: pd.DataFrame | None = None,
    page: Page | None = None,
    lang: str = "",
    step: Step = quiet,
) -> tuple[Path, ...]:
    """Write a run to a folder.

    Parameters
    ----------
    run : ScenarioRun
        The run.
    target : Path
        Folder; made when it does not exist.
    shares : DataFrame, optional
        Shares of variance, as :func:`~keruen.scenario.sensitivity.sensitivity` gives them.
    page : callable, optional
        Writes the page and its workbook beside the tables.
    lang : str, optional
        Language of that page, kept for a replay.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    tuple of Path
        ``outcomes``, ``measured``, ``placement``, ``settings`` and ``changes`` as CSV and
        Parquet and all of them in ``tables.xlsx``, ``draws.parquet`` with every trajectory, and
        ``manifest.json`` with the text of every scenario file, from which the run can be
        made again.

    Raises
    ------
    FileError
        The folder cannot be written (``NotWritable``); nothing has been changed then.
    """
    scenario = run.scenario
    changes = [scenario.explain(key).assign(key=key) for key in scenario.keys]
    tables = {
        "outcomes": summary(run.outcomes),
        "measured": run.measured,
        "placement": run.placement,
        "settings": scenario.table(),
        "changes": pd.concat(changes, ignore_index=True),
    }
    if shares is not None:
        tables["sensitivity"] = shares

    def fill(folder: Path) -> None:
        step(0.94, "tables")
        write_tables(tables, folder, workbook="tables")
        write_parquet(_draws(run.outcomes), folder / _DRAWS)
        if page is not None:
            step(0.97, "page")
            page(run, folder)

    manifest = {
        "command": COMMAND,
        "scenario": {"name": scenario.name, "title": dict(scenario.title), **_text(scenario)},
        "options": {"trajectories": scenario.trajectories, "seed": scenario.seed},
        "page": {"lang": lang, "sensitivity": shares is not None},
        "digest": scenario.digest,
        "data": data_digest(),
        "stages": dict(run.digests),
        "inputs": [dict(one) for one in inputs_of(run)],
        "warnings": list(run.warnings),
    }
    return release(target, manifest, fill)


def _text(scenario: Scenario) -> dict[str, object]:
    files = [{"name": one.path.name, "text": one.text} for one in scenario.files]
    return {"files": files}


def _draws(outcomes: Mapping[str, xr.DataArray]) -> pd.DataFrame:
    """Every draw of every outcome in one long table."""
    parts = []
    for name, array in outcomes.items():
        table = to_table(array.rename("value"))
        for key, empty in (("trajectory", 0), ("region", "")):
            if key not in table:
                table[key] = empty
        parts.append(table.assign(outcome=name))
    return pd.concat(parts, ignore_index=True)[["outcome", "trajectory", "year", "region", "value"]]


def read_run(folder: Path) -> Kept:
    """A run from its folder.

    Parameters
    ----------
    folder : Path
        Folder that ``keruen run`` wrote.

    Returns
    -------
    Kept

    Raises
    ------
    FileError
        The folder holds no such run, or its files are damaged.
    """
    manifest = read_manifest(folder / MANIFEST)
    try:
        table = pd.read_parquet(folder / _DRAWS)
        measured = pd.read_parquet(folder / _MEASURED)
        placement = pd.read_parquet(folder / _PLACEMENT)
    except (OSError, ValueError) as fault:
        raise FileError(
            "the draws of the run cannot be read",
            where=str(folder / _DRAWS),
            remedy="run the scenario again into this folder",
            id="DamagedRun",
        ) from fault
    found = {}
    for name, part in table.groupby("outcome", sort=False):
        rest = part.drop(columns="outcome")
        rest = rest.drop(columns="region") if (rest["region"] == "").all() else rest
        single = rest["trajectory"].nunique() == 1
        rest = rest.drop(columns="trajectory") if single else rest
        found[str(name)] = from_table(rest, value="value").rename(str(name))
    said = manifest["scenario"]
    return Kept(
        said["name"], said["title"], recomposed(manifest), found, measured, placement, manifest
    )


def read_manifest(path: Path) -> dict[str, Any]:
    """What the manifest of a run says.

    Parameters
    ----------
    path : Path
        The manifest.

    Returns
    -------
    dict

    Raises
    ------
    FileError
        It is not the manifest of a scenario's run (``NotARun``).
    """
    try:
        found = dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        found = {}
    if found.get("command") != COMMAND or not {"scenario", "options", "digest"} <= set(found):
        raise FileError(
            "this is not a run of a scenario",
            where=str(path),
            remedy="name a folder that 'keruen run SCENARIO --out FOLDER' wrote",
            id="NotARun",
        )
    return found


def recomposed(manifest: Mapping[str, Any]) -> Scenario:
    """The scenario of a manifest, composed again from the text that it keeps.

    Parameters
    ----------
    manifest : mapping
        Manifest of a run.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        The text no longer composes to the scenario that was run (``NotReplayable``).
    """
    import tempfile

    files, options = manifest["scenario"]["files"], manifest["options"]
    with tempfile.TemporaryDirectory() as home:
        for one in files:
            (Path(home) / Path(one["name"]).name).write_text(one["text"], encoding="utf-8")
        made = compose(Path(home) / Path(files[-1]["name"]).name)
    scenario = with_draws(made, options["trajectories"], options["seed"])
    if scenario.digest != manifest["digest"]:
        raise ScenarioError(
            "the scenario composes to something else than was run",
            where=MANIFEST,
            remedy="use the version of Keruen that the manifest names",
            id="NotReplayable",
        )
    return scenario


def replay(
    manifest: Path, target: Path, *, page: Page | None = None, step: Step = quiet
) -> list[str]:
    """Make a run again from its manifest and say which files differ.

    Parameters
    ----------
    manifest : Path
        The manifest of a run.
    target : Path
        Folder for the new run.
    page : callable, optional
        Writes the page, as for the first run.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    list of str
        Files that are not byte for byte those of the manifest; empty when the replay is exact.

    Raises
    ------
    FileError
        There is no such manifest.
    ScenarioError
        The embedded data are others than those of the run (``OtherData``), or the scenario
        cannot be composed again.
    """
    said = read_manifest(manifest)
    if said["data"] != data_digest():
        raise ScenarioError(
            "the embedded data are others than those of the run",
            where=str(manifest),
            remedy=f"use Keruen {said['keruen']}, which holds them",
            id="OtherData",
        )
    told = said.get("page", {})
    scenario = recomposed(said)
    run = run_scenario(scenario, step=step)
    shares = sensitivity(scenario, step=step) if told.get("sensitivity") else None
    write_run(run, target, shares=shares, page=page, lang=told.get("lang", ""), step=step)
    made = json.loads((target / MANIFEST).read_text(encoding="utf-8"))["files"]
    return sorted(name for name, one in said["files"].items() if made.get(name) != one)
