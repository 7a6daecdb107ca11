# SPDX-License-Identifier: Apache-2.0
"""Net migration of the world made to sum to zero, in every sex, age, year and path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import AccountError, CodeError, CoverageError, SchemaError
from keruen.project._balance import spread_surplus

if TYPE_CHECKING:
    import pandas as pd

Array = NDArray[np.float64]
BalanceRule = Literal["variance", "population", "group"]
"""Who moves when the world does not sum to zero: the uncertain, the large, the named."""


@dataclass(frozen=True)
class Balance:
    """Net migration that sums to zero, and what it took.

    Parameters
    ----------
    migration : DataArray [country, ...], persons
        Balanced net migrants; every sum over countries is 0.0, in any order of adding.
    change : DataArray [country, ...], persons
        Balanced less given.
    held : DataArray [country, ...]
        Where a country was held at its limit, because more people would have left than
        there were.
    """

    migration: xr.DataArray
    change: xr.DataArray
    held: xr.DataArray

    def adjustments(self) -> pd.DataFrame:
        """Cells held at their limit, with key, before, after and reason.

        Returns
        -------
        DataFrame
            One row a cell; empty when no limit was reached.
        """
        import pandas as pd

        cells = np.nonzero(self.held.to_numpy())
        columns: dict[str, object] = {
            str(dim): self.held.indexes[str(dim)].take(place)
            for dim, place in zip(self.held.dims, cells, strict=True)
        }
        after = self.migration.to_numpy()[cells]
        columns["before"] = after - self.change.to_numpy()[cells]
        columns["after"] = after
        columns["reason"] = "held at the limit of outflow while the world was balanced"
        return pd.DataFrame(columns)


def balance_world(
    migration: xr.DataArray,
    population: xr.DataArray,
    *,
    how: BalanceRule = "variance",
    variance: xr.DataArray | None = None,
    absorbing: Sequence[str] = (),
    hosts: Sequence[str] = (),
    senders: Sequence[str] = (),
    max_out: float = 1.0,
) -> Balance:
    """Net migrants that sum to zero over countries.

    Parameters
    ----------
    migration : DataArray [country, ...], persons
        Net migrants, by any of trajectory, year, sex and age.
    population : DataArray [country, ...], persons
        People there before they move, by the same dimensions or fewer.
    how : {"variance", "population", "group"}, optional
        In proportion to what the surplus is spread: the variance of each country's count
        (certain countries move least), its population, or the population of the countries
        in ``absorbing`` alone.
    variance : DataArray [country, ...], persons squared, optional
        Variances for ``how="variance"``; those over trajectories when not given.
    absorbing : sequence of str, optional
        Countries that take the surplus under ``how="group"``.
    hosts, senders : sequence of str, optional
        First let ``senders`` meet the departures of ``hosts`` from their mean over
        trajectories (labour migration to the Gulf states); the hosts then stay as they are.
    max_out : float, optional
        Largest share of a cell that may leave on balance.

    Returns
    -------
    Balance

    Raises
    ------
    SchemaError
        A population or variance is negative or missing, ``max_out`` is not in 0 to 1, or
        what a rule needs was not given.
    CoverageError
        Labels differ.
    CodeError
        A country named is not there.
    AccountError
        The surplus of a cell cannot be spread: nobody may move (``NotBalanced``).

    See Also
    --------
    keruen.project.netmigration.project_net_migration : Paths of net migration rates.

    Notes
    -----
    ``N' = N - D w / sum(w)`` with ``D = sum(N)`` and ``w`` the variance or population. A
    country that would lose more than ``max_out P`` is held there, its weight becomes zero,
    and the rest is spread again, at most 100 times. Counts are whole multiples of
    2 to the power -24 persons, so that a sum over countries is zero to the last bit.

    References
    ----------
    Azose, J., Sevcikova, H. and Raftery, A. (2016). PNAS 113(23), 6460-6465.

    Examples
    --------
    >>> countries = {"country": ["AAA", "BBB", "CCC", "DDD"]}
    >>> net = xr.DataArray([120.0, -80.0, 30.0, -20.0], coords=countries)
    >>> people = xr.DataArray([300.0, 500.0, 100.0, 100.0], coords=countries)
    >>> balance_world(net, people, how="population").migration.values.tolist()
    [105.0, -105.0, 25.0, -25.0]
    """
    require_dims(migration, "country", name="migration")
    migration, population = same_cells(migration, population)
    _refuse_negative(population, "population")
    if not 0 < max_out <= 1:
        raise SchemaError("max_out is a share above 0, at most 1", where=f"max_out={max_out}")
    net = migration.transpose("country", ...)
    floor = -max_out * _laid_out(population, net)
    weight = _laid_out(_weights(how, net, population, variance, absorbing), net)
    moved = _laid_out(net, net)
    if hosts or senders:
        moved = _meet_hosts(net, moved, -floor, hosts, senders)
        weight = weight * ~_column(_named(net, hosts, "hosts"), moved.ndim)
    balanced, held, stuck = spread_surplus(moved, weight, floor)
    _refuse_stuck(stuck, net)
    result = net.copy(data=balanced[..., 0])
    facts = {key: net.attrs[key] for key in ("moment", "concept") if key in net.attrs}
    return Balance(
        migration=stamp(
            result,
            name="net_migration",
            units="persons",
            kind="count",
            inputs=[migration, population],
            **facts,
        ),
        change=stamp(result - net, name="change", units="persons", kind="count"),
        held=stamp(net.copy(data=held[..., 0]), name="held", units="yes or no", kind="index"),
    )


def _laid_out(array: xr.DataArray, like: xr.DataArray) -> Array:
    """Values with the axes of ``like``, length 1 where constant, and one more at the end."""
    extra = [str(dim) for dim in array.dims if dim not in like.dims]
    if extra:
        raise CoverageError(
            f"'{array.name or 'array'}' is split by {', '.join(extra)}, migration is not",
            remedy="add it up, or give migration by the same dimensions",
            id="ShapeMismatch",
        )
    missing = [dim for dim in like.dims if dim not in array.dims]
    laid = array.expand_dims(missing).transpose(*like.dims)
    return np.asarray(laid, dtype=np.float64)[..., None]


def _refuse_negative(array: xr.DataArray, name: str) -> None:
    if not bool((array >= 0).all()):
        raise SchemaError(
            f"{name} is negative or missing in some cell",
            where=name,
            remedy="give 0 or more in every cell",
            id="NegativeInput",
        )


def _named(net: xr.DataArray, countries: Sequence[str], option: str) -> NDArray[np.bool_]:
    """Which countries are named, and a complaint about those that are not there."""
    unknown = sorted(set(countries) - set(net.indexes["country"]))
    if unknown or not countries:
        raise CodeError(
            f"{option} names {', '.join(unknown) or 'no country'}",
            where="country",
            remedy=f"choose {option} among the countries of migration",
        )
    return np.asarray(net.indexes["country"].isin(list(countries)))


def _weights(
    how: BalanceRule,
    net: xr.DataArray,
    population: xr.DataArray,
    variance: xr.DataArray | None,
    absorbing: Sequence[str],
) -> xr.DataArray:
    if how == "population":
        return population
    if how == "group":
        named = _named(net, absorbing, "absorbing")
        return population * xr.DataArray(named, coords={"country": net.indexes["country"]})
    if how != "variance":
        raise SchemaError(f"'{how}' is no way to balance: variance, population or group")
    if variance is None:
        if net.sizes.get("trajectory", 1) < 2:
            raise SchemaError(
                "balancing by variance needs variances or two trajectories",
                where="balance_world",
                remedy='give variance=, or how="population"',
            )
        return net.var("trajectory", ddof=1)
    _refuse_negative(variance, "variance")
    return same_cells(net, variance)[1]


def _meet_hosts(
    net: xr.DataArray, moved: Array, room: Array, hosts: Sequence[str], senders: Sequence[str]
) -> Array:
    """Senders meet what the hosts take beyond their mean, in proportion to ``room``."""
    if "trajectory" not in net.dims:
        raise SchemaError(
            "hosts have no mean to depart from: migration has no trajectories",
            where="hosts",
            remedy="give trajectories, or leave hosts out",
        )
    host, sender = _named(net, hosts, "hosts"), _named(net, senders, "senders")
    total = moved[host].sum(axis=0)
    swing = total - total.mean(axis=net.get_axis_num("trajectory") - 1, keepdims=True)
    share = room * _column(sender, moved.ndim)
    mass = np.broadcast_to(share.sum(axis=0), swing.shape)
    per_room = np.divide(swing, mass, out=np.zeros_like(swing), where=mass > 0)
    return np.asarray(moved - share * per_room)


def _column(mask: NDArray[np.bool_], ndim: int) -> NDArray[np.bool_]:
    return mask.reshape(-1, *([1] * (ndim - 1)))


def _refuse_stuck(stuck: NDArray[np.bool_], net: xr.DataArray) -> None:
    if not stuck.any():
        return
    first = np.argwhere(stuck)[0]
    where = ", ".join(
        f"{dim}={net.indexes[str(dim)][place]}"
        for dim, place in zip(net.dims[1:], first, strict=False)
    )
    raise AccountError(
        f"{int(stuck.sum())} cells cannot be brought to zero: nobody is left to move",
        where=where or "the only cell",
        remedy="widen absorbing, raise max_out, or balance by population",
        id="NotBalanced",
    )
