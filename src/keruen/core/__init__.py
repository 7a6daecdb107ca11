# SPDX-License-Identifier: Apache-2.0
"""The ground floor: words of the field, their codes, units and errors; no method."""
