# SPDX-License-Identifier: Apache-2.0
"""The country of origin: brain drain against brain gain, and the income of those who stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError
from keruen.decide.welfare._given import ANY, BELOW_ONE, INSIDE, NOT_NEGATIVE, Number, numbers


@dataclass(frozen=True)
class BrainGain:
    """Graduates among those who stay, when some graduates may emigrate.

    Parameters
    ----------
    schooled : DataArray [...], share
        Young people who become graduates, given the chance to leave.
    left : DataArray [...], share
        Graduates among the young who stay, after emigration.
    drain : DataArray [...], share
        Change of ``left`` if nobody studied more: zero or below.
    gain : DataArray [...], share
        What the stronger wish to study adds back.
    peak : DataArray [...], probability
        Chance of emigration at which most graduates are left; 0 when any emigration costs.
    break_even : DataArray [...], probability
        Chance above which fewer graduates are left than without emigration; 0 when always.

    See Also
    --------
    brain_gain : Makes it.
    """

    schooled: xr.DataArray
    left: xr.DataArray
    drain: xr.DataArray
    gain: xr.DataArray
    peak: xr.DataArray
    break_even: xr.DataArray


def brain_gain(
    emigration: Number, *, schooled: Number, slope: Number, wage_ratio: Number
) -> BrainGain:
    """Graduates left at home when the chance to emigrate makes more people study.

    Parameters
    ----------
    emigration : float or DataArray [...], probability
        That a graduate emigrates.
    schooled : float or DataArray [...], share
        Young people who would become graduates if nobody could leave.
    slope : float or DataArray [...]
        Rise of that share by the chance to emigrate times the ratio of wages.
    wage_ratio : float or DataArray [...]
        Pay of graduates abroad over that at home.

    Returns
    -------
    BrainGain

    Raises
    ------
    SchemaError
        A share is out of bounds (``OutOfRange``), or more than everybody would study
        (``AboveOne``).

    Notes
    -----
    ``h(p) = h0 + c p`` with ``c = slope * wage_ratio``; graduates among stayers
    ``H(p) = h (1 - p) / (1 - p h)``. Its derivative is zero at
    ``p* = (1 - h0 - sqrt(1 - h0 - c)) / c``, which is above zero only if
    ``c > h0 (1 - h0)``; ``H`` returns to ``h0`` at ``(c - h0 (1 - h0)) / (c (1 - h0))``.

    References
    ----------
    Beine, M., Docquier, F. and Rapoport, H. (2001). Journal of Development Economics 64;
    (2008). Economic Journal 118.

    Examples
    --------
    >>> found = brain_gain(0.10, schooled=0.05, slope=0.02, wage_ratio=4.0)
    >>> round(found.left.item(), 4), round(found.peak.item(), 3)
    (0.0525, 0.216)
    """
    p, h0, b, ratio = numbers(
        emigration=(emigration, (0.0, BELOW_ONE)), schooled=(schooled, INSIDE),
        slope=(slope, NOT_NEGATIVE), wage_ratio=(wage_ratio, NOT_NEGATIVE),
    )  # fmt: skip
    c = b * ratio
    h = h0 + c * p
    if bool((h > 1.0).any()):
        raise SchemaError(
            f"more than everybody would study: a share of {float(h.max()):.2f}",
            where="schooled + slope * wage_ratio * emigration",
            remedy="give a smaller slope, or a smaller chance to emigrate",
            id="AboveOne",
        )
    left, without = _left(h, p), _left(h0, p)
    parts = {
        "schooled": h,
        "left": left,
        "drain": without - h0,
        "gain": left - without,
        "peak": _peak(h0, c),
        "break_even": _break_even(h0, c),
    }
    return BrainGain(
        **{
            name: stamp(part, name=name, units="share", kind="share")
            for name, part in parts.items()
        }
    )


def _left(h: xr.DataArray, p: xr.DataArray) -> xr.DataArray:
    return h * (1.0 - p) / (1.0 - p * h)


def _peak(h0: xr.DataArray, c: xr.DataArray) -> xr.DataArray:
    """Chance that leaves most graduates, at most 1: beyond ``c = 1 - h0`` it lies outside."""
    rises = c > h0 * (1.0 - h0)
    root = np.sqrt((1.0 - h0 - c).clip(min=0.0))
    peak = (1.0 - h0 - root) / c.where(rises, 1.0)
    return peak.clip(max=1.0).where(rises, 0.0 * peak)


def _break_even(h0: xr.DataArray, c: xr.DataArray) -> xr.DataArray:
    rises = c > h0 * (1.0 - h0)
    chance = (c - h0 * (1.0 - h0)) / (c.where(rises, 1.0) * (1.0 - h0))
    return chance.clip(max=1.0).where(rises, 0.0 * chance)


@dataclass(frozen=True)
class SendingLedger:
    """Yearly change of the income of those who stay.

    Parameters
    ----------
    families : DataArray [...], money a year
        Remittances received.
    workers : DataArray [...], money a year
        Wage effect of fewer workers, human capital lost, and brain gain.
    treasury : DataArray [...], money a year
        Contribution that the emigrants no longer make; above zero where they cost more.
    total : DataArray [...], money a year
        Of those who stay.

    See Also
    --------
    sending_ledger : Makes it.
    """

    families: xr.DataArray
    workers: xr.DataArray
    treasury: xr.DataArray
    total: xr.DataArray


def sending_ledger(
    *,
    remittances: Number,
    wage_effect: Number,
    fiscal_loss: Number,
    externality: Number = 0.0,
    brain_gain: Number = 0.0,
    units: str = "international dollars a year",
) -> SendingLedger:
    """The income of those who stay when others emigrate.

    Parameters
    ----------
    remittances : float or DataArray [...], money a year
        Received from the emigrants.
    wage_effect : float or DataArray [...], money a year
        Change of the pay of workers who stay.
    fiscal_loss : float or DataArray [...], money a year
        What emigrants would pay in taxes beyond what they would cost; below zero where
        they would cost more.
    externality : float or DataArray [...], money a year, optional
        Loss of others' income because graduates are gone.
    brain_gain : float or DataArray [...], money a year, optional
        Others' income won because more people studied.
    units : str, optional
        Unit of all of them.

    Returns
    -------
    SendingLedger

    Notes
    -----
    ``remittances + wage_effect - fiscal_loss - externality + brain_gain``.

    Examples
    --------
    >>> found = sending_ledger(remittances=900.0, wage_effect=-100.0, fiscal_loss=300.0,
    ...                        externality=250.0, brain_gain=50.0)
    >>> found.workers.item(), found.total.item()
    (-300.0, 300.0)
    """
    money = {
        "remittances": remittances, "wage_effect": wage_effect, "fiscal_loss": fiscal_loss,
        "externality": externality, "brain_gain": brain_gain,
    }  # fmt: skip
    sent, wages, lost, harm, won = numbers(**{name: (one, ANY) for name, one in money.items()})
    workers = wages - harm + won
    parts = {
        "families": sent,
        "workers": workers,
        "treasury": -lost,
        "total": sent + workers - lost,
    }
    return SendingLedger(
        **{name: stamp(part, name=name, units=units, kind="money") for name, part in parts.items()}
    )
