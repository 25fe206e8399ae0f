"""Names of the residues."""

_NAMES = "A Ala C Cys D Asp E Glu F Phe G Gly H His I Ile K Lys L Leu M Met N Asn P Pro Q Gln R Arg S Ser T Thr V Val "
_WORDS = (_NAMES + "W Trp Y Tyr X Xaa * Ter").split()
THREE_LETTERS = dict(zip(_WORDS[::2], _WORDS[1::2], strict=True))
"""Three-letter names of the residues; X is unknown, * the stop."""
