"""The catalog of kinds of change, read from `catalog.toml` beside this file."""
