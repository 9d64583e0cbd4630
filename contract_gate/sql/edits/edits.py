"""Two texts of a query → what the author edited, in the author's words: a filter in a CTE, a join, some columns.

For telling, never for deciding: what changed is found by `changes` from the canonical forms, whatever was edited.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from contract_gate.core.printable import cut
from contract_gate.sql.edits.edit import Edit, EditKind
from contract_gate.sql.edits.outline import MAIN, Block, Clause, SourceClause, mark, outlined
from contract_gate.sql.edits.reach import BlockReach

_NAMED = 4
_LONGEST = 70


def edits(before: str, after: str, dialect: str) -> tuple[Edit, ...]:
    """Tell what was edited, in the order of the text at the head; nothing where either text has no single query."""
    blocks = outlined(before, dialect), outlined(after, dialect)
    if not all(blocks):
        return ()
    reaches = BlockReach(blocks[0]), BlockReach(blocks[1])
    found = [_reaching(edit, reaches) for left, right in _paired(*blocks) for edit in _of_block(left, right)]
    return tuple(sorted(found, key=lambda edit: (edit.line, edit.kind)))


def _paired(before: Mapping[str, Block], after: Mapping[str, Block]) -> Iterator[tuple[Block, Block]]:
    """Pair blocks by name; a CTE under a new name is the one that says most of the same."""
    left = {name: block for name, block in before.items() if name not in after}
    names = {}
    for name, block in after.items():
        twin = max(left, key=lambda other: _likeness(left[other], block), default=None)
        if name not in before and twin is not None and _likeness(left[twin], block) > 1 / 2:
            del left[twin]
            names[twin] = name
    known = {name: _under_new_names(block, names) for name, block in before.items()}
    for old, block in known.items():
        if names.get(old, old) in after:
            yield block, after[names.get(old, old)]


def _under_new_names(block: Block, names: Mapping[str, str]) -> Block:
    """Let a block of the base call the CTEs it reads as the head does."""
    read = [source.name for source in block.sources if source.block and source.name in names]
    sources = tuple(
        replace(source, name=names.get(source.name, source.name)) if source.block else source
        for source in block.sources
    )
    return _with_marks(replace(block, sources=sources), [(mark(name), mark(names[name])) for name in read])


def _likeness(one: Block, other: Block) -> float:
    left, right = ({name for name, _ in block.columns} for block in (one, other))
    sources = [{source.name for source in block.sources} for block in (one, other)]
    together = left | right
    if not together:
        return float(one.branches == other.branches and sources[0] == sources[1] and bool(sources[0]))
    return len(left & right) / len(together) - (0 if sources[0] & sources[1] or not sources[0] else 1 / 4)


def _reaching(edit: Edit, reaches: tuple[BlockReach, BlockReach]) -> Edit:
    if edit.kind.of_columns:
        reach = frozenset[str]().union(*(one.of_columns(edit.block, edit.names) for one in reaches))
        return replace(edit, reach=reach)
    rows = any(one.decides_rows(edit.block) or edit.block == MAIN for one in reaches)
    return replace(
        edit, reach=frozenset[str]().union(*(one.of_rows(edit.block) for one in reaches)), rows=rows
    )


def _of_block(before: Block, after: Block) -> Iterator[Edit]:
    before = _known_as(before, after)
    if before.operation != after.operation or len(before.branches) != len(after.branches):
        yield _edit(EditKind.SOURCE, after, _operation(before, after), after.line)
    yield from _of_sources(before, after)
    yield from _of_clauses(EditKind.FILTER, "filter", after, before.filters, after.filters)
    yield from _of_clauses(EditKind.GRAIN, "grouping", after, before.group, after.group)
    yield from _of_clauses(EditKind.LIMIT, "limit", after, before.limit, after.limit)
    yield from _of_columns(before, after)


def _known_as(before: Block, after: Block) -> Block:
    """Let the clauses of the base name a source that was exchanged as the head does: it is one edit, not one a clause."""
    return _with_marks(before, [
        (mark(old.name), mark(new.name))
        for old, new in _paired_sources(before.sources, after.sources)[0]
        if old.name.lower() != new.name.lower()
    ])  # fmt: skip


def _with_marks(before: Block, exchanged: Sequence[tuple[str, str]]) -> Block:
    def known(clause: Clause) -> Clause:
        key = clause.key
        for old, new in exchanged:
            key = key.replace(old, new)
        return replace(clause, key=key)

    def each(clauses: Iterable[Clause]) -> tuple[Clause, ...]:
        return tuple(map(known, clauses))

    if not exchanged:
        return before
    return replace(
        before, columns=tuple((name, known(one)) for name, one in before.columns), stars=each(before.stars),
        filters=each(before.filters), group=each(before.group),
        sources=tuple(replace(one, on=each(one.on)) for one in before.sources),
    )  # fmt: skip


def _operation(before: Block, after: Block) -> str:
    if before.operation != after.operation:
        return f"{before.operation or 'SELECT'} → {after.operation or 'SELECT'}"
    more = len(after.branches) - len(before.branches)
    return (
        f"{_count(abs(more), 'branch', 'branches')} of {after.operation} {'added' if more > 0 else 'removed'}"
    )


def _of_sources(before: Block, after: Block) -> Iterator[Edit]:
    pairs, gone, new = _paired_sources(before.sources, after.sources)
    for old, now in pairs:
        if old.name.lower() != now.name.lower() and not (old.block and now.block):
            yield _edit(EditKind.SOURCE, after, f"reads {_name(now)} instead of {_name(old)}", now.line)
        if old.join != now.join and "FROM" not in (old.join, now.join):
            yield _edit(EditKind.JOIN, after, f"{old.join} → {now.join} join of {_name(now)}", now.line)
        if Counter(one.key for one in old.on) != Counter(one.key for one in now.on):
            text = _difference(f"condition of the join of {_name(now)}", old.on, now.on)
            yield _edit(EditKind.JOIN, after, text, _first(now.on, old.on, now.line))
    for one in new:
        what = f"join of {_name(one)} added ({one.join})" if one.join != "FROM" else f"reads {_name(one)}"
        yield _edit(EditKind.JOIN, after, what, one.line)
    for one in gone:
        yield _edit(EditKind.JOIN, after, f"join of {_name(one)} removed", one.line, gone=True)


def _paired_sources(
    before: Sequence[SourceClause], after: Sequence[SourceClause]
) -> tuple[list[tuple[SourceClause, SourceClause]], list[SourceClause], list[SourceClause]]:
    pairs, gone, new = [], list(before), list(after)
    for same in (_same_name, _same_alias, _both_first):
        for old in tuple(gone):
            match = next((one for one in new if same(old, one)), None)
            if match is not None:
                pairs.append((old, match))
                gone.remove(old)
                new.remove(match)
    return pairs, gone, new


def _same_name(one: SourceClause, other: SourceClause) -> bool:
    return one.name.lower() == other.name.lower()


def _same_alias(one: SourceClause, other: SourceClause) -> bool:
    return one.alias.lower() == other.alias.lower()


def _both_first(one: SourceClause, other: SourceClause) -> bool:
    return one.join == other.join == "FROM"


def _of_clauses(
    kind: EditKind, noun: str, after: Block, old: Sequence[Clause], new: Sequence[Clause]
) -> Iterator[Edit]:
    if Counter(one.key for one in old) != Counter(one.key for one in new):
        came = only(new, old)
        yield _edit(
            kind, after, _difference(noun, old, new), _first(came, only(old, new), after.line), gone=not came
        )


def _difference(noun: str, old: Sequence[Clause], new: Sequence[Clause]) -> str:
    gone, came = only(old, new), only(new, old)
    if gone and came:
        return f"{noun} changed: {_texts(gone)} → {_texts(came)}"
    return f"{noun} added: {_texts(came)}" if came else f"{noun} removed: {_texts(gone)}"


def _of_columns(before: Block, after: Block) -> Iterator[Edit]:
    old, new = dict(before.columns), dict(after.columns)
    gone = [name for name in old if name not in new]
    came = [name for name in new if name not in old]
    renamed = _renamed(old, new, gone, came)
    gone = [name for name in gone if name not in renamed]
    came = [name for name in came if name not in renamed.values()]
    changed = [name for name in new if name in old and old[name].key != new[name].key]
    stars = Counter(one.key for one in before.stars) != Counter(one.key for one in after.stars)
    if gone:
        text = f"{_listed(gone)} removed"
        yield _edit(EditKind.COLUMNS_REMOVED, after, text, old[gone[0]].line, names=gone, gone=True)
    if renamed:
        texts = [f"`{then}` renamed to `{now}`" for then, now in renamed.items()]
        names = [*renamed, *renamed.values()]
        yield _edit(
            EditKind.COLUMNS_RENAMED,
            after,
            _cut_list(texts),
            new[next(iter(renamed.values()))].line,
            names=names,
        )
    if changed:
        text = f"{_listed(changed)} computed in another way"
        yield _edit(EditKind.COLUMNS_COMPUTED, after, text, new[changed[0]].line, names=changed)
    if came:
        yield _edit(EditKind.COLUMNS_ADDED, after, f"{_listed(came)} added", new[came[0]].line, names=came)
    if stars:
        text = _difference("`*`", before.stars, after.stars)
        line = _first(after.stars, before.stars, after.line)
        names = [*old, *new, *_excepted(before.stars, after.stars)]
        yield _edit(EditKind.COLUMNS_COMPUTED, after, text, line, names=names)


def _renamed(
    old: Mapping[str, Clause], new: Mapping[str, Clause], gone: Iterable[str], came: Iterable[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in gone:
        twin = next(
            (one for one in came if new[one].key == old[name].key and one not in found.values()), None
        )
        if twin is not None:
            found[name] = twin
    return found


def _excepted(*stars: Sequence[Clause]) -> Iterator[str]:
    for one in (clause for side in stars for clause in side):
        yield from (word.strip('"`,() ').lower() for word in one.key.split())


def _edit(
    kind: EditKind, block: Block, text: str, line: int, *, names: Iterable[str] = (), gone: bool = False
) -> Edit:
    place = f" in `{block.name}`" if block.name else ""
    head, colon, rest = text.partition(": ")
    return Edit(
        kind=kind,
        text=f"{head}{place}{colon}{rest}",
        block=block.name,
        line=line,
        gone=gone,
        names=tuple(names),
    )


def only(clauses: Sequence[Clause], others: Sequence[Clause]) -> list[Clause]:
    """Give the clauses that the others do not have as well."""
    left = Counter(one.key for one in others)
    found = []
    for one in clauses:
        if left[one.key]:
            left[one.key] -= 1
        else:
            found.append(one)
    return found


def _first(clauses: Sequence[Clause], others: Sequence[Clause], line: int) -> int:
    return min((one.line for one in (clauses or others)), default=line)


def _texts(clauses: Sequence[Clause]) -> str:
    return _cut(" and ".join(one.text for one in clauses))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_NAMED])
    more = f", +{len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"column {shown}" if len(names) == 1 else f"{len(names)} columns ({shown}{more})"


def _cut_list(texts: Sequence[str]) -> str:
    return ", ".join(texts[:_NAMED]) + (f", +{len(texts) - _NAMED} more" if len(texts) > _NAMED else "")


def _name(source: SourceClause) -> str:
    return f"`{_cut(source.name)}`"


def _count(number: int, noun: str, plural: str) -> str:
    return f"a {noun}" if number == 1 else f"{number} {plural}"


def _cut(text: str) -> str:
    return cut(" ".join(text.split()), _LONGEST)
