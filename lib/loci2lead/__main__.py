"""`python -m loci2lead` is the console script."""

import sys

from loci2lead.cli import main

sys.exit(main())
