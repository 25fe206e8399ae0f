"""Somatic calling: tumour with normal, or tumour alone, on the machinery of the germline caller."""
