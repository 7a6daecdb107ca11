# SPDX-License-Identifier: Apache-2.0
"""What a policy changes in migration: a factor on it, people who come by a programme, moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import xarray as xr

from keruen.core.arrays import require_dims, stamp
from keruen.core.errors import AccountError, CoverageError, SchemaError
from keruen.project.components import Components
from keruen.project.intervals import Trajectories
from keruen.project.modelled import RegionalInputs


@dataclass(frozen=True)
class MigrationChange:
    """Departure from the migration that a projection would have by itself.

    Parameters
    ----------
    scale : DataArray [year], factor
        By which net international migration is multiplied, in every future.
    further : DataArray [trajectory, year, region] or [year, region], persons
        Net immigrants beside it, such as those of a programme.
    ages : DataArray [sex, age], share
        Ages of these; adds to 1.
    moves : DataArray [year], factor
        By which rates of moving between regions are multiplied.

    Raises
    ------
    SchemaError
        A factor is negative or missing, or shares do not add to 1.
    """

    scale: xr.DataArray
    further: xr.DataArray
    ages: xr.DataArray
    moves: xr.DataArray

    def __post_init__(self) -> None:
        """Refuse what is no change of migration."""
        require_dims(self.further, "year", "region", name="further")
        require_dims(self.ages, "sex", "age", name="ages")
        for name in ("scale", "moves"):
            factor = getattr(self, name)
            require_dims(factor, "year", name=name)
            if not bool((factor >= 0).all()):
                raise SchemaError(
                    "a factor is negative or missing", where=name, remedy="give 0 or more"
                )
        if abs(float(self.ages.sum()) - 1) > 1e-9 or bool((self.ages < 0).any()):
            raise SchemaError(
                f"shares of ages add to {float(self.ages.sum()):.6f}",
                where="ages",
                remedy="divide them by their sum over sex and age",
            )

    @property
    def expected(self) -> xr.DataArray:
        """Further people of the medium: the mean over trajectories.

        Returns
        -------
        DataArray [year, region], persons
        """
        if "trajectory" in self.further.dims:
            return self.further.mean("trajectory")
        return self.further

    def departure(self, years: Sequence[int], regions: Sequence[str]) -> xr.DataArray | None:
        """Further people of every path beside those of the medium.

        Parameters
        ----------
        years : sequence of int
            Years of the projection.
        regions : sequence of str
            Its regions.

        Returns
        -------
        DataArray [trajectory, year, region] or None, persons
            None when all paths have the same.
        """
        if "trajectory" not in self.further.dims:
            return None
        own = self.further - self.expected
        return own.reindex(year=list(years), region=list(regions), fill_value=0.0)


def _years(factor: xr.DataArray, wanted: xr.DataArray, *, neutral: float) -> xr.DataArray:
    """A factor or count on all years of a projection: neutral outside its own years."""
    years = wanted.indexes["year"]
    outside = [year for year in factor.indexes["year"] if year not in years]
    if outside:
        raise CoverageError(
            f"{len(outside)} years of the change are not projected",
            where=f"first {outside[0]}",
            remedy=f"give years from {years[0]} to {years[-1]}",
            id="YearOutOfRange",
        )
    return factor.reindex(year=years, fill_value=neutral)


def changed_components(components: Components, change: MigrationChange) -> Components:
    """National components under a change of migration.

    Parameters
    ----------
    components : Components
        Components of one country.
    change : MigrationChange
        The change.

    Returns
    -------
    Components
        Net migrants scaled, with the further people of all regions.

    Raises
    ------
    CoverageError
        The change names years that are not projected.

    Examples
    --------
    >>> cells = {"year": [2024, 2025], "sex": ["F"], "age": [0]}
    >>> net = xr.DataArray([[[10.0]], [[10.0]]], coords=cells, dims=list(cells))
    >>> change = MigrationChange(
    ...     xr.DataArray([2.0], coords={"year": [2025]}, dims="year"),
    ...     xr.DataArray([[3.0, 4.0]], coords={"year": [2025], "region": ["a", "b"]},
    ...         dims=["year", "region"]),
    ...     xr.DataArray([[1.0]], coords={"sex": ["F"], "age": [0]}, dims=["sex", "age"]),
    ...     xr.DataArray([1.0], coords={"year": [2025]}, dims="year"))
    >>> changed_components(Components(None, net, net), change).migration.values.ravel()
    array([10., 27.])
    """
    net = components.migration
    scale = _years(change.scale, net, neutral=1.0)
    further = _years(change.expected.sum("region"), net, neutral=0.0)
    new = (net * scale + further * change.ages).transpose(*net.dims).assign_attrs(net.attrs)
    return replace(components, migration=new)


def changed_trajectories(drawn: Trajectories, change: MigrationChange) -> Trajectories:
    """Paths of the components under a change of migration.

    Parameters
    ----------
    drawn : Trajectories
        Paths without it.
    change : MigrationChange
        The change.

    Returns
    -------
    Trajectories
        Rates scaled; people of a programme as persons beside them, the same in every path
        unless the change has paths of its own.

    Raises
    ------
    CoverageError
        The change names years that are not drawn, or has another number of paths.
    """
    rate = drawn.net_migration
    further = change.further.sum("region")
    if "trajectory" not in further.dims:
        further = further.expand_dims(trajectory=rate.indexes["trajectory"])
    if further.sizes["trajectory"] != rate.sizes["trajectory"]:
        raise CoverageError(
            f"{further.sizes['trajectory']} paths of the change beside {rate.sizes['trajectory']}",
            where="further",
            remedy="draw as many of both",
            id="ShapeMismatch",
        )
    count = _years(further, rate, neutral=0.0)
    others = {dim: rate.indexes[dim] for dim in rate.dims if dim not in count.dims}
    return replace(
        drawn,
        net_migration=(rate * _years(change.scale, rate, neutral=1.0))
        .transpose(*rate.dims)
        .assign_attrs(rate.attrs),
        further=stamp(count.expand_dims(others), name="further", units="persons", kind="count"),
    )


def changed_regions(inputs: RegionalInputs, change: MigrationChange) -> RegionalInputs:
    """Inputs of regions under a change of migration.

    Parameters
    ----------
    inputs : RegionalInputs
        Inputs without it.
    change : MigrationChange
        The change.

    Returns
    -------
    RegionalInputs
        International migrants scaled, with the further people of each region; moves between
        regions scaled, those who then stay put back, so that survival is as it was.

    Raises
    ------
    AccountError
        More people would move than there are.
    CoverageError
        The change names years or regions that are not projected.
    """
    net, survival = inputs.migration, inputs.survivorship
    unknown = set(change.further.indexes["region"]) - set(net.indexes["region"])
    if unknown:
        raise CoverageError(
            f"{', '.join(sorted(unknown))} of the change is not projected", where="further"
        )
    further = change.expected.reindex(region=net.indexes["region"], fill_value=0.0)
    scale = _years(change.scale, net, neutral=1.0)
    new = net * scale + _years(further, net, neutral=0.0) * change.ages
    stays = survival["origin"] == survival["destination"]
    away = survival.where(~stays, 0.0) * _years(change.moves, net, neutral=1.0)
    left = survival.sum("destination") - away.sum("destination")
    if bool((left < 0).any()):
        raise AccountError(
            "more people would move than there are",
            where=f"moves, factor {float(change.moves.max()):g}",
            remedy="choose a smaller factor",
        )
    whole = away.where(~stays, left).transpose(*survival.dims)
    return replace(
        inputs,
        migration=new.transpose(*net.dims).assign_attrs(net.attrs),
        survivorship=whole.assign_attrs(survival.attrs),
    )
