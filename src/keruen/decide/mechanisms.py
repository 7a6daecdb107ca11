# SPDX-License-Identifier: Apache-2.0
"""Families' wishes and localities' priorities: exchange, deferred acceptance, turns.

Mechanisms for families that need several units of several services, after Delacrétaz, Kominers
and Teytelboym. Which to use: :func:`top_trading_endowed` from the best proposal for a ministry,
so that nobody ends worse than the proposal and nobody gains by hiding a wish.
"""

from __future__ import annotations

from collections.abc import Sequence

import xarray as xr

from keruen.decide import _deferred, _endowed, _trading
from keruen.decide._market import WAITS, endowed, in_turns, make_market

__all__ = [
    "WAITS",
    "deferred_acceptance",
    "serial_dictatorship",
    "threshold_deferred_acceptance",
    "top_trading",
    "top_trading_endowed",
]


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
    market = make_market(needs, capacity, wishes, priorities)
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
    market = make_market(needs, capacity, wishes, priorities)
    start = endowed(market, endowment)
    order = in_turns(market, turns)
    places = _endowed.endowed_cycles(
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
    market = make_market(needs, capacity, wishes, priorities)
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
    market = make_market(needs, capacity, wishes, priorities)
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
    market = make_market(needs, capacity, wishes, everyone)
    places = _trading.in_turn(market.needs, market.capacity, market.wishes, in_turns(market, turns))
    return market.named(places)
