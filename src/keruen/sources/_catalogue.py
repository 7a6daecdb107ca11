# SPDX-License-Identifier: Apache-2.0
"""Reading the catalogue of the embedded data, and checking files against it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from keruen.core.errors import FileError
from keruen.core.origin import LICENCES, Source
from keruen.sources.datasets import Catalogue, Column, DataMap, DataSet, Defect, Label, Series

FOLDER: Final = Path(__file__).parents[1] / "data"
"""Where the embedded tables stand."""
_REINSTALL: Final = "reinstall the package: pip install --force-reinstall keruen"


@cache
def read_catalogue(folder: Path = FOLDER) -> Catalogue:
    """The catalogue of a data folder.

    Parameters
    ----------
    folder : Path, optional
        Folder with ``catalogue.json``; the package's own when not given.

    Returns
    -------
    Catalogue

    Raises
    ------
    FileError
        The catalogue is missing or damaged.
    """
    content = _json(folder)
    pool = [_labels(packed) for packed in content["labels"]]
    publications = content["publications"]
    return Catalogue(_dataset(item, pool, publications, folder) for item in content["tables"])


@cache
def read_maps(folder: Path = FOLDER) -> tuple[DataMap, ...]:
    """The maps of a data folder.

    Parameters
    ----------
    folder : Path, optional
        Folder with ``catalogue.json``; the package's own when not given.

    Returns
    -------
    tuple of DataMap
    """
    content = _json(folder)
    return tuple(
        DataMap(
            id=item["id"],
            title=item["title"],
            source=_source(item, content["publications"]),
            features=item["features"],
            digest=item["digest"],
            file=folder / item["file"],
        )
        for item in content["maps"]
    )


def left_out(folder: Path = FOLDER) -> tuple[tuple[str, str], ...]:
    """What the sources hold and the package does not, and why.

    Parameters
    ----------
    folder : Path, optional
        Folder with ``catalogue.json``; the package's own when not given.

    Returns
    -------
    tuple of (str, str)
        What, and why.
    """
    return tuple((item["what"], item["why"]) for item in _json(folder)["left_out"])


@lru_cache(maxsize=4)
def _json(folder: Path) -> dict[str, Any]:
    file = folder / "catalogue.json"
    try:
        content: dict[str, Any] = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise FileError(
            "the catalogue of the embedded data cannot be read",
            where=str(file),
            remedy=_REINSTALL,
        ) from error
    return content


def _labels(packed: dict[str, int] | list[Label]) -> tuple[Label, ...]:
    if isinstance(packed, dict):
        return tuple(range(packed["from"], packed["to"] + 1))
    return tuple(packed)


def _source(item: Mapping[str, Any], publications: Mapping[str, Any]) -> Source:
    given = publications[item["publication"]]
    return Source(
        id=item["id"],
        title=given["title"],
        publisher=given["publisher"],
        citation=given["citation"],
        licence=LICENCES[given["licence"]],
        edition=given.get("edition", ""),
    )


def _dataset(
    item: Mapping[str, Any],
    pool: Sequence[tuple[Label, ...]],
    publications: Mapping[str, Any],
    folder: Path,
) -> DataSet:
    series = {
        name: Series(
            name=name,
            units=one["units"],
            kind=one["kind"],
            description=one["description"],
            rows=one["rows"],
            years=tuple(one["years"]),
            labels={key: pool[number] for key, number in one["labels"].items()},
        )
        for name, one in item.get("series", {}).items()
    }
    publication = publications[item["publication"]]
    named = ("table_only", "age", "projected_from", "interval_years", "derived", "note")
    return DataSet(
        id=item["id"],
        title=item["title"],
        source=_source(item, publications),
        columns=tuple(Column(**column) for column in item["columns"]),
        labels={key: pool[number] for key, number in item["labels"].items()},
        series=series,
        years=tuple(item["years"]),
        rows=item["rows"],
        digest=item["digest"],
        defects=tuple(_defect(defect) for defect in item["defects"]),
        file=folder / item["file"],
        facts={name: item[name] for name in named if name in item}
        | {name: note for name, note in publication.items() if name == "licence_note"},
    )


def _defect(item: Mapping[str, Any]) -> Defect:
    where = {key: tuple(labels) for key, labels in item["where"].items()}
    return Defect(id=item["id"], texts=item["text"], where=where, doubt=item["doubt"])


def verify(file: Path, digest: str) -> None:
    """Check that a file is the one the catalogue describes.

    Parameters
    ----------
    file : Path
        File of the package.
    digest : str
        SHA-256 that the catalogue states.

    Raises
    ------
    FileError
        The file is missing, or is another one (``DigestMismatch``).
    """
    try:
        state = file.stat()
        found = _digest(file, state.st_size, state.st_mtime_ns)
    except OSError as error:
        raise FileError(
            "an embedded data file is missing or cannot be read",
            where=str(file),
            remedy=_REINSTALL,
        ) from error
    if found != digest:
        raise FileError(
            f"an embedded data file is damaged: digest {found} instead of {digest}",
            where=str(file),
            remedy=_REINSTALL,
            id="DigestMismatch",
        )


@lru_cache(maxsize=1024)
def _digest(file: Path, size: int, modified: int) -> str:  # noqa: ARG001
    """Digest of a file, computed once as long as size and time stay the same."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
