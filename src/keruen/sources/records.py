# SPDX-License-Identifier: Apache-2.0
"""Person-level records from files, in an engine that need not hold them in memory.

DuckDB works inside the process and sets aside on disk what does not fit. Apache Spark does the
same work on a cluster; where that is, Spark's own configuration says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from keruen.core.errors import FileError, SchemaError
from keruen.core.records import PersonRecords, need_records_extra
from keruen.sources._record_layouts import LAYOUTS, FileForm, Layout

if TYPE_CHECKING:
    from keruen.sources._duckdb_records import DuckRecords

Engine = Literal["duckdb", "spark"]
DIRECTIONS: Final[Mapping[str, int]] = {"1": 1, "0": 0}
"""Codes of arrival and departure when no others are given."""
_UNITS: Final = {"": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "TB": 10**12}
_SEPARATORS: Final = ",;\t|"
_HINTS: Final = {
    "unknown_direction": "arrival is 1 and departure 0; other codes are told under 'directions:' "
    "in the mapping file (--columns)",
    "unreadable_time": "write times as 2024-03-31 23:59, or dates as 2024-03-31; day first is not "
    "read",
    "unreadable_row": "save the file as CSV UTF-8, and look for a quotation mark that stands alone",
    "outside_window": "check --observed-from and --observed-until",
    "too_few_fields": "check that every row has the separators of the first",
    "too_many_fields": "check that every row has the separators of the first",
}


def open_records(
    paths: Sequence[Path],
    *,
    layout: str | Layout = "crossings",
    columns: Mapping[str, str] | None = None,
    directions: Mapping[str, int] | None = None,
    carry: Sequence[str] = (),
    window: tuple[date | None, date | None] = (None, None),
    engine: Engine = "duckdb",
    memory: str = "2GB",
    threads: int | None = None,
    work: Path | None = None,
    progress: Callable[[int], None] | None = None,
    beside: PersonRecords | None = None,
) -> PersonRecords:
    """Records of one or many files of the same form.

    Parameters
    ----------
    paths : sequence of Path
        Parquet or CSV files, all of one kind and with the same columns.
    layout : str or Layout, optional
        What the files hold: "crossings", "deaths", "births", "status_known".
    columns : dict of str to str, optional
        Heading in the file by column, where they differ.
    directions : dict of str to int, optional
        1 (arrival) or 0 (departure) by code in the file; 1 and 0 themselves when not given.
    carry : sequence of str, optional
        Further columns to keep, as text.
    window : tuple of date or None, optional
        First day observed, and first day after the last; rows outside are refused.
    engine : {"duckdb", "spark"}, optional
        Where the rows are kept.
    memory : str, optional
        Memory that DuckDB and this process may use together, such as "4GB".
    threads : int, optional
        Threads of DuckDB; as many as there are processors when not given.
    work : Path, optional
        Folder for what does not fit in memory.
    progress : callable, optional
        Told, while a kernel runs in DuckDB, how many further rows it has seen. Rows that are
        first divided by person count half then, half when the kernel has seen them.
    beside : PersonRecords, optional
        Records opened before; these join their engine, and may be stacked with them.

    Returns
    -------
    PersonRecords
        The rows that could be read. The others are counted in ``rejects`` by reason:
        ``null_person``, ``null_crossing_id``, ``repeated_crossing_id``, ``unknown_direction``,
        ``unreadable_time``, ``mixed_time_zones``, ``too_few_fields``, ``too_many_fields``,
        ``unreadable_row``, ``outside_window``; of spells also ``end_not_after_start``.

    Raises
    ------
    FileError
        A file is not there (``NotFound``), may not be read (``NotReadable``), is empty
        (``EmptyFile``), no text (``NotText``) or damaged (``DamagedFile``), or the disk is full
        (``DiskFull``).
    SchemaError
        A column is missing (``MissingColumn``) or of the wrong type (``WrongType``), files
        differ (``DifferentColumns``), two columns have one heading (``DuplicateHeading``), no
        row can be used (``NothingUsable``).

    See Also
    --------
    keruen.measure.residence.classify_crossings : Uses crossings.

    Notes
    -----
    Times are local times at the checkpoint. Text is read as ``2024-03-31 23:59:00``, with T,
    fractions of a second or a zone as they come; of a zone only the clock time counts, and
    rows whose zone is not that of most are refused. When all are dates, times are dates.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "crossings.csv"
    >>> _ = file.write_text("crossing_id,person,event_time,direction\\n1,A,2024-05-01,1\\n2,,,1\\n")
    >>> with open_records([file], columns={"person_id": "person"}) as records:
    ...     records.count(), records.rejects[["reason", "count", "row"]].values.tolist()
    (1, [['null_person', 1, 3]])
    """
    need_records_extra()
    files = [Path(path) for path in paths]
    form = FileForm(
        layout=LAYOUTS[layout] if isinstance(layout, str) else layout,
        headings=dict(columns or {}),
        directions={str(code).lower(): way for code, way in (directions or DIRECTIONS).items()},
        carry=list(carry),
        separator=_form(files),
        window=window,
    )
    records: PersonRecords
    if engine == "spark" or type(beside).__name__ == "SparkRecords":
        from keruen.sources import _spark_reading

        records = _spark_reading.read(files, form)
    else:
        from keruen.sources import _duckdb_reading, _duckdb_records

        room = _duckdb_records.engine_of(beside) or _duckdb_records.DuckEngine(
            parse_memory(memory), threads, work, progress
        )
        try:
            records = _duckdb_reading.read(room, files, form)
        except BaseException:
            if beside is None:
                room.close()
            raise
    _refuse_empty(records, close=beside is None)
    return records


def table_records(
    *, beside: PersonRecords | None = None, **columns: Sequence[object]
) -> DuckRecords:
    """Records of a small table in memory, for examples and tests.

    Parameters
    ----------
    beside : PersonRecords, optional
        Records made before, whose engine these join.
    **columns : sequence
        Values by column, of types that Arrow understands.

    Returns
    -------
    PersonRecords

    Examples
    --------
    >>> table_records(person_id=[1, 1, 2]).tabulate(["person_id"])["count"].tolist()
    [2, 1]
    """
    need_records_extra()
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    from keruen.sources._duckdb_records import DuckEngine, DuckRecords, engine_of, literal

    engine = engine_of(beside) or DuckEngine(parse_memory("1GB"), 1, None, None)
    path = engine.path()
    table = pa.table(columns)
    if "direction" in table.column_names:
        place = table.column_names.index("direction")
        table = table.set_column(place, "direction", table["direction"].cast(pa.int8()))
    pq.write_table(table, path)
    none = pd.DataFrame({"reason": [], "count": [], "file": [], "row": []})
    return DuckRecords(engine, f"SELECT * FROM read_parquet({literal(path)})", rejects=none)  # noqa: S608


def parse_memory(text: str) -> int:
    """Bytes of a size such as 512MB or 4GB.

    Parameters
    ----------
    text : str
        Number and unit: KB, MB, GB or TB.

    Returns
    -------
    int

    Raises
    ------
    SchemaError
        It is no size (``BadSize``).

    Examples
    --------
    >>> parse_memory("1.5GB")
    1500000000
    """
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?B?)\s*", text.upper())
    unit = match[2] if match else ""
    unit = unit + "B" if unit and not unit.endswith("B") else unit
    if match is None or unit not in _UNITS:
        raise SchemaError(f"'{text}' is no size", remedy="write it as 512MB or 4GB", id="BadSize")
    return int(float(match[1]) * _UNITS[unit])


def _form(files: Sequence[Path]) -> str | None:
    """Separator of CSV files, None for Parquet; every file must be there and readable."""
    if not files:
        raise FileError("no file is given", remedy="name at least one", id="NotFound")
    texts = [_is_text(file) for file in files]
    if len(set(texts)) > 1:
        raise SchemaError(
            "Parquet and CSV together",
            where=", ".join(map(str, files)),
            remedy="give files of one form",
            id="DifferentColumns",
        )
    return _separator(files[0]) if texts[0] else None


def _is_text(file: Path) -> bool:
    """Whether a file is no Parquet; a Parquet that was cut off is refused."""
    try:
        with file.open("rb") as content:
            parquet = content.read(4) == b"PAR1"
            content.seek(-min(4, content.seek(0, 2)), 2)
            cut = content.read() != b"PAR1"
    except FileNotFoundError as fault:
        raise FileError(
            "there is no such file", where=str(file), remedy="check the name", id="NotFound"
        ) from fault
    except IsADirectoryError as fault:
        raise FileError(
            "this is a folder",
            where=str(file),
            remedy="name the files in it, such as folder/*.parquet",
            id="NotReadable",
        ) from fault
    except OSError as fault:
        raise FileError(
            f"the file may not be read: {fault.strerror}",
            where=str(file),
            remedy="ask for the right to read it",
            id="NotReadable",
        ) from fault
    if (parquet or file.suffix.lower() == ".parquet") and cut:
        raise FileError(
            "the Parquet file is not whole: its end is missing",
            where=str(file),
            remedy="copy the file anew",
            id="DamagedFile",
        )
    return not parquet


def _separator(file: Path) -> str:
    """The separator that stands most often in the first line."""
    with file.open(encoding="utf-8-sig", errors="replace") as lines:
        head = lines.readline()
    if "\0" in head:
        raise FileError(
            "the file is no text in UTF-8",
            where=str(file),
            remedy="save it as CSV UTF-8, or better as Parquet",
            id="NotText",
        )
    if not head.strip():
        raise FileError(
            "the file is empty" if file.stat().st_size == 0 else "the first line is empty",
            where=str(file),
            remedy="the first line names the columns",
            id="EmptyFile",
        )
    return max(_SEPARATORS, key=head.count)


def _refuse_empty(records: PersonRecords, *, close: bool) -> None:
    """Refuse files of which no row can be used; files without rows may be."""
    if len(records.rejects) and records.count() == 0:
        first = records.rejects.sort_values("count", ascending=False).iloc[0]
        rows = int(records.rejects["count"].sum())
        if close:
            records.close()
        raise SchemaError(
            f"none of {rows} rows can be used: {first['reason'].replace('_', ' ')}",
            where=f"{first['file']}, row {first['row']}",
            remedy=_HINTS.get(first["reason"], "check the columns and codes of the file"),
            id="NothingUsable",
        )
