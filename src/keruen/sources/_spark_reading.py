# SPDX-License-Identifier: Apache-2.0
"""Reading Parquet and CSV files of person-level records into Spark, refusing rows openly."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Final

from keruen.sources._record_frames import tidy
from keruen.sources._record_layouts import (
    REPEATED,
    UNIQUE,
    Column,
    FileForm,
    Held,
    csv_headings,
    match_columns,
    same_columns,
)
from keruen.sources._record_sql import Dialect, reading, time_form, time_forms
from keruen.sources._spark_records import SparkRecords, engine_faults, session

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

DIALECT: Final = Dialect("STRING", "TIMESTAMP_NTZ", "regexp_like", "`")
_HELD: Final[dict[str, Held]] = {
    **dict.fromkeys(["tinyint", "smallint", "int", "bigint"], "whole"),
    "timestamp_ntz": "time",
    "timestamp": "zoned",
    "string": "text",
    "date": "date",
}


def read(files: Sequence[Path], form: FileForm) -> SparkRecords:
    """Open files as records; see :func:`keruen.sources.records.open_records`."""
    from pyspark.sql import functions as F  # noqa: N812  (the name Spark's readers know)

    spark = session()
    found = [match_columns(form, _held(spark, file, form), where=str(file)) for file in files]
    same_columns(found, files)
    columns = found[0]
    with engine_faults(", ".join(map(str, files))):
        parts = [_raw(spark, file, columns, form) for file in files]
        raw = reduce(lambda one, other: one.unionByName(other), parts)
        raw.createOrReplaceTempView("raw")
        forms = {
            column.name: time_form(spark.sql(time_forms(column.name, DIALECT)).collect())
            for column in columns
            if column.kind == "time" and column.held == "text"
        }
        values, reason, _ = reading(columns, forms, form, DIALECT)
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
    with engine_faults(str(file)):
        types = spark.read.parquet(file.absolute().as_uri()).dtypes
        return {name: _HELD.get(kind, "other") for name, kind in types}


def _raw(spark: SparkSession, file: Path, columns: Sequence[Column], form: FileForm) -> DataFrame:
    """A file's columns, with its name, the row, and why a line does not fit the header."""
    from pyspark.sql import functions as F  # noqa: N812

    place = file.absolute().as_uri()
    listed = [F.col(DIALECT.name(column.heading)).alias(column.name) for column in columns]
    name = F.lit(str(file)).alias("_file")
    if form.separator is None:
        row = (F.col("_metadata.row_index") + 1).alias("_row")
        nothing = F.lit(None).cast("string").alias("_unfit")
        return spark.read.parquet(place).select(*listed, name, row, nothing)
    headings = csv_headings(file, form.separator)
    schema = ", ".join(f"{DIALECT.name(heading)} STRING" for heading in [*headings, "_line"])
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
