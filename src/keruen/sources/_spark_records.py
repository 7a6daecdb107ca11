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
from keruen.sources.output import staged_file, staged_folder

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession

_BATCH: Final = 10_000


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
def engine_faults(where: str) -> Iterator[None]:
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
        with engine_faults("records"):
            return self.frame.count()

    def extremes(self, column: str) -> tuple[Any, Any]:
        """Least and greatest value of a column."""
        from pyspark.sql import functions as F  # noqa: N812

        with engine_faults("records"):
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

        with engine_faults("records"):
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
        with engine_faults("records"):
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
        with engine_faults("records"):
            keys = [F.col(name).asc_nulls_last() for name in by]
            return tidy((table.orderBy(*keys) if keys else table).toArrow())

    def write(self, path: Path) -> None:
        """Write the rows as a folder of Parquet parts."""
        with staged_folder(path) as folder, engine_faults(str(path)):
            self.frame.write.mode("overwrite").parquet(folder.absolute().as_uri())

    def write_rejects(self, path: Path) -> None:
        """Write the rows refused while reading."""
        with (
            staged_file(path) as file,
            engine_faults(str(path)),
            file.open("w", newline="") as text,
        ):
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
