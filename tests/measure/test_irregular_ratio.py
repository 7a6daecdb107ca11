# SPDX-License-Identifier: Apache-2.0
"""The ratio model of two registers: known parameters, another optimiser, weak identification."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import minimize

from keruen.core.errors import CoverageError, FaultsError, SchemaError
from keruen.measure import irregular as ir

ALPHA, BETA, GAMMA = 0.75, 0.6, 0.005
Given = tuple[xr.DataArray, xr.DataArray, xr.DataArray]


def registers(
    count: int = 120, years: tuple[int, ...] = (2024,), seed: int = 1, low: float = 1.0
) -> Given:
    """Counts drawn from the model, the same citizenships each year."""
    rng = np.random.default_rng(seed)
    shape = (count, len(years))
    people = np.exp(rng.uniform(low, 11, count))[:, None] * np.linspace(1, 1.2, len(years))
    people = np.round(people)
    found = rng.poisson(people * rng.gamma(0.5, 0.02, shape))
    caught = rng.poisson(people**ALPHA * (GAMMA + found / people) ** BETA)
    coords = {"citizenship": [f"C{k:03}" for k in range(count)], "year": list(years)}
    return tuple(  # type: ignore[return-value]
        xr.DataArray(one, coords=coords, dims=("citizenship", "year"))
        for one in (caught, found, people)
    )


def test_parameters_are_recovered():
    model = ir.ratio_model(*registers(600), moment="2024", draws=200)
    value, error = (model.coefficients.sel(statistic=s) for s in ("estimate", "standard_error"))
    assert value["term"].values.tolist() == ["alpha", "beta", "log_gamma"]
    truth = np.array([ALPHA, BETA, np.log(GAMMA)])
    assert (abs(value - truth) < 3 * error).all()
    assert (error < [0.02, 0.05, 0.4]).all()


def test_the_total_is_covered():
    caught, found, people = registers()
    model = ir.ratio_model(caught, found, people, moment="2024", draws=300)
    truth = (people**ALPHA).sum().item()
    assert model.estimate.lower < truth < model.estimate.upper


def test_another_optimiser_finds_the_same_top():
    caught, found, people = (a.values.ravel().astype(float) for a in registers(60, seed=3))

    def loss(p: np.ndarray) -> float:
        mean = people ** p[0] * (np.exp(p[2]) + found / people) ** p[1]
        return float((mean - caught * np.log(mean)).sum())

    start = [ALPHA, BETA, np.log(GAMMA)]
    other = minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-11})
    model = ir.ratio_model(*registers(60, seed=3), moment="2024", draws=100)
    np.testing.assert_allclose(model.coefficients.sel(statistic="estimate"), other.x, rtol=2e-5)


def test_errors_are_hc3_by_hand():
    given = registers(40, seed=6)
    caught, found, people = (a.values.ravel().astype(float) for a in given)
    model = ir.ratio_model(*given, moment="2024", draws=100)
    p = model.coefficients.sel(statistic="estimate").values

    def mean(q: np.ndarray) -> np.ndarray:
        return people ** q[0] * (np.exp(q[2]) + found / people) ** q[1]

    steps = 1e-6 * np.eye(3)
    slopes = np.column_stack([(mean(p + e) - mean(p - e)) / 2e-6 for e in steps])
    root = slopes / np.sqrt(mean(p))[:, None]
    inverse = np.linalg.inv(root.T @ root)
    leverage = np.einsum("cp,pq,cq->c", root, inverse, root)
    assert leverage.sum() == pytest.approx(3)
    scores = slopes * ((caught - mean(p)) / mean(p) / (1 - leverage))[:, None]
    wanted = np.sqrt(np.diag(inverse @ scores.T @ scores @ inverse))
    np.testing.assert_allclose(
        model.coefficients.sel(statistic="standard_error"), wanted, rtol=1e-5
    )


def test_poisson_alpha_alone_by_statsmodels():
    # with the ratio equal everywhere beta and gamma do one thing: a constant
    glm = pytest.importorskip("statsmodels.api")
    caught, found, people = registers(80, seed=5)
    x, m = np.log(people.values.ravel()), caught.values.ravel()
    ratio = np.log(GAMMA + found.values.ravel() / people.values.ravel())
    fit = glm.GLM(m, np.column_stack([x, ratio]), family=glm.families.Poisson()).fit(cov_type="HC3")
    model = ir.ratio_model(caught, found, people, moment="2024", draws=100)
    value = model.coefficients.sel(statistic="estimate").values
    # at the true gamma the two exponents are those of a generalised linear model; the model
    # has one parameter more and so a likelihood at least as high
    assert model.log_likelihood >= fit.llf - 1e-8
    assert model.log_likelihood < fit.llf + 6
    np.testing.assert_allclose(value[:2], fit.params, atol=0.05)


def test_years_have_their_own_exponent_and_total():
    given = registers(200, years=(2023, 2024))
    model = ir.ratio_model(*given, moment="2023-2024", alpha=["year"], total_by=["year"], draws=200)
    assert model.estimate.value["year"].values.tolist() == [2023, 2024]
    assert model.coefficients["term"].values.tolist() == [
        "alpha", "alpha: year=2024", "beta", "log_gamma",
    ]  # fmt: skip
    terms = model.coefficients.sel(statistic="estimate")
    power = terms.sel(term="alpha").item() + np.array(
        [0, terms.sel(term="alpha: year=2024").item()]
    )
    wanted = (given[2] ** xr.DataArray(power, dims="year")).sum("citizenship")
    np.testing.assert_allclose(model.estimate.value, wanted, rtol=1e-12)


def test_negative_binomial_has_the_higher_likelihood_when_counts_vary():
    caught, found, people = registers(200)
    rng = np.random.default_rng(9)
    uneven = caught.copy(data=rng.poisson(caught * rng.gamma(0.8, 1 / 0.8, caught.shape)))
    models = {
        family: ir.ratio_model(uneven, found, people, moment="2024", family=family, draws=100)
        for family in ("poisson", "negative_binomial")
    }
    assert models["poisson"].dispersion == 0
    assert models["negative_binomial"].dispersion == pytest.approx(1.25, rel=0.4)
    gain = models["negative_binomial"].log_likelihood - models["poisson"].log_likelihood
    assert gain > 100


def test_weak_identification_is_said():
    # few people registered: the power can hardly be told from the ratio
    caught, found, people = registers(12, seed=2)
    model = ir.ratio_model(caught, found * 0, people, moment="2024", draws=200)
    assert any("weakly identified" in note for note in model.estimate.notes)
    assert model.estimate.upper > 10 * model.estimate.lower


def test_cells_without_registered_people_are_counted():
    caught, found, people = registers(60)
    people = people.where(people["citizenship"] != "C003", 0)
    model = ir.ratio_model(caught, found, people, moment="2024", draws=100)
    assert model.excluded == 1
    assert "1 cells without registered people" in " ".join(model.estimate.notes)


def test_bad_input():
    caught, found, people = registers(60)
    with pytest.raises(SchemaError) as fault:
        ir.ratio_model(-caught - 1, found, people, moment="")
    assert fault.value.id == "NegativeInput"
    with pytest.raises(FaultsError) as fault:
        ir.ratio_model(caught.where(caught > 3), found, people, moment="", draws=5)
    assert {one.id for one in fault.value.faults} == {"MissingCell", "BadSetting"}
    with pytest.raises(SchemaError) as fault:
        ir.ratio_model(*(one.isel(citizenship=slice(0, 3)) for one in (caught, found, people)),
                       moment="")  # fmt: skip
    assert fault.value.id == "Unidentified"
    with pytest.raises(CoverageError):
        ir.ratio_model(caught.isel(citizenship=slice(1, None)), found, people, moment="")
