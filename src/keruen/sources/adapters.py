# SPDX-License-Identifier: Apache-2.0
"""Publishers' tables as they are published, read by recipes: no Python for a new country.

A recipe (``sources/recipes/*.yaml``) says where the labels stand, what they mean and what is left
out. Nothing is guessed: a heading or a name that neither the recipe nor the code lists know is a
fault with its cell, and every row, column or mark left out is listed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import xarray as xr

from keruen.core.arrays import few, stamp
from keruen.core.errors import CodeError, SchemaError, raise_faults
from keruen.core.origin import LICENCES, Source
from keruen.core.tables import from_table
from keruen.core.variables import variable
from keruen.sources import _recipe_files
from keruen.sources._recipe_decode import CHANGES, Decoded, decode, dims_of
from keruen.sources._recipe_files import TOTAL, Recipe
from keruen.sources._recipe_layout import take_apart
from keruen.sources._recipe_match import Match, nearest_first, recognised
from keruen.sources._recipe_totals import check_totals

if TYPE_CHECKING:
    import pandas as pd

_SHOWN: Final = 50
"""Faults told at once."""

__all__ = ["Publication", "Recipe", "read_publication", "recipes"]


@dataclass(frozen=True)
class Publication:
    """A published table in our dimensions, and how it was read.

    Parameters
    ----------
    recipe, file : str
        Recipe it was read by, and the file.
    table : DataFrame
        One row a cell: the keys, then the variables; ``flag`` where the publisher marks figures.
    variables : tuple of str
        Variables of the table.
    changes : DataFrame
        What was left out or read as something else: ``what``, ``sheet``, ``place``, ``label``,
        ``cells``, ``reason``.
    checks : DataFrame
        Printed totals beside the sums of their parts; ``agrees`` says whether they fit.
    source : Source
        Publication, citation and licence.
    facts : dict
        What arrays of the table say of themselves: moment, width of ages, file.

    See Also
    --------
    read_publication : Makes it.
    """

    recipe: str
    file: str
    table: pd.DataFrame
    variables: tuple[str, ...]
    changes: pd.DataFrame
    checks: pd.DataFrame
    source: Source
    facts: dict[str, Any]

    @property
    def dims(self) -> tuple[str, ...]:
        """Keys of the table."""
        return tuple(c for c in self.table.columns if c not in (*self.variables, "flag"))

    def array(self, name: str = "") -> xr.DataArray:
        """A variable as a labelled array.

        Parameters
        ----------
        name : str, optional
            Variable; the only one of the table when not given.

        Returns
        -------
        DataArray
            Cells that the publisher leaves empty are missing.

        Raises
        ------
        CodeError
            The table has no such variable, or several and none was named.
        """
        name = name or (self.variables[0] if len(self.variables) == 1 else name)
        if name not in self.variables:
            raise CodeError(
                f"the table has no variable '{name}'"
                if name
                else "the table has several variables",
                where=self.recipe,
                remedy=f"name one of {few(self.variables)}",
            )
        rows = self.table[[*self.dims, name]].dropna(subset=[name])
        array = from_table(rows, value=name).sortby(list(self.dims))
        what = variable(name)
        facts: dict[str, Any] = dict(self.facts)
        if what.concept:
            facts["concept"] = what.concept
        stamped = stamp(array, name=name, units=what.units, kind=what.kind, **facts)
        stamped.attrs |= {"origin": (self.recipe,), "licence": (self.source.licence.id,)}
        return stamped


def recipes() -> dict[str, Recipe]:
    """The recipes of the package by identifier.

    Returns
    -------
    dict of str to Recipe

    Examples
    --------
    >>> recipes()["un.stock.2024"].publisher
    'United Nations, Department of Economic and Social Affairs, Population Division'
    """
    return dict(_recipe_files.packaged())


def read_publication(
    path: str | Path, recipe: str | Path | None = None, *, totals: Sequence[str] = ()
) -> Publication:
    """Read a publisher's file as it was published.

    Parameters
    ----------
    path : str or Path
        Workbook, CSV or TSV, as downloaded.
    recipe : str or Path, optional
        Recipe by identifier, or a file with recipes of your own; found by the content of the
        file when not given.
    totals : sequence of str, optional
        Keys of which the printed total is read instead of the parts, for tables that print
        parts for some years or places only.

    Returns
    -------
    Publication

    Raises
    ------
    CodeError
        No such recipe, or the table has no such key.
    FileError
        The file cannot be read.
    SchemaError
        No recipe fits (``NoRecipe``, with the nearest and what they miss), several do, or the
        table holds headings, labels or figures that the recipe does not know; all of them at
        once, by cell (``UnknownHeading``, ``UnknownLabel``, ``NotANumber``, ``DuplicateKey``).
    ScenarioError
        A recipe file of yours is wrong.

    Notes
    -----
    Totals that the publisher prints are not kept beside their parts; they are held against the
    sums of the parts in ``checks``. A key of which only totals are printed is left away.
    """
    path = Path(path)
    chosen, matches = _chosen(path, recipe)
    parts = [decode(take_apart(match.sheet, chosen, match.heads), chosen) for match in matches]
    raise_faults(_first([fault for part in parts for fault in part.faults]), where=path.name)
    cells, told = _together(parts, matches, totals)
    dims = dims_of(cells)
    checks = check_totals(cells, dims, chosen.rounded_to)
    told += [*_alone(checks, dims)]
    kept = cells[~(cells[dims] == TOTAL).any(axis=1)]
    _refuse_twice(kept, dims, path.name)
    if kept.empty:
        raise SchemaError(
            "the table holds no figure", where=path.name, remedy="check the file", id="NoCells"
        )
    return Publication(
        recipe=chosen.id,
        file=path.name,
        table=_wide(kept, dims, list(chosen.variables)),
        variables=tuple(name for name in chosen.variables if (kept["variable"] == name).any()),
        changes=_changes(parts, told),
        checks=checks[checks["parts"] > 0].reset_index(drop=True),
        source=_source(chosen),
        facts=_facts(chosen, parts, dims),
    )


def _chosen(path: Path, recipe: str | Path | None) -> tuple[Recipe, list[Match]]:
    """The recipe to read by, and the sheets that it reads."""
    known = recipes()
    if recipe is None:
        return recognised(path, list(known.values()))
    if isinstance(recipe, Path) or recipe.endswith((".yaml", ".yml")):
        return recognised(path, _recipe_files.read_recipes(Path(recipe)))
    if recipe not in known:
        raise CodeError(
            f"there is no recipe '{recipe}'",
            remedy=f"did you mean {', '.join(nearest_first(recipe, known)[:3])}?",
        )
    return recognised(path, [known[recipe]])


def _first(faults: list[SchemaError]) -> list[SchemaError]:
    """The first faults, and how many more there are."""
    more = len(faults) - _SHOWN
    if more <= 0:
        return faults
    told = SchemaError(f"{more} faults more", remedy="mend these first, or check the recipe")
    return [*faults[:_SHOWN], told]


def _together(
    parts: list[Decoded], matches: list[Match], totals: Sequence[str]
) -> tuple[pd.DataFrame, list[Any]]:
    """Cells of all sheets; a key of which only totals are printed, or asked for, goes."""
    import pandas as pd

    cells = pd.concat(
        [part.cells.assign(sheet=m.sheet.name) for part, m in zip(parts, matches, strict=True)],
        ignore_index=True,
    )
    told = []
    for dim in totals:
        if dim not in dims_of(cells):
            raise CodeError(f"the table has no key '{dim}'", remedy=f"keys: {few(dims_of(cells))}")
        whole = cells[dim] == TOTAL
        told.append((f"{dim} left out", "", "", "parts", int((~whole).sum()), "totals asked for"))
        cells = cells[whole].drop(columns=dim)
    for dim in dims_of(cells):
        if cells[dim].isin([TOTAL, ""]).all():
            cells = cells.drop(columns=dim)
            told.append((f"{dim} left out", "", "", TOTAL, len(cells), "only totals are printed"))
    return cells, told


def _alone(checks: pd.DataFrame, dims: list[str]) -> Iterator[tuple[Any, ...]]:
    """Printed totals without parts in the table, by the keys they are totals of."""
    alone = checks[checks["parts"] == 0]
    for pattern, rows in alone.groupby([alone[dim] == TOTAL for dim in dims], sort=False):
        over = [dim for dim, whole in zip(dims, pattern, strict=True) if whole]
        yield ("total left out", "", "", f"of {', '.join(over)}", len(rows),
               "its parts are not in the table; ask for it by 'totals'")  # fmt: skip


def _refuse_twice(kept: pd.DataFrame, dims: list[str], name: str) -> None:
    """A cell that stands twice with different figures is a fault; equal ones are one."""
    from keruen.sources.faults import letter

    keys = [*dims, "variable"]
    twice = kept[kept.duplicated(keys, keep=False)]
    different = twice.groupby(keys, sort=False, dropna=False)["value"].transform("nunique") > 1
    faults = []
    for labels, rows in twice[different].groupby(keys, sort=False, dropna=False):
        spots = [
            f"{s + ' ' if s else ''}{letter(p % 100_000)}{p // 100_000 + 1}"
            for s, p in zip(rows["sheet"], rows["place"].astype(int), strict=True)
        ]
        faults.append(SchemaError(
            f"two figures for {', '.join(map(str, labels))}: {few(rows['value'])}",
            where=f"{name}, {few(spots)}", remedy="keep one, or add the label to 'skip'",
            id="DuplicateKey",
        ))  # fmt: skip
    raise_faults(_first(faults), where=name)


def _wide(kept: pd.DataFrame, dims: list[str], names: list[str]) -> pd.DataFrame:
    """One row a cell, one column a variable."""
    import pandas as pd

    kept = kept.drop_duplicates([*dims, "variable"])
    if kept["variable"].nunique() == 1:
        columns = [*dims, "value", *(["flag"] if "flag" in kept else [])]
        table = kept[columns].rename(columns={"value": str(kept["variable"].iloc[0])})
    else:
        table = pd.pivot_table(kept, index=dims, columns="variable", values="value", sort=False)
        table = table[[name for name in names if name in table.columns]].reset_index()
        table.columns.name = None
    for dim in dims:
        if dim in ("year", "age"):
            table[dim] = table[dim].astype(int)
    return table.sort_values(dims, kind="stable").reset_index(drop=True)


def _changes(parts: list[Decoded], dropped: list[Any]) -> pd.DataFrame:
    import pandas as pd

    rows = [row for part in parts for row in part.changes] + dropped
    return pd.DataFrame(rows, columns=list(CHANGES))


def _source(recipe: Recipe) -> Source:
    return Source(
        id=recipe.id,
        title=recipe.publication,
        publisher=recipe.publisher,
        citation=recipe.citation,
        licence=LICENCES[recipe.licence],
        edition=recipe.edition,
    )


def _facts(recipe: Recipe, parts: list[Decoded], dims: list[str]) -> dict[str, Any]:
    facts: dict[str, Any] = {"moment": recipe.moment} if recipe.moment else {}
    ages = {low: width for part in parts for low, width in part.ages.items()}
    if "age" in dims and ages:
        widths = {width for width in ages.values() if width is not None}
        if len(widths) == 1:
            facts["age_width"] = widths.pop()
        opened = [low for low, width in ages.items() if width is None]
        if len(opened) == 1:
            facts["open_age"] = opened[0]
    return facts
