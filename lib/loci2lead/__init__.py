"""loci2lead: sequencing reads to treatment reports, compound libraries to leads. For research use."""

__version__ = "0.1.0"
