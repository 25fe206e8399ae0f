"""Reports for patients and screens: reads files only, no torch, no model."""

RESULTS_VERSION = 2
