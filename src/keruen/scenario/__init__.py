# SPDX-License-Identifier: Apache-2.0
"""Scenarios: a written plan that runs the rooms in order, and says where every value came from."""
