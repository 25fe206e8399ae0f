"""Standardising, scoring and ranking of compounds."""

RESULTS_VERSION = 4
