# SPDX-License-Identifier: Apache-2.0
"""Specification grids: every declared choice is run, and the spread of answers is shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from keruen.core.errors import EstimationError, SchemaError
from keruen.decide.evaluate.result import Evaluation

if TYPE_CHECKING:
    import pandas as pd

_LARGEST: Final = 5000


@dataclass(frozen=True)
class SpecificationGrid:
    """Estimates under every combination of the choices declared.

    Parameters
    ----------
    table : DataFrame
        One row a specification: the choices, ``effect``, ``low``, ``high``,
        ``standard_error``, ``p_value``, ``clusters``, ``passed`` and ``failed`` (checks),
        ``refused`` (why none could be estimated; empty otherwise).
    choices : mapping of str to tuple of str
        Names of the options of each choice.

    See Also
    --------
    spec_grid : Makes it.
    """

    table: pd.DataFrame
    choices: Mapping[str, tuple[str, ...]]

    def curve(self) -> pd.DataFrame:
        """The specification curve: estimates in order of size.

        Returns
        -------
        DataFrame
            The rows that could be estimated, with ``rank`` from 1.
        """
        done = self.table[self.table["refused"] == ""].sort_values("effect", ignore_index=True)
        done.insert(0, "rank", range(1, len(done) + 1))
        return done

    def summary(self) -> pd.DataFrame:
        """The distribution of estimates in figures.

        Returns
        -------
        DataFrame
            ``figure`` and ``value``: number of specifications and of those refused, smallest,
            quartiles and largest estimate, shares below and above zero, shares whose interval
            lies wholly below and above zero.
        """
        import pandas as pd

        done = self.curve()
        effect = done["effect"].to_numpy(dtype=np.float64)
        figures = {
            "specifications": float(len(self.table)),
            "refused": float(len(self.table) - len(done)),
            "smallest": effect.min(),
            "lower quartile": float(np.quantile(effect, 0.25)),
            "median": float(np.median(effect)),
            "upper quartile": float(np.quantile(effect, 0.75)),
            "largest": effect.max(),
            "share below zero": float((effect < 0).mean()),
            "share above zero": float((effect > 0).mean()),
            "share with interval below zero": float((done["high"] < 0).mean()),
            "share with interval above zero": float((done["low"] > 0).mean()),
        }
        return pd.DataFrame({"figure": list(figures), "value": list(figures.values())})

    def drivers(self) -> pd.DataFrame:
        """How far each choice alone moves the estimate.

        Returns
        -------
        DataFrame
            For each choice the mean estimate of each ``option``, and ``share``, the part of the
            variance of all estimates that lies between its options.
        """
        import pandas as pd

        done = self.curve()
        whole = float(done["effect"].var(ddof=0))
        rows = []
        for name in self.choices:
            means = done.groupby(name, sort=False)["effect"].agg(["mean", "size"])
            between = float(np.average((means["mean"] - done["effect"].mean()) ** 2,
                                       weights=means["size"]))  # fmt: skip
            share = between / whole if whole > 0 else 0.0
            rows += [
                (name, option, float(mean), int(size), share)
                for option, mean, size in means.itertuples()
            ]
        columns = pd.Index(["choice", "option", "mean_effect", "specifications", "share"])
        return pd.DataFrame(rows, columns=columns)


def spec_grid(
    run: Callable[..., Evaluation], choices: Mapping[str, Mapping[str, Any]]
) -> SpecificationGrid:
    """Run an evaluation under every combination of choices that could be defended.

    Parameters
    ----------
    run : callable
        Takes one option of every choice by keyword and gives an ``Evaluation`` with one number.
    choices : mapping of str to mapping of str to object
        Each choice (such as ``sample``, ``outcome``, ``window``, ``controls``) with its named
        options.

    Returns
    -------
    SpecificationGrid

    Raises
    ------
    SchemaError
        There are fewer than two specifications (``NoGrid``), more than 5,000, or an estimate
        is not one number.
    EstimationError
        No specification could be estimated.

    See Also
    --------
    SpecificationGrid.drivers : Which choice moves the answer.

    Notes
    -----
    A specification that the data refuse (no controls, not identified ...) stays in the table
    with its reason. The share of a choice is the variance between the means of its options over
    the variance of all estimates; in a full grid the shares add to at most one, and the rest is
    interaction.

    References
    ----------
    Simonsohn, U., Simmons, J. P. and Nelson, L. D. (2020). Nature Human Behaviour 4.
    Clemens, M. A. and Hunt, J. (2019). ILR Review 72(4), 818-857.

    Examples
    --------
    >>> import xarray as xr
    >>> from keruen.decide.evaluate import difference_in_differences
    >>> year = {"year": [2019, 2020, 2021]}
    >>> wage = xr.DataArray([[9.0, 9, 12], [8, 8, 11], [9, 10, 10], [7, 8, 9], [5, 5, 5]],
    ...                     {"town": list("abcde"), **year})
    >>> start = xr.DataArray([2021, 2021, np.nan, np.nan, np.nan], {"town": list("abcde")})
    >>> def run(sample, first):
    ...     some = dict(town=sample, year=slice(first, None))
    ...     return difference_in_differences(
    ...         wage.sel(some), start.sel(town=sample), estimator="imputation")
    >>> grid = spec_grid(run, {
    ...     "sample": {"all": list("abcde"), "without e": list("abcd")},
    ...     "first": {"2019": 2019, "2020": 2020}})
    >>> grid.curve()[["sample", "first", "effect"]].round(2).to_numpy().tolist()[0]
    ['without e', '2019', 2.0]
    """
    _refuse(choices)
    names = {name: tuple(options) for name, options in choices.items()}
    rows = [
        dict(zip(choices, combination, strict=True)) | _answer(run, choices, combination)
        for combination in product(*names.values())
    ]
    import pandas as pd

    table = pd.DataFrame(rows)
    if (table["refused"] != "").all():
        raise EstimationError(
            "no specification could be estimated", where=str(table["refused"].iloc[0]),
            remedy="declare choices that leave treated units and controls", id="NotIdentified",
        )  # fmt: skip
    return SpecificationGrid(table=table, choices=names)


def _refuse(choices: Mapping[str, Mapping[str, Any]]) -> None:
    number = int(np.prod([len(options) for options in choices.values()]))
    if not choices or number < 2:
        raise SchemaError(
            "one specification is no grid", where=f"choices={list(choices)}",
            remedy="declare every sample, outcome, window and control that could be defended",
            id="NoGrid",
        )  # fmt: skip
    if number > _LARGEST:
        raise SchemaError(
            f"{number:,} specifications are more than {_LARGEST:,}", where="choices",
            remedy="declare fewer options", id="GridTooLarge",
        )  # fmt: skip


def _answer(
    run: Callable[..., Evaluation],
    choices: Mapping[str, Mapping[str, Any]],
    combination: tuple[str, ...],
) -> dict[str, object]:
    given = {name: choices[name][option] for name, option in zip(choices, combination, strict=True)}
    columns = ("effect", "low", "high", "standard_error", "p_value", "clusters", "passed", "failed")
    try:
        found = run(**given)
    except EstimationError as error:
        return {**dict.fromkeys(columns, np.nan), "refused": str(error)}
    if found.estimate.ndim:
        raise SchemaError(
            "a specification gives one number",
            where=f"the estimate has {', '.join(map(str, found.estimate.dims))}",
            remedy="select one, such as one time since the event",
        )
    row = found.to_table().iloc[0]
    return {**{name: row[name] for name in columns}, "refused": ""}
