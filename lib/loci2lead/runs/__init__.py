"""Runs of the workflow seen from outside: started, planned, described, compared, weighed."""
