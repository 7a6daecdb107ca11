# SPDX-License-Identifier: Apache-2.0
"""What will happen: projections of population and migration, with their uncertainty.

Methods take labelled arrays and return labelled arrays; they read no files.
"""
