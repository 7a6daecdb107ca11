# SPDX-License-Identifier: Apache-2.0
"""What happened: estimates of the past and present, as functions on labelled arrays."""
