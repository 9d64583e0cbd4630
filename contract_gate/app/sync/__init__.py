"""After the merge: `contract-gate sync` makes the catalog's lineage true."""
