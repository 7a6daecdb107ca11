# SPDX-License-Identifier: Apache-2.0
"""All models of one list of apprehensions side by side: the spread is part of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import ConvergenceError, SchemaError
from keruen.measure._capture_cells import TIMES
from keruen.measure.capture_recapture import (
    CAPTURE_MODELS,
    CaptureModel,
    capture_recapture,
)
from keruen.measure.capture_result import CaptureRecapture
from keruen.measure.irregular_estimates import Covers, JointView, joint_view

if TYPE_CHECKING:
    import pandas as pd

_MOST: Final = 20_000_000
"""Cells that a table may have: 160 MB."""


@dataclass(frozen=True)
class CaptureComparison:
    """Models of one list, each with its population or the reason why it has none.

    Parameters
    ----------
    found : dict of str to CaptureRecapture
        Models with an estimate.
    refused : dict of str to str
        Why the others have none.
    view : JointView or None
        The estimates side by side; None when fewer than two have one.

    See Also
    --------
    compare_capture_models : Makes it.
    """

    found: dict[str, CaptureRecapture]
    refused: dict[str, str]
    view: JointView | None

    def to_table(self) -> pd.DataFrame:
        """Tidy table: a row a model, those without an estimate too.

        Returns
        -------
        DataFrame
            ``method``, ``value``, ``lower``, ``upper``, ``standard_error``, ``aic``,
            ``aic_above_best``, ``fit_p_value``, ``not_told_apart_from`` (models whose
            intervals overlap), ``status``, ``covers``, ``moment``, ``interval``,
            ``assumption``, ``notes``.
        """
        import pandas as pd

        rows = []
        for one in self.found.values():
            (row,) = one.estimate.to_table().to_dict("records")
            test = np.nan if one.goodness is None else one.goodness.p_value
            error = float(one.standard_error)
            rows.append(row | {"standard_error": error, "aic": one.aic, "fit_p_value": test})
        rows += [{"method": name, "notes": why} for name, why in self.refused.items()]
        table = pd.DataFrame(rows)
        columns = [
            "method", "value", "lower", "upper", "standard_error", "aic", "aic_above_best",
            "fit_p_value", "not_told_apart_from", "status", "covers", "moment", "interval",
            "assumption", "notes",
        ]  # fmt: skip
        if "aic" in table:
            table["aic_above_best"] = table["aic"] - table["aic"].min()
        if self.view is not None:
            alike = self.view.to_table().set_index("method")["not_told_apart_from"]
            table["not_told_apart_from"] = table["method"].map(alike)
        return table.reindex(columns=columns)


def compare_capture_models(
    persons_caught: xr.DataArray,
    *,
    moment: str,
    models: Sequence[CaptureModel] = CAPTURE_MODELS,
    covariates: Sequence[str] = (),
    linear: Sequence[str] = (),
    strata: Sequence[str] = (),
    covers: Covers = "stay",
    draws: int = 0,
    seed: int = 1,
) -> CaptureComparison:
    """Every model of one list, and whether they can be told apart.

    Parameters
    ----------
    persons_caught : DataArray [captures, ...], persons
        People by the times each was apprehended in the period, and by other dimensions.
    moment : str
        The period.
    models : sequence of str, optional
        Models to fit.
    covariates, linear, strata : sequence of str, optional
        As in :func:`capture_recapture`. ``chao_corrected`` takes no covariates: it estimates
        each stratum by itself, or each group of the covariates where no strata are given.
    covers : {"stay", "entry", "work"}, optional
        What makes the people counted irregular.
    draws : int, optional
        Samples of a bootstrap for each model; 0 gives none.
    seed : int, optional
        Seed of the draws.

    Returns
    -------
    CaptureComparison

    Raises
    ------
    SchemaError
        The table cannot be used by any model.

    See Also
    --------
    keruen.measure.capture_recapture.capture_recapture : One model.

    Notes
    -----
    Differences of AIC compare the models that use every count; the lower bounds use people
    caught once or twice and have none. A small AIC says which model describes the people who
    were caught: whether it also holds for those never caught no test can tell.

    Examples
    --------
    >>> caught = xr.DataArray([1645, 183, 37, 13, 1, 1], coords={"captures": range(1, 7)})
    >>> seen = compare_capture_models(caught, moment="1995")
    >>> seen.refused["negative_binomial"]
    'Unidentified: the population has no finite estimate'
    >>> seen.view.estimates.sel(bound="value").round().astype(int).values.tolist()[:2]
    [7080, 13468]
    """
    found: dict[str, CaptureRecapture] = {}
    refused: dict[str, str] = {}
    faults: list[SchemaError] = []
    for model in models:
        own = {"covariates": covariates, "linear": linear, "strata": strata}
        if model == "chao_corrected":
            own = {"strata": strata or covariates}
        try:
            found[model] = capture_recapture(
                persons_caught, moment=moment, model=model, covers=covers, draws=draws,
                seed=seed, **own,
            )  # fmt: skip
        except ConvergenceError as fault:
            refused[model] = f"{fault.id}: {fault.what}"
        except SchemaError as fault:
            refused[model] = f"{fault.id}: {fault}"
            faults.append(fault)
    if not found and faults:
        raise faults[0]
    estimates = [one.estimate for one in found.values()]
    observed = persons_caught.sum()
    view = joint_view(estimates, observed=observed) if len(estimates) > 1 else None
    return CaptureComparison(found, refused, view)


def captures_table(people: pd.DataFrame, *, by: Sequence[str] = ()) -> xr.DataArray:
    """People by times caught and columns, from a row a person or a row a group.

    Parameters
    ----------
    people : DataFrame
        ``captures``, the columns of ``by``, and ``persons`` where a row stands for several.
    by : sequence of str, optional
        Columns that become dimensions.

    Returns
    -------
    DataArray [*by, captures], persons

    Raises
    ------
    SchemaError
        A column is missing (``MissingColumn``), or a value of one (``MissingValue``), or the
        columns make too many groups (``TooManyGroups``).

    Examples
    --------
    >>> import pandas as pd
    >>> people = pd.DataFrame({"sex": ["F", "M", "M"], "captures": [1, 1, 2]})
    >>> captures_table(people, by=["sex"]).values.tolist()
    [[1, 0], [1, 1]]
    """
    columns = [*by, TIMES]
    lacking = [name for name in columns if name not in people.columns]
    if lacking:
        raise SchemaError(
            f"the table has no column {', '.join(lacking)}", where="people",
            remedy="add or rename it", id="MissingColumn",
        )  # fmt: skip
    empty = people[columns].isna().any()
    if empty.any():
        raise SchemaError(
            f"values are missing in {', '.join(empty.index[empty])}", where="people",
            remedy="write 'unknown' where it is not known", id="MissingValue",
        )  # fmt: skip
    size = int(np.prod([people[name].nunique() for name in columns], dtype=float))
    if size > _MOST:
        raise SchemaError(
            f"the columns make {size:,} groups", where=", ".join(by),
            remedy="use fewer columns, or fewer and broader labels", id="TooManyGroups",
        )  # fmt: skip
    number = people["persons"] if "persons" in people.columns else 1
    counted = people[columns].assign(persons=number).groupby(columns, sort=True)["persons"].sum()
    table = xr.DataArray.from_series(counted).fillna(0)
    whole = bool((table == table.round()).all())  # fractions stay, to be refused as such
    table = table.astype(int) if whole else table
    return table.rename("persons").assign_attrs(units="persons", kind="count")
