"""Small-variant calling, evaluation and annotation."""

RESULTS_VERSION = 6
