# SPDX-License-Identifier: Apache-2.0
"""Small results of an engine as frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def tidy(table: pa.Table) -> pd.DataFrame:
    """A small result as a frame; whole numbers stay whole where some are missing."""
    import pandas as pd
    import pyarrow as pa

    kinds = {
        pa.int8(): pd.Int8Dtype(),
        pa.int16(): pd.Int16Dtype(),
        pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(),
    }
    return table.to_pandas(types_mapper=kinds.get)
