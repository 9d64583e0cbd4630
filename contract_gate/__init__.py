"""contract-gate: tells who breaks before a SQL change is merged.

`diff` and `lineage` are the Python API; `contract_gate.cli` is the command line.
"""

__version__ = "0.1.0"
