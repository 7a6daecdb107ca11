# SPDX-License-Identifier: Apache-2.0
"""Laws that estimates of an irregular population obey for any counts."""

from __future__ import annotations

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.irregular_cases import counts

from keruen.measure import irregular as ir
from keruen.measure._count_models import MODELS, cells
from keruen.measure._jets import variables

LAW = settings(max_examples=20, deadline=None)
WITHOUT_EXTRAS = ["poisson", "geometric", "zelterman", "chao"]


@st.composite
def people(draw: st.DrawFn) -> list[int]:
    """Falling numbers of people caught once, twice and so on, some of them twice."""
    first = draw(st.integers(30, 3000))
    shares = draw(st.lists(st.floats(0.02, 0.6), min_size=1, max_size=5))
    found = [first]
    for share in shares:
        found.append(max(int(found[-1] * share), 1))
    return found


@LAW
@given(people(), st.sampled_from(WITHOUT_EXTRAS))
def test_nobody_seen_is_forgotten(numbers, model):
    found = ir.capture_recapture(counts(*numbers), moment="", model=model)
    seen = sum(numbers)
    assert seen <= found.estimate.lower <= found.estimate.value <= found.estimate.upper


@LAW
@given(people(), st.integers(2, 6), st.sampled_from(WITHOUT_EXTRAS))
def test_twice_the_people_is_twice_the_population(numbers, times, model):
    one = ir.capture_recapture(counts(*numbers), moment="", model=model)
    many = ir.capture_recapture(counts(*(times * n for n in numbers)), moment="", model=model)
    assert many.estimate.value.item() == pytest.approx(times * one.estimate.value.item(), rel=1e-7)
    ratio = many.standard_error.item() / one.standard_error.item()
    assert ratio == pytest.approx(np.sqrt(times), rel=1e-5)


@LAW
@given(people())
def test_order_of_the_estimates(numbers):
    # rates that vary leave more people unseen than equal rates: Jensen's inequality
    value = {
        model: ir.capture_recapture(counts(*numbers), moment="", model=model).estimate.value
        for model in ("poisson", "geometric", "chao", "chao_corrected")
    }
    assert value["poisson"] <= value["geometric"]
    assert value["chao_corrected"] <= value["chao"] + 1e-9


@LAW
@given(people(), st.randoms(use_true_random=False))
def test_a_dimension_that_is_not_used_changes_nothing(numbers, random):
    women = [random.randint(0, n) for n in numbers]
    split = xr.DataArray(
        [women, [n - w for n, w in zip(numbers, women, strict=True)]],
        coords={"sex": ["F", "M"], "captures": range(1, len(numbers) + 1)},
    )
    one = ir.capture_recapture(split, moment="")
    other = ir.capture_recapture(counts(*numbers), moment="")
    assert one.estimate.value.item() == pytest.approx(other.estimate.value.item(), rel=1e-9)


@LAW
@given(people(), st.sampled_from(ir.CAPTURE_MODELS))
def test_an_estimate_or_a_named_reason(numbers, model):
    seen = ir.compare_capture_models(counts(*numbers), moment="", models=[model])
    if model in seen.refused:
        name, what = seen.refused[model].split(": ", 1)
        assert name in {"Unidentified", "Separation", "NotConverged"}
        assert what
        return
    found = seen.found[model].estimate
    assert np.isfinite(found.value)
    assert found.lower < found.upper
    assert found.assumption


@LAW
@given(
    st.sampled_from(sorted(set(MODELS) - {"zelterman", "chao"})),
    st.floats(-2.5, 1.0),
    st.floats(-2.0, 1.0),
)
def test_probabilities_add_up_and_derivatives_are_right(name, eta, extra):
    model = MODELS[name]
    times = np.arange(1, 400)

    def told(values: np.ndarray) -> tuple:
        first, *others = variables(*(np.full((1, 1), v) for v in values))
        cell = cells(model, first, tuple(others), times)
        return cell.log_share, cell.people

    point = np.array([eta, *([extra] * len(model.extra))])
    share, weight = told(point)
    caught = np.exp(share.value[0]).sum()
    assert caught == pytest.approx(1, abs=1e-6)  # what lies beyond 400 captures
    assert (weight.value >= 1).all()
    step = 1e-5
    for k in range(point.size):
        moved = [told(point + sign * step * np.eye(point.size)[k]) for sign in (1, -1)]
        for part, own in ((0, share), (1, weight)):
            slope = (moved[0][part].value - moved[1][part].value) / (2 * step)
            np.testing.assert_allclose(
                np.broadcast_to(own.first[k], slope.shape), slope, rtol=2e-4, atol=2e-5
            )
            bend = (moved[0][part].first[k] - moved[1][part].first[k]) / (2 * step)
            place = sum(point.size - i for i in range(k))  # diagonal of the upper triangle
            np.testing.assert_allclose(
                np.broadcast_to(own.second[place], np.shape(bend)), bend, rtol=2e-4, atol=2e-4
            )


@LAW
@given(st.floats(1, 1e6), st.floats(0.01, 0.4), st.floats(0.4, 1.0), st.integers(0, 10), st.data())
def test_multiplier_and_two_lists(observed, low, high, overlap, data):
    found = ir.multiplier_estimate(
        xr.DataArray(observed), proportion=(low, high), grade="B", moment=""
    )
    assert observed <= found.lower * (1 + 1e-12)
    assert found.lower <= found.upper
    first, second = (data.draw(st.integers(overlap, 500)) for _ in range(2))
    lists = ir.two_list_estimate(
        *(xr.DataArray(float(n)) for n in (first, second, overlap)), moment=""
    )
    assert lists.lower >= first + second - overlap - 1e-9
    swapped = ir.two_list_estimate(
        *(xr.DataArray(float(n)) for n in (second, first, overlap)), moment=""
    )
    assert swapped.value == lists.value
