# SPDX-License-Identifier: Apache-2.0
"""Person-level records in Apache Spark: the same kernels, on as many machines as there are.

The session is the one that runs, or a new one; its master, memory and storage are those of
Spark's own configuration. Rows are repartitioned by person and sorted within partitions.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from keruen.core.errors import FileError, SchemaError
from keruen.core.records import Batches, Kernel, PersonRecords, Where, whole_persons
from keruen.sources._record_frames import tidy
from keruen.sources._record_layouts import (
    REPEATED,
    UNIQUE,
    Column,
    Dialect,
    FileForm,
    Held,
    csv_headings,
    match_columns,
    reading,
    same_columns,
    time_form,
    time_forms,
)
from keruen.sources.output import staged_file, staged_folder

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

DIALECT: Final = Dialect("STRING", "TIMESTAMP_NTZ", "regexp_like")
_BATCH: Final = 10_000
_HELD: Final[dict[str, Held]] = {
    **dict.fromkeys(["tinyint", "smallint", "int", "bigint"], "whole"),
    "timestamp_ntz": "time",
    "timestamp": "zoned",
    "string": "text",
    "date": "date",
}


def session() -> SparkSession:
    """The Spark session in use, or a new one as Spark is configured.

    Raises
    ------
    SchemaError
        The ``spark`` extra is not installed (``ExtraMissing``).
    """
    if find_spec("pyspark") is None:
        raise SchemaError(
            "the Spark engine needs pyspark and Java",
            remedy="install with: pip install 'keruen[records,spark]', and Java 17",
            id="ExtraMissing",
        )
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers need what is here
    running = SparkSession.getActiveSession()
    try:
        return running or _settings(SparkSession.builder).getOrCreate()
    except (PySparkException, OSError) as fault:
        raise SchemaError(
            f"Spark does not start: {str(fault).strip().splitlines()[0]}",
            where="engine",
            remedy="install Java 17 and check Spark's own configuration, above all spark.master",
            id="EngineNotStarted",
        ) from fault


def _settings(builder: SparkSession.Builder) -> SparkSession.Builder:
    """What a session of our own is told; everything else is Spark's own configuration."""
    few_tasks = "spark.sql.optimizer.canChangeCachedPlanOutputPartitioning"
    settings = {
        "spark.app.name": "keruen",
        "spark.ui.showConsoleProgress": "false",
        # What is kept gets as many parts as it has rows for, not two hundred each time.
        few_tasks: "true",
    }
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder


@contextmanager
def _faults(where: str) -> Iterator[None]:
    """Spark's faults in our words."""
    from pyspark.errors import PySparkException, PythonException

    try:
        yield
    except PythonException as fault:  # of a kernel, on a worker
        ours = re.search(r"^keruen\.core\.errors\.\w+: (.*)$", str(fault), re.MULTILINE)
        if ours is None:
            raise
        raise SchemaError(ours[1], where=where, id="InKernel") from fault
    except PySparkException as fault:
        text = str(fault).strip().splitlines()[0]
        if "No space left" in str(fault):
            raise FileError(
                "the disk is full while rows are set aside",
                where=where,
                remedy="free space, or give Spark other local folders",
                id="DiskFull",
            ) from fault
        raise FileError(
            f"a file is damaged or cannot be read: {text}",
            where=where,
            remedy="copy the file anew",
            id="DamagedFile",
        ) from fault


def read(files: Sequence[Path], form: FileForm) -> SparkRecords:
    """Open files as records; see :func:`keruen.sources.records.open_records`."""
    from pyspark.sql import functions as F  # noqa: N812  (the name Spark's readers know)

    spark = session()
    found = [match_columns(form, _held(spark, file, form), where=str(file)) for file in files]
    same_columns(found, files)
    columns = found[0]
    with _faults(", ".join(map(str, files))):
        parts = [_raw(spark, file, columns, form) for file in files]
        raw = reduce(lambda one, other: one.unionByName(other), parts)
        raw.createOrReplaceTempView("raw")
        forms = {
            column.name: time_form(spark.sql(time_forms(column.name, DIALECT)).collect())
            for column in columns
            if column.kind == "time" and column.held == "text"
        }
        values, reason, _ = reading(columns, forms, form.directions, DIALECT)
        judged = raw.withColumn("_reason", F.expr(f"coalesce(_unfit, {reason})"))
        judged = _unrepeated(judged, values, [column.name for column in columns])
        refused = _located(judged, form)
        rejects = refused.groupBy("reason").agg(
            F.count("*").alias("count"), F.min(F.struct("file", "row")).alias("first")
        )
        frame = tidy(rejects.select("reason", "count", "first.*").orderBy("reason").toArrow())
        used = judged.where("_reason IS NULL").selectExpr(*values)
    return SparkRecords(used, refused=refused, rejects=frame)


def _unrepeated(judged: DataFrame, values: Sequence[str], names: Sequence[str]) -> DataFrame:
    """Rows with a reason to refuse those whose identifier another row has."""
    from pyspark.sql import Window
    from pyspark.sql import functions as F  # noqa: N812

    used = judged.where("_reason IS NULL").selectExpr(*values, "_file", "_row")
    if UNIQUE not in names:
        return judged
    twice = used.groupBy(UNIQUE).count().where("count > 1").select(UNIQUE)
    if twice.isEmpty():
        return judged
    order = [F.asc_nulls_first(name) for name in (*names, "_file", "_row")]
    place = F.row_number().over(Window.partitionBy(UNIQUE).orderBy(*order))
    again = used.join(twice, UNIQUE).select("_file", "_row", place.alias("_place"))
    again = again.where("_place > 1").select("_file", "_row", F.lit(REPEATED).alias("_again"))
    marked = judged.join(again, ["_file", "_row"], "left")
    return marked.withColumn("_reason", F.coalesce("_reason", "_again"))


def _held(spark: SparkSession, file: Path, form: FileForm) -> dict[str, Held]:
    """Columns of a file, and what they hold."""
    if form.separator is not None:
        return dict.fromkeys(csv_headings(file, form.separator), "text")
    with _faults(str(file)):
        types = spark.read.parquet(file.absolute().as_uri()).dtypes
        return {name: _HELD.get(kind, "other") for name, kind in types}


def _raw(spark: SparkSession, file: Path, columns: Sequence[Column], form: FileForm) -> DataFrame:
    """A file's columns, with its name, the row, and why a line does not fit the header."""
    from pyspark.sql import functions as F  # noqa: N812

    place = file.absolute().as_uri()
    listed = [F.col(f"`{column.heading}`").alias(column.name) for column in columns]
    name = F.lit(str(file)).alias("_file")
    if form.separator is None:
        row = (F.col("_metadata.row_index") + 1).alias("_row")
        nothing = F.lit(None).cast("string").alias("_unfit")
        return spark.read.parquet(place).select(*listed, name, row, nothing)
    headings = csv_headings(file, form.separator)
    schema = ", ".join(f"`{heading}` STRING" for heading in [*headings, "_line"])
    lines = spark.read.options(columnPruning=False).csv(
        place,
        schema=schema,
        sep=form.separator,
        header=True,
        escape='"',
        multiLine=True,  # one task a file, so that rows can be numbered
        mode="PERMISSIVE",
        columnNameOfCorruptRecord="_line",
    )
    fields = F.size(F.split("_line", re.escape(form.separator)))
    few = F.when(fields < len(headings), "too_few_fields").otherwise("too_many_fields")
    unfit = F.when(F.col("_line").isNotNull(), few).alias("_unfit")
    return lines.select(*listed, name, F.monotonically_increasing_id().alias("_row"), unfit)


def _located(judged: DataFrame, form: FileForm) -> DataFrame:
    """Rows refused: file, row and reason."""
    refused = judged.selectExpr("_file AS file", "_row AS row", "_reason AS reason")
    if form.separator is not None:  # rows were numbered upwards, but not from the first line
        first = judged.groupBy("_file").agg({"_row": "min"}).toDF("file", "first")
        refused = refused.join(first, "file").selectExpr("file", "row - first + 2 AS row", "reason")
    return refused.where("reason IS NOT NULL")


def _kept(where: Where | None) -> list[Any]:
    """Rows to keep, as Spark's conditions."""
    from pyspark.sql import functions as F  # noqa: N812

    tests = []
    for name, wanted in (where or {}).items():
        values = (
            wanted if isinstance(wanted, Sequence) and not isinstance(wanted, str) else [wanted]
        )
        test = F.col(name).isin([value for value in values if value is not None])
        tests.append(test | F.col(name).isNull() if None in values else test)
    return tests


@dataclass(frozen=True)
class _OnWorker:
    """A kernel as Spark calls it; ``persons`` says that it sees persons whole."""

    kernel: Kernel
    persons: bool

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Batches:
        rows = iter(batches)
        return self.kernel(whole_persons(rows) if self.persons else rows)


class SparkRecords:
    """Records as a Spark frame; see :class:`keruen.core.records.PersonRecords`."""

    def __init__(self, frame: DataFrame, *, refused: DataFrame, rejects: pd.DataFrame) -> None:
        self.frame = frame
        self.rejects = rejects
        self._refused = refused
        self._stored: list[DataFrame] = []

    def _with(self, frame: DataFrame) -> SparkRecords:
        made = SparkRecords(frame, refused=self._refused, rejects=self.rejects)
        made._stored = self._stored  # closing one closes all
        return made

    @property
    def schema(self) -> pa.Schema:
        """Columns and their types."""
        import pyarrow as pa
        from pyspark.sql.pandas.types import to_arrow_schema

        fields = to_arrow_schema(self.frame.schema)
        return pa.schema([pa.field(field.name, field.type) for field in fields])

    def count(self) -> int:
        """Number of rows."""
        with _faults("records"):
            return self.frame.count()

    def extremes(self, column: str) -> tuple[Any, Any]:
        """Least and greatest value of a column."""
        from pyspark.sql import functions as F  # noqa: N812

        with _faults("records"):
            least, most = self.frame.agg(F.min(column), F.max(column)).collect()[0]
        return least, most

    def select(
        self, columns: Sequence[str] | None = None, *, where: Where | None = None
    ) -> SparkRecords:
        """Some columns, some rows."""
        frame = reduce(lambda rows, test: rows.where(test), _kept(where), self.frame)
        return self._with(frame if columns is None else frame.select(*columns))

    def stack(self, other: PersonRecords) -> SparkRecords:
        """Rows of both, matched by column name."""
        if not isinstance(other, SparkRecords):
            raise SchemaError(
                "records of two engines cannot be joined",
                remedy="open the second with open_records(..., beside=the first)",
                id="OtherEngine",
            )
        one, two = self.frame, other.frame
        for name in set(one.columns) & set(two.columns):
            if one.schema[name].dataType != two.schema[name].dataType:
                one = one.withColumn(name, one[name].cast("string"))
                two = two.withColumn(name, two[name].cast("string"))
        return self._with(one.unionByName(two, allowMissingColumns=True))

    def _ordered(self, order: Sequence[str] | None) -> DataFrame:
        if order is None:
            return self.frame
        return self.frame.repartition("person_id").sortWithinPartitions("person_id", *order)

    def batches(self, *, order: Sequence[str] | None = None) -> Batches:
        """The rows as a stream; with ``order`` by person, none divided."""
        import pyarrow as pa

        rows = self.frame if order is None else self.frame.orderBy("person_id", *order)
        schema = self.schema

        def made() -> Batches:
            found = rows.toLocalIterator()
            while part := [row.asDict() for row in islice(found, _BATCH)]:
                yield pa.RecordBatch.from_pylist(part, schema=schema)

        with _faults("records"):
            yield from made() if order is None else whole_persons(made())

    def apply(
        self, kernel: Kernel, schema: pa.Schema, *, order: Sequence[str] | None = None
    ) -> SparkRecords:
        """What a kernel makes of the rows, kept in Spark's storage."""
        from pyspark import StorageLevel
        from pyspark.sql.pandas.types import from_arrow_schema

        made = self._ordered(order).mapInArrow(
            _OnWorker(kernel, order is not None),
            from_arrow_schema(schema, prefer_timestamp_ntz=True),
        )
        made = made.persist(StorageLevel.DISK_ONLY)
        self._stored.append(made)
        with _faults("records"):
            made.count()
        return self._with(made)

    def tabulate(
        self, by: Sequence[str], *, total: Sequence[str] = (), where: Where | None = None
    ) -> pd.DataFrame:
        """Rows counted by some columns."""
        from pyspark.sql import functions as F  # noqa: N812

        sums = [F.coalesce(F.sum(name), F.lit(0)).cast("bigint").alias(name) for name in total]
        rows = reduce(lambda rows, test: rows.where(test), _kept(where), self.frame)
        table = rows.groupBy(*by).agg(F.count("*").alias("count"), *sums)
        with _faults("records"):
            keys = [F.col(name).asc_nulls_last() for name in by]
            return tidy((table.orderBy(*keys) if keys else table).toArrow())

    def write(self, path: Path) -> None:
        """Write the rows as a folder of Parquet parts."""
        with staged_folder(path) as folder, _faults(str(path)):
            self.frame.write.mode("overwrite").parquet(folder.absolute().as_uri())

    def write_rejects(self, path: Path) -> None:
        """Write the rows refused while reading."""
        with staged_file(path) as file, _faults(str(path)), file.open("w", newline="") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(["file", "row", "reason"])
            writer.writerows(self._refused.orderBy("file", "row").toLocalIterator())

    def close(self) -> None:
        """Free Spark's storage; the session goes on."""
        while self._stored:
            self._stored.pop().unpersist()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
