# SPDX-License-Identifier: Apache-2.0
"""The web application: it asks and shows; every number comes from the rooms below."""
