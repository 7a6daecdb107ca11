# SPDX-License-Identifier: Apache-2.0
"""Families' wishes and localities' priorities: exchange, deferred acceptance, turns.

Mechanisms for families that need several units of several services, after Delacrétaz, Kominers
and Teytelboym. Which to use: :func:`top_trading_endowed` from the best proposal for a ministry,
so that nobody ends worse than the proposal and nobody gains by hiding a wish.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import few, require_dims
from keruen.core.errors import CoverageError, SchemaError, WorkbenchError, raise_faults
from keruen.decide import _deferred, _trading

WAITS = ""
"""Label of a family that is placed nowhere."""


@dataclass(frozen=True)
class Market:
    """Families and localities as numbers.

    Parameters
    ----------
    families, localities : tuple of str
        Labels.
    needs : ndarray (families, services)
        Whole units.
    capacity : ndarray (localities, services)
        Whole units.
    wishes : list of ndarray
        For each family the localities it accepts, the best first.
    lines : list of ndarray
        For each locality the families it takes, of highest priority first.
    """

    families: tuple[str, ...]
    localities: tuple[str, ...]
    needs: np.ndarray
    capacity: np.ndarray
    wishes: list[np.ndarray]
    lines: list[np.ndarray]

    def named(self, places: np.ndarray) -> xr.DataArray:
        """Places as labels; -1 is to wait."""
        labels = np.array([*self.localities, WAITS], dtype=object)
        return xr.DataArray(
            labels[places].astype(str),
            coords={"family": list(self.families)},
            dims="family",
            name="assignment",
        )


def top_trading(
    needs: xr.DataArray, capacity: xr.DataArray, wishes: xr.DataArray, priorities: xr.DataArray
) -> xr.DataArray:
    """Places by top trading cycles: efficient, and nobody gains by a false wish.

    Parameters
    ----------
    needs : DataArray [family, service], whole units
        What a family takes of each service.
    capacity : DataArray [locality, service], whole units
        What a locality has.
    wishes : DataArray [family, locality], rank
        1 is the best; missing where the family does not want to go.
    priorities : DataArray [locality, family], rank
        1 is the first; missing where the locality cannot take the family.

    Returns
    -------
    DataArray [family]
        Locality of each family, an empty text where it waits.

    Raises
    ------
    SchemaError
        Units are not whole or negative, or two ranks of one family or locality are equal.
    CoverageError
        Labels differ between the arrays.

    See Also
    --------
    top_trading_endowed : The same from a proposal that nobody may lose.

    Notes
    -----
    Every family points at the best locality that has not turned it down, every locality at the
    first family of its line; families on a cycle go where they point. A locality turns a family
    down for good when it no longer fits beside those placed there.

    References
    ----------
    Delacrétaz, D., Kominers, S. D. and Teytelboym, A. (2023). Matching mechanisms for refugee
    resettlement. American Economic Review 113, 2689-2717.

    Examples
    --------
    >>> place = {"locality": ["Astana", "Aktau"]}
    >>> who, one = {"family": ["f1", "f2"]}, {"service": ["houses"]}
    >>> needs = xr.DataArray([[1], [1]], {**who, **one})
    >>> capacity = xr.DataArray([[1], [1]], {**place, **one})
    >>> wishes = xr.DataArray([[2, 1], [1, 2]], {**who, **place})
    >>> priorities = xr.DataArray([[1, 2], [2, 1]], {**place, **who})
    >>> top_trading(needs, capacity, wishes, priorities).values.tolist()
    ['Aktau', 'Astana']
    """
    market = _market(needs, capacity, wishes, priorities)
    return market.named(_trading.cycles(market.needs, market.capacity, market.wishes, market.lines))


def top_trading_endowed(
    needs: xr.DataArray,
    capacity: xr.DataArray,
    wishes: xr.DataArray,
    priorities: xr.DataArray,
    *,
    endowment: xr.DataArray,
    turns: Sequence[str] | None = None,
) -> xr.DataArray:
    """Places by top trading cycles from a proposal: nobody ends worse than it.

    Parameters
    ----------
    needs : DataArray [family, service], whole units
        What a family takes of each service.
    capacity : DataArray [locality, service], whole units
        What a locality has.
    wishes : DataArray [family, locality], rank
        1 is the best; missing where the family does not want to go.
    priorities : DataArray [locality, family], rank
        1 is the first; missing where the locality cannot take the family.
    endowment : DataArray [family]
        Locality proposed for each family, an empty text where it waits.
    turns : sequence of str, optional
        Order in which families are looked at when no exchange is possible; that of ``needs``
        when not given. It must not depend on wishes.

    Returns
    -------
    DataArray [family]
        Locality of each family, an empty text where it waits.

    Raises
    ------
    SchemaError
        Units or ranks are wrong (as in :func:`top_trading`), or the proposal does not fit or is
        not taken by a locality (``EndowmentUnfit``).
    CoverageError
        Labels differ between the arrays.

    See Also
    --------
    top_trading : Without a proposal, efficient.

    Notes
    -----
    A cycle is carried out when each locality on it can take the new family beside those it has,
    less the one it points at. When none can, the first family in turn that is turned down where
    it points is; so are those before it, everywhere they would not fit.

    References
    ----------
    Delacrétaz, D., Kominers, S. D. and Teytelboym, A. (2023). Matching mechanisms for refugee
    resettlement. American Economic Review 113, 2689-2717.

    Examples
    --------
    >>> place = {"locality": ["Astana", "Aktau"]}
    >>> who, one = {"family": ["f1", "f2"]}, {"service": ["houses"]}
    >>> needs = xr.DataArray([[1], [1]], {**who, **one})
    >>> capacity = xr.DataArray([[1], [1]], {**place, **one})
    >>> wishes = xr.DataArray([[2, 1], [1, 2]], {**who, **place})
    >>> priorities = xr.DataArray([[1, 2], [2, 1]], {**place, **who})
    >>> proposal = xr.DataArray(["Astana", "Aktau"], who)
    >>> top_trading_endowed(needs, capacity, wishes, priorities, endowment=proposal).values.tolist()
    ['Aktau', 'Astana']
    """
    market = _market(needs, capacity, wishes, priorities)
    start = _endowed(market, endowment)
    order = _turns(market, turns)
    places = _trading.endowed_cycles(
        market.needs, market.capacity, market.wishes, market.lines, start=start, order=order
    )
    return market.named(places)


def deferred_acceptance(
    needs: xr.DataArray, capacity: xr.DataArray, wishes: xr.DataArray, priorities: xr.DataArray
) -> xr.DataArray:
    """Places by deferred acceptance: the best for families that gives no weak envy.

    Parameters
    ----------
    needs : DataArray [family, service], whole units
        What a family takes of each service.
    capacity : DataArray [locality, service], whole units
        What a locality has.
    wishes : DataArray [family, locality], rank
        1 is the best; missing where the family does not want to go.
    priorities : DataArray [locality, family], rank
        1 is the first; missing where the locality cannot take the family.

    Returns
    -------
    DataArray [family]
        Locality of each family, an empty text where it waits.

    Raises
    ------
    SchemaError
        Units or ranks are wrong, as in :func:`top_trading`.
    CoverageError
        Labels differ between the arrays.

    See Also
    --------
    threshold_deferred_acceptance : Nobody gains by a false wish, at a cost.

    Notes
    -----
    A locality keeps a family when it fits, in the services it needs, beside all families of
    higher priority that have ever asked for the place. A family can gain by a false wish.

    References
    ----------
    Delacrétaz, D., Kominers, S. D. and Teytelboym, A. (2023). Matching mechanisms for refugee
    resettlement. American Economic Review 113, 2689-2717.

    Examples
    --------
    >>> place = {"locality": ["Astana", "Aktau"]}
    >>> who, one = {"family": ["f1", "f2"]}, {"service": ["houses"]}
    >>> needs = xr.DataArray([[1], [1]], {**who, **one})
    >>> capacity = xr.DataArray([[1], [1]], {**place, **one})
    >>> wishes = xr.DataArray([[2, 1], [1, 2]], {**who, **place})
    >>> priorities = xr.DataArray([[1, 2], [2, 1]], {**place, **who})
    >>> deferred_acceptance(needs, capacity, wishes, priorities).values.tolist()
    ['Aktau', 'Astana']
    """
    market = _market(needs, capacity, wishes, priorities)
    return market.named(
        _deferred.accepted(
            market.needs, market.capacity, market.wishes, market.lines, thresholds=False
        )
    )


def threshold_deferred_acceptance(
    needs: xr.DataArray, capacity: xr.DataArray, wishes: xr.DataArray, priorities: xr.DataArray
) -> xr.DataArray:
    """Places by deferred acceptance with thresholds: no weak envy, nobody gains by a false wish.

    Parameters
    ----------
    needs : DataArray [family, service], whole units
        What a family takes of each service.
    capacity : DataArray [locality, service], whole units
        What a locality has.
    wishes : DataArray [family, locality], rank
        1 is the best; missing where the family does not want to go.
    priorities : DataArray [locality, family], rank
        1 is the first; missing where the locality cannot take the family.

    Returns
    -------
    DataArray [family]
        Locality of each family, an empty text where it waits.

    Raises
    ------
    SchemaError
        Units or ranks are wrong, as in :func:`top_trading`.
    CoverageError
        Labels differ between the arrays.

    See Also
    --------
    deferred_acceptance : Better for every family, but a false wish can pay.

    Notes
    -----
    A family is kept when its rank among those who ask is at most its threshold: without limit
    when it fits beside all families of higher priority; 0 when it does not fit beside those of
    them who ask; else the largest number that fits whoever else of them should ask. The
    threshold is the running minimum down the line.

    References
    ----------
    Delacrétaz, D., Kominers, S. D. and Teytelboym, A. (2023). Matching mechanisms for refugee
    resettlement. American Economic Review 113, 2689-2717.

    Examples
    --------
    >>> place = {"locality": ["Astana", "Aktau"]}
    >>> who, one = {"family": ["f1", "f2"]}, {"service": ["houses"]}
    >>> needs = xr.DataArray([[1], [1]], {**who, **one})
    >>> capacity = xr.DataArray([[1], [1]], {**place, **one})
    >>> wishes = xr.DataArray([[2, 1], [1, 2]], {**who, **place})
    >>> priorities = xr.DataArray([[1, 2], [2, 1]], {**place, **who})
    >>> threshold_deferred_acceptance(needs, capacity, wishes, priorities).values.tolist()
    ['Aktau', 'Astana']
    """
    market = _market(needs, capacity, wishes, priorities)
    return market.named(
        _deferred.accepted(
            market.needs, market.capacity, market.wishes, market.lines, thresholds=True
        )
    )


def serial_dictatorship(
    needs: xr.DataArray,
    capacity: xr.DataArray,
    wishes: xr.DataArray,
    *,
    turns: Sequence[str] | None = None,
) -> xr.DataArray:
    """Places by turns: each family takes the best place where it still fits.

    Parameters
    ----------
    needs : DataArray [family, service], whole units
        What a family takes of each service.
    capacity : DataArray [locality, service], whole units
        What a locality has.
    wishes : DataArray [family, locality], rank
        1 is the best; missing where the family does not want to go.
    turns : sequence of str, optional
        Order of the families; that of ``needs`` when not given.

    Returns
    -------
    DataArray [family]
        Locality of each family, an empty text where it waits.

    Raises
    ------
    SchemaError
        Units or ranks are wrong, as in :func:`top_trading`.
    CoverageError
        Labels differ between the arrays.

    See Also
    --------
    top_trading : With priorities of its own for each locality.

    Examples
    --------
    >>> place = {"locality": ["Astana", "Aktau"]}
    >>> who, one = {"family": ["f1", "f2"]}, {"service": ["houses"]}
    >>> needs = xr.DataArray([[1], [1]], {**who, **one})
    >>> capacity = xr.DataArray([[1], [1]], {**place, **one})
    >>> wishes = xr.DataArray([[1, 2], [1, 2]], {**who, **place})
    >>> serial_dictatorship(needs, capacity, wishes, turns=["f2", "f1"]).values.tolist()
    ['Aktau', 'Astana']
    """
    everyone = xr.ones_like(wishes.transpose("locality", "family"), dtype=float)
    everyone = everyone.cumsum("family")
    market = _market(needs, capacity, wishes, everyone)
    places = _trading.in_turn(market.needs, market.capacity, market.wishes, _turns(market, turns))
    return market.named(places)


def _market(
    needs: xr.DataArray, capacity: xr.DataArray, wishes: xr.DataArray, priorities: xr.DataArray
) -> Market:
    """The arrays checked and in one order; all faults at once."""
    asked = {
        "needs": (needs, ("family", "service")),
        "capacity": (capacity, ("locality", "service")),
        "wishes": (wishes, ("family", "locality")),
        "priorities": (priorities, ("locality", "family")),
    }
    given = {}
    for name, (array, dims) in asked.items():
        require_dims(array, *dims, name=name)
        given[name] = array.transpose(*dims)
    families, services = given["needs"].indexes["family"], given["needs"].indexes["service"]
    localities = given["capacity"].indexes["locality"]
    labels = {"family": families, "service": services, "locality": localities}
    faults: list[WorkbenchError] = []
    for name, array in given.items():
        faults += _other_labels(name, array, labels)
    raise_faults(faults)
    given = {
        name: array.sel({dim: labels[str(dim)] for dim in array.dims})
        for name, array in given.items()
    }
    for name in ("needs", "capacity"):
        faults += _not_whole(name, given[name])
    for name in ("wishes", "priorities"):
        faults += _tied(name, given[name])
    raise_faults(faults)
    return Market(
        tuple(str(each) for each in families),
        tuple(str(each) for each in localities),
        given["needs"].to_numpy().astype(np.int64),
        given["capacity"].to_numpy().astype(np.int64),
        _ordered(given["wishes"].to_numpy()),
        _ordered(given["priorities"].to_numpy()),
    )


def _other_labels(
    name: str, array: xr.DataArray, labels: Mapping[str, object]
) -> list[WorkbenchError]:
    faults: list[WorkbenchError] = []
    for dim in array.dims:
        odd = array.indexes[str(dim)].symmetric_difference(labels[str(dim)])
        if len(odd):
            faults.append(
                CoverageError(
                    f"{dim} {few(odd)} does not stand in all tables",
                    where=name,
                    remedy="give the same families, localities and services everywhere",
                )
            )
    return faults


def _not_whole(name: str, array: xr.DataArray) -> list[WorkbenchError]:
    values = array.to_numpy().astype(float)
    rows, columns = np.nonzero(~(values >= 0) | (values != np.floor(values)))
    row, column = array.dims
    return [
        SchemaError(
            f"{values[i, j]:g} is not a whole number of units",
            where=f"{name}, {array[row].values[i]}, {array[column].values[j]}",
            remedy="give 0 or a positive whole number",
            id="NotWhole",
        )
        for i, j in zip(rows, columns, strict=True)
    ]


def _tied(name: str, array: xr.DataArray) -> list[WorkbenchError]:
    ranks = np.sort(array.to_numpy().astype(float), axis=1)
    (rows,) = np.nonzero((ranks[:, 1:] == ranks[:, :-1]).any(axis=1))
    row = array.dims[0]
    return [
        SchemaError(
            "two have the same rank",
            where=f"{name} of {array[row].values[i]}",
            remedy="break the tie, for instance by a lottery with a published seed",
            id="TiedRanks",
        )
        for i in rows
    ]


def _ordered(ranks: np.ndarray) -> list[np.ndarray]:
    """For each row the columns with a rank, in its order."""
    order = np.argsort(ranks, axis=1, kind="stable")  # missing ranks go last
    counts = (~np.isnan(ranks.astype(float))).sum(axis=1)
    return [line[:count] for line, count in zip(order, counts, strict=True)]


def _turns(market: Market, turns: Sequence[str] | None) -> np.ndarray:
    place = {name: number for number, name in enumerate(market.families)}
    if turns is None:
        return np.arange(len(place))
    if sorted(turns) != sorted(place):
        raise CoverageError(
            "the turns do not name each family once", where="turns", remedy="name every family once"
        )
    return np.array([place[name] for name in turns])


def _endowed(market: Market, endowment: xr.DataArray) -> np.ndarray:
    require_dims(endowment, "family", name="endowment")
    raise_faults(_other_labels("endowment", endowment, {"family": list(market.families)}))
    place = {name: number for number, name in enumerate(market.localities)}
    place[WAITS] = -1
    labels = [str(each) for each in endowment.sel(family=list(market.families)).values]
    unknown = sorted({label for label in labels if label not in place})
    if unknown:
        raise CoverageError(
            f"the proposal names {few(unknown)}", where="endowment", remedy="name known localities"
        )
    start = np.array([place[label] for label in labels])
    used = np.zeros_like(market.capacity)
    placed = start >= 0
    np.add.at(used, start[placed], market.needs[placed])
    taken = [set(line.tolist()) for line in market.lines]
    full = [market.localities[i] for i in np.nonzero((used > market.capacity).any(axis=1))[0]]
    refused = [
        market.families[i] for i, at in enumerate(start.tolist()) if at >= 0 and i not in taken[at]
    ]
    if full or refused:
        raise SchemaError(
            f"the proposal overfills {few(full) or 'nothing'} "
            f"and places {few(refused) or 'nobody'} where the family is not taken",
            where="endowment",
            remedy="propose places that fit",
            id="EndowmentUnfit",
        )
    return start
