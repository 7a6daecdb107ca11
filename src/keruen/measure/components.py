# SPDX-License-Identifier: Apache-2.0
"""What each origin, destination, age and each of their pairings contributes to a flow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import xarray as xr

from keruen.core.arrays import Kind, require_dims, stamp
from keruen.core.errors import SchemaError
from keruen.core.tables import to_table
from keruen.measure._checks import Floats, missing_reason, over, place_dim, shared_terms
from keruen.measure._od import Diagonal, Missing, od_table, population_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MultiplicativeComponents", "multiplicative_components", "preference_index"]

Factor: TypeAlias = tuple[str, ...]


@dataclass(frozen=True)
class MultiplicativeComponents:
    """Factors whose product is the table of flows.

    Parameters
    ----------
    dims : tuple of str
        Dimensions that were taken apart.
    factors : mapping of tuple of str to DataArray
        One factor for each set of dimensions: ``()`` is the total; a single dimension
        the share of each label; two or more the ratio of observed to expected flows.
    """

    dims: tuple[str, ...]
    factors: Mapping[Factor, xr.DataArray]

    def __getitem__(self, dims: str | Sequence[str]) -> xr.DataArray:
        """Factor of a dimension or of several, in any order; ``()`` is the total."""
        wanted = (dims,) if isinstance(dims, str) else tuple(dims)
        key = tuple(dim for dim in self.dims if dim in wanted)
        if set(key) != set(wanted):
            raise SchemaError(
                f"no factor of {', '.join(wanted)}",
                where=f"taken apart: {', '.join(self.dims)}",
                remedy="ask for some of these",
            )
        return self.factors[key]

    def product(self) -> xr.DataArray:
        """The flows again: every factor multiplied, 0 where a lower factor is 0."""
        result = self.factors[()]
        for dims in list(self.factors)[1:]:
            # A factor is missing only above a margin of 0, and that margin's factor is 0.
            result = result * self.factors[dims].fillna(1.0)
        return stamp(result, name="flows", units="persons", kind="count")

    def to_table(self) -> pd.DataFrame:
        """Tidy table: one row a factor and cell, empty labels for dimensions it lacks."""
        import pandas as pd

        parts = [
            to_table(factor.rename("value")).assign(factor=" x ".join(dims) or "total")
            for dims, factor in self.factors.items()
        ]
        table = pd.concat(parts, ignore_index=True)
        keys = [c for c in table.columns if c not in ("factor", "value")]
        return table[["factor", *keys, "value"]]


def multiplicative_components(
    flows: xr.DataArray,
    *,
    dims: Sequence[str] = ("origin", "destination"),
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> MultiplicativeComponents:
    """Flows as total, shares and interactions: which structure makes them what they are.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval, by age or sex if wanted.
    dims : sequence of str, optional
        Dimensions to take apart, origin and destination among them; others (a year, say)
        give one set of factors each.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    MultiplicativeComponents
        Factors by set of dimensions; ``components["origin", "age"]`` picks one.

    Raises
    ------
    SchemaError
        The table is faulty, or a dimension is missing.
    CoverageError
        A cell is missing.

    See Also
    --------
    preference_index : Interaction measured against populations instead of flows.

    Notes
    -----
    With age, ``m_ijx = T O_i D_j A_x OD_ij OA_ix DA_jx ODA_ijx`` (total reference
    coding): ``T`` is the sum, ``O_i = m_i++ / T`` and so on are shares, ``OD_ij =
    m_ij+ / (T O_i D_j)`` compares flows with those expected without interaction, and
    ``ODA`` is what the lower factors leave. An interaction is missing where one of its
    margins is 0. Expected flows fill the diagonal too, so that off-diagonal ratios
    average above 1; R's migest does the same in ``multi_comp``, but sums over the third
    dimension of the table where this function keeps it.

    References
    ----------
    Willekens, F. (1983). Environment and Planning A 15, 1051-1074.
    Raymer, J., Bonaguidi, A. and Valentini, A. (2006). Population, Space and Place 12,
    371-388.

    Examples
    --------
    >>> places = {"origin": ["A", "B", "C"], "destination": ["A", "B", "C"]}
    >>> flows = xr.DataArray([[0, 10, 10], [20, 0, 20], [30, 30, 0]], coords=places)
    >>> parts = multiplicative_components(flows)
    >>> parts[()].item(), parts["origin"].sel(origin="C").item()
    (120.0, 0.5)
    >>> round(parts["origin", "destination"].sel(origin="C", destination="A").item(), 6)
    1.2
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    require_dims(table.source, *dims, name=str(flows.name or "flows"))
    if not {"origin", "destination"} <= set(dims) or len(set(dims)) != len(dims):
        raise SchemaError(
            "origin and destination must be among the dimensions, each named once",
            where=f"dims: {', '.join(dims)}",
            remedy='for example dims=("origin", "destination", "age")',
        )
    cells = table.source.copy(data=table.cells)
    cells = cells.drop_vars([c for c in cells.coords if c not in cells.dims])
    cells = cells.transpose(..., *dims)
    axes = {dim: k - len(dims) for k, dim in enumerate(dims)}
    raw = _factors(cells.to_numpy(), tuple(axes.values()))
    factors = {}
    for key, values in raw.items():
        names = tuple(dim for dim in dims if axes[dim] in key)
        factors[names] = _labelled(cells, names, dims, values, flows)
    return MultiplicativeComponents(tuple(dims), MappingProxyType(factors))


def preference_index(
    flows: xr.DataArray,
    population: xr.DataArray,
    *,
    diagonal: Diagonal = "refuse",
    missing: Missing = "refuse",
) -> xr.DataArray:
    """Each flow against what the populations at its two ends would share out.

    Parameters
    ----------
    flows : DataArray [origin, destination, ...], persons or moves
        From origin to destination over one interval.
    population : DataArray [region, ...], persons
        Population of every place of the table.
    diagonal : {"refuse", "stayers"}, optional
        Whether cells from a place to itself hold people who stayed, to be left out.
    missing : {"refuse", "zero"}, optional
        Whether a missing cell is refused or read as nobody.

    Returns
    -------
    DataArray [..., origin, destination], dimensionless
        1 where the flow is in proportion to both populations; missing on the diagonal,
        where nobody moved at all and where nobody lives.

    Raises
    ------
    SchemaError
        The table is faulty, or the population is 0 where people moved.
    CoverageError
        A flow is missing, or places differ between flows and population.

    See Also
    --------
    multiplicative_components : Flows against the sizes of streams out and in.

    Notes
    -----
    ``m_ij / (M (P_i / P) (P_j / P))``. Shares of pairs of different places add up to less
    than 1, so that values average above 1. R's migest prints the sum over all pairs
    under this name.

    References
    ----------
    Bachi, R. (1956). Statistical analysis of geographical series. Bulletin of the
    International Statistical Institute 36(2), 229-240.
    United Nations (1970). Methods of Measuring Internal Migration, Manual VI.

    Examples
    --------
    >>> places = {"origin": ["A", "B"], "destination": ["A", "B"]}
    >>> flows = xr.DataArray([[0, 30], [20, 0]], coords=places)
    >>> people = xr.DataArray([500.0, 500.0], coords={"region": ["A", "B"]})
    >>> preference_index(flows, people).sel(origin="A", destination="B").item()
    2.4
    """
    table = od_table(flows, diagonal=diagonal, missing=missing)
    place_dim(population, name="population")
    people = population_of(table, population)
    values = _preference(table.cells, people)
    result = table.source.copy(data=values)
    result = result.drop_vars([c for c in result.coords if c not in result.dims])
    off = ~np.eye(table.places, dtype=bool)
    facts = missing_reason(result, {"nobody moved, or nobody lives there": np.isnan(values) & off})
    return stamp(
        result,
        name="preference_index",
        units="1",
        kind="index",
        inputs=(flows, population),
        **(shared_terms(flows) | facts),
    )


def _preference(cells: Floats, people: Floats) -> Floats:
    """Flows over expected flows; ``cells[..., i, j]``, ``people[..., i]``, diagonal missing."""
    share = people / people.sum(axis=-1, keepdims=True)
    expected = cells.sum(axis=(-2, -1), keepdims=True) * share[..., :, None] * share[..., None, :]
    return np.where(np.eye(cells.shape[-1], dtype=bool), np.nan, over(cells, expected))


def _factors(cells: Floats, axes: tuple[int, ...]) -> dict[tuple[int, ...], Floats]:
    """Total, shares and interactions over the axes given (negative), kept as length one."""
    total = cells.sum(axis=axes, keepdims=True)
    factors: dict[tuple[int, ...], Floats] = {(): total}
    for size in range(1, len(axes) + 1):
        for key in combinations(axes, size):
            others = tuple(axis for axis in axes if axis not in key)
            expected = total
            for lower, factor in factors.items():
                if lower and set(lower) < set(key):
                    expected = expected * factor
            observed = cells.sum(axis=others, keepdims=True)
            factors[key] = over(observed, expected)
    return factors


def _labelled(
    cells: xr.DataArray, names: Factor, dims: Sequence[str], values: Floats, flows: xr.DataArray
) -> xr.DataArray:
    label = {d: cells.indexes[str(d)] for d in cells.dims if d not in dims or d in names}
    squeezed = values.squeeze(
        axis=tuple(k - len(dims) for k, d in enumerate(dims) if d not in names)
    )
    result = xr.DataArray(squeezed, coords=label, dims=list(label))
    kind: Kind = "index" if len(names) > 1 else "share" if names else "count"
    facts = missing_reason(result, {"a margin is 0": np.isnan(squeezed)}) if names else {}
    return stamp(
        result,
        name=" x ".join(names) or "total",
        units=str(flows.attrs.get("units", "persons")) if not names else "1",
        kind=kind,
        inputs=(flows,),
        **(shared_terms(flows) | facts),
    )
