# SPDX-License-Identifier: Apache-2.0
"""Two conflicting reports of each flow made one: exact cases, computed cases, recovery."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from scipy.optimize import lsq_linear

from keruen.core.errors import ConvergenceError
from keruen.measure.harmonise import HarmonisedFlows, duration_factors, harmonise_reports

FOUR = ["A", "B", "C", "D"]


def square(cells: object, places: list[str] = FOUR, **attrs: object) -> xr.DataArray:
    coords = {"origin": places, "destination": places}
    return xr.DataArray(np.asarray(cells, float), coords=coords, attrs=attrs)


NOISY_ARRIVALS = square([[0, 90, 30, 15], [60, 0, 35, 28], [35, 72, 0, 20], [9, 19, 8, 0]])
NOISY_DEPARTURES = square([[0, 62, 28, 13], [74, 0, 55, 29], [15, 30, 0, 10], [6, 14, 10, 0]])


def alpha(found: HarmonisedFlows) -> np.ndarray:
    return found.factors.sel(report="by_destination").values


def beta(found: HarmonisedFlows) -> np.ndarray:
    return found.factors.sel(report="by_origin").values


# --- computed cases ---------------------------------------------------------------------


@pytest.mark.parametrize("method", ["log_ratio", "poulain"])
def test_proportional_reports_are_recovered_exactly(method: str) -> None:
    a, b = np.array([0.8, 1, 0.5, 0.9]), np.array([0.6, 0.95, 0.4, 0.7])
    flows = np.random.default_rng(1).uniform(10, 1000, (4, 4)) * (1 - np.eye(4))
    found = harmonise_reports(
        square(flows * b[:, None]), square(flows * a), reference="B", method=method
    )
    assert alpha(found) == pytest.approx([1.25, 1, 2, 1.1111], abs=5e-5)
    assert beta(found) == pytest.approx([1.6667, 1.0526, 2.5, 1.4286], abs=5e-5)
    assert alpha(found) == pytest.approx(1 / a, rel=1e-12)
    assert beta(found) == pytest.approx(1 / b, rel=1e-12)
    assert found.flows.values == pytest.approx(flows, rel=1e-12)
    assert found.objective.item() == pytest.approx(0, abs=1e-18)
    assert found.disagreement.item() == 0
    assert found.adjustments.empty


def test_noisy_reports_as_computed() -> None:
    found = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, reference="B", method="poulain")
    assert alpha(found) == pytest.approx([1.0491, 1, 1.4086, 1.1036], abs=5e-5)
    assert beta(found) == pytest.approx([1.4450, 0.9034, 2.3744, 1.3025], abs=5e-5)
    assert found.objective.item() == pytest.approx(1.2268, abs=5e-5)
    assert found.adjustments.empty


def test_an_independent_solver_with_bounds_agrees() -> None:
    """Bounded least squares on one row a cell: factors may not be negative, and are not."""
    R, S = NOISY_ARRIVALS.values, NOISY_DEPARTURES.values
    rows, right = [], []
    for i, j in np.argwhere(R + S > 0):
        root, row = np.sqrt(R[i, j] + S[i, j]), np.zeros(8)
        row[i], row[4 + j] = -S[i, j] / root, R[i, j] / root
        rows.append(row)
    design = np.array(rows)
    right = -design[:, 4 + 1]
    free = [k for k in range(8) if k != 4 + 1]
    solved = lsq_linear(design[:, free], right, bounds=(0, np.inf), tol=1e-14)
    found = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, reference="B", method="poulain")
    ours = np.concatenate([beta(found), alpha(found)])[free]
    assert ours == pytest.approx(solved.x, rel=1e-6)
    assert found.objective.item() == pytest.approx(2 * solved.cost, rel=1e-9)


def test_harmonised_flow_is_the_mean_or_the_one_report() -> None:
    arrivals, departures = NOISY_ARRIVALS.copy(), NOISY_DEPARTURES.copy()
    arrivals.loc["A", "C"] = np.nan
    departures.loc["D", "B"] = np.nan
    arrivals.loc["C", "D"] = departures.loc["C", "D"] = np.nan
    found = harmonise_reports(departures, arrivals, reference="B")
    a = dict(zip(FOUR, alpha(found), strict=True))
    b = dict(zip(FOUR, beta(found), strict=True))
    flow, basis = found.flows, found.basis
    assert flow.sel(origin="A", destination="B").item() == pytest.approx(
        (a["B"] * 90 + b["A"] * 62) / 2
    )
    assert flow.sel(origin="A", destination="C").item() == pytest.approx(b["A"] * 28)
    assert flow.sel(origin="D", destination="B").item() == pytest.approx(a["B"] * 19)
    assert np.isnan(flow.sel(origin="C", destination="D").item())
    assert [
        basis.sel(origin=i, destination=j).item() for i, j in ("AB", "AC", "DB", "CD", "AA")
    ] == [
        "both",
        "by_origin",
        "by_destination",
        "missing",
        "diagonal",
    ]
    inside = flow.notnull() & (basis != "diagonal")
    assert (found.lower < flow).where(inside, True).all()
    assert (flow < found.upper).where(inside, True).all()


def test_log_ratios_by_hand() -> None:
    """Weighted least squares on dummies, with the weights of the solution, gives it back."""
    found = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, reference="B")
    a, b, tau = alpha(found), beta(found), found.disagreement.item()
    R, S = NOISY_ARRIVALS.values, NOISY_DEPARTURES.values
    rows, ratios, weights = [], [], []
    for i, j in np.argwhere(R + S > 0):
        row = np.zeros(8)
        row[i], row[4 + j] = 1, -1
        rows.append(row)
        ratios.append(np.log(R[i, j] / S[i, j]))
        flow = (a[j] * R[i, j] + b[i] * S[i, j]) / 2
        weights.append(1 / ((a[j] + b[i]) / flow + tau**2))
    free = [k for k in range(8) if k != 4 + 1]
    root = np.sqrt(weights)
    design = np.array(rows)[:, free] * root[:, None]
    logs, left, rank, _ = np.linalg.lstsq(design, np.array(ratios) * root)
    assert rank == 7
    assert np.concatenate([np.log(b), np.log(a)])[free] == pytest.approx(logs, rel=1e-6)
    assert found.objective.item() == pytest.approx(left.item())
    if tau > 0:
        assert left.item() == pytest.approx(12 - 7)  # the estimator of Paule and Mandel
    errors = np.sqrt(np.diag(np.linalg.inv(design.T @ design))) * np.exp(logs)
    assert found.factor_errors.values.reshape(-1)[free] == pytest.approx(errors, rel=1e-6)


# --- definitions ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "factors"),
    [
        ("imem", [0.53, 0.63, 0.73, 1.00, 2.26]),
        ("expert", [0.51, 0.61, 0.81, 1, 1.61]),
        ("poisson", [0.79, 0.84, 0.89, 1, 2.61]),
        ("mixture", [0.51, 0.64, 0.71, 1, 1.80]),
    ],
)
def test_duration_factors_as_published(table: str, factors: list[float]) -> None:
    months = xr.DataArray([0, 3, 6, 12, np.inf], coords={"country": list("ABCDE")})
    found = duration_factors(months, table=table)
    assert found.values == pytest.approx(factors)
    between = duration_factors(xr.DataArray([4.5], coords={"country": ["A"]}), table=table)
    assert between.item() == pytest.approx((factors[1] + factors[2]) / 2)


def test_a_thousand_on_three_months_are_630() -> None:
    months = xr.DataArray([3.0], coords={"country": ["A"]})
    assert 1000 * duration_factors(months).item() == pytest.approx(630)


def test_definitions_explain_what_factors_need_not() -> None:
    """Flows counted at 3 months, at 12, and as permanent: every factor that is left is 1."""
    months = np.array([[12, 3, np.inf, 6], [12, np.inf, 0, 3]])
    definitions = xr.DataArray(
        months, coords={"report": ["by_origin", "by_destination"], "country": FOUR}
    )
    sizes = duration_factors(definitions).values
    flows = np.random.default_rng(2).uniform(10, 1000, (4, 4)) * (1 - np.eye(4))
    departures, arrivals = square(flows / sizes[0][:, None]), square(flows / sizes[1])
    found = harmonise_reports(departures, arrivals, definitions=definitions, reference="A")
    assert found.factors.values == pytest.approx(1, rel=1e-12)
    assert found.flows.values == pytest.approx(flows, rel=1e-12)
    assert found.flows.attrs["definition_months"] == 12
    assert found.durations.values == pytest.approx(sizes)
    shuffled = definitions.isel(country=[2, 0, 3, 1], report=[1, 0])
    again = harmonise_reports(departures, arrivals, definitions=shuffled, reference="A")
    assert again.flows.values == pytest.approx(found.flows.values, rel=1e-14)


# --- contradictions ---------------------------------------------------------------------


def planted(times: float) -> tuple[xr.DataArray, xr.DataArray, np.ndarray]:
    """Ten countries with errors of 5%, and one report from the first to the second wrong."""
    rng = np.random.default_rng(7)
    places = [f"P{k}" for k in range(10)]
    flows = rng.lognormal(6, 1, (10, 10)) * (1 - np.eye(10))
    noise = rng.lognormal(0, 0.05, (2, 10, 10))
    arrivals = square(np.rint(flows * noise[0]), places)
    departures = square(np.rint(flows * noise[1] * 0.7), places)
    departures[0, 1] = np.rint(departures[0, 1] / times)
    return departures, arrivals, flows


def test_an_extreme_ratio_is_set_aside_and_listed() -> None:
    departures, arrivals, _ = planted(50)
    found = harmonise_reports(departures, arrivals, reference="P5")
    row = found.adjustments.iloc[0]
    assert len(found.adjustments) == 1
    assert (row["origin"], row["destination"]) == ("P0", "P1")
    assert row["by_origin"] == departures[0, 1].item()
    assert row["by_destination"] == arrivals[0, 1].item()
    assert row["reason"] == "reports differ by more than a factor of 10"
    assert row["flow"] == pytest.approx(alpha(found)[1] * arrivals[0, 1].item())
    assert beta(found)[0] == pytest.approx(1 / 0.7, rel=0.05)


def test_an_outlying_residual_is_set_aside() -> None:
    departures, arrivals, _ = planted(4)
    with_it = harmonise_reports(departures, arrivals, reference="P5", max_residual=np.inf)
    found = harmonise_reports(departures, arrivals, reference="P5")
    listed = set(zip(found.adjustments["origin"], found.adjustments["destination"], strict=True))
    assert ("P0", "P1") in listed
    assert len(listed) <= 4
    assert "3 robust standard deviations" in found.adjustments["reason"].iloc[0]
    error = np.abs(np.log(beta(found)[0] * 0.7))
    assert error < np.abs(np.log(beta(with_it)[0] * 0.7)) / 2
    assert found.disagreement.item() < with_it.disagreement.item() / 2


@pytest.mark.parametrize("rule", ["larger", "average", "by_origin", "by_destination"])
def test_rules_for_contradictions(rule: str) -> None:
    departures, arrivals, _ = planted(50)
    found = harmonise_reports(departures, arrivals, reference="P5", contradiction=rule)
    sent = beta(found)[0] * departures[0, 1].item()
    came = alpha(found)[1] * arrivals[0, 1].item()
    wanted = {
        "larger": max(sent, came),
        "average": (sent + came) / 2,
        "by_origin": sent,
        "by_destination": came,
    }
    assert found.flows[0, 1].item() == pytest.approx(wanted[rule])
    assert found.lower[0, 1].item() < min(sent, came)
    assert found.upper[0, 1].item() > max(sent, came)


def test_weight_zero_keeps_a_cell_from_the_factors() -> None:
    departures, arrivals, _ = planted(4)
    weights = xr.ones_like(departures)
    weights[0, 1] = 0
    found = harmonise_reports(
        departures, arrivals, reference="P5", weights=weights, max_residual=np.inf
    )
    without = departures.copy()
    without[0, 1] = np.nan
    again = harmonise_reports(without, arrivals, reference="P5", max_residual=np.inf)
    assert found.factors.values == pytest.approx(again.factors.values, rel=1e-10)
    assert found.basis[0, 1].item() == "both"


def test_the_only_tie_of_a_country_is_not_cut() -> None:
    """C's arrivals can be compared in one cell only; it stays, whatever its residual."""
    departures, arrivals, _ = planted(1)
    arrivals[2:, 1] = np.nan
    departures[0, 1] = np.rint(departures[0, 1] / 6)
    found = harmonise_reports(departures, arrivals, reference="P5", max_residual=1.0)
    assert np.isfinite(alpha(found)[1])


# --- connection -------------------------------------------------------------------------


def two_blocks() -> tuple[xr.DataArray, xr.DataArray]:
    """A to C and D to F report among themselves, and D's arrivals from A only by D."""
    places = list("ABCDEF")
    cells = np.full((6, 6), np.nan)
    cells[:3, :3] = cells[3:, 3:] = 100
    np.fill_diagonal(cells, 0)
    arrivals = cells.copy()
    arrivals[0, 3] = 50
    return square(cells, places), square(arrivals, places)


def test_reports_may_be_kept_without_a_tie() -> None:
    departures, arrivals = two_blocks()
    departures[:3, :3] *= 0.5
    found = harmonise_reports(departures, arrivals, reference="A", unlinked="keep")
    assert found.factors.sel(country=["D", "E", "F"]).values == pytest.approx(1)
    assert beta(found)[:3] == pytest.approx(2)
    assert found.disagreement.item() == 0
    assert found.flows.sel(origin="A", destination="D").item() == 50
    assert (found.factor_errors.sel(country=["D", "E", "F"]) > 0.1).all()
    wide = (found.upper / found.lower).sel(origin="D", destination="E").item()
    assert wide > (found.upper / found.lower).sel(origin="A", destination="B").item()


def test_the_reference_is_the_receiver_compared_most_when_none_is_named() -> None:
    departures, arrivals = NOISY_DEPARTURES.copy(), NOISY_ARRIVALS.copy()
    arrivals.loc["A", "B"] = arrivals.loc["B", "A"] = arrivals.loc["A", "D"] = np.nan
    found = harmonise_reports(departures, arrivals)
    assert found.reference == "C"
    assert found.factors.sel(report="by_destination", country="C").item() == 1
    assert found.factor_errors.sel(report="by_destination", country="C").item() == 0


# --- years ------------------------------------------------------------------------------


def years(k: int, noise: float = 0.1) -> tuple[xr.DataArray, xr.DataArray]:
    rng = np.random.default_rng(4)
    scale = rng.lognormal(0, noise, (2, k, 4, 4))
    sent = [NOISY_DEPARTURES * s for s in scale[0]]
    came = [NOISY_ARRIVALS * s for s in scale[1]]
    label = xr.Variable("year", range(2000, 2000 + k))
    return xr.concat(sent, label), xr.concat(came, label)


def test_years_apart_are_what_each_gives_alone() -> None:
    departures, arrivals = years(3)
    found = harmonise_reports(departures, arrivals, reference="B")
    assert set(found.factors.dims) == {"year", "report", "country"}
    for year in departures.year.values:
        alone = harmonise_reports(departures.sel(year=year), arrivals.sel(year=year), reference="B")
        for name in ("flows", "lower", "upper", "factors", "objective"):
            one, many = getattr(alone, name), getattr(found, name).sel(year=year)
            assert many.values == pytest.approx(one.values, rel=1e-9, nan_ok=True)


def test_pooled_years_share_their_factors() -> None:
    departures, arrivals = years(3)
    found = harmonise_reports(departures, arrivals, reference="B", pool=["year"])
    assert set(found.factors.dims) == {"report", "country"}
    assert set(found.flows.dims) == {"year", "origin", "destination"}
    copies = [xr.concat([a[0], a[0]], xr.Variable("year", [0, 1])) for a in (departures, arrivals)]
    twice = harmonise_reports(*copies, reference="B", pool=["year"])
    once = harmonise_reports(departures[0], arrivals[0], reference="B")
    assert twice.factors.values == pytest.approx(once.factors.values, rel=1e-12)
    assert twice.objective.item() == pytest.approx(2 * once.objective.item())


def test_pooling_links_what_one_year_does_not() -> None:
    """In 2000 D reports no arrivals; in 2001 it alone does, and departures to it are known."""
    departures, arrivals = years(2, noise=0.0)
    arrivals[0, :, 3] = np.nan
    arrivals[1, :, :3] = np.nan
    departures[1, :, :3] = np.nan
    with pytest.raises(ConvergenceError) as caught:
        harmonise_reports(departures, arrivals, reference="B")
    assert caught.value.id == "Unidentified"
    assert "year=2001" in str(caught.value)
    pooled = harmonise_reports(departures, arrivals, reference="B", pool=["year"])
    whole = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, reference="B")
    assert pooled.factors.values == pytest.approx(whole.factors.values, rel=1e-6)


# --- ridge ------------------------------------------------------------------------------


PLAIN = {"reference": "B", "method": "poulain"}


def penalised(found: HarmonisedFlows, ridge: float) -> float:
    return found.objective.item() + ridge * float((np.log(alpha(found)) ** 2).sum())


def test_ridge_draws_factors_of_receivers_to_one() -> None:
    plain = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, **PLAIN)
    gentle = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, **PLAIN, ridge=1e-9)
    assert gentle.factors.values == pytest.approx(plain.factors.values, rel=1e-6)
    strong = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, **PLAIN, ridge=1e9)
    assert alpha(strong) == pytest.approx(1, abs=1e-6)
    sizes = [
        np.abs(
            np.log(alpha(harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, **PLAIN, ridge=ridge)))
        ).max()
        for ridge in (0.0, 1.0, 10.0, 100.0)
    ]
    assert sizes == sorted(sizes, reverse=True)


def test_ridge_on_log_ratios() -> None:
    plain = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, reference="B")
    strong = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, reference="B", ridge=1e9)
    assert alpha(strong) == pytest.approx(1, abs=1e-6)
    assert beta(strong) != pytest.approx(beta(plain), rel=0.05)
    some = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, reference="B", ridge=10.0)
    assert 0 < np.abs(np.log(alpha(some))).max() < np.abs(np.log(alpha(plain))).max()


def test_ridge_is_at_its_minimum() -> None:
    found = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, **PLAIN, ridge=5.0)
    R, S = NOISY_ARRIVALS.values, NOISY_DEPARTURES.values
    weight = np.divide(1, R + S, out=np.zeros_like(R), where=R + S > 0)

    def objective(a: np.ndarray, b: np.ndarray) -> float:
        gap = R * a - S * b[:, None]
        return float((weight * gap**2).sum() + 5.0 * (np.log(a) ** 2).sum())

    best = objective(alpha(found), beta(found))
    assert best == pytest.approx(penalised(found, 5.0))
    rng = np.random.default_rng(8)
    for _ in range(50):
        a, b = alpha(found) * rng.lognormal(0, 0.01, 4), beta(found) * rng.lognormal(0, 0.01, 4)
        a[1] = 1.0
        assert objective(a, b) >= best


# --- recovery ---------------------------------------------------------------------------


def simulated(n: int, draws: int, noise: float) -> tuple[xr.DataArray, xr.DataArray, np.ndarray]:
    """Known flows, reported by both sides with factors, errors of one size, and chance."""
    rng = np.random.default_rng(12)
    size = rng.lognormal(3, 0.7, n)
    flows = np.outer(size, size) * rng.lognormal(0, 0.5, (n, n)) * (1 - np.eye(n))
    came, sent = rng.uniform(0.6, 1.1, n), rng.uniform(0.3, 1.0, n)
    came[0] = 1.0
    places = [f"P{k:02d}" for k in range(n)]
    coords = {"trajectory": range(draws), "origin": places, "destination": places}
    error = np.exp(rng.normal(-(noise**2) / 2, noise, (2, draws, n, n)))
    arrivals = rng.poisson(flows * came * error[0]).astype(float)
    departures = rng.poisson(flows * sent[:, None] * error[1]).astype(float)
    return (
        xr.DataArray(departures, coords=coords),
        xr.DataArray(arrivals, coords=coords),
        flows,
    )


@pytest.mark.parametrize("noise", [0.0, 0.05, 0.15, 0.3])
def test_intervals_cover_known_flows(noise: float) -> None:
    departures, arrivals, flows = simulated(12, 60, noise)
    arrivals[:, 3, 5] = np.nan
    departures[:, 7, 2] = np.nan
    found = harmonise_reports(departures, arrivals, reference="P00", max_residual=np.inf)
    truth = xr.DataArray(flows, coords=found.flows.isel(trajectory=0, drop=True).coords)
    covered = (found.lower <= truth) & (truth <= found.upper)
    both = covered.where(found.basis == "both").mean().item()
    single = covered.where(found.basis.isin(["by_origin", "by_destination"])).mean().item()
    # without errors beyond chance a disagreement is still estimated, and cannot be below 0
    assert 0.935 < both < (0.965 if noise else 0.975)
    assert single == pytest.approx(0.95, abs=4 * np.sqrt(0.95 * 0.05 / 120))
    assert found.disagreement.mean().item() == pytest.approx(noise * np.sqrt(2), abs=0.03)
    bias = (found.flows / truth.where(truth > 0)).mean().item()
    assert bias == pytest.approx(1, abs=0.02)


def test_poulain_is_too_low_on_reports_with_errors_and_log_ratios_are_not() -> None:
    """The figures that the documentation gives: errors of 15%, 12 and 30 countries."""
    for n, low in ((12, 0.62), (30, 0.38)):
        departures, arrivals, flows = simulated(n, 40, 0.15)
        ratio = {}
        for method in ("poulain", "log_ratio"):
            found = harmonise_reports(
                departures, arrivals, reference="P00", method=method, max_residual=np.inf
            )
            ratio[method] = found.flows.sum().item() / (40 * flows.sum())
        assert ratio["poulain"] == pytest.approx(low, abs=0.02)
        assert ratio["log_ratio"] == pytest.approx(1, abs=0.015)


def test_nobody_counted_by_either_side() -> None:
    """Poisson means under which seeing nobody has probability 2.5%: both sides, one side."""
    departures, arrivals = NOISY_DEPARTURES.copy(), NOISY_ARRIVALS.copy()
    arrivals.loc["A", "C"] = departures.loc["A", "C"] = 0
    arrivals.loc["D", "A"] = 0
    departures.loc["D", "A"] = np.nan
    found = harmonise_reports(departures, arrivals, reference="B")
    for origin, destination in ("AC", "DA"):
        cell = {"origin": origin, "destination": destination}
        assert found.flows.sel(cell).item() == 0
        assert found.lower.sel(cell).item() == 0
    a = found.factors.sel(report="by_destination")
    b = found.factors.sel(report="by_origin")
    upper = found.upper.sel(origin="A", destination="C").item()
    seen = upper / a.sel(country="C").item() + upper / b.sel(country="A").item()
    assert np.exp(-seen) == pytest.approx(0.025)
    alone = found.upper.sel(origin="D", destination="A").item()
    assert np.exp(-alone / a.sel(country="A").item()) == pytest.approx(0.025)


def test_result_in_a_table() -> None:
    found = harmonise_reports(NOISY_DEPARTURES, NOISY_ARRIVALS, reference="B")
    table = found.to_table()
    assert list(table.columns) == [
        "origin",
        "destination",
        "by_origin",
        "by_destination",
        "flow",
        "lower",
        "upper",
        "basis",
    ]
    assert len(table) == 12
    row = table.query("origin == 'A' and destination == 'B'").iloc[0]
    assert (row["by_origin"], row["by_destination"]) == (62, 90)
    assert found.flows.attrs["kind"] == "count"
