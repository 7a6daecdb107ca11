# SPDX-License-Identifier: Apache-2.0
"""Irregular populations against printed figures, identities and hand-made cases."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from tests.irregular_cases import COVARIATES, counts, netherlands

from keruen.measure import irregular as ir
from keruen.measure._capture_cells import capture_cells, starting_values
from keruen.measure._capture_goodness import fitted_counts
from keruen.measure._count_fit import fit
from keruen.measure._count_models import MODELS

# Four Dutch cities, 1995: van der Heijden and others (2003), as reproduced with the R package
# singleRcapture 0.2 (its page of examples and its own tests).
DUTCH = counts(1645, 183, 37, 13, 1, 1)
PRINTED = {
    "intercept": (-1.3411, 0.2149),
    "sex=M": (0.3972, 0.1630),
    "age_group=40 and over": (-0.9746, 0.4082),
    "nationality=Asia": (-1.0926, 0.3016),
    "nationality=North Africa": (0.1900, 0.1940),
    "nationality=Rest of Africa": (-0.9106, 0.3008),
    "nationality=Surinam": (-2.3364, 1.0136),
    "nationality=Turkey": (-1.6754, 0.6028),
}


def dutch(model: str = "poisson", **options: object) -> ir.CaptureRecapture:
    return ir.capture_recapture(DUTCH, moment="1995", model=model, **options)


class TestNetherlandsWithoutCovariates:
    @pytest.mark.parametrize(
        ("model", "printed", "digits"),
        [
            ("poisson", 7079.9, 1),
            ("chao", 9273.5, 1),
            ("chao_corrected", 9228.9, 1),
            ("zelterman", 9424.6, 1),
        ],
    )
    def test_printed_populations(self, model, printed, digits):
        assert round(dutch(model).estimate.value.item(), digits) == printed

    def test_printed_rate(self):
        rate = np.exp(dutch().coefficients.sel(term="intercept", statistic="estimate"))
        assert round(rate.item(), 6) == 0.308619

    def test_printed_interval_of_chao(self):
        found = dutch("chao").estimate
        assert round(found.lower.item(), 1) == 8084.7
        assert round(found.upper.item(), 1) == 10690.1

    @pytest.mark.parametrize(
        ("model", "printed"), [("poisson", (6363, 7797)), ("zelterman", (8084, 10765))]
    )
    def test_printed_normal_intervals(self, model, printed):
        assert dutch(model).interval.sel(series="normal").round().values.tolist() == [*printed]

    def test_chao_is_its_closed_form(self):
        found, r = dutch("chao"), 1645 / 183
        assert found.estimate.value.item() == pytest.approx(1880 + 1645**2 / (2 * 183), rel=1e-12)
        # the regression and the closed form of the variance differ by terms of order 1/N
        closed = np.sqrt(183 * (r**4 / 4 + r**3 + r**2 / 2))
        assert found.standard_error.item() == pytest.approx(closed, rel=1e-4)

    def test_interval_of_the_corrected_bound_by_hand(self):
        found, r = dutch("chao_corrected"), 1645 / 183
        error = np.sqrt(183 * (r**4 / 4 + r**3 + r**2 / 2))
        assert found.standard_error.item() == pytest.approx(error, rel=1e-12)
        hidden = 1645 * 1644 / (2 * 184)
        spread = np.exp(1.959963984540054 * np.sqrt(np.log1p((error / hidden) ** 2)))
        assert found.estimate.lower.item() == pytest.approx(1880 + hidden / spread, rel=1e-12)
        assert found.estimate.upper.item() == pytest.approx(1880 + hidden * spread, rel=1e-12)

    def test_the_mean_is_fitted(self):
        found = dutch()
        rate = np.exp(found.coefficients.sel(term="intercept", statistic="estimate").item())
        total = sum(k * f for k, f in enumerate(DUTCH.values, start=1))
        assert rate / -np.expm1(-rate) == pytest.approx(total / 1880, rel=1e-10)

    def test_frequencies_are_told_with_those_never_caught(self):
        found = dutch()
        fitted = found.frequencies.sel(series="fitted")
        assert np.isnan(found.frequencies.sel(series="observed", captures=0))
        unseen = found.estimate.value.item() - 1880
        assert fitted.sel(captures=0).item() == pytest.approx(unseen, rel=1e-10)
        assert found.goodness.groups == 3
        assert found.goodness.freedom == 1

    def test_geometric_is_its_closed_form(self):
        # the truncated geometric has mean 1 + lambda
        found = dutch("geometric")
        rate = sum(k * f for k, f in enumerate(DUTCH.values, start=1)) / 1880 - 1
        assert found.estimate.value.item() == pytest.approx(1880 * (1 + rate) / rate, rel=1e-10)


class TestNetherlandsWithCovariates:
    def test_printed_coefficients(self):
        found = ir.capture_recapture(netherlands(), moment="1995", covariates=COVARIATES)
        assert found.coefficients["term"].values.tolist() == list(PRINTED)
        np.testing.assert_array_equal(found.coefficients.round(4), list(PRINTED.values()))

    def test_printed_population_and_likelihood(self):
        found = ir.capture_recapture(netherlands(), moment="1995", covariates=COVARIATES)
        assert round(found.log_likelihood, 4) == -848.4504
        assert round(found.aic, 3) == 1712.901
        assert round(found.bic, 3) == 1757.213
        assert round(found.estimate.value.item(), 2) == 12690.35
        assert round(found.standard_error.item(), 3) == 2808.169
        assert found.interval.transpose("series", "bound").round(2).values.tolist() == [
            [7186.44, 18194.26],
            [8431.28, 19718.32],
        ]

    def test_printed_strata(self):
        found = ir.capture_recapture(
            netherlands(), moment="1995", covariates=COVARIATES, strata=("age_group", "sex")
        )
        value = found.strata.value.transpose("age_group", "sex")
        lower = found.strata.lower.transpose("age_group", "sex")
        np.testing.assert_array_equal(
            value.round(4), [[3169.8272, 7337.0721], [641.2651, 1542.1892]]
        )
        np.testing.assert_array_equal(
            lower.round(4), [[1904.3121, 5306.3298], [212.3382, 630.7551]]
        )
        assert value.sum().item() == pytest.approx(found.estimate.value.item(), rel=1e-12)

    def test_printed_tests_of_fit(self):
        # They print the tests over 1, 2, 3 and 4 to 6 captures together.
        cells = capture_cells(netherlands(), covariates=COVARIATES, linear=(), strata=())
        model = MODELS["poisson"]
        found = fit(model, cells.groups, cells.people[None], starting_values(model, cells))
        numbers = fitted_counts(model, cells, found, np.arange(1, 7))
        fitted = np.append(numbers[:3], numbers[3:6].sum())
        seen = np.array([1645, 183, 37, 15])
        assert round(((seen - fitted) ** 2 / fitted).sum(), 2) == 50.06
        assert round(2 * (seen * np.log(seen / fitted)).sum(), 2) == 34.31
        assert numbers[-1] == pytest.approx(12690.35365 - 1880, abs=1e-4)

    def test_printed_one_inflated_geometric(self):
        found = ir.capture_recapture(
            netherlands(),
            moment="1995",
            model="one_inflated_geometric",
            covariates=("sex", "age_group"),
        )
        printed = [[-1.5346, 0.1846], [0.3863, 0.1380], [-0.7788, 0.2942], [-1.7591, 0.3765]]
        np.testing.assert_array_equal(found.coefficients.round(4), printed)
        assert round(found.log_likelihood, 4) == -864.4272
        assert round(found.estimate.value.item(), 3) == 5661.522

    def test_printed_error_of_the_one_inflated_geometric(self):
        # The figure printed, 963.9024, has (1 - p)/p as the part of sampling; with the
        # (1 - p)/p^2 that holds for every other model it is 967.94.
        table = netherlands()
        found = ir.capture_recapture(
            table, moment="1995", model="one_inflated_geometric", covariates=("sex", "age_group")
        )
        terms = found.coefficients.sel(statistic="estimate").values
        rate = np.exp(
            terms[0] + terms[1] * xr.DataArray([0, 1], dims="sex")
            + terms[2] * xr.DataArray([0, 1], dims="age_group")
        )  # fmt: skip
        ones = 1 / (1 + np.exp(-terms[3]))
        chance = (rate + ones) / (1 + rate)
        people = table.sum(("nationality", "captures")).drop_vars(("sex", "age_group"))
        both = [(people * (1 - chance) / chance**k).sum().item() for k in (1, 2)]
        printed = np.sqrt(found.standard_error.item() ** 2 - both[1] + both[0])
        assert round(printed, 4) == 963.9024

    def test_printed_zelterman(self):
        found = ir.capture_recapture(
            netherlands(), moment="1995", model="zelterman", covariates=("sex", "age_group")
        )
        assert round(found.estimate.value.item()) == 10213
        assert found.interval.sel(series="normal").round().values.tolist() == [8416, 12009]

    def test_saturated_covariates_are_separate_fits(self):
        table = netherlands().sum(("age_group", "nationality"))
        together = ir.capture_recapture(table, moment="1995", covariates=("sex",), strata=("sex",))
        for sex in ("F", "M"):
            alone = ir.capture_recapture(table.sel(sex=sex, drop=True), moment="1995")
            found = together.strata.value.sel(sex=sex).item()
            assert found == pytest.approx(alone.estimate.value.item(), rel=1e-8)

    def test_rows_or_groups_are_the_same(self):
        import pandas as pd

        rows = pd.DataFrame({"sex": ["F", "M", "M", "M"], "captures": [1, 2, 1, 1]})
        groups = pd.DataFrame({"sex": ["F", "M", "M"], "captures": [1, 1, 2], "persons": [1, 2, 1]})
        xr.testing.assert_identical(
            ir.captures_table(rows, by=["sex"]), ir.captures_table(groups, by=["sex"])
        )


class TestComparison:
    def test_every_model_has_an_estimate_or_a_reason(self):
        seen = ir.compare_capture_models(netherlands(), moment="1995", covariates=COVARIATES)
        assert {*seen.found, *seen.refused} == {*ir.CAPTURE_MODELS}
        table = seen.to_table().set_index("method")
        assert (table["value"].notna() | (table["notes"] != "")).all()
        assert table["aic_above_best"].min() == 0
        # one recapture from Surinam: negative binomial rates are undetermined
        assert "negative_binomial" in seen.refused

    def test_who_cannot_be_told_apart_is_in_the_table(self):
        table = ir.compare_capture_models(DUTCH, moment="1995").to_table().set_index("method")
        alike = table["not_told_apart_from"]
        assert alike["chao"].split(", ") == [
            "one_inflated_negative_binomial", "removal_geometric", "zelterman", "chao_corrected",
        ]  # fmt: skip
        assert alike.isna()["negative_binomial"]

    def test_the_spread_is_told(self):
        seen = ir.compare_capture_models(DUTCH, moment="1995")
        assert (
            "pairs do not overlap, such as one_inflated_poisson and geometric"
            in seen.view.statement
        )
        value = seen.view.estimates.sel(bound="value")
        assert value.min().item() == pytest.approx(2455.56, abs=0.01)
        assert value.max().item() > 13000

    def test_best_of_the_dutch_models_is_one_inflated_or_removal(self):
        table = ir.compare_capture_models(DUTCH, moment="1995").to_table().set_index("method")
        assert table["aic"].idxmin() in {"one_inflated_geometric", "removal_geometric"}
        # without covariates both describe the same counts, and extrapolate differently
        both = table.loc[["one_inflated_geometric", "removal_geometric"]]
        assert both["aic"].diff().iloc[-1] == pytest.approx(0, abs=1e-6)
        assert both["value"].diff().iloc[-1] > 2000


class TestMultiplierAndLists:
    def test_printed_multiplier(self):
        found = ir.multiplier_estimate(
            xr.DataArray(5000.0), proportion=(0.05, 0.15), grade="B", moment="2008"
        )
        assert (round(found.lower.item()), round(found.upper.item())) == (33333, 100000)
        assert np.isnan(found.value.item())  # bounds give no value

    def test_two_lists_by_hand(self):
        found = ir.two_list_estimate(
            *(xr.DataArray(float(n)) for n in (200, 150, 30)), moment="2024"
        )
        assert found.value.item() == pytest.approx(201 * 151 / 31 - 1, rel=1e-12)
        variance = 201 * 151 * 170 * 120 / (31**2 * 32)
        spread = np.exp(1.959964 * np.sqrt(np.log1p(variance / (found.value.item() - 320) ** 2)))
        assert found.upper.item() == pytest.approx(
            320 + (found.value.item() - 320) * spread, rel=1e-6
        )

    def test_printed_scale_up(self):
        people = {"respondent": range(1000)}
        rng = np.random.default_rng(4)
        answers = rng.permutation([1.0] * 450 + [0.0] * 550)
        circle = xr.DataArray(np.full(1000, 300.0), coords=people)
        known = xr.DataArray(answers, coords=people)
        found = ir.scale_up_estimate(known, circle, population=20e6, moment="2024")
        assert found.value.item() == pytest.approx(30000)
        seen = ir.scale_up_estimate(known, circle, population=20e6, moment="2024", visibility=0.6)
        assert seen.value.item() == pytest.approx(50000)
        # the printed standard error, 1,414, is that of Poisson counts
        poisson = xr.DataArray(rng.poisson(0.45, 1000).astype(float), coords=people)
        wide = ir.scale_up_estimate(poisson, circle, population=20e6, moment="2024", draws=5000)
        error = (wide.upper - wide.lower).item() / (2 * 1.96)
        assert error == pytest.approx(np.sqrt(20e6 * wide.value.item() / 300_000), rel=0.08)


FIXED = {"year": 2024, "mortality": (0.0, 0.0), "undercount_irregular": (0.1, 0.1)}


class TestResidual:
    def test_by_hand(self):
        surveyed = xr.DataArray([20000.0], coords={"birthplace": ["UZB"]})
        admitted = xr.DataArray(
            [[8000.0], [5000.0]], coords={"year": [2022, 2023], "birthplace": ["UZB"]}
        )
        found = ir.residual_estimate(
            surveyed, admitted, **FIXED,
            emigration=(0.02, 0.02), undercount_legal=(0.025, 0.025),
        )  # fmt: skip
        legal = 8000 * 0.98**2 + 5000 * 0.98
        assert found.legal.sel(bound="value").item() == pytest.approx(legal, rel=1e-12)
        wanted = (20000 - legal * 0.975) / 0.9
        assert found.estimate.value.item() == pytest.approx(wanted, rel=1e-12)
        assert found.estimate.lower.item() == pytest.approx(wanted, rel=1e-12)

    def test_interval_and_what_makes_it(self):
        surveyed = xr.DataArray([20000.0], coords={"birthplace": ["UZB"]})
        admitted = xr.DataArray(
            np.full((10, 1), 1500.0), coords={"year": range(2015, 2025), "birthplace": ["UZB"]}
        )
        found = ir.residual_estimate(
            surveyed, admitted, year=2024, mortality=(0.002, 0.004), emigration=(0.01, 0.05),
            undercount_legal=(0.02, 0.03), undercount_irregular=(0.05, 0.15),
        )  # fmt: skip
        assert found.estimate.lower < found.estimate.value < found.estimate.upper
        assert found.share_of_variance.idxmax() == "emigration"
        assert found.share_of_variance.sum().item() == pytest.approx(1)

    def test_below_zero_is_told(self):
        surveyed = xr.DataArray([100.0, 900.0], coords={"birthplace": ["KGZ", "UZB"]})
        admitted = xr.DataArray(
            [[500.0, 500.0]], coords={"year": [2024], "birthplace": ["KGZ", "UZB"]}
        )
        found = ir.residual_estimate(
            surveyed, admitted, **FIXED,
            emigration=(0.0, 0.0), undercount_legal=(0.0, 0.0),
        )  # fmt: skip
        assert found.estimate.value.values.tolist() == [0.0, pytest.approx(400 / 0.9)]
        assert found.raw.values.tolist() == pytest.approx([-400 / 0.9, 400 / 0.9])
        assert found.adjustments["birthplace"].tolist() == ["KGZ"]
        assert found.adjustments["before"].item() == pytest.approx(-400 / 0.9)
        assert "below 0" in found.estimate.notes[0]


class TestJointView:
    def test_apart_and_together(self):
        def given(name, lower, value, upper, covers="stay"):
            return ir.IrregularEstimate(
                name, *(xr.DataArray(float(x)) for x in (value, lower, upper)),
                covers=covers, moment="2024", assumption="", interval="95 %",
            )  # fmt: skip

        view = ir.joint_view(
            [given("a", 1, 2, 4), given("b", 3, 5, 9), given("c", 10, 20, np.inf, "work")]
        )
        assert view.together.values.tolist() == [
            [True, True, False],
            [True, True, False],
            [False, False, True],
        ]
        assert view.statement == (
            "The 3 estimates begin at 1 persons, 1 without an upper limit. They are not one "
            "answer: the intervals of 2 of 3 pairs do not overlap, such as a and c. They count "
            "different people (stay, work), so that all may be right."
        )
        table = view.to_table().set_index("method")
        assert table.loc["a", "not_told_apart_from"] == "b"
        assert table.loc["c", "not_told_apart_from"] == ""

    def test_an_estimate_that_is_missing_contradicts_nobody(self):
        def given(name, lower, value, upper, moment="2024"):
            return ir.IrregularEstimate(
                name, *(xr.DataArray(float(x)) for x in (value, lower, upper)),
                covers="stay", moment=moment, assumption="", interval="95 %",
            )  # fmt: skip

        unknown = given("overstay", np.nan, np.nan, np.nan)
        apart = [given("a", 1, 2, 4), given("c", 10, 20, 30, "2023")]
        view = ir.joint_view([unknown, *apart])
        assert view.together.loc["overstay"].all()
        assert "1 of 3 pairs do not overlap, such as a and c." in view.statement
        assert "different periods (2024, 2023), so that all may be right." in view.statement
        assert "1 is missing" in view.statement
        assert "cannot all hold" in ir.joint_view([apart[0], given("d", 9, 9, 9)]).statement
        nothing = ir.joint_view([unknown, given("b", np.nan, np.nan, np.nan)])
        assert view.to_table()["method"].tolist() == ["overstay", "a", "c"]  # as given
        assert nothing.statement == "None of the 2 estimates has a figure."
