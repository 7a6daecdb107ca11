# SPDX-License-Identifier: Apache-2.0
"""Practice emigrants by education: made up, with known rates, the same for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import xarray as xr

from keruen.core.errors import FileError, SchemaError
from keruen.core.random import stream
from keruen.sources.education_inputs import residents_by_education
from keruen.sources.formats.sheets import Sheet, write_sheets
from keruen.sources.output import staged_file

if TYPE_CHECKING:
    import pandas as pd

PRACTICE: Final = "practice data: made up, not real"
"""What every row of practice emigrants says of its source."""
TITLE: Final = "PRACTICE DATA, made up, not real: emigrants aged 25 and over by education"

_ORIGINS: Final = ("KAZ", "KGZ", "MDA", "TJK", "UKR", "UZB")
_DESTINATIONS: Final = ("CAN", "DEU", "ISR", "ITA", "KOR", "POL", "RUS", "TUR", "USA")
_LEVELS: Final = ("low", "medium", "high")
_ENTRY: Final = {"0-11": 0.08, "12-17": 0.07, "18-21": 0.15, "22+": 0.70}
_UNKNOWN: Final = 0.03
_YEAR: Final = 2020
_ENDINGS: Final = (".csv", ".xlsx", ".parquet")


@dataclass(frozen=True)
class PracticeEmigrants:
    """What was made up.

    Parameters
    ----------
    table : DataFrame
        Rows as the file holds them.
    rate : DataArray [origin, education], percent
        The true emigration rates behind them.
    """

    table: pd.DataFrame
    rate: xr.DataArray


def practice_emigrants(*, seed: int) -> PracticeEmigrants:
    """Made-up emigrants of six countries in nine others, by schooling, sex and age at arrival.

    Parameters
    ----------
    seed : int
        The same seed gives the same rows.

    Returns
    -------
    PracticeEmigrants

    See Also
    --------
    write_practice_emigrants : Writes them to a file.

    Notes
    -----
    Rates are drawn at random (low 1 to 5, high 3 to 20 percent) and multiply the residents
    that the package holds; destinations, ages at arrival and unknown schooling are drawn
    from made-up shares. Nothing in it says anything about any country.

    Examples
    --------
    >>> made = practice_emigrants(seed=1)
    >>> set(made.table["source"]) == {PRACTICE}, made.rate.sizes["origin"]
    (True, 6)
    """
    rng = stream(seed, "practice", "emigrants")
    people = residents_by_education([_YEAR], countries=list(_ORIGINS)).sel(year=_YEAR)
    home = people.transpose("country", "education", "sex").to_numpy()
    rate = np.stack(
        [rng.uniform(low, high, len(_ORIGINS)) for low, high in ((1, 5), (2, 9), (3, 20))], axis=1
    )
    abroad = rng.poisson(home * (rate / (100 - rate))[..., None])
    place = rng.dirichlet(np.full(len(_DESTINATIONS), 0.8), (len(_ORIGINS), len(_LEVELS)))
    by_place = rng.multinomial(abroad, np.repeat(place[:, :, None], 2, axis=2))
    by_age = rng.multinomial(by_place, list(_ENTRY.values()))
    hidden = rng.binomial(by_age, _UNKNOWN)
    # origin, education, sex, destination, age at arrival
    return PracticeEmigrants(
        _rows(by_age - hidden, hidden.sum(axis=1)),
        xr.DataArray(
            rate,
            coords={"origin": list(_ORIGINS), "education": list(_LEVELS)},
            name="emigration_rate",
            attrs={"units": "percent", "kind": "share"},
        ),
    )


def _rows(known: np.ndarray, hidden: np.ndarray) -> pd.DataFrame:
    """One row an origin, destination, sex and age at arrival; every row says what it is."""
    import pandas as pd

    axes = (_ORIGINS, ("F", "M"), _DESTINATIONS, tuple(_ENTRY))
    index = pd.MultiIndex.from_product(axes, names=["origin", "sex", "destination", "entry_age"])
    keys = index.to_frame(index=False)[["origin", "destination", "sex", "entry_age"]]
    keys.insert(0, "year", _YEAR)
    counts = {f"emigrants_{level}": known[:, at].reshape(-1) for at, level in enumerate(_LEVELS)}
    table = keys.assign(**counts, emigrants_unknown=hidden.reshape(-1), source=PRACTICE)
    everybody = table.filter(like="emigrants_").sum(axis=1)
    return table[everybody > 0].reset_index(drop=True)


def write_practice_emigrants(path: Path, *, seed: int) -> int:
    """Write made-up emigrants to a file that says so in its title and in every row.

    Parameters
    ----------
    path : Path
        File ending in ``.csv``, ``.xlsx`` or ``.parquet``.
    seed : int
        The same seed gives the same bytes.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    SchemaError
        The seed is negative (``BadSetting``).
    FileError
        Another ending (``UnknownFormat``), or the file cannot be written (``NotWritable``).

    See Also
    --------
    keruen.sources.emigrant_files.read_emigrants : Reads it like any other file.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "practice.csv"
    >>> rows = write_practice_emigrants(file, seed=1)
    >>> file.read_text().splitlines()[0] == TITLE.replace(",", ";")
    True
    """
    if seed < 0:
        raise SchemaError(
            "the seed is negative", where="seed", remedy="give 0 or more", id="BadSetting"
        )
    if path.suffix.lower() not in _ENDINGS:
        raise FileError(
            f"practice data cannot be written as '{path.suffix}'",
            where=str(path),
            remedy=f"end the name in {', '.join(_ENDINGS)}",
            id="UnknownFormat",
        )
    table = practice_emigrants(seed=seed).table
    with staged_file(path) as draft:
        if path.suffix.lower() == ".xlsx":
            rows = [list(table.columns), *table.to_numpy().tolist()]
            write_sheets([Sheet("practice", [TITLE], rows, [12.0] * 4)], draft)
        elif path.suffix.lower() == ".parquet":
            table.attrs["title"] = TITLE
            table.to_parquet(draft, index=False)
        else:
            title = TITLE.replace(",", ";")  # one cell of a CSV file
            draft.write_text(f"{title}\n{table.to_csv(index=False)}", encoding="utf-8")
    return len(table)
