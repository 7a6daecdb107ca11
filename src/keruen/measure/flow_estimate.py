# SPDX-License-Identifier: Apache-2.0
"""Result of estimating flows from stocks: sums at once, the full table only when asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import CoverageError, SchemaError
from keruen.measure._parts import Component, Part, summed

if TYPE_CHECKING:
    import pandas as pd

    from keruen.measure._flow_changes import Change
    from keruen.measure._flow_inputs import FlowInputs
    from keruen.measure._scaling import Floats

COMPONENTS: Final[tuple[Component, ...]] = ("total", "outward", "return", "transit")
NO_STAYERS: Final = ("difference_zero", "difference_return", "rate")
"""Methods that say who moved but not who stayed."""
_LARGEST: Final = 2_000_000_000
_BYTES: Final = 8


@dataclass(frozen=True)
class FlowEstimate:
    """Flows by birthplace, origin and destination over an interval.

    Transitions, not events: people counted at two places at two dates. Someone who moved
    and came back between them, or who was born or died in between, is not in any flow.
    The fields are arrays of the dimensions of the inputs (years, sexes, trajectories)
    beside those named here.

    Parameters
    ----------
    method : str
        Name of the method.
    start : DataArray [..., birthplace, country], persons
        People of the account at the start, after every step before the flows.
    end : DataArray [..., birthplace, country], persons
        The same people at the end, by place.
    outside_out : DataArray [..., birthplace, country], persons
        People who left the system; zero unless the method is open.
    outside_in : DataArray [..., birthplace, country], persons
        People who entered the system; zero unless the method is open.
    diagnostics : Dataset [...]
        ``margin_error``, ``iterations``, ``global_gap`` (persons by which births less deaths
        differed from the growth of all stocks).
    warnings : tuple of str
        What a reader must know before using the numbers.

    See Also
    --------
    flows_from_stocks : Makes it.
    """

    method: str
    start: xr.DataArray
    end: xr.DataArray
    outside_out: xr.DataArray
    outside_in: xr.DataArray
    diagnostics: xr.Dataset
    warnings: tuple[str, ...]
    _inputs: FlowInputs = field(repr=False)
    _parts: tuple[Part, ...] = field(repr=False)
    _changes: tuple[Change, ...] = field(repr=False, default=())

    def od(self, component: Component = "total") -> xr.DataArray:
        """Flows by origin and destination, summed over birthplaces.

        Parameters
        ----------
        component : {"total", "outward", "return", "transit"}
            Everyone; people leaving their birthplace; people going back to it; people born
            elsewhere than either place.

        Returns
        -------
        DataArray [..., origin, destination], persons
            People over the whole interval; the diagonal is 0.

        Raises
        ------
        SchemaError
            The component is not one of the four.
        """
        if component not in COMPONENTS:
            raise SchemaError(
                f"'{component}' is not a component of flows",
                where="od",
                remedy=f"choose one of {', '.join(COMPONENTS)}",
            )
        values = summed(self._parts, lambda part: part.od(component))
        return self._stamped(values, ("origin", "destination"), "flows", component=component)

    def annual(self, component: Component = "total") -> xr.DataArray:
        """Average flows a year.

        Parameters
        ----------
        component : {"total", "outward", "return", "transit"}
            As in ``od``.

        Returns
        -------
        DataArray [..., origin, destination], persons per year
            The flows of the interval divided by its length. Not the flow of any one year,
            and less than the sum of yearly moves: those who returned are missing.

        Raises
        ------
        SchemaError
            The length of the interval was not given.
        """
        years = self.diagnostics.get("interval_years")
        if years is None:
            raise SchemaError(
                "the length of the interval is not known",
                where="annual flows",
                remedy="give interval_years when estimating the flows",
            )
        table = self.od(component)
        attrs = table.attrs | {"units": "persons per year"}
        return (table / years).transpose(*table.dims).assign_attrs(attrs).rename("annual_flows")

    @property
    def flows(self) -> xr.DataArray:
        """Flows by birthplace, written out.

        Returns
        -------
        DataArray [..., birthplace, origin, destination], persons
            Stayers stand on the diagonal where the method knows them (``diagonal`` in the
            attributes). A table of 230 places takes 97 MB.

        Raises
        ------
        CoverageError
            The array would pass 2 GB; take a part with ``select`` first.
        """
        cells = self.start.size * self.start.shape[-1]
        if cells * _BYTES > _LARGEST:
            raise CoverageError(
                f"flows by birthplace would take {cells * _BYTES / 1e9:.1f} GB",
                where=", ".join(f"{dim}: {size}" for dim, size in self.start.sizes.items()),
                remedy="take one table with select(year=..., sex=...), or use od()",
                id="TooLarge",
            )
        values = summed(self._parts, Part.by_birthplace)
        return self._stamped(values, ("birthplace", "origin", "destination"), "flows")

    @property
    def stayers(self) -> xr.DataArray:
        """People living in one place at both dates.

        Returns
        -------
        DataArray [..., birthplace, country], persons
            Diagonal of ``flows``; missing for methods that do not know it.
        """
        if self.method in NO_STAYERS:
            nobody = np.full(self.start.shape, np.nan).reshape(-1, *self.start.shape[-2:])
            return self._stamped(nobody, ("birthplace", self._inputs.dim), "stayers")
        values = summed(self._parts, Part.stayers)
        return self._stamped(values, ("birthplace", self._inputs.dim), "stayers")

    def net(self) -> xr.DataArray:
        """Net migration of each place within the system.

        Returns
        -------
        DataArray [..., country], persons
            Flows in less flows out. In an open account people who came from outside or left
            it are not included: add ``outside_in`` and take off ``outside_out``.
        """
        od = summed(self._parts, lambda part: part.od("total"))
        return self._stamped(od.sum(axis=1) - od.sum(axis=2), (self._inputs.dim,), "net_migration")

    def select(self, **labels: object) -> FlowEstimate:
        """The same estimate for some years, sexes or trajectories.

        Parameters
        ----------
        **labels
            A label or list of labels for dimensions other than places.

        Returns
        -------
        FlowEstimate

        Raises
        ------
        CoverageError
            A label is not there, or the dimension is one of places.
        """
        inputs = self._inputs
        number = inputs.outer.copy(data=np.arange(inputs.outer.size).reshape(inputs.shape))
        wanted = {
            dim: list(label) if isinstance(label, list | tuple | np.ndarray) else [label]
            for dim, label in labels.items()
        }
        for dim, asked in wanted.items():
            if dim not in number.dims or not set(asked) <= set(number.indexes[dim]):
                raise CoverageError(
                    f"there is no {dim}={labels[dim]}",
                    where=f"dimensions to select: {', '.join(map(str, number.dims)) or 'none'}",
                    remedy="ask for labels of those dimensions",
                )
        chosen = number.sel(wanted)
        tables = chosen.to_numpy().reshape(-1)
        where = {dim: chosen.indexes[str(dim)] for dim in map(str, chosen.dims)}
        return replace(
            self,
            **{
                name: getattr(self, name).sel(where)
                for name in ("start", "end", "outside_out", "outside_in", "diagnostics")
            },
            _inputs=inputs.only(tables, chosen),
            _parts=tuple(part.only(tables) for part in self._parts),
            _changes=tuple(change.only(tables) for change in self._changes),
        )

    @cached_property
    def adjustments(self) -> pd.DataFrame:
        """Every cell of a stock that the method changed.

        Returns
        -------
        DataFrame
            Columns ``quantity``, the dimensions, ``before``, ``after``, ``reason``, in the
            order of the steps. Deaths and births taken out of the stocks are the account
            itself and not listed.
        """
        from keruen.measure._flow_changes import change_table

        return change_table(self._changes, self._inputs)

    def to_table(self) -> pd.DataFrame:
        """Tidy table of all pairs with a flow.

        Returns
        -------
        DataFrame
            Columns: the dimensions, then ``flow``, ``outward``, ``return``, ``transit``, in
            persons over the interval.
        """
        import pandas as pd

        names = {"total": "flow"}
        tables = {names.get(c, c): self.od(c) for c in COMPONENTS}
        some = tables["flow"].to_numpy() != 0
        columns: dict[str, object] = {}
        index = np.nonzero(some)
        for dim, places in zip(tables["flow"].dims, index, strict=True):
            columns[str(dim)] = tables["flow"].indexes[str(dim)].take(places)
        columns |= {name: table.to_numpy()[some] for name, table in tables.items()}
        return pd.DataFrame(columns)

    def _stamped(
        self, values: Floats, dims: tuple[str, ...], name: str, **facts: object
    ) -> xr.DataArray:
        years = np.unique(self.diagnostics.get("interval_years", np.empty(0)))
        if years.size:
            facts["interval_years"] = years.item() if years.size == 1 else tuple(years.tolist())
        if "origin" in dims:
            known = "birthplace" in dims and self.method not in NO_STAYERS
            facts["diagonal"] = "stayers" if known else "empty"
        return stamp(
            self._inputs.array(values, dims),
            name=name,
            units="persons",
            kind="count",
            inputs=self._inputs.sources,
            concept="transitions",
            method=self.method,
            **facts,
        )
