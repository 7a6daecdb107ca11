# SPDX-License-Identifier: Apache-2.0
"""What missed scans and missed links do to migration flows, found by making more of them.

One fault in a thousand crossings may make as many false migrations as there are true ones. How
many depends on who travels and how, so it is not supposed but tried: with as many faults again,
and twice as many, the flows rise; back along that line they come to no faults at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from keruen.core.arrays import stamp
from keruen.core.errors import SchemaError
from keruen.core.random import stream
from keruen.core.records import Batches, PersonRecords, need_records_extra, whole_persons
from keruen.measure._record_keys import SECRET, person_keys
from keruen.measure.linkage_errors import MissedLinks, wilson

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Fault = Literal["links", "scans"]
_Z95: Final = 1.959963984540054
_KEYS: Final = 2**32


@dataclass(frozen=True)
class MissedScans:
    """Crossings that were not recorded.

    Parameters
    ----------
    pairs : int
        Crossings used that another of the same person follows.
    repeated : int
        Those that lead the same way as the next, so that one between them is missing.
    rate : float
        Share of crossings missed.
    lower, upper : float
        95 % interval of the share.

    See Also
    --------
    missed_scans : Makes it.
    """

    pairs: int
    repeated: int
    rate: float
    lower: float
    upper: float


def missed_scans(reasons: pd.DataFrame) -> MissedScans:
    """Share of crossings that were not recorded, told by two in a row that lead one way.

    Parameters
    ----------
    reasons : DataFrame
        ``what``, ``reason``, ``count``, as ``answer_counts`` makes them of answers with
        ``gap="midpoint"``; the table ``reasons`` of a run without disclosure control.

    Returns
    -------
    MissedScans

    Raises
    ------
    SchemaError
        No person crossed twice (``NothingKnown``).

    See Also
    --------
    corrected_flows : The flows without.

    Notes
    -----
    When each crossing is missed with chance ``m``, whoever else is, a share ``m / (1 + m)`` of
    neighbours has an odd number missing between them. Where that leaves two of one direction
    within the time of an echo, they count as one that was scanned twice: the share is a little
    too low where people come back within hours.

    Examples
    --------
    >>> import pandas as pd
    >>> reasons = pd.DataFrame(
    ...     {
    ...         "what": ["answers", "first_status", "supposed"],
    ...         "reason": ["none", "unknown", "crossings"],
    ...         "count": [1100, 99, 1],
    ...     }
    ... )
    >>> found = missed_scans(reasons)
    >>> found.pairs, found.repeated, round(found.rate, 6)
    (1001, 1, 0.001)
    """
    sums = reasons.groupby("what")["count"].sum()
    pairs = int(sums.get("answers", 0) - sums.get("first_status", 0))
    repeated = int(sums.get("supposed", 0))
    if pairs < 1:
        raise SchemaError(
            "nobody crossed twice",
            where="reasons",
            remedy="give the reasons of answers without disclosure control",
            id="NothingKnown",
        )
    share, lower, upper = (each / (1 - each) for each in wilson(repeated, pairs))
    return MissedScans(pairs, repeated, share, lower, upper)


def with_more_faults(
    crossings: PersonRecords, *, fault: Fault, share: float, seed: int
) -> PersonRecords:
    """Crossings with further faults, at random.

    Parameters
    ----------
    crossings : PersonRecords
        Crossings with ``crossing_id``, ``person_id``, ``event_time``.
    fault : {"links", "scans"}
        ``links``: before a share of crossings the person gets another identity, from then on;
        ``scans``: a share of crossings is left out.
    share : float
        Share of crossings, 0 or more and below 1.
    seed : int
        The same seed hits the same crossings, and with a larger share more.

    Returns
    -------
    PersonRecords
        The same columns; with ``links``, ``person_id`` is text.

    Raises
    ------
    SchemaError
        The share is out of range (``BadSetting``).

    See Also
    --------
    corrected_flows : Uses it.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.sources.records import table_records
    >>> rows = {"crossing_id": range(1000), "person_id": [1] * 1000}
    >>> table = table_records(**rows, event_time=[date(2020, 1, 1)] * 1000)
    >>> 80 < 1000 - with_more_faults(table, fault="scans", share=0.1, seed=1).count() < 120
    True
    """
    need_records_extra()
    if not 0 <= share < 1:
        raise SchemaError(
            f"{share:g} is no share of crossings",
            where="share",
            remedy="give 0 or more, below 1",
            id="BadSetting",
        )
    secret = stream(seed, "fault_effects", fault).bytes(SECRET)
    if fault == "scans":
        return crossings.apply(_Left(share, secret), crossings.schema)
    return crossings.apply(
        _Torn(share, secret), _textual(crossings.schema), order=["event_time", "crossing_id"]
    )


def _textual(schema: pa.Schema) -> pa.Schema:
    import pyarrow as pa

    return schema.set(schema.get_field_index("person_id"), pa.field("person_id", pa.string()))


def _hit(crossing: pa.Array, share: float, secret: bytes) -> NDArray[np.bool_]:
    """Crossings that a share hits, whatever rows stand beside them."""
    return person_keys(crossing, secret) < share * _KEYS


@dataclass(frozen=True)
class _Left:
    """Kernel: crossings without those that are hit."""

    share: float
    secret: bytes

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa

        for batch in batches:
            yield batch.filter(pa.array(~_hit(batch["crossing_id"], self.share, self.secret)))


@dataclass(frozen=True)
class _Torn:
    """Kernel: crossings of persons who are somebody else from each crossing that is hit."""

    share: float
    secret: bytes

    def __call__(self, batches: Batches) -> Batches:
        import pyarrow as pa
        import pyarrow.compute as pc

        for batch in whole_persons(batches):
            torn = np.cumsum(_hit(batch["crossing_id"], self.share, self.secret))
            person = batch["person_id"].cast(pa.string())
            # The number of tears before tells identities of one person apart.
            known = pc.binary_join_element_wise(person, pa.array(torn).cast(pa.string()), "/")
            place = batch.schema.get_field_index("person_id")
            columns: list[Any] = [*batch.columns]
            columns[place] = known
            yield pa.RecordBatch.from_arrays(columns, schema=_textual(batch.schema))


def corrected_flows(
    crossings: PersonRecords,
    count: Callable[[PersonRecords], xr.DataArray],
    *,
    missed: MissedScans | MissedLinks,
    seed: int,
    repeats: int = 4,
) -> xr.DataArray:
    """Gross flows as they would be if no scan, or no link, had been missed.

    Parameters
    ----------
    crossings : PersonRecords
        Crossings by person, as they are.
    count : callable
        Makes flows of crossings, with the same cells each time: such as
        ``lambda rows: total_flows(classify_crossings(rows, ...))``. It is called
        ``2 * repeats + 1`` times, so narrow the crossings to a sample of persons first when
        they are many.
    missed : MissedScans or MissedLinks
        Share of crossings, or of links, that was missed.
    seed : int
        The same seed gives the same answer.
    repeats : int, optional
        How often faults are drawn; more of them narrow the interval a little.

    Returns
    -------
    DataArray [quantile, ...], persons
        Quantiles 0.025, 0.5 and 0.975.

    Raises
    ------
    SchemaError
        A third of the crossings or more was missed, or ``repeats`` is below 1
        (``BadSetting``).

    See Also
    --------
    missed_scans, keruen.measure.linkage_errors.missed_links : Make the share.
    keruen.measure.linkage_errors.corrected_flow : A rule of thumb from counts alone.

    Notes
    -----
    Let ``F0`` be the flow as counted, ``F1`` with as many faults again, ``F2`` with twice as
    many, means over the repeats. The parabola through the three, taken to no faults, is
    ``3 F0 - 3 F1 + F2``. The interval holds the play of chance in faults that were made
    (of Poisson size), in those that were drawn, and the uncertainty of the share.

    This is extrapolation of simulated error (Cook and Stefanski 1994). It supposes that faults
    hit crossings at random: a checkpoint where nobody is scanned on some days is another thing.

    References
    ----------
    Cook, J.R., Stefanski, L.A. (1994). Simulation-extrapolation estimation in parametric
    measurement error models. Journal of the American Statistical Association 89(428),
    1314-1328.

    Examples
    --------
    >>> from datetime import date
    >>> from keruen.sources.records import table_records
    >>> rows = {"crossing_id": range(10_000), "person_id": range(10_000)}
    >>> table = table_records(**rows, event_time=[date(2020, 1, 1)] * 10_000)
    >>> def all_rows(crossings):
    ...     return xr.DataArray([crossings.count()], coords={"flow": ["all"]})
    >>> missed = MissedScans(9000, 900, 0.1, 0.09, 0.11)
    >>> found = corrected_flows(table, all_rows, missed=missed, seed=1).squeeze("flow")
    >>> bool(found.sel(quantile=0.025) < 10_000 / 0.9 < found.sel(quantile=0.975))
    True
    """
    tried = missed.rate or missed.upper  # none was seen: as many as there might be
    if not 0 < 3 * tried < 1 or repeats < 1:
        raise SchemaError(
            f"{missed.rate:.0%} missed in {repeats} repeats: nothing can be extrapolated",
            where="missed, repeats",
            remedy="mend the records first, or give 1 repeat or more",
            id="BadSetting",
        )
    fault: Fault = "links" if isinstance(missed, MissedLinks) else "scans"
    flow = count(crossings).astype(float)
    made = []
    for times in (1, 2):
        share = times * tried / (1 - tried)  # of what is left, for so many more of all
        worse = [
            with_more_faults(crossings, fault=fault, share=share, seed=seed + each)
            for each in range(repeats)
        ]
        made.append(sum(count(rows).astype(float) for rows in worse) / repeats - flow)
    false = 3 * made[0] - made[1]
    chance = _Z95 * np.sqrt(abs(false) + 5 * abs(made[0]) / repeats)
    bounds = {0.025: missed.upper, 0.5: missed.rate, 0.975: missed.lower}
    found = []
    for quantile, rate in bounds.items():
        play = np.sqrt((false * (rate - missed.rate) / tried) ** 2 + chance**2)
        side = np.sign(quantile - 0.5)
        found.append(
            (flow - false * missed.rate / tried + side * play).expand_dims(quantile=[quantile])
        )
    return stamp(
        xr.concat(found, "quantile"), name="corrected_flows", units="persons", kind="count"
    )
