"""Evidence as statements: one shape for every source, and the loaders that give it."""
