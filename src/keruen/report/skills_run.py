# SPDX-License-Identifier: Apache-2.0
"""A run over occupations: from industries to openings, a shortage list and a number of permits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import xarray as xr

from keruen.decide.quota import Need
from keruen.project.backtest import NOT_EVALUATED
from keruen.project.shortage import ShortageFlags
from keruen.report.flow_run import Step, quiet
from keruen.report.skills_demand import DemandSide, Notes, demand_side
from keruen.report.skills_paths import central, span_of, with_quantiles
from keruen.report.skills_supply import supply_terms
from keruen.report.skills_verdicts import (
    imbalance_table,
    need,
    qualification_table,
    shortage_table,
)
from keruen.sources.skills_files import SkillTables, read_skills

if TYPE_CHECKING:
    import pandas as pd

    from keruen.sources.files import Scale

THRESHOLD: Final = 0.05
"""Gap from which the future counts as tight or slack, where the user says nothing."""


@dataclass(frozen=True)
class SkillsRun:
    """What a run over occupations used and what it found.

    Parameters
    ----------
    tables : dict of str to DataFrame
        Results by name of their file.
    summary : tuple of str
        The main figures, in sentences.
    record : str
        What is known of the errors of such projections.
    options : dict
        Options as given.
    inputs : tuple of dict
        Files and embedded tables used, with their digests.
    warnings : tuple of str
        Assumptions.
    practice : bool
        Whether the tables were made up.
    picture : DataFrame or None
        ``occupation``, ``expansion``, ``replacement`` of the largest openings.
    flags : ShortageFlags or None
        Indicators behind the shortage list.
    """

    tables: Mapping[str, pd.DataFrame]
    summary: tuple[str, ...]
    record: str
    options: Mapping[str, object]
    inputs: tuple[Mapping[str, str], ...]
    warnings: tuple[str, ...]
    practice: bool = False
    picture: pd.DataFrame | None = None
    flags: ShortageFlags | None = None


def run_skills(
    *books: Path,
    employment: Path | None = None,
    matrix: Path | None = None,
    ceiling: float | None = None,
    threshold: float = THRESHOLD,
    need_year: int | None = None,
    unit: Scale | None = None,
    step: Step | None = None,
) -> SkillsRun:
    """The chain from industries to a shortage list, on a user's own tables.

    Parameters
    ----------
    *books : Path
        Workbooks or folders with the tables of ``SKILL_PARTS``.
    employment, matrix : Path, optional
        Files of these two tables, where no workbook holds them.
    ceiling : float, optional
        Most permits of all regions and occupations together.
    threshold : float, optional
        Gap from which the future counts as tight or slack.
    need_year : int, optional
        Year that the need is counted from; the last that is the same in every path, or the
        year of the last matrix.
    unit : {"thousand", "million"}, optional
        Multiple that the counts of people are given in; persons when not given.
    step : callable, optional
        Called with the share done and what is being done.

    Returns
    -------
    SkillsRun
        Only what the tables allow; ``missing`` says what is not known and which table
        would tell.

    Raises
    ------
    FaultsError
        Tables have faults.
    CoverageError
        Years, industries or occupations do not line up.

    See Also
    --------
    keruen.report.skills_usa.run_usa : The same on the embedded data of the United States.
    """
    tell = step or quiet
    tell(0.1, "reading")
    given = read_skills(*books, unit=unit, employment=employment, matrix=matrix)
    notes = Notes()
    if given.practice:
        notes.assume("the tables are practice data: made up, not real")
    for name, place in given.replaced.items():
        notes.assume(f"'{name}' is that of {given.origins[name]}; that of {place} is not read")
    tell(0.4, "employment and openings")
    demand = demand_side(given, notes, need_year=need_year)
    tables: dict[str, pd.DataFrame] = {"employment": with_quantiles(demand.staffing).to_table()}
    if demand.openings:
        tables["openings"] = _openings(given, demand)
    tell(0.6, "supply")
    supply = supply_terms(given, demand, notes)
    found = {
        "imbalance": imbalance_table(given, demand, supply, notes, threshold=threshold),
        "qualifications": qualification_table(given, demand, notes)[0],
    }
    tell(0.8, "shortages and need")
    found["shortage_list"], flags, credible = shortage_table(given, demand, notes)
    if credible is not None:
        found["credibility"] = credible.to_table()
    wanted = need(given, demand, supply, credible, notes, ceiling=ceiling)
    if wanted is not None:
        found["need"] = _with_verdict(with_quantiles(wanted).to_table(), found["shortage_list"])
        found["need_rules"] = wanted.adjustments
    tables |= {name: table for name, table in found.items() if table is not None}
    tables |= _told(notes, demand)
    return SkillsRun(
        tables=tables,
        summary=_summary(demand, tables, wanted),
        record=NOT_EVALUATED,
        options={
            "ceiling": ceiling,
            "threshold": threshold,
            "need_year": demand.need_year,
            "unit": unit,
        },
        inputs=tuple({"file": name, "sha256": digest} for name, digest in given.files.items()),
        warnings=tuple(dict.fromkeys(notes.assumptions)),
        practice=given.practice,
        picture=_largest(demand),
        flags=flags,
    )


def _openings(given: SkillTables, demand: DemandSide) -> pd.DataFrame:
    """Openings in every concept held, with the survey cases behind each occupation."""
    import pandas as pd

    table = pd.concat(
        [with_quantiles(one).to_table() for one in demand.openings], ignore_index=True
    )
    cases = given.figure("matrix", "cases")
    if cases is None:
        return table
    seen = cases.sel(year=demand.base_year).sum("sector").to_series()
    return table.assign(cases=table["occupation"].map(seen))


def _with_verdict(table: pd.DataFrame, listed: pd.DataFrame | None) -> pd.DataFrame:
    """The need with what the shortage list says of each occupation.

    The test of credibility and the list are two judgements: a number may be proposed for an
    occupation off the list, and a reader must see it.
    """
    if listed is None:
        return table
    verdicts = listed.set_index("occupation")["verdict"]
    return table.assign(verdict=table["occupation"].map(verdicts))


def _told(notes: Notes, demand: DemandSide) -> dict[str, pd.DataFrame]:
    """What was assumed, and what is missing with the table that would tell."""
    import pandas as pd

    held = demand.adjustments.assign(kind="share held constant")
    said = pd.DataFrame({"reason": list(dict.fromkeys(notes.assumptions)), "kind": "assumption"})
    missing = pd.DataFrame(notes.missing, columns=pd.Index(["table", "not_known"]))
    return {
        "assumptions": pd.concat([said, held], ignore_index=True)[["kind", "cell", "reason"]],
        "missing": missing.drop_duplicates(),
    }


def _summary(
    demand: DemandSide, tables: Mapping[str, pd.DataFrame], wanted: Need | None
) -> tuple[str, ...]:
    """The main figures in sentences; a range where the inputs had one."""
    span = f"{demand.base_year} to {demand.last_year}"
    jobs = demand.staffing.employment.sum(
        [d for d in ("region", "occupation") if d in demand.base.dims]
    )
    grown = jobs.sel(year=demand.last_year) - jobs.sel(year=demand.base_year)
    lines = [f"Employment {span}: {span_of(grown, sign=True)}"]
    for one in demand.openings:
        whole = span_of(_whole(one.openings.sel(year=demand.need_year, drop=True)))
        lines.append(f"Job openings a year from {demand.need_year}, {one.concept}: {whole}")
    if "shortage_list" in tables:
        count = tables["shortage_list"]["verdict"].value_counts()
        lines.append("; ".join(f"{verdict}: {number}" for verdict, number in count.items()))
    if wanted is not None:
        lines.append(f"Gap a year from {demand.need_year}: {span_of(_whole(wanted.gap))}")
        lines.append(
            f"New permits proposed a year: {span_of(wanted.total())}{_on_list(tables, wanted)}"
        )
    return tuple(lines)


def _on_list(tables: Mapping[str, pd.DataFrame], wanted: Need) -> str:
    """How many of the permits are for occupations on the shortage list."""
    if "shortage_list" not in tables:
        return ""
    listed = tables["shortage_list"]
    codes = listed.loc[listed["verdict"] == "on the list", "occupation"].tolist()
    part = central(wanted.proposed)
    return f"; {float(part.sel(occupation=codes).sum()):,.0f} of them for occupations on the list"


def _whole(cells: xr.DataArray) -> xr.DataArray:
    """All regions and occupations together."""
    return cells.sum([dim for dim in ("region", "occupation") if dim in cells.dims])


def _largest(demand: DemandSide) -> pd.DataFrame | None:
    """The occupations with most openings from the need year on, with their two parts."""
    if not demand.openings:
        return None
    one = demand.openings[0]
    parts = {}
    for part in (one.expansion, one.replacement, one.openings):
        first = central(part.sel(year=demand.need_year, drop=True))
        over = [d for d in ("region",) if d in first.dims]
        parts[str(part.name)] = first.sum(over).to_series()
    import pandas as pd

    return pd.DataFrame(parts).nlargest(15, "openings").reset_index()
