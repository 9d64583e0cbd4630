"""Queries, bound: from sqlglot's SELECT to the algebra, every name resolved. `queries` is the door, `scope` says what a name means."""
