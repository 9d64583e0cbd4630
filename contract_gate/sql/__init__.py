"""SQL: parsed and bound to an algebra of resolved names, and what is read off that: lineage, canonical forms, definitions.

Sqlglot's trees do not leave this room; `algebra` is what the others read.
"""
