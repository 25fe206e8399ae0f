"""One patient: context, findings, matched evidence, tiers, checklist and the pages that show them."""
