# SPDX-License-Identifier: Apache-2.0
"""Practice tables of a placement: made-up families in the districts of Kazakhstan."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from keruen.core.errors import FileError, SchemaError
from keruen.core.random import stream
from keruen.sources.formats.sheets import EXCEL_ROWS, Sheet, write_sheets
from keruen.sources.output import staged_file, staged_folder

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PRACTICE_TITLE: Final = "PRACTICE DATA, made up, not real: {title}"
"""What stands over every table."""

_TITLES: Final = {
    "families": "families to be placed",
    "members": "members of the families",
    "localities": "districts; only codes, names and regions are real, capacities are not",
    "scores": "scores of families in districts",
    "preferences": "wishes of families",
    "jobs": "job places by occupation",
    "chances": "chances of work of members by occupation",
}
_ROOM: Final = {
    "housing": 1.05,
    "persons": 1.05,
    "kindergarten": 1.15,
    "school_1_4": 1.15,
    "school_5_9": 1.15,
    "school_10_11": 1.2,
    "jobs": 1.10,
}
_REGIONS, _WISHES, _YEAR = 3, 3, 2026
_FEWEST, _A_DISTRICT = 8, 25
_BATCHES: Final = 24
_OCCUPATIONS: Final = ("22", "23", "33", "41", "52", "61", "71", "72", "83", "91")
_STEPS: Final = ((1, 0.6, 100), (2, 0.4, 60))
"""Steps of job places: number, share of the places, percent of the chance left."""


def practice_placement(*, families: int, seed: int, jobs: bool = False) -> dict[str, pd.DataFrame]:
    """Made-up families, and districts of Kazakhstan with made-up room for them.

    Parameters
    ----------
    families : int
        Number of families.
    seed : int
        The same seed gives the same rows.
    jobs : bool, optional
        Jobs by occupation and members' chances in them, in place of scores.

    Returns
    -------
    dict of str to DataFrame
        ``families``, ``members``, ``localities``, ``preferences``, and ``scores`` or ``jobs`` and
        ``chances``.

    See Also
    --------
    write_practice_placement : Writes them to a workbook or a folder.

    Notes
    -----
    Sizes, children and members who can work are drawn as in the recipe of the tests of
    placement. Each family may go to the districts of three regions; room is what all families
    need together, in proportion to the population of the district, and a little more. There is
    a district for every 25 families, the largest first; all of them from 5,500 on. Codes,
    names, regions and population are those of the Bureau of National Statistics; everything
    else is drawn and says nothing of any district.

    Examples
    --------
    >>> made = practice_placement(families=50, seed=1)
    >>> len(made["localities"]), bool(made["scores"]["score"].min() > 0)
    (8, True)
    """
    rng = stream(seed, "practice", "placement")
    places = _districts(families)
    people = _families(rng, families)
    needs = people[list(_ROOM)].to_numpy(dtype=float)
    share = places["population"].to_numpy() / places["population"].sum()
    room = np.ceil(needs.sum(axis=0) * share[:, None] * np.array(list(_ROOM.values())))
    taken = rng.binomial(np.maximum(np.round(0.1 * room), 0).astype(int), 0.5)
    options = _options(rng, places["region"].to_numpy(dtype=str), families)
    family, place = np.nonzero(options)
    easy = rng.normal(-0.4, 0.8, families)[family] + rng.normal(0.0, 0.5, len(places))[place]
    chance = 1.0 / (1.0 + np.exp(-(easy + rng.normal(0.0, 0.6, len(family)))))
    score = np.round(chance * people["workers"].to_numpy()[family], 4).clip(min=0.0001)
    names, codes = people["family"].to_numpy(), places["locality"].to_numpy()
    localities = places[["locality", "name", "region"]].assign(
        **{name: (room + taken)[:, at].astype(int) for at, name in enumerate(_ROOM)},
        **{f"placed_{name}": taken[:, at] for at, name in enumerate(_ROOM)},
    )
    made = {
        "families": people,
        "members": _members(rng, people),
        "localities": localities,
        "scores": _pairs(names[family], codes[place], score=score),
        "preferences": _wishes(rng, names, codes, family, place),
    }
    if jobs:
        del made["scores"]
        made |= _jobs(rng, made["members"], codes, share)
    return made


def _jobs(
    rng: np.random.Generator, members: pd.DataFrame, codes: np.ndarray, share: Floats
) -> dict[str, pd.DataFrame]:
    """Occupations of those who can work, and places for nine tenths of them."""
    import pandas as pd

    workers = members[members["works"] > 0]
    known = np.array(_OCCUPATIONS)
    first = rng.integers(len(known), size=len(workers))
    second = (first + rng.integers(1, len(known), len(workers))) % len(known)
    both = np.concatenate([first, second[other := rng.random(len(workers)) < 0.4]])
    who = np.concatenate([np.arange(len(workers)), np.flatnonzero(other)])
    order = np.argsort(who, kind="stable")
    chance = np.round(100.0 / (1.0 + np.exp(-rng.normal(-0.2, 0.9, len(who)))), 1)
    chances = workers[["family", "person"]].iloc[who[order]].reset_index(drop=True)
    chances = chances.assign(occupation=known[both[order]], chance=chance)
    wanted = 0.9 * np.bincount(first, minlength=len(known)) * share[:, None]
    place, occupation = (each.ravel() for each in np.indices(wanted.shape))
    rows = [
        pd.DataFrame(
            {
                "locality": codes[place],
                "occupation": known[occupation],
                "step": step,
                "places": rng.poisson(part * wanted[place, occupation]),
                "chance_left": left,
            }
        )
        for step, part, left in _STEPS
    ]
    return {"jobs": pd.concat(rows, ignore_index=True), "chances": chances}


def _pairs(family: np.ndarray, locality: np.ndarray, **figures: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame({"family": family, "locality": locality, **figures})


def _districts(families: int) -> pd.DataFrame:
    """Code, name, region and population of districts, for few families the largest ones."""
    from keruen.sources.catalog import load_table

    rows = load_table("kaz.district.population")
    rows = rows[rows["year"] == rows["year"].max()]
    found = rows.groupby("locality", as_index=False).agg(
        name=("name_kk", "first"), region=("region", "first"), population=("population", "sum")
    )
    most = max(_FEWEST, families // _A_DISTRICT)
    return found.nlargest(most, "population").sort_values("locality", ignore_index=True)


def _families(rng: np.random.Generator, count: int) -> pd.DataFrame:
    import pandas as pd

    size = np.clip(rng.poisson(2.6, count) + 1, 1, 10)
    children = np.minimum(rng.binomial(size, 0.42), size - 1)
    workers = np.maximum(1, rng.binomial(size - children, 0.75))
    small = rng.binomial(children, 0.3)
    first = rng.binomial(children - small, 0.4)
    middle = rng.binomial(children - small - first, 0.7)
    weeks = np.sort(rng.integers(_BATCHES, size=count))
    day = np.datetime64(f"{_YEAR}-01-10") + weeks * 15
    return pd.DataFrame(
        {
            "family": [f"F{each:05d}" for each in range(1, count + 1)],
            "group": np.where(rng.random(count) < 0.7, "kandas", "resettler"),
            "arrival": day.astype(str),
            "workers": workers,
            "housing": 1,
            "persons": size,
            "kindergarten": small,
            "school_1_4": first,
            "school_5_9": middle,
            "school_10_11": children - small - first - middle,
            "jobs": workers,
        }
    )


_AGES: Final = (
    ("kindergarten", 1, 6),
    ("school_1_4", 7, 10),
    ("school_5_9", 11, 15),
    ("school_10_11", 16, 17),
)


def _members(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    parts, children = [], np.zeros(len(people), dtype=int)
    for name, low, high in _AGES:
        count = people[name].to_numpy()
        children += count
        age = rng.integers(low, high + 1, count.sum())
        parts.append(pd.DataFrame({"at": np.repeat(people.index, count), "age": age, "works": 0}))
    workers = people["workers"].to_numpy()
    others = people["persons"].to_numpy() - children - workers
    for count, low, high, works in ((workers, 18, 58, 1), (others, 18, 85, 0)):
        age = rng.integers(low, high + 1, count.sum())
        at = np.repeat(people.index, count)
        parts.append(pd.DataFrame({"at": at, "age": age, "works": works}))
    rows = pd.concat(parts).sort_values("at", kind="stable", ignore_index=True)
    family = people["family"].to_numpy()[rows["at"]]
    number = rows.groupby("at").cumcount() + 1
    return pd.DataFrame(
        {
            "family": family,
            "person": [f"{who}-{each}" for who, each in zip(family, number, strict=True)],
            "sex": np.where(rng.random(len(rows)) < 0.5, "F", "M"),
            "age": rows["age"],
            "works": rows["works"],
        }
    )


def _options(rng: np.random.Generator, regions: np.ndarray, count: int) -> np.ndarray:
    """Districts of three regions for each family."""
    known = np.unique(regions)
    picked = rng.random((count, len(known))).argsort(axis=1)[:, :_REGIONS]
    chosen = np.zeros((count, len(known)), dtype=bool)
    np.put_along_axis(chosen, picked, values=True, axis=1)
    return np.asarray(chosen[:, np.searchsorted(known, regions)])


def _wishes(
    rng: np.random.Generator, names: np.ndarray, codes: np.ndarray, family: Ints, place: Ints
) -> pd.DataFrame:
    """The three options that each family likes best."""
    order = np.lexsort((rng.random(len(family)), family))
    starts = np.searchsorted(family[order], np.arange(len(names)))
    rank = np.arange(len(order)) - starts[family[order]] + 1
    top = order[rank <= _WISHES]
    return _pairs(names[family[top]], codes[place[top]], rank=rank[rank <= _WISHES])


def write_practice_placement(
    path: Path, *, families: int, seed: int, jobs: bool = False
) -> dict[str, int]:
    """Write made-up tables of a placement to a workbook or a folder, each saying so.

    Parameters
    ----------
    path : Path
        File ending in ``.xlsx``, or a folder: tables as CSV, scores as Parquet.
    families : int
        Number of families.
    seed : int
        The same seed gives the same rows.
    jobs : bool, optional
        Jobs by occupation in place of scores.

    Returns
    -------
    dict of str to int
        Rows of each table.

    Raises
    ------
    SchemaError
        The seed is negative, or there is no family (``BadSetting``).
    FileError
        The scores do not fit an Excel sheet (``TooManyRows``), another ending
        (``UnknownFormat``), or the file cannot be written (``NotWritable``).

    See Also
    --------
    keruen.sources.placement_files.read_placement : Reads it like any other tables.
    """
    if seed < 0 or families < 1:
        raise SchemaError(
            f"{families} families with seed {seed}",
            remedy="give 1 family or more, and a seed of 0 or more",
            id="BadSetting",
        )
    if path.suffix and path.suffix.lower() != ".xlsx":
        raise FileError(
            f"practice tables cannot be written as '{path.suffix}'",
            where=str(path),
            remedy="end the name in .xlsx, or name a folder",
            id="UnknownFormat",
        )
    tables = practice_placement(families=families, seed=seed, jobs=jobs)
    if path.suffix:
        _write_book(tables, path)
    else:
        _write_folder(tables, path)
    return {name: len(table) for name, table in tables.items()}


def _write_book(tables: dict[str, pd.DataFrame], path: Path) -> None:
    most = max(len(table) for table in tables.values())
    if most + 2 > EXCEL_ROWS:
        raise FileError(
            f"{most:,} scores do not fit an Excel sheet",
            where=str(path),
            remedy="name a folder",
            id="TooManyRows",
        )
    sheets = [
        Sheet(
            name,
            [PRACTICE_TITLE.format(title=_TITLES[name])],
            [list(table.columns), *table.to_numpy(dtype=object).tolist()],
            [14.0] * len(table.columns),
        )
        for name, table in tables.items()
    ]
    with staged_file(path) as draft:
        write_sheets(sheets, draft)


def _write_folder(tables: dict[str, pd.DataFrame], path: Path) -> None:
    with staged_folder(path) as folder:
        for name, table in tables.items():
            if name == "scores":
                table.to_parquet(folder / f"{name}.parquet", index=False)
                continue
            title = PRACTICE_TITLE.format(title=_TITLES[name])
            text = f'"{title}"\n' + table.to_csv(index=False, lineterminator="\n")
            (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        said = "\n".join(PRACTICE_TITLE.format(title=title) for title in _TITLES.values())
        (folder / "PRACTICE DATA.txt").write_text(said + "\n", encoding="utf-8")
