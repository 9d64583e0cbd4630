"""CREATE, ALTER and DROP of a type, a domain, a sequence or a row policy, read as what they do: the parser keeps most of them as text.

A type is written as the table that it is like: its attributes are columns; what has no attributes (an enumeration, a domain,
another name for a type, a sequence) is one column, `VALUE`. A row policy of Redshift has the columns that it names of a row.
"""

import re
from enum import StrEnum

from sqlglot import exp

from contract_gate.core.relation import RelationName
from contract_gate.core.values import dataclass
from contract_gate.sql.names import PART, read_relation_name

VALUE = "value"
"""The one column of a type without attributes; the word by which a domain's CHECK names what it checks."""


class TypeAction(StrEnum):
    """What a statement does to a type. `LABEL`: it adds or renames a value of an enumeration."""

    CREATE = "create"
    ALTER = "alter"
    LABEL = "label"
    RENAME = "rename"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeStep:
    """One statement about the type `name`, of this `kind`. `table`: the CREATE or ALTER TABLE that says the same of a table of that name.

    `has_attributes`: it is no single value. `labels`: the old and new value of an enumeration ("": there is none).
    `renamed_to`: the type's new name. `cascades`: what hangs on it goes too. `options`: what else decides what it does, as text.
    """

    action: TypeAction
    name: RelationName
    kind: str = "type"
    options: str = ""
    table: str = ""
    has_attributes: bool = False
    labels: tuple[str, str] = ("", "")
    renamed_to: RelationName | None = None
    cascades: bool = False


def type_step(node: exp.Expr, dialect: str) -> TypeStep | None:
    """Read a statement; None where it is about no type, or in a form that is not known."""
    if not isinstance(node, exp.Command) and not is_of_type(node):
        return None
    found = _STATEMENT.fullmatch(" ".join(node.sql(dialect=dialect or None).split()).rstrip("; "))
    name = read_relation_name(found["name"], dialect) if found is not None else None
    if found is None or name is None:
        return None
    rest = found["rest"].strip()
    match found["action"].lower(), found["kind"].lower():
        case "create", "sequence":
            lone = f"create table t ({VALUE} bigint)"
            return TypeStep(action=TypeAction.CREATE, name=name, kind="sequence", table=lone, options=rest)
        case "create", "rls policy":
            of_row = _OF_ROW.match(rest)
            columns = f"create table t {of_row['list']}" if of_row is not None else ""
            return TypeStep(
                action=TypeAction.CREATE, name=name, kind="policy", table=columns, has_attributes=True, options=rest
            )  # fmt: skip
        case "create", kind:
            return _created(name, rest, is_domain=kind == "domain")
        case "alter", "sequence" | "rls policy" if _RENAMED.fullmatch(rest) is None:
            return None
        case "alter", _:
            return _altered(name, rest, dialect)
        case _:
            kind = "sequence" if found["kind"].lower() == "sequence" else "type"
            return TypeStep(action=TypeAction.DROP, name=name, kind=kind, cascades=rest.lower() == "cascade")


def is_of_type(node: exp.Expr) -> bool:
    """Tell whether a CREATE or DROP that the parser reads is of a type or a sequence."""
    kind = str(node.args.get("kind") or "").upper()
    return isinstance(node, (exp.Create, exp.Drop)) and kind in ("TYPE", "SEQUENCE")


_OF_ROW = re.compile(r"with\s*(?P<list>\((?:[^()]|\([^()]*\))*\))", re.IGNORECASE)
_STATEMENT = re.compile(
    r"(?P<action>create|alter|drop)\s+(?:or\s+replace\s+)?(?:temp(?:orary)?\s+)?(?P<kind>type|domain|sequence|rls policy)\s+(?:if\s+(?:not\s+)?exists\s+)?"
    rf"(?P<name>{PART}(?:\.{PART}){{0,2}})(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_ATTRIBUTES = re.compile(
    r"(?:as|is)\s+(?:object\s*|table\s*|struct\s*)?(?P<list>\(.*\))(?:\s*(?:not\s+)?(?:final|instantiable))*",
    re.IGNORECASE,
)
_ELEMENTS = re.compile(
    r"(?:as|is)\s+(?:table|varray\s*\(\d+\)|varying\s+array\s*\(\d+\))\s+of\s+(?P<type>.+)", re.IGNORECASE
)
_ALIAS = re.compile(r"(?:as|from)\s+(?P<type>(?!range\b).+)", re.IGNORECASE)


def _created(name: RelationName, rest: str, *, is_domain: bool) -> TypeStep | None:
    lead = "create table t "
    if is_domain:
        text = re.sub(r"^as\s+", "", rest, flags=re.IGNORECASE)
        return TypeStep(action=TypeAction.CREATE, name=name, table=f"{lead}({VALUE} {text})")
    if (found := _ELEMENTS.fullmatch(rest)) is not None:
        return TypeStep(action=TypeAction.CREATE, name=name, table=f"{lead}({VALUE} array<{found['type']}>)")
    if (found := _ATTRIBUTES.fullmatch(rest)) is not None:
        return TypeStep(action=TypeAction.CREATE, name=name, table=lead + found["list"], has_attributes=True)
    if (found := _ALIAS.fullmatch(rest)) is not None:
        return TypeStep(action=TypeAction.CREATE, name=name, table=f"{lead}({VALUE} {found['type']})")
    return None


_LABELS = re.compile(
    r"add\s+value\s+(?:if\s+not\s+exists\s+)?'(?P<added>(?:[^']|'')*)'.*|rename\s+value\s+'(?P<old>(?:[^']|'')*)'\s+to\s+'(?P<new>(?:[^']|'')*)'",
    re.IGNORECASE,
)
_RENAMED = re.compile(rf"rename\s+to\s+(?P<name>{PART})", re.IGNORECASE)


def _altered(name: RelationName, rest: str, dialect: str) -> TypeStep | None:
    if (found := _LABELS.fullmatch(rest)) is not None:
        return TypeStep(
            action=TypeAction.LABEL,
            name=name,
            labels=(found["old"] or "", found["added"] or found["new"] or ""),
        )
    if (found := _RENAMED.fullmatch(rest)) is not None:
        new = read_relation_name(found["name"], dialect)
        return (
            TypeStep(action=TypeAction.RENAME, name=name, renamed_to=new.beside(name))
            if new is not None
            else None
        )
    text = re.sub(r"\s+(?:cascade|restrict)\b(?=\s*(?:,|$))", "", rest, flags=re.IGNORECASE)
    text = re.sub(r"\battribute\b", "column", text, flags=re.IGNORECASE)
    text = re.sub(
        r"^(?=(?:set|drop)\s+(?:not\s+null|default)\b)", f"alter column {VALUE} ", text, flags=re.IGNORECASE
    )
    return TypeStep(action=TypeAction.ALTER, name=name, table=f"alter table t {text}")
