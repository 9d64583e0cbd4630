"""The way out of a change in the model's own words: an item of a SELECT list, a join, a query, to be copied by its author.

Two texts of a model in, SQL out; None where the texts do not say enough for SQL that would run. Decides nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

from sqlglot import exp

from contract_gate.core.relation import caseless
from contract_gate.core.values import dataclass
from contract_gate.sql.edits.edits import only
from contract_gate.sql.edits.outline import MAIN, Block, Clause, SourceClause, outlined
from contract_gate.sql.minimal import identifier
from contract_gate.sql.parsing.parse import parse

_NAME = re.compile(r"[\w$]+(\.[\w$]+)*")
_SUMMARIES: Mapping[type[exp.Expr], str] = {
    exp.Sum: "sum", exp.Count: "sum", exp.CountIf: "sum", exp.Min: "min", exp.Max: "max",
}  # fmt: skip
"""What an aggregate of finer groups is made of: the sum of sums, the sum of counts, the least of the least."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The blocks of a model's query at base and head, by their names."""

    before: Mapping[str, Block]
    after: Mapping[str, Block]
    dialect: str


def sides(before: str, after: str, dialect: str) -> Sides | None:
    """Read both texts of a model; None where either has no single query."""
    old, new = outlined(before, dialect), outlined(after, dialect)
    return Sides(before=old, after=new, dialect=dialect) if old and new else None


def kept(both: Sides, column: str, kind: str | None) -> str:
    """Write the item that puts a column back: as it was where the head can still compute it, else a NULL of its type."""
    name = identifier(column, both.dialect)
    found = _made(both.before, column)
    if found is not None and _still_computes(both.after, *found):
        block, clause = found
        return f"{_into(block)}, deprecated: its readers move first\n{_item(clause, name)},"
    null = f"cast(null as {kind})" if kind else "null"
    return f"-- deprecated: it is not computed any longer\n{null} as {name},"


def both_names(both: Sides, old: str, new: str) -> str | None:
    """Write the item that gives a renamed column out by its old name as well."""
    found = _made(both.after, new)
    if found is None:
        return None
    block, clause = found
    name, other = identifier(old, both.dialect), identifier(new, both.dialect)
    return f"{_into(block)}, deprecated: read {other}\n{_item(clause, name)},"


def both_values(both: Sides, column: str) -> str | None:
    """Write the items that give a column as it was, and what it is now under a new name."""
    old, new = _made(both.before, column), _made(both.after, column)
    if old is None or new is None or old[1].key == new[1].key or not _still_computes(both.after, *old):
        return None
    name, other = identifier(column, both.dialect), identifier(caseless(column) + "_new", both.dialect)
    return f"{_into(new[0])}\n{_item(old[1], name)},\n{_item(new[1], other)},"


def in_order(names: Sequence[str], more: Sequence[str], dialect: str) -> str:
    """Write a SELECT list in the order that readers know, what is new at its end."""
    return f"select {', '.join(identifier(name, dialect) for name in (*names, *more))}"


def view(old: str, new: str, columns: Sequence[str], dialect: str) -> str:
    """Write a view of the old name over the new one."""
    listed = ", ".join(identifier(name, dialect) for name in columns) or "*"
    return f"create view {old} as\nselect {listed}\nfrom {new};"


def filtered(both: Sides, block: str, name: str) -> str | None:
    """Give a filter to the readers: as a condition of theirs where it asks for what they can read, else as a flag."""
    old, new = both.before.get(block), both.after.get(block)
    if old is None or new is None:
        return None
    gone, came = only(old.filters, new.filters), only(new.filters, old.filters)
    condition = " and ".join(clause.text for clause in came or gone)
    kept_as_is = both.after[MAIN].columns
    given = {column for column, clause in kept_as_is if clause.text.rpartition(".")[2].lower() == column}
    if condition and _names(condition, both.dialect) <= given:
        return f"-- in the reader that needs {'the narrower rows' if came else 'the rows as they were'}\nselect *\nfrom {name}\nwhere {condition}"
    if not came or gone or new.group:
        return None
    return f"-- in place of the filter{_of(new)}\n{condition} as is_wanted,"


def joined(both: Sides, block: str) -> str | None:
    """Write the join as it was; a new one so that it takes one row a key."""
    old, new = both.before.get(block), both.after.get(block)
    if old is None or new is None:
        return None
    known = {_identity(source): source for source in new.sources}
    others = [one for one in old.sources if one.join != "FROM" and _is_named(one)]
    changed = [one for one in others if _shown(one) != _shown(known.get(_identity(one)))]
    if changed:
        return "\n".join(_join(source, source.name) for source in changed)
    before = {_identity(source) for source in old.sources}
    came = [one for one in new.sources if _identity(one) not in before and one.join in ("LEFT", "INNER")]
    return _one_row_a_key(came[0], new, both.dialect) if len(came) == 1 and _is_named(came[0]) else None


def counted(both: Sides) -> str | None:
    """Write the query that holds a source against the one that took its place."""
    old, new = (_tables(blocks) for blocks in (both.before, both.after))
    gone, came = [one for one in old if one not in new], [one for one in new if one not in old]
    if len(gone) != 1 or len(came) != 1 or not all(map(_NAME.fullmatch, (*gone, *came))):
        return None
    return f"select 'before' as side, count(*) as rows_of_it from {gone[0]}\nunion all\nselect 'after', count(*) from {came[0]}"  # noqa: S608 - told, never run


def summed(both: Sides, block: str, name: str) -> str | None:
    """Write the old grain as a summary of the new one; None where a value can't be made from finer ones."""
    old, new = both.before.get(block), both.after.get(block)
    if old is None or new is None or block != MAIN or not old.columns or not old.group:
        return None
    old_keys, new_keys = ({clause.key for clause in side.group} for side in (old, new))
    shown = {clause.key for _, clause in old.columns}
    if not old_keys <= new_keys & shown or old_keys == new_keys or _is_cut(old, both) or _is_cut(new, both):
        return None
    if not {column for column, _ in old.columns} <= {column for column, _ in new.columns}:
        return None
    items, keys = [], []
    for column, clause in old.columns:
        known = identifier(column, both.dialect)
        again = _summary(clause.text, both.dialect)
        if clause.key in old_keys:
            keys.append(known)
            items.append(known)
        elif again is None:
            return None
        else:
            items.append(f"{again}({known}) as {known}")
    return f"select {', '.join(items)}\nfrom {name}\ngroup by {', '.join(keys)}"


def _is_cut(block: Block, both: Sides) -> bool:
    """Tell whether groups are chosen by what they hold, which those of another grain do not have."""
    parts = (_read(clause.text, both.dialect) for clause in block.filters)
    return bool(block.limit) or any(one is not None and one.find(exp.AggFunc) for one in parts)


def _made(blocks: Mapping[str, Block], column: str) -> tuple[Block, Clause] | None:
    """Find the block that computes a column of the result, through the stars that only hand it on."""
    wanted, seen, queue = caseless(column), set[str](), [MAIN]
    while queue:
        name = queue.pop(0)
        if name in seen:
            continue
        seen.add(name)
        block = blocks[name]
        for known, clause in block.columns:
            if known == wanted:
                return block, clause
        if block.stars:
            queue += [source.name for source in block.sources if source.block]
    return None


def _still_computes(after: Mapping[str, Block], block: Block, clause: Clause) -> bool:
    """Tell whether the block of the head, as far as it shows, has all that an item of the base reads."""
    now = after.get(block.name)
    if now is None or now.branches:
        return False
    sources = {source.alias.lower(): source for source in now.sources}
    used = next((read for name, read in block.uses if dict(block.columns)[name] is clause), ())
    for alias, column in used:
        source = sources.get(alias) if alias else next(iter(sources.values()), None)
        if source is None:
            return False
        inner = after.get(source.name) if source.block and (alias or len(sources) == 1) else None
        if inner is not None and not inner.stars and column not in dict(inner.columns):
            return False
    return True


def _into(block: Block) -> str:
    return f"-- in the select list{_of(block)}"


def _of(block: Block) -> str:
    return f" of {block.name}" if block.name else ""


def _item(clause: Clause, name: str) -> str:
    return clause.text if clause.text == name else f"{clause.text} as {name}"


def _names(condition: str, dialect: str) -> set[str]:
    """Give the columns that a condition asks for; a marker that no column has where it can't be read."""
    parsed = parse(f"select 1 where {condition}", dialect).statements
    columns = [column for one in parsed for column in one.find_all(exp.Column)]
    inner = any(one.find(exp.Subquery, exp.Exists) for one in parsed)
    return {"*"} if inner or not columns else {column.name.lower() for column in columns}


def _identity(source: SourceClause) -> tuple[str, str]:
    return source.alias.lower(), source.name.lower()


def _shown(source: SourceClause | None) -> tuple[object, ...]:
    return () if source is None else (source.join, frozenset(clause.key for clause in source.on))


def _is_named(source: SourceClause) -> bool:
    return not source.block and _NAME.fullmatch(source.name) is not None


def _join(source: SourceClause, what: str) -> str:
    kind = "join" if source.join == "INNER" else f"{source.join.lower()} join"
    if source.join == "INNER" and not source.on:
        kind = "cross join"
    called = f" as {source.alias}" if source.alias.lower() != what.lower() else ""
    texts = [clause.text for clause in source.on]
    on = f" using ({', '.join(texts)})" if source.using else f" on {' and '.join(texts)}" if texts else ""
    return f"{kind} {what}{called}{on}"


def _one_row_a_key(source: SourceClause, block: Block, dialect: str) -> str | None:
    keys = list(dict.fromkeys(_key(clause, source, dialect) for clause in source.on))
    known = [key for key in keys if key is not None]
    if len(known) != len(source.on) or not known:
        return None
    taken = [column for column in dict.fromkeys(_taken(source, block, dialect)) if column not in known]
    items = [*known, *(f"max({column}) as {column}" for column in taken)]
    inner = f"(select {', '.join(items)} from {source.name} group by {', '.join(known)})"  # noqa: S608 - told, never run
    return _join(source, inner)


def _taken(source: SourceClause, block: Block, dialect: str) -> Iterator[str]:
    """Give the columns of a source that items and conditions read by its alias."""
    alias = source.alias.lower()
    read = [column for _, used in block.uses for of, column in used if of == alias and column != "*"]
    for clause in (*block.filters, *(one for other in block.sources for one in other.on)):
        part = _read(clause.text, dialect)
        columns = part.find_all(exp.Column) if part is not None else ()
        read += [column.name.lower() for column in columns if column.table.lower() == alias]
    yield from (identifier(column, dialect) for column in read)


def _key(clause: Clause, source: SourceClause, dialect: str) -> str | None:
    """Give the column of the source that a condition holds equal to one of another source."""
    if source.using:
        return clause.text
    part = _read(clause.text, dialect)
    ends = [part.this, part.expression] if isinstance(part, exp.EQ) else []
    mine = [end for end in ends if isinstance(end, exp.Column) and end.table.lower() == source.alias.lower()]
    theirs = [end for end in ends if isinstance(end, exp.Column) and end not in mine]
    return identifier(mine[0].name.lower(), dialect) if len(mine) == len(theirs) == 1 else None


def tables(both: Sides) -> list[str]:
    """Give the relations that either side reads, as its text names them."""
    return list(dict.fromkeys((*_tables(both.before), *_tables(both.after))))


def _tables(blocks: Mapping[str, Block]) -> list[str]:
    read = (source.name for block in blocks.values() for source in block.sources if not source.block)
    return list(dict.fromkeys(read))


def _summary(text: str, dialect: str) -> str | None:
    """Say how values of finer groups make one of the coarser group."""
    item = _read(text, dialect)
    return _SUMMARIES.get(type(item)) if item is not None and not item.find(exp.Distinct) else None


def _read(text: str, dialect: str) -> exp.Expr | None:
    """Read an expression as it was written; None where the parser does not."""
    items = (item for one in parse(f"select {text}", dialect).statements for item in one.expressions)
    return next((item.unnest() for item in items), None)
