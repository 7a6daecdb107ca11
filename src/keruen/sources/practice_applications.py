# SPDX-License-Identifier: Apache-2.0
"""Practice applications for asylum: months made up, with a season and waves of known size."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from keruen.core.errors import FileError, SchemaError
from keruen.core.random import stream
from keruen.sources.formats.sheets import Sheet, write_sheets
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    import pandas as pd

PRACTICE: Final = "practice data: made up, not real"
"""What every row of practice applications says of its source."""

_YEARS: Final = 6
_FIRST_YEAR: Final = 2020
_MONTHS: Final = 12
_LEVEL: Final = 120.0
_SEASON: Final = 0.3
_STRAYS: Final = 0.12
_COMES_BACK: Final = 0.9
_ENDINGS: Final = (".csv", ".xlsx", ".parquet")


def practice_applications(*, seed: int) -> pd.DataFrame:
    """Made-up applications of six years by month.

    Parameters
    ----------
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    DataFrame
        Columns ``month`` (first day), ``applications``, ``source``.

    See Also
    --------
    write_practice_applications : Writes them to a file.

    Notes
    -----
    Poisson numbers about 120 a month times a season (a third up in summer and down in winter)
    times a level that strays by 12% a month and comes back by a tenth. Nothing in it says
    anything about any country.

    Examples
    --------
    >>> made = practice_applications(seed=1)
    >>> len(made), set(made["source"]) == {PRACTICE}
    (72, True)
    """
    import pandas as pd

    rng = stream(seed, "practice", "applications")
    count = _YEARS * _MONTHS
    shocks = rng.normal(0, _STRAYS, count)
    level = np.zeros(count)
    for month in range(1, count):
        level[month] = _COMES_BACK * level[month - 1] + shocks[month]
    season = 1 - _SEASON * np.cos(2 * np.pi * np.arange(count) / _MONTHS)
    days = pd.date_range(f"{_FIRST_YEAR}-01-01", periods=count, freq="MS")
    return pd.DataFrame(
        {
            "month": days.strftime("%Y-%m-%d"),
            "applications": rng.poisson(_LEVEL * season * np.exp(level)),
            "source": PRACTICE,
        }
    )


def write_practice_applications(path: Path, *, seed: int) -> int:
    """Write made-up applications to a file that says so in every row.

    Parameters
    ----------
    path : Path
        File ending in ``.csv``, ``.xlsx`` or ``.parquet``.
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    SchemaError
        The seed is negative.
    FileError
        Another ending (``UnknownFormat``), or the file cannot be written (``NotWritable``).

    Examples
    --------
    >>> import tempfile
    >>> write_practice_applications(Path(tempfile.mkdtemp()) / "practice.csv", seed=1)
    72
    """
    ending = path.suffix.lower()
    if ending not in _ENDINGS:
        raise FileError(
            f"practice data cannot be written as '{path.suffix}'",
            where=str(path),
            remedy=f"end the name in {', '.join(_ENDINGS)}",
            id="UnknownFormat",
        )
    if seed < 0:
        raise SchemaError("the seed is negative", where="seed", remedy="give 0 or more")
    table = practice_applications(seed=seed)
    with staged_file(path) as draft:
        if ending == ".xlsx":
            rows = table.to_numpy().tolist()
            write_sheets([Sheet("practice", list(table.columns), rows, [12.0] * 3)], draft)
        elif ending == ".parquet":
            table.to_parquet(draft, index=False)
        else:
            table.to_csv(draft, index=False)
    return len(table)
