# SPDX-License-Identifier: Apache-2.0
"""Where data come from: everything that knows a file, a publisher or a column heading."""
