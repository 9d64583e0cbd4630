"""Paths into JSON that are written step by step, or in one."""

import re
from dataclasses import replace

from contract_gate.sql.algebra import Term
from contract_gate.sql.families import POSTGRES

_KEY = re.compile(r"[A-Za-z_]\w*\Z")
_PATH = re.compile(r"\{([^{}]*)\}\Z")


def by_path(term: Term, dialect: str) -> Term:
    """Snowflake's `v['a']['b']` is `v:a.b`: a path step by step."""
    if dialect != "snowflake" or len(term.args) != 2 or term.args[1].op != "string":
        return term
    inner = term.args[0]
    key = Term("jsonpathkey", value=f"this={term.args[1].value}")
    if inner.op == "jsonextract" and len(inner.args) == 2 and inner.args[1].op == "jsonpath":
        path = inner.args[1]
        longer = replace(path, args=(*path.args, key), slots=(*path.slots, "expressions"))
        return replace(inner, args=(inner.args[0], longer))
    path = Term("jsonpath", (Term("jsonpathroot"), key), ("expressions", "expressions"))
    return Term("jsonextract", (inner, path), ("this", "expression"))


def by_keys(term: Term, dialect: str) -> Term:
    """PostgreSQL's `j #>> '{a,b}'` and `jsonb_extract_path_text(j, 'a', 'b')` are `j->'a'->>'b'`.

    Only for keys that are words: a number is a place in an array for the first two, and a key for the last.
    """
    keys = _keys(term) if dialect in POSTGRES and term.args else None
    if not keys or not all(_KEY.match(key) and key.lower() != "null" for key in keys):
        return term
    value = term.args[0]
    steps = tuple(Term("jsonpathkey", value=f"this={key}") for key in keys)
    if value.op == "jsonextract" and not value.value and value.args[1].op == "jsonpath":
        value, steps = value.args[0], (*value.args[1].args[1:], *steps)
    path = Term("jsonpath", (Term("jsonpathroot"), *steps), ("expressions",) * (len(steps) + 1))
    is_text = term.op.endswith(("scalar", "_text"))
    return Term("jsonextractscalar" if is_text else "jsonextract", (value, path), ("this", "expression"))


def _keys(term: Term) -> list[str] | None:
    """Give the keys that a term reads one after another; None where it may be anything else."""
    path = term.args[1] if len(term.args) > 1 else None
    if path is None or (len(term.args) > 2 and not term.op.startswith("jsonb_")):
        return None
    if term.op.startswith("jsonb_extract_path"):
        return _texts(term.args[1:])
    if path.op == "jsonpath" and term.value in ("", "only_json_types=True"):
        steps = path.args[1:]
        keys = [step.value.removeprefix("this=") for step in steps if step.op == "jsonpathkey"]
        return keys if len(keys) == len(steps) else None
    if not term.op.startswith("jsonb"):
        return None
    if path.op == "string" and (written := _PATH.match(path.value)) is not None:
        return written[1].split(",")
    return _texts(path.args) if path.op == "array" else None


def _texts(terms: tuple[Term, ...]) -> list[str] | None:
    found = [term.value for term in terms if term.op == "string"]
    return found if len(found) == len(terms) else None
