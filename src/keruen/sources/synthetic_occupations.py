# SPDX-License-Identifier: Apache-2.0
"""Practice tables of occupations: made up, with every sheet saying so, the same for a seed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.codes import code_list, regions
from keruen.core.errors import FileError, SchemaError
from keruen.core.random import stream
from keruen.sources.formats.sheets import Sheet, write_sheets
from keruen.sources.output import staged_file
from keruen.sources.skills_files import PRACTICE, SKILL_PARTS

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

PRACTICE_TITLE: Final = PRACTICE + ", made up, not real: {title}"
"""What stands over the table of every sheet."""

_BASE, _THEN, _LAST = 2024, 2019, 2030
_AGES: Final = tuple(range(15, 70, 5))
_SECTORS: Final = tuple("ABCDEFGHIJKLMNOPQRS")
_FIELDS: Final = ("01", "02", "03", "04", "05", "06", "07", "08", "09", "10")
_LEVELS: Final = ("2", "3", "5", "6")
_GRADES: Final = 4
_WORKERS: Final = 9e6
_SAMPLE: Final = 80_000.0
_SKILLED: Final = "123"


def practice_occupations(*, seed: int) -> dict[str, pd.DataFrame]:
    """Made-up tables of occupations in the regions of Kazakhstan, all that a run can read.

    Parameters
    ----------
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    dict of str to DataFrame
        The tables of ``SKILL_PARTS`` by name.

    See Also
    --------
    write_practice_occupations : Writes them to a workbook.

    Notes
    -----
    The nineteen sections that Kazakhstan publishes, forty groups of occupations, all regions.
    Every figure is drawn at random and says nothing of any region: the codes are real so that
    the tables are read like real ones. Ages, matrix and employment agree with each other in 2019
    and 2024.

    Examples
    --------
    >>> made = practice_occupations(seed=1)
    >>> len(made), made["matrix"]["occupation"].nunique()
    (14, 40)
    """
    rng = stream(seed, "practice", "occupations")
    jobs = [c.code for c in code_list("isco08").values() if c.level == 2 and c.code[0] != "0"]
    places = list(regions("KAZ"))
    shares = rng.dirichlet(np.full(len(jobs), 0.35), len(_SECTORS))
    by_sector = _WORKERS * rng.dirichlet(np.full(len(_SECTORS), 5.0))
    now = by_sector[:, None] * shares
    drift = np.exp(rng.normal(0.0, 0.015, len(jobs)) * (_THEN - _BASE))
    then = 0.96 * now * drift
    region_share = rng.dirichlet(np.full(len(places), 3.0))
    growth = rng.normal(0.01, 0.015, len(_SECTORS))
    tables = {
        "employment": _employment(rng, places, by_sector, region_share, growth),
        "matrix": _matrix(now, then, jobs),
        "ages": _by_age(rng, jobs, now.sum(axis=0), then.sum(axis=0)),
        "separations": _separations(rng, jobs),
    }
    cells = (
        region_share[:, None] * now.sum(axis=0) * rng.uniform(0.8, 1.25, (len(places), len(jobs)))
    )
    cells *= (region_share * now.sum() / cells.sum(axis=1))[:, None]
    tables["regions"] = _long({"employed": _whole(cells)}, region=places, occupation=jobs)
    tables |= _markets(rng, places, jobs, cells)
    tables |= _schooling(rng, jobs, now.sum(axis=0))
    tables["policy"] = _policy(rng, jobs)
    return {name: tables[name] for name in SKILL_PARTS}


def _long(values: Mapping[str, Floats], **axes: list[str] | list[int]) -> pd.DataFrame:
    """One row a cell of arrays with the same axes."""
    import pandas as pd

    index = pd.MultiIndex.from_product(list(axes.values()), names=list(axes))
    return index.to_frame(index=False).assign(
        **{name: array.reshape(-1) for name, array in values.items()}
    )


def _whole(values: Floats) -> Floats:
    return np.round(values)


def _employment(
    rng: np.random.Generator,
    places: list[str],
    by_sector: Floats,
    share: Floats,
    growth: Floats,
) -> pd.DataFrame:
    years = np.arange(_BASE, _LAST + 1)
    local = growth + rng.normal(0.0, 0.004, (len(places), 1))
    ahead = (years - _BASE)[:, None, None]
    middle = np.exp(local * ahead) * share[:, None] * by_sector
    spread = 0.01 * ahead * np.ones_like(middle)
    values = {"employed": middle, "low": middle * (1 - spread), "high": middle * (1 + spread)}
    named = {"employed": "employed", "low": "employed_low", "high": "employed_high"}
    rounded = {named[name]: _whole(array) for name, array in values.items()}
    return _long(rounded, year=years.tolist(), region=places, sector=list(_SECTORS))


def _matrix(now: Floats, then: Floats, jobs: list[str]) -> pd.DataFrame:
    both = np.stack([then, now])
    cases = _whole(_SAMPLE * both / both.sum(axis=(1, 2), keepdims=True))
    table = _long(
        {"employed": _whole(both), "cases": cases},
        year=[_THEN, _BASE],
        sector=list(_SECTORS),
        occupation=jobs,
    )
    return table[table["employed"] > 0]


def _by_age(rng: np.random.Generator, jobs: list[str], now: Floats, then: Floats) -> pd.DataFrame:
    """Two years of ages; cohorts thin out towards the pension age, each job at its own pace."""
    old = rng.normal(0.0, 0.25, (len(jobs), 1))
    at = np.asarray(_AGES, dtype=float)
    shape = np.exp(-((at - 40.0 - 8.0 * old) ** 2) / 260.0)
    shape = shape / shape.sum(axis=1, keepdims=True)
    both = np.stack([then[:, None] * shape, now[:, None] * shape])
    return _long({"employed": _whole(both)}, year=[_THEN, _BASE], occupation=jobs, age=list(_AGES))


def _separations(rng: np.random.Generator, jobs: list[str]) -> pd.DataFrame:
    leave, move = rng.uniform(2.0, 6.0, len(jobs)), rng.uniform(1.0, 7.0, len(jobs))
    rates = {"exit_rate": np.round(leave, 1), "transfer_rate": np.round(move, 1)}
    return _long(rates, occupation=jobs)


def _markets(
    rng: np.random.Generator, places: list[str], jobs: list[str], cells: Floats
) -> dict[str, pd.DataFrame]:
    """Supply, vacancies and wages: some occupations are tight, most are not."""
    tight = rng.uniform(0.0, 1.0, len(jobs)) ** 2
    size = (len(places), len(jobs))
    local = tight * rng.uniform(0.7, 1.3, size)
    supply: dict[str, Floats] = {
        "job_seekers": _whole(cells * rng.uniform(0.02, 0.06, size) * (1.2 - tight)),
        "placement_rate": np.round(rng.uniform(15, 35, size)),
        "movers": _whole(cells * rng.normal(0.0, 0.003, size)),
        "returnees": _whole(cells * rng.uniform(0.0, 0.002, size)),
        "retraining": _whole(cells * rng.uniform(0.0, 0.003, size)),
        "valid_permits": _whole(cells * rng.uniform(0.0, 0.0005, size)),
    }
    vacancies: dict[str, Floats] = {
        "vacancies": _whole(cells * 0.035 * local),
        "days_to_fill": np.round(20.0 + 80.0 * local),
        "employers_reporting": np.round((45.0 * local).clip(max=100.0)),
    }
    years = list(range(_BASE - 3, _BASE + 1))
    level = rng.uniform(2.5e5, 7e5, len(jobs))
    pay = level * np.exp((0.07 + 0.06 * tight) * np.arange(len(years))[:, None])
    pay = pay * np.exp(rng.normal(0, 0.01, pay.shape))
    return {
        "supply": _long(supply, region=places, occupation=jobs),
        "vacancies": _long(vacancies, region=places, occupation=jobs),
        "wages": _long({"wage": np.round(pay, -2)}, year=years, occupation=jobs),
    }


def _schooling(
    rng: np.random.Generator, jobs: list[str], workers: Floats
) -> dict[str, pd.DataFrame]:
    """Levels of workers, and the students who will follow them."""
    skill = np.array([{"1": 2.5, "2": 3.0, "3": 2.2}.get(code[0], 0.8) for code in jobs])
    near = -0.8 * (np.arange(len(_LEVELS)) - skill[:, None]) ** 2
    levels = np.exp(near + rng.normal(0.0, 0.2, near.shape))
    levels = levels / levels.sum(axis=1, keepdims=True)
    total = (workers[:, None] * levels).sum(axis=0) * rng.uniform(0.9, 1.1, len(_LEVELS))
    size = 0.02 * _WORKERS * rng.dirichlet(np.full(len(_FIELDS), 3.0))
    students = size[:, None] * 0.93 ** np.arange(_GRADES)
    going = np.round(rng.uniform(88, 98, (len(_FIELDS), _GRADES)))
    to_jobs = rng.dirichlet(0.3 * len(jobs) * workers / workers.sum(), len(_FIELDS))
    percent = np.round(100.0 * to_jobs, 4)
    percent[np.arange(len(_FIELDS)), percent.argmax(axis=1)] += 100.0 - percent.sum(axis=1)
    rates = {
        "completion": np.round(rng.uniform(80, 95, len(_FIELDS))),
        "participation": np.round(rng.uniform(70, 90, len(_FIELDS))),
    }
    fields = list(_FIELDS)
    return {
        "levels": _long(
            {"employed": _whole(workers[:, None] * levels)},
            occupation=jobs,
            education=list(_LEVELS),
        ),
        "education": _long({"employed": _whole(total)}, education=list(_LEVELS)),
        "students": _long(
            {"students": _whole(students)[None], "progression": going[None]},
            year=[_BASE],
            field=fields,
            grade=list(range(1, _GRADES + 1)),
        ),
        "field_rates": _long(rates, field=fields),
        "field_jobs": _long({"share": percent}, field=fields, occupation=jobs),
    }


def _policy(rng: np.random.Generator, jobs: list[str]) -> pd.DataFrame:
    skilled = np.array([float(code[0] in _SKILLED) for code in jobs])
    told = {
        "skilled": skilled,
        "sensible": rng.integers(0, 2, len(jobs)).astype(float),
        "foreign_share": np.where(skilled > 0, 30.0, 10.0),
        "recent_state": rng.integers(-1, 2, len(jobs)).astype(float),
        "priority": np.where(skilled > 0, 1.0, 2.0),
    }
    return _long(told, occupation=jobs)


def write_practice_occupations(path: Path, *, seed: int) -> int:
    """Write made-up tables of occupations to a workbook whose every sheet says so.

    Parameters
    ----------
    path : Path
        File ending in ``.xlsx``.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    SchemaError
        The seed is negative (``BadSetting``).
    FileError
        Another ending (``UnknownFormat``), or the file cannot be written (``NotWritable``).

    See Also
    --------
    keruen.sources.skills_files.read_skills : Reads it like any other workbook.
    """
    if seed < 0:
        raise SchemaError(
            "the seed is negative", where="seed", remedy="give 0 or more", id="BadSetting"
        )
    if path.suffix.lower() != ".xlsx":
        raise FileError(
            f"practice tables cannot be written as '{path.suffix}'",
            where=str(path),
            remedy="end the name in .xlsx: there are fourteen sheets",
            id="UnknownFormat",
        )
    tables = practice_occupations(seed=seed)
    sheets = [
        Sheet(
            name,
            [PRACTICE_TITLE.format(title=SKILL_PARTS[name].replace("_", " "))],
            [list(table.columns), *table.to_numpy(dtype=object).tolist()],
            [12.0] * len(table.columns),
        )
        for name, table in tables.items()
    ]
    with staged_file(path) as draft:
        write_sheets(sheets, draft)
    return sum(len(table) for table in tables.values())
