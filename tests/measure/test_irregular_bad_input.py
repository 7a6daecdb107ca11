# SPDX-License-Identifier: Apache-2.0
"""What cannot be estimated is refused by name, or given with its reason; never as a number."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from tests.irregular_cases import counts

from keruen.core.errors import ConvergenceError, CoverageError, FaultsError, SchemaError
from keruen.measure import irregular as ir


def by_sex(women: tuple[int, ...], men: tuple[int, ...]) -> xr.DataArray:
    return xr.DataArray(
        [women, men], coords={"sex": ["F", "M"], "captures": range(1, len(men) + 1)}
    )


def refused(id_: str, table: xr.DataArray, **options: object) -> Exception:
    with pytest.raises((SchemaError, ConvergenceError)) as fault:
        ir.capture_recapture(table, moment="2024", **options)
    assert fault.value.id == id_
    return fault.value


class TestCaptures:
    def test_nobody_caught_again(self):
        assert "nobody was caught more than once" in str(refused("NoRecaptures", counts(50, 0)))

    def test_a_level_without_recaptures_is_named(self):
        # perfect separation: the rate of women runs to 0 and their number to infinity
        fault = refused("NoRecaptures", by_sex((40, 0), (100, 20)), covariates=("sex",))
        assert "'sex' F" in str(fault)

    def test_the_bias_corrected_bound_takes_it(self):
        table = by_sex((40, 0), (100, 20))
        found = ir.capture_recapture(table, moment="", model="chao_corrected", strata=("sex",))
        assert found.strata.value.sel(sex="F").item() == 40 + 40 * 39 / 2
        # variance without anybody caught twice, by hand: 780 + 40 79^2 / 4 - 40^4 / (4 820)
        spread = np.exp(1.959964 * np.sqrt(np.log1p(62409.51 / 780**2)))
        assert found.strata.upper.sel(sex="F").item() == pytest.approx(40 + 780 * spread, rel=1e-6)
        assert "nobody was caught twice" in found.estimate.notes[0]
        assert found.estimate.value == found.strata.value.sum()

    def test_separation_between_covariates(self):
        # every level has recaptures, young women with none: an interaction does not matter
        # to main effects, so a third covariate that marks them must be refused
        table = xr.DataArray(
            np.array([[[30, 0], [60, 9]], [[50, 8], [90, 14]]]),
            dims=("sex", "age_group", "captures"),
            coords={"sex": ["F", "M"], "age_group": ["young", "old"], "captures": [1, 2]},
        )
        found = ir.capture_recapture(table, moment="", covariates=("sex", "age_group"))
        assert np.isfinite(found.estimate.upper)
        marked = table.stack(group=("sex", "age_group")).drop_vars(("group", "sex", "age_group"))
        marked = marked.assign_coords(group=["Fy", "Fo", "My", "Mo"])
        assert "Fy" in str(refused("NoRecaptures", marked, covariates=("group",)))

    def test_separation_along_a_number(self):
        # recaptures at one age alone: the slope has no finite value
        table = xr.DataArray(
            [[200, 0], [200, 0], [200, 60]],
            coords={"age": [20, 30, 40], "captures": [1, 2]},
        )
        fault = refused("Separation", table, linear=("age",))
        assert "never caught again" in str(fault)

    def test_undetermined_negative_binomial(self):
        fault = refused("Unidentified", counts(1645, 183, 37, 13, 1, 1), model="negative_binomial")
        assert "chao" in str(fault)

    def test_open_upper_limit_says_why(self):
        table = by_sex((60, 1), (300, 60))
        found = ir.capture_recapture(table, moment="", covariates=("sex",), draws=200)
        assert np.isinf(found.estimate.upper)
        assert "no finite population" in found.estimate.notes[0]

    @pytest.mark.parametrize(
        ("id_", "table"),
        [
            ("BadCaptures", xr.DataArray([9, 5, 1], coords={"captures": [0, 1, 2]})),
            ("NegativeInput", counts(5, -1)),
            ("NegativeInput", counts(5.5, 1.0)),
            ("MissingCell", counts(5.0, np.nan)),
            ("Empty", counts(0, 0)),
        ],
    )
    def test_tables(self, id_, table):
        refused(id_, table)

    def test_faults_come_together(self):
        table = xr.DataArray([9.0, np.nan], coords={"captures": [0, 1]})
        with pytest.raises(FaultsError) as fault:
            ir.capture_recapture(table, moment="")
        assert {one.id for one in fault.value.faults} == {"BadCaptures", "MissingCell"}

    def test_covariates(self):
        refused("UnknownModel", counts(5, 2), model="binomial")
        refused("EmptyLevel", by_sex((0, 0), (9, 3)), covariates=("sex",))
        refused("NotNumeric", by_sex((9, 2), (9, 3)), linear=("sex",))
        refused("DuplicateKey", by_sex((9, 2), (9, 3)).assign_coords(sex=[0, 1]),
                linear=("sex",), covariates=("sex",))  # fmt: skip
        refused("BadSetting", by_sex((9, 2), (9, 3)), model="chao_corrected", covariates=("sex",))
        twice = by_sex((9, 2), (9, 3)).expand_dims(other=[0, 1]).transpose("sex", "other", ...)
        same = twice.where(xr.DataArray(np.eye(2), dims=("sex", "other")) > 0, 0).astype(int)
        refused("Unidentified", same, covariates=("sex", "other"))

    def test_comparison_of_an_unusable_table(self):
        with pytest.raises(SchemaError, match="nobody was caught"):
            ir.compare_capture_models(counts(0, 0), moment="")

    def test_comparison_without_recaptures_has_the_bound_alone(self):
        seen = ir.compare_capture_models(counts(50, 0), moment="")
        assert [*seen.found] == ["chao_corrected"]
        assert seen.view is None
        assert all("NoRecaptures" in why for why in seen.refused.values())

    def test_table_of_persons(self):
        import pandas as pd

        with pytest.raises(SchemaError) as fault:
            ir.captures_table(pd.DataFrame({"captures": [1]}), by=["sex"])
        assert fault.value.id == "MissingColumn"
        with pytest.raises(SchemaError) as fault:
            ir.captures_table(pd.DataFrame({"captures": [1, None]}))
        assert fault.value.id == "MissingValue"
        wide = pd.DataFrame({name: range(300) for name in ("captures", "a", "b", "c")})
        with pytest.raises(SchemaError) as fault:
            ir.captures_table(wide, by=["a", "b", "c"])
        assert fault.value.id == "TooManyGroups"
        parts = ir.captures_table(pd.DataFrame({"captures": [1, 2], "persons": [9.5, 2.0]}))
        refused("NegativeInput", parts)  # fractions of people are not rounded away


class TestOthers:
    @pytest.mark.parametrize("proportion", [(0.0, 0.1), (0.2, 0.1), (0.5, 1.2), (0.1, 0.05, 0.2)])
    def test_shares_that_are_none(self, proportion):
        with pytest.raises(SchemaError) as fault:
            ir.multiplier_estimate(xr.DataArray(10.0), proportion=proportion, grade="A", moment="")
        assert fault.value.id == "SharesNotPossible"

    def test_residual(self):
        people = xr.DataArray([1.0], coords={"birthplace": ["UZB"]})
        admitted = xr.DataArray([[1.0]], coords={"year": [2025], "birthplace": ["UZB"]})
        with pytest.raises(FaultsError) as fault:
            ir.residual_estimate(
                people, admitted, year=2024, mortality=(0.1, 0.0), emigration=(0, 0),
                undercount_legal=(0, 0), undercount_irregular=(0.5, 1.0),
            )  # fmt: skip
        assert [one.id for one in fault.value.faults] == [
            "SharesNotPossible", "SharesNotPossible", "LaterYear",
        ]  # fmt: skip
        with pytest.raises(CoverageError):
            ir.residual_estimate(
                people.assign_coords(birthplace=["KGZ"]), admitted.assign_coords(year=[2020]),
                year=2024, mortality=(0, 0), emigration=(0, 0),
                undercount_legal=(0, 0), undercount_irregular=(0, 0),
            )  # fmt: skip

    def test_more_on_both_lists_than_on_one(self):
        with pytest.raises(SchemaError) as fault:
            ir.two_list_estimate(*(xr.DataArray(n) for n in (5, 9, 6)), moment="")
        assert fault.value.id == "InconsistentTotals"

    def test_nobody_on_both_lists_is_told(self):
        found = ir.two_list_estimate(*(xr.DataArray(n) for n in (5, 9, 0)), moment="")
        assert "nobody is on both lists" in found.notes[0]
        assert found.upper > 3 * found.value

    def test_scale_up(self):
        zero = xr.DataArray([0.0], coords={"respondent": [1]})
        with pytest.raises(FaultsError) as fault:
            ir.scale_up_estimate(zero, zero, population=1e6, moment="", visibility=1.5)
        assert [one.id for one in fault.value.faults] == ["Empty", "SharesNotPossible"]

    def test_a_total_below_the_people_counted(self):
        low = ir.multiplier_estimate(xr.DataArray(10.0), proportion=(0.5, 1), grade="A", moment="")
        high = ir.capture_recapture(counts(500, 90), moment="")
        with pytest.raises(SchemaError) as fault:
            ir.joint_view([low, high.estimate], observed=xr.DataArray(590))
        assert fault.value.id == "BelowObserved"
        assert "multiplier" in str(fault.value)

    def test_joint_view(self):
        one = ir.multiplier_estimate(xr.DataArray(9.0), proportion=(0.5, 1), grade="A", moment="")
        with pytest.raises(SchemaError) as fault:
            ir.joint_view([one])
        assert fault.value.id == "NothingToCompare"
        with pytest.raises(SchemaError) as fault:
            ir.joint_view([one, one])
        assert fault.value.id == "DuplicateKey"
