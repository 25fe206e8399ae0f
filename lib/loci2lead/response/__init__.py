"""Tumour profiles and predicted drug response."""

RESULTS_VERSION = 2
