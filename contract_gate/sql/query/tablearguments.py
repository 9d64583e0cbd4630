"""Tables that a function takes as arguments: it reads them with all of their columns."""

from sqlglot import exp

from contract_gate.sql.algebra import Term
from contract_gate.sql.families import SPARK, TRINO
from contract_gate.sql.query.place import Place

_OF_MODELS = (exp.Predict, exp.GenerateEmbedding, exp.MLTranslate, exp.MLForecast)


def table_argument(node: exp.Table, place: Place) -> Term:
    """Read `TABLE t` of BigQuery's `VECTOR_SEARCH(TABLE t, …)`; a model or a sequence is no table."""
    is_other = isinstance(node.parent, (*_OF_MODELS, exp.NextValueFor)) and node.arg_key == "this"
    if is_other or not isinstance(node.this, exp.Identifier):
        return Term("word", value=node.sql(dialect=place.binding.dialect or None))
    whole = exp.Select(expressions=[exp.Star()], from_=exp.From(this=node.copy()))
    return Term("table", query=place.binding.subquery(whole, place.ctes, place.scope))


def given_table(name: str, node: exp.Anonymous, place: Place) -> Term | None:
    """Read Trino's and Spark's `TABLE(t)`, the rows of t, and `DESCRIPTOR(a, b)`, names of columns; None of other calls."""
    if place.binding.dialect not in TRINO | SPARK:
        return None
    only = node.expressions[0] if len(node.expressions) == 1 else None
    if name == "table" and isinstance(only, exp.Column):
        outer = {"db": only.args.get("table"), "catalog": only.args.get("db")}
        return table_argument(exp.Table(this=only.this, **outer), place)
    if name == "descriptor":
        return Term("word", value=", ".join(each.name.lower() for each in node.expressions))
    return None
