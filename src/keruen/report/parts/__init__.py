# SPDX-License-Identifier: Apache-2.0
"""Sections of the country profile: one module a question, each a function of the desk."""
