"""Typed settings: the single source of defaults, config/config.yaml and the JSON schema."""
