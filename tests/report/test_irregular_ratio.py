# SPDX-License-Identifier: Apache-2.0
"""Counts of three authorities, from the file to the folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from typer.testing import CliRunner

from keruen.cli import app
from keruen.core.codes import countries
from keruen.core.errors import FaultsError, SchemaError
from keruen.measure.irregular import ratio_model
from keruen.report.irregular_ratio import run_ratio

CODES = sorted(countries())[:60]
COUNTS = ("apprehended", "identified", "registered")


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    """People who follow the model: the irregular are N ** 0.7."""
    rng = np.random.default_rng(1)
    registered = np.exp(np.linspace(3, 11, 60)).round()
    found = (0.02 * registered).round()
    caught = rng.poisson(registered**0.7 * (0.005 + found / registered) ** 0.5)
    columns = (caught, found.astype(int), registered.astype(int))
    return pd.DataFrame(dict(zip(("citizenship", *COUNTS), (CODES, *columns), strict=True)))


def test_the_file_gives_what_the_method_gives(table, tmp_path):
    file, out = tmp_path / "counts.csv", tmp_path / "out"
    table.to_csv(file, index=False)
    done = CliRunner().invoke(
        app,
        ["measure", "irregular-ratio", str(file), "--moment", "2024", "--draws", "100",
         "--out", str(out)],
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    given = table.set_index("citizenship")
    arrays = (xr.DataArray(given[name].astype(float)) for name in COUNTS)
    expected = ratio_model(*arrays, moment="2024", draws=100).estimate
    row = pd.read_csv(out / "estimates.csv").iloc[0]
    assert row["value"] == pytest.approx(expected.value.item(), rel=1e-6)
    assert row["upper"] == pytest.approx(expected.upper.item(), rel=1e-6)
    assert row["lower"] < (given["registered"] ** 0.7).sum() < row["upper"]
    assert f"{expected.value.item():,.0f} persons" in done.output
    assert {path.name for path in out.iterdir()} >= {"coefficients.csv", "ratio.xlsx"}


def write(folder: Path, table: pd.DataFrame) -> Path:
    file = folder / "counts.csv"
    table.to_csv(file, index=False)
    return file


def test_an_unknown_column_and_unknown_counts_at_once(table, tmp_path):
    marked = table.astype(object)
    marked.loc[3, "identified"] = "…"
    with pytest.raises(FaultsError) as caught:
        run_ratio(write(tmp_path, marked), moment="2024", alpha=["sex"])
    assert {fault.id for fault in caught.value.faults} == {"MissingColumn", "MissingCell"}


def test_faults_of_the_file(table, tmp_path):
    wrong = table.astype(object)
    wrong.loc[0, "apprehended"] = -1
    wrong.loc[1, "citizenship"] = "Atlantis"
    with pytest.raises(FaultsError) as caught:
        run_ratio(write(tmp_path, wrong), moment="2024")
    assert len(caught.value.faults) == 2


def test_too_few_citizenships(table, tmp_path):
    with pytest.raises(SchemaError) as caught:
        run_ratio(write(tmp_path, table.head(2)), moment="2024")
    assert caught.value.id == "Unidentified"
