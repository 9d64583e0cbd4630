"""A small SQL reader: targets, sources and column lineage, without the parser that the gate uses.

`tokens` cuts, `statements` finds the structure, `columns` follows each output column to stored columns. It reads the
shapes that models have (SELECT, WITH, UNION, INSERT, CREATE … AS, MERGE, UPDATE) by their keywords; an expression
is only searched for the columns that it names.
"""
