# SPDX-License-Identifier: Apache-2.0
"""Places in reception: enough for a stay that is known, or for one that hangs on the queue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from keruen.core.arrays import require_dims, same_cells, stamp
from keruen.core.errors import SchemaError, WorkbenchError, raise_faults
from keruen.decide.refugees.caseload import Caseload


@dataclass(frozen=True)
class ReceptionPlaces:
    """Places that are enough with the confidence asked for.

    Parameters
    ----------
    mean : DataArray [...], persons
        Mean occupancy.
    spread : DataArray [...], persons
        Standard deviation of the occupancy.
    needed : DataArray [...], persons
        Occupancy that is not passed with the confidence.
    places : DataArray [...], whole places
        The same, rounded up.
    confidence : float
        Share of time in which the places are enough.

    See Also
    --------
    reception_places : Makes it.
    """

    mean: xr.DataArray
    spread: xr.DataArray
    needed: xr.DataArray
    places: xr.DataArray
    confidence: float


def family_factor(families: xr.DataArray) -> xr.DataArray:
    """By how much arrival in families widens the variance of numbers of persons.

    Parameters
    ----------
    families : DataArray [..., size], families
        Families by number of persons; labels of ``size`` are 1, 2, 3 ...

    Returns
    -------
    DataArray [...], ratio
        1 when everybody comes alone.

    Raises
    ------
    SchemaError
        A number is negative or missing, no family is counted, or a size is below 1.

    See Also
    --------
    reception_places : Uses it.

    Notes
    -----
    ``E[S^2] / E[S]``: the mean size of the family of a person taken at random.

    Examples
    --------
    >>> families = xr.DataArray([50, 10, 20, 20], {"size": [1, 2, 3, 4]})
    >>> family_factor(families).round(2).item()
    2.81
    """
    require_dims(families, "size", name="families")
    size = families["size"].astype(float)
    if not (bool((families >= 0).all()) and bool((size >= 1).all())) or not families.size:
        raise SchemaError(
            "families by size cannot be used",
            where="families",
            remedy="give numbers of families, 0 or more, for sizes of 1 and more",
            id="NegativeInput",
        )
    persons = (families * size).sum("size")
    if not bool((persons > 0).all()):
        raise SchemaError("no family is counted", where="families", id="NoFamilies")
    factor = (families * size**2).sum("size") / persons
    return stamp(factor, name="family_factor", units="ratio", kind="index", inputs=[families])


def reception_places(
    arrivals: xr.DataArray | float,
    stay: xr.DataArray | float,
    *,
    factor: xr.DataArray | float,
    confidence: float = 0.95,
) -> ReceptionPlaces:
    """Places for arrivals that stay so many months, whatever the queue does.

    Parameters
    ----------
    arrivals : float or DataArray [...], persons per month
        Mean number of persons who come into reception.
    stay : float or DataArray [...], months
        Mean stay.
    factor : float or DataArray [...], ratio
        Widening by families, from :func:`family_factor`; 1 for single persons.
    confidence : float, optional
        Share of time in which places shall be enough, above 0.5 and below 1.

    Returns
    -------
    ReceptionPlaces
        Inputs with ``trajectory`` give a distribution: what is not known of the means comes
        on top of the confidence, which is for chance alone.

    Raises
    ------
    SchemaError
        A number is negative or missing, a factor below 1, or the confidence out of range.
    CoverageError
        Labels differ.

    See Also
    --------
    occupancy_of : When the stay lasts until the decision.

    Notes
    -----
    Occupancy of a system without limit has the mean ``arrivals stay`` whatever the shape of
    the stay. Families come as a Poisson process, so that its variance is ``mean E[S^2] / E[S]``
    when families stay together; ``places = mean + z sqrt(variance)``, a normal approximation
    that is good for means above about 100.

    References
    ----------
    Eick, S. G., Massey, W. A. and Whitt, W. (1993). Operations Research 41(4), 731-742.

    Examples
    --------
    >>> found = reception_places(150, 6.5, factor=3.4)
    >>> found.mean.item(), found.places.item()
    (975.0, 1070)
    """
    from scipy.special import ndtri

    parts = {"arrivals": arrivals, "stay": stay, "factor": factor}
    given = [xr.DataArray(value, name=name) for name, value in parts.items()]
    arrays = dict(zip(parts, same_cells(*given), strict=True))
    faults: list[WorkbenchError] = [
        SchemaError(
            f"'{name}' cannot be used",
            where=name,
            remedy=f"give numbers of {least} or more",
            id="NegativeInput",
        )
        for name, least in (("arrivals", 0), ("stay", 0), ("factor", 1))
        if not bool((arrays[name] >= least).all())
    ]
    if not 0.5 < confidence < 1:
        what = f"a confidence of {confidence}"
        faults.append(SchemaError(what, where="confidence", remedy="between 0.5 and 1"))
    raise_faults(faults, where="reception")
    mean = arrays["arrivals"] * arrays["stay"]
    spread = (mean * arrays["factor"]) ** 0.5
    needed = mean + float(ndtri(confidence)) * spread
    made = {
        name: stamp(part, name=name, units="persons", kind="count", inputs=list(arrays.values()))
        for name, part in (("mean", mean), ("spread", spread), ("needed", needed))
    }
    whole = needed.copy(data=np.ceil(needed.to_numpy()).astype(np.int64))
    places = stamp(whole, name="places", units="places", kind="count")
    return ReceptionPlaces(**made, places=places, confidence=confidence)


def occupancy_of(
    caseload: Caseload,
    *,
    housed: xr.DataArray | float,
    months_after: int = 1,
    still_housed: xr.DataArray | float = 0.0,
) -> xr.DataArray:
    """Persons in reception month by month, when they stay until their case is over.

    Parameters
    ----------
    caseload : Caseload
        The queue, from expectations or from drawn courses of events.
    housed : float or DataArray [..., origin], share
        Of those with a case, how many live in reception.
    months_after : int, optional
        Months that a person may stay after the last decision.
    still_housed : float or DataArray [..., origin], persons, optional
        Persons in reception at the start whose case is over already; they leave evenly over
        ``months_after``.

    Returns
    -------
    DataArray [..., month], persons
        Occupancy at the end of the month. Its quantiles over ``trajectory`` are places that
        are enough; take the largest month.

    Raises
    ------
    SchemaError
        A share is not within 0 to 1, or months or persons are negative.
    CoverageError
        Origins differ.

    See Also
    --------
    reception_places : When stay does not hang on the queue.

    Notes
    -----
    ``occupancy[t] = housed (sum over stages of end[t] + decided for good in the last m months)``:
    the longer the queue, the longer the stay. Who withdraws leaves reception in the same month.

    Examples
    --------
    >>> from keruen.decide.refugees import run_caseload
    >>> coming = xr.DataArray([100.0, 100.0, 100.0], {"month": [1, 2, 3]})
    >>> queue = run_caseload(coming, officers=6, rate=10, recognition=0.5)
    >>> occupancy_of(queue, housed=0.5, months_after=1).values.tolist()
    [50.0, 70.0, 90.0]
    """
    share, rest = xr.DataArray(housed), xr.DataArray(still_housed)
    inside = bool(((share >= 0) & (share <= 1)).all())
    if not inside or months_after < 0 or not bool((rest >= 0).all()):
        raise SchemaError(
            "the share housed, months after the decision or persons still housed cannot be used",
            where="reception",
            remedy="give a share within 0 to 1, and months and persons of 0 or more",
            id="NegativeInput",
        )
    same_cells(caseload.end.rename("caseload"), share.rename("housed"), rest.rename("still_housed"))
    waiting = caseload.end.sum("stage")
    leaving = caseload.final().sum("stage")
    recent = xr.zeros_like(leaving)
    for lag in range(months_after):
        recent = recent + leaving.shift(month=lag, fill_value=0.0)
    ahead = np.arange(1, leaving.sizes["month"] + 1)
    left = np.clip(1 - ahead / max(months_after, 1), 0, None)
    before = rest * xr.DataArray(left, {"month": leaving["month"].to_numpy()})
    cells = share * (waiting + recent) + before / _origins(rest, leaving)
    return stamp(
        cells.sum("origin"),
        name="occupancy",
        units="persons",
        kind="count",
        inputs=[caseload.end],
        concept="stock",
    )


def _origins(rest: xr.DataArray, cells: xr.DataArray) -> int:
    """Over how many origins one number for all of them is spread."""
    return 1 if "origin" in rest.dims else cells.sizes["origin"]
