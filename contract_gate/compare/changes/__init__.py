"""Changes: what differs between two sides of a relation. `change` and `catalog.toml` are the kinds, the other modules find them."""
