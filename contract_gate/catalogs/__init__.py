"""Catalogs: who reads a relation outside of the repository. One interface (`catalog`), and Secoda, a snapshot or none behind it."""
