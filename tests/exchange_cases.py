# SPDX-License-Identifier: Apache-2.0
"""Arrays of every kind for the tests of exchange: labels, types, attributes, odd numbers."""

from __future__ import annotations

import numpy as np
import xarray as xr
from hypothesis import strategies as st

_LABELS = {
    "country": ["KAZ", "UZB", "OTH", "NAM"],
    "region": ["KZ-71", "KZ-75", "KZ-YUZ"],
    "citizenship": ["KAZ", "RUS", "IND"],
    "birthplace": ["DEU", "TUR"],
    "sex": ["M", "F"],
    "residence": ["rural", "urban"],
    "sector": ["A", "01"],
    "occupation": ["1", "other"],
    "education": ["none", "upper_secondary"],
    "scenario": ["Квота: 5 000, «а»", 'b "x"', "NA", "null"],
    "route": ["Black Sea Route", "Black_Sea_Route", "black sea route"],
    "year": [1991, 2000, 2024, 2023],
    "quarter": [4, 1],
    "month": [12, 1, 3],
    "trajectory": [0, 10, 2],
    "quantile": [0.025, 0.5, 0.9],
    "Өңір": ["ә", "і", "é"],
}
_AGES = [
    ([0, 1, 2], {"age_width": 1}),
    ([0, 5, 85], {"age_width": 5, "open_age": 85}),
    ([0, 1, 5, 100], {"age_width": "abridged", "open_age": 100}),
    ([15, 7], {}),
]
_ATTRS = st.fixed_dictionaries(
    {},
    optional={
        "units": st.sampled_from(["persons", "percent", "million USD", "per 1000", ""]),
        "kind": st.sampled_from(["count", "rate"]),
        "concept": st.just("stock"),
        "moment": st.just("1 July"),
        "interval_years": st.sampled_from([1, 5]),
        "projected_from": st.sampled_from([1999, 2024]),
        "origin": st.sampled_from([("un.stock.2024",), ("own", "kaz.vital")]),
        "licence": st.sampled_from([("CC-BY-4.0",), ("facts", "unheard-of")]),
        "defects": st.just(("a", "b")),
        "history": st.just("=first line\nsecond; 'quoted' \"line\""),
        "weight": st.floats(allow_nan=False, allow_infinity=False),
        "flag": st.booleans(),
    },
)
_FLOATS = st.one_of(
    st.floats(allow_infinity=False, allow_nan=True),
    st.sampled_from([-0.0, 0.0, 0.1 + 0.2, 1e22, 5e-324, 1.7976931348623157e308, 2.0**53 + 2]),
)
_CELLS = {
    "float64": _FLOATS,
    "float32": st.floats(width=32, allow_infinity=False, allow_nan=True),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "int16": st.integers(-(2**15), 2**15 - 1),
    "bool": st.booleans(),
}


@st.composite
def arrays(draw, dims=None, most=4):
    """Arrays with up to four dimensions, some of them reduced to a single label."""
    names = draw(st.lists(st.sampled_from([*_LABELS, "age"]), unique=True, max_size=most))
    names = list(dims or names)
    coords, attrs = {}, draw(_ATTRS)
    for name in names:
        if name == "age":
            labels, more = draw(st.sampled_from(_AGES))
            coords[name], attrs = labels, {**attrs, **more}
        else:
            known = _LABELS.get(name) or _LABELS["country"]
            coords[name] = draw(st.permutations(known))[: draw(st.integers(1, len(known)))]
    kind = draw(st.sampled_from(list(_CELLS)))
    shape = [len(labels) for labels in coords.values()]
    size = int(np.prod(shape))
    cells = draw(st.lists(_CELLS[kind], min_size=size, max_size=size))
    values = np.array(cells, dtype=kind).reshape(shape)
    array = xr.DataArray(values, coords=coords, dims=names, name=draw(_NAMES), attrs=attrs)
    if names and draw(st.booleans()):
        array = array.isel({draw(st.sampled_from(names)): 0})
    return array


_NAMES = st.sampled_from(["population", "net migration, %", "Сальдо", "births"])


def assert_same(read: xr.DataArray, given: xr.DataArray) -> None:
    """Equal to the last bit: numbers, their type and sign, labels and theirs, attributes."""
    xr.testing.assert_identical(read, given)
    assert read.dtype == given.dtype
    assert read.dims == given.dims
    if given.dtype.kind == "f":
        assert np.array_equal(np.signbit(read.values), np.signbit(given.values)) or bool(
            np.isnan(given.values).any()
        )
    for name in given.coords:
        assert read[name].dtype.kind == given[name].dtype.kind
    for name, value in given.attrs.items():
        assert type(read.attrs[name]) is type(value)
