# SPDX-License-Identifier: Apache-2.0
"""Formats that figures travel in: one module each to read and to write, and what they share."""
