"""Migrations run step by step: what each statement names must be there when it runs, and the engine may refuse more.

PostgreSQL keeps views by what they read, not by its name: they follow a rename, and hold what they read against DROP and
ALTER … TYPE without CASCADE. https://www.postgresql.org/docs/current/ddl-depend.html
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from contract_gate.core.relation import RelationName, standing
from contract_gate.core.values import dataclass, replace
from contract_gate.sql.families import POSTGRES
from contract_gate.sql.given import is_closed, output_columns
from contract_gate.sql.keys import TableConstraint, is_called
from contract_gate.sql.lineage import trace
from contract_gate.sql.script import ROW_CHANGES, Alteration, BoundStatement, ColumnStep, Script
from contract_gate.sql.statement.altering import altered, kept_constraints
from contract_gate.sql.statement.holding import (
    CHECKING_KEYS,
    SchemaRelation,
    added_constraint,
    argument_types,
    brings_rows,
    columns_at,
    dropped_column,
    dropped_key,
    has_type,
    is_unfilled,
    made_of,
    missing_constraint,
    replaced_function,
    retyped_column,
    unfit,
)
from contract_gate.sql.statement.opaque import words_of
from contract_gate.sql.types import is_same_type

HOLDING = POSTGRES
"""Engines in which a view holds what it reads against DROP."""
FOLLOWING = frozenset({"postgres", "redshift", "sqlite"})
"""Engines in which a view follows the rename of what it reads. https://www.sqlite.org/lang_altertable.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRefusal:
    """A statement that the engine refuses when it runs: its line in the text, why, and the relations that it is about."""

    line: int
    message: str
    relations: tuple[RelationName, ...]


def refusals(script: Script) -> tuple[StepRefusal, ...]:
    """Run the statements of a sequence in their order, from nothing, and tell which of them can't run."""
    return tuple(_StepRun(script).refused())


def _runs_later(statement: BoundStatement) -> bool:
    """Tell whether a statement stands in the body of what is called."""
    return statement.is_late and not (statement.kind == "function" or statement.is_of_view)


class _StepRun:
    def __init__(self, script: Script) -> None:
        self._script = script
        self._statements = [each for each in script.statements if not _runs_later(each)]
        unread = {each.line for each in self._statements if any(p.is_unread for p in each.problems)}
        unread |= {problem.line for problem in script.problems}
        self._unread = [each for each in script.opaque if each.line in unread and not each.only_names]
        self._unread.sort(key=lambda each: each.line)
        self._live: dict[RelationName, SchemaRelation] = {}
        self._gone: set[RelationName] = set()
        self._temporary: set[RelationName] = set()
        self._functions: dict[tuple[RelationName, tuple[str | None, ...]], BoundStatement] = {}
        self._coming = [target for s in self._statements if s.kind == "create" for target in s.targets]
        functions = (s for s in self._statements if s.kind == "function" and s.materialization == "function")
        self._coming_functions = {target for s in functions for target in s.targets}
        self._at_once: dict[tuple[int, int], list[RelationName]] = defaultdict(list)
        for each in self._statements:
            if each.kind in ("drop", "truncate"):
                self._at_once[each.line, each.column] += each.targets

    def refused(self) -> Iterator[StepRefusal]:
        for statement in self._statements:
            self._doubt(statement)
            found = list(self._refused(statement))
            yield from found[:1]
            self._apply(statement)

    def _doubt(self, statement: BoundStatement) -> None:
        """What a statement that is not understood, and parts of the text before one, do to the relations that they name, nobody knows."""
        end = statement.line + any(problem.is_unread for problem in statement.problems)
        while self._unread and self._unread[0].line < end:
            words = self._unread.pop(0).words
            for each in self._live.values():
                if words_of(each.name.name) <= words:
                    each.closed = each.is_told_whole = False

    def _refused(self, statement: BoundStatement) -> Iterator[StepRefusal]:
        if statement.kind == "function":
            yield from self._function(statement)
        if statement.is_late:
            return
        for problem in statement.problems:
            if problem.proven and problem.relations:
                yield StepRefusal(
                    line=problem.line,
                    message=problem.message,
                    relations=statement.targets or problem.relations,
                )
        yield from self._missing(statement)
        if statement.kind in ("drop-type", "drop-function"):
            yield from self._typed(statement)
            return
        if statement.kind == "index" and not statement.if_exists:
            yield from self._index_taken(statement)
        yield from self._unkeyed(statement)
        for target in statement.targets:
            there = self._find(target)
            match statement.kind:
                case "drop" if statement.of_schema is not None and there is not None:
                    if not statement.cascades:
                        text = f"the schema `{statement.of_schema}` can't be dropped: `{there.name}` is in it"
                        yield self._says(statement, text, there.name)
                case "drop" if target in self._temporary:
                    pass  # it stands before the table of this name
                case "drop" if there is not None:
                    yield from self._held(statement, there)
                case "truncate" if there is not None and not statement.cascades:
                    if self._script.dialect in CHECKING_KEYS - {"duckdb"}:
                        yield from self._referred(statement, there, "emptied by TRUNCATE")
                case "create" if statement.overwrite and there is not None and there.is_view:
                    yield from self._replaced(statement, there)
                case "create" if there is not None and not statement.if_exists and not statement.temporary:
                    yield from self._taken(statement, there)
                case "alter" if there is not None:
                    yield from self._keys(statement, there)
                    for step in statement.alterations:
                        yield from self._altered(statement, there, step)
                case _:
                    pass

    def _missing(self, statement: BoundStatement) -> Iterator[StepRefusal]:
        """What is read or changed is not there any more, or not yet."""
        changes = statement.kind in ROW_CHANGES | {"alter", "rename", "drop"}
        named = [read.relation for read in statement.reads if not read.reference]
        named += [*statement.targets] if changes and not statement.if_exists else []
        referred = [read.relation for read in statement.reads if read.reference]
        if self._script.dialect in CHECKING_KEYS:
            known = self._gone.union(self._coming).difference(statement.targets)
            named += [name for name in referred if name in known]
        for name in dict.fromkeys(named):
            if self._find(name) is not None or name in self._temporary:
                continue
            if name in self._gone:
                yield self._says(statement, f"`{name}` was dropped or renamed by an earlier step", name)
            elif name in self._coming and not (statement.kind == "create" and name in statement.targets):
                yield self._says(statement, f"`{name}` is made by a later step", name)
        # Other statements may stand in a procedure, which runs later.
        calls = statement.calls if statement.is_of_view else ()
        for name in dict.fromkeys(call.name for call in calls):
            if name in self._coming_functions - {there for there, _ in self._functions}:
                yield self._says(statement, f"there is no function `{name}` at this step")

    def _says(self, statement: BoundStatement, message: str, *about: RelationName) -> StepRefusal:
        return StepRefusal(line=statement.line, message=message, relations=(*statement.targets, *about))

    def _find(self, name: RelationName) -> SchemaRelation | None:
        return self._live.get(standing(name, self._live))

    def _holders(
        self, held: RelationName, column: str | None, but: tuple[RelationName, ...]
    ) -> list[SchemaRelation]:
        wanted = {(held, column)} if column is not None else set()
        return [
            each
            for each in self._live.values()
            if each.is_view
            and each.name not in but
            and (wanted & each.reads or (column is None and any(name == held for name, _ in each.reads)))
        ]

    def _held(self, statement: BoundStatement, there: SchemaRelation) -> Iterator[StepRefusal]:
        dialect, together = self._script.dialect, self._together(statement)
        if dialect in HOLDING and not statement.cascades:
            for holder in self._holders(there.name, None, together):
                yield self._says(
                    statement, f"`{there.name}` can't be dropped: `{holder.name}` reads it", holder.name
                )
        if dialect == "duckdb" or (dialect in HOLDING | CHECKING_KEYS and not statement.cascades):
            yield from self._referred(statement, there, "dropped")

    def _referred(self, statement: BoundStatement, there: SchemaRelation, what: str) -> Iterator[StepRefusal]:
        together = self._together(statement)
        for each in self._live.values():
            named = any(c.refers is not None and self._full(c.refers) == there.name for c in each.constraints)
            if named and each.is_told_whole and each.name not in together:
                text = f"`{there.name}` can't be {what}: a foreign key of `{each.name}` names it"
                yield self._says(statement, text, each.name)

    def _together(self, statement: BoundStatement) -> tuple[RelationName, ...]:
        """Give all that one DROP or TRUNCATE names: what reads another of them holds nothing."""
        return tuple(map(self._full, self._at_once[statement.line, statement.column]))

    def _function(self, statement: BoundStatement) -> Iterator[StepRefusal]:
        before = self._functions.get((statement.targets[0], argument_types(statement)))
        is_held = self._script.dialect == "postgres" and statement.materialization == "function"
        text = replaced_function(before, statement) if before is not None and is_held else None
        if text is not None:
            yield self._says(statement, text)

    def _taken(self, statement: BoundStatement, there: SchemaRelation) -> Iterator[StepRefusal]:
        """CREATE does not take the place of what is there; OR REPLACE takes no table's for a view."""
        if not statement.overwrite:
            yield self._says(statement, f"`{there.name}` is there already", there.name)
        elif self._script.dialect in HOLDING and statement.is_of_view and not there.is_view and there.closed:
            yield self._says(statement, f"`{there.name}` is there already, and no view", there.name)

    def _index_taken(self, statement: BoundStatement) -> Iterator[StepRefusal]:
        for made in statement.constraints if self._script.dialect in _GLOBAL_INDEXES else ():
            for each in self._live.values():
                if made.name is not None and made.name in each.indexes:
                    text = f"an index `{made.name}` is there already, on `{each.name}`"
                    yield StepRefusal(line=statement.line, message=text, relations=(each.name,))

    def _unkeyed(self, statement: BoundStatement) -> Iterator[StepRefusal]:
        """A foreign key needs a key of the table that it names, of a type that its own can be compared with."""
        is_new = statement.kind == "create"  # what it asks of itself is told where it is bound
        own = self._find(statement.targets[0]) if statement.kind == "alter" else None
        for constraint in statement.constraints if is_new or statement.kind == "alter" else ():
            if constraint.refers is None or (is_new and constraint.refers in statement.targets):
                continue
            there = self._find(constraint.refers)
            text = unfit(constraint, columns_at(statement, own), there, self._script.dialect)
            if text is not None:
                yield self._says(statement, text, constraint.refers)

    def _keys(self, statement: BoundStatement, there: SchemaRelation) -> Iterator[StepRefusal]:
        """Constraints that come and go."""
        dialect = self._script.dialect
        if statement.dropped_constraints and not statement.cascades:
            for text in dropped_key(there, statement.dropped_constraints, self._live.values(), dialect):
                yield self._says(statement, f"a key of `{there.name}` can't be dropped: {text}", there.name)
        texts = [added_constraint(each, there, dialect) for each in statement.constraints]
        if not statement.if_exists:
            texts.append(missing_constraint(there, statement.dropped_constraints, dialect))
        yield from (self._says(statement, text) for text in texts if text is not None)

    def _typed(self, statement: BoundStatement) -> Iterator[StepRefusal]:
        """A type is held by what has a column of it, a sequence by the default that asks it, a function by who calls it.

        Which of several functions of one name a call means is not known.
        """
        kind = statement.materialization or "type"
        forms = sum(name in statement.targets for name, _ in self._functions) if kind == "function" else 1
        is_held = not statement.cascades and self._script.dialect in _HOLDING.get(
            kind, {self._script.dialect}
        )
        for each in self._live.values() if is_held and forms == 1 else ():
            for name in statement.targets:
                if has_type(each, name, kind, self._functions.get((name, ()))):
                    yield self._says(
                        statement, f"the {kind} `{name}` can't be dropped: `{each.name}` has it", each.name
                    )

    def _replaced(self, statement: BoundStatement, there: SchemaRelation) -> Iterator[StepRefusal]:
        """CREATE OR REPLACE VIEW may add columns at the end, and nothing else."""
        is_kept = self._script.dialect == "postgres" and statement.materialization == "view" and there.closed
        if not is_kept or statement.query is None or not is_closed(statement.query):
            return
        old = [column.name for column in there.columns]
        new = [output.name for output in statement.query.outputs]
        if new[: len(old)] != old:
            first = next((i for i, name in enumerate(old) if new[i : i + 1] != [name]), 0)
            how = f"column {first + 1} is `{old[first]}`"
            how += f", not `{new[first]}`" if first < len(new) else ""
            yield self._says(statement, f"`{there.name}` can't be replaced: its {how}")
        for column, output in zip(there.columns, statement.query.outputs, strict=False):
            known = column.type and output.type and output.term.op in ("cast", "column")
            if known and not is_same_type(column.type or "", output.type or ""):
                how = f"`{column.name}` is {column.type}, not {output.type}"
                yield self._says(statement, f"`{there.name}` can't be replaced: {how}")

    def _altered(
        self, statement: BoundStatement, there: SchemaRelation, step: Alteration
    ) -> Iterator[StepRefusal]:
        if step.within:
            return
        names = {column.name for column in there.columns}
        added = {each.name for each in statement.alterations if each.step is ColumnStep.ADDED}
        lacks = (
            there.closed and step.name not in names | added and not there.is_view and not statement.if_exists
        )
        match step.step:
            case ColumnStep.ADDED if there.closed and step.name in names and not statement.if_exists:
                yield self._says(statement, f"`{there.name}` has a column `{step.name}` already")
            case ColumnStep.ADDED if there.closed and step.after and step.after not in names:
                yield self._says(statement, f"`{there.name}` has no column `{step.after}` at this step")
            case ColumnStep.ADDED if is_unfilled(there, step.column, self._script.dialect):
                yield self._says(statement, f"`{step.name}` can't be added to `{there.name}` as NOT NULL")
            case ColumnStep.RENAMED if step.column is not None and step.column.name in names - {step.name}:
                yield self._says(statement, f"`{there.name}` has a column `{step.column.name}` already")
            case ColumnStep.DROPPED | ColumnStep.RENAMED | ColumnStep.RETYPED | ColumnStep.REQUIRED if lacks:
                yield self._says(statement, f"`{there.name}` has no column `{step.name}` at this step")
            case ColumnStep.DROPPED if not statement.cascades and (made := made_of(step.name, there.columns)):
                text = f"`{step.name}` of `{there.name}` can't be dropped: `{made}` is computed from it"
                yield self._says(statement, text)
            case ColumnStep.DROPPED if not statement.cascades and (
                held := list(dropped_column(there, step.name, self._live.values(), self._script.dialect))
            ):
                text = f"`{step.name}` of `{there.name}` can't be dropped: {held[0]} holds it"
                yield self._says(statement, text, there.name)
            case ColumnStep.RETYPED if refused := list(
                retyped_column(
                    there, step.name, step.column.type if step.column else None, self._script.dialect
                )
            ):
                text = f"`{step.name}` of `{there.name}` can't be given another type: {refused[0]}"
                yield self._says(statement, text, there.name)
            case ColumnStep.DROPPED | ColumnStep.RETYPED if (
                self._script.dialect in HOLDING and not statement.cascades
            ):
                verb = "dropped" if step.step is ColumnStep.DROPPED else "given another type"
                for holder in self._holders(there.name, step.name, ()):
                    text = f"`{step.name}` of `{there.name}` can't be {verb}: `{holder.name}` reads it"
                    yield self._says(statement, text, holder.name)
            case _:
                pass

    def _apply(self, statement: BoundStatement) -> None:
        match statement.kind:
            case "function":
                self._functions[statement.targets[0], argument_types(statement)] = statement
            case "drop-function":
                for key in [key for key in self._functions if key[0] in statement.targets]:
                    del self._functions[key]
            case "rename-function" if statement.renamed_to is not None:
                for key in [key for key in self._functions if key[0] in statement.targets]:
                    self._functions[statement.renamed_to, key[1]] = self._functions.pop(key)
            case "index":
                self._index(statement.constraints)
            case "drop-index":
                for each in self._live.values():
                    for name in statement.dropped_constraints:
                        each.indexes.pop(name, None)
            case _:
                pass
        for target in statement.targets:
            there = self._find(target)
            match statement.kind:
                case "create" if statement.temporary:
                    self._temporary.add(target)
                case "create" if statement.if_exists and there is not None:
                    pass
                case "create":
                    self._create(statement, target)
                case "drop" if target in self._temporary:
                    self._temporary.discard(target)
                case "drop" if there is not None:
                    self._drop(there, cascade=statement.cascades or len(self._together(statement)) == 1)
                case "rename" if there is not None and statement.renamed_to is not None:
                    self._rename(there, statement.renamed_to)
                case "alter" if there is not None:
                    self._alter(statement, there)
                case "insert" if there is not None:
                    there.has_rows = there.has_rows or brings_rows(statement)
                case "delete" | "truncate" if there is not None:
                    there.has_rows = False
                case _:
                    pass

    def _index(self, made: Iterable[TableConstraint]) -> None:
        for each in made:
            there = self._find(each.refers) if each.refers is not None else None
            if there is not None:
                there.indexes[each.name or each.text] = each

    def _create(self, statement: BoundStatement, target: RelationName) -> None:
        query = statement.query
        columns = tuple(output_columns(query).values()) if query is not None else statement.columns
        closed = is_closed(query) if query is not None else bool(columns) and statement.closed
        is_view = query is not None and statement.is_of_view and not statement.is_late
        new = SchemaRelation(
            name=target, columns=columns, closed=closed, is_view=is_view, constraints=statement.constraints,
            keyed=statement.keyed, is_told_whole=not statement.is_like,
        )  # fmt: skip
        if is_view and query is not None:
            lineage = trace(query)
            found = {(name, column) for name, column in lineage.rows}
            found |= {pair for column in lineage.columns for pair in column.upstream}
            new.reads = {(self._full(name), column) for name, column in found}
        new.types = {call.name for call in statement.calls if call.is_known}
        self._live[target] = new
        self._gone.discard(target)

    def _full(self, name: RelationName) -> RelationName:
        there = self._find(name)
        return there.name if there is not None else name

    def _drop(self, there: SchemaRelation, *, cascade: bool) -> None:
        for each in self._live.values():
            kept = [c for c in each.constraints if c.refers is None or self._full(c.refers) != there.name]
            each.constraints = tuple(kept)
        self._live.pop(there.name, None)
        self._gone.add(there.name)
        if cascade and self._script.dialect in HOLDING:
            for holder in self._holders(there.name, None, (there.name,)):
                self._drop(holder, cascade=True)

    def _rename(self, there: SchemaRelation, new: RelationName) -> None:
        other = self._live.pop(new, None)
        self._live.pop(there.name, None)
        self._live[new] = replace(there, name=new)
        self._gone.discard(new)
        if other is not None:  # SWAP WITH
            self._live[there.name] = replace(other, name=there.name)
            return
        self._gone.add(there.name)
        for each in self._live.values():
            each.reads = {(new if name == there.name else name, column) for name, column in each.reads}
            each.constraints = tuple(
                replace(one, refers=new) if one.refers == there.name else one for one in each.constraints
            )

    def _alter(self, statement: BoundStatement, there: SchemaRelation) -> None:
        if self._script.dialect in HOLDING and statement.cascades:
            for step in statement.alterations:
                for holder in (
                    self._holders(there.name, step.name, ()) if step.step is ColumnStep.DROPPED else ()
                ):
                    self._drop(holder, cascade=True)
        for name in statement.dropped_constraints:
            known = any(is_called(each, (name,), there.name.name) for each in there.constraints)
            there.is_told_whole = there.is_told_whole and known
        there.constraints = kept_constraints(there.constraints, statement)
        there.types |= {call.name for call in statement.calls if call.is_known}
        there.columns = tuple(each.column for each in altered(there.columns, statement))
        for step in statement.alterations:
            if step.step is ColumnStep.RENAMED and step.column is not None:
                old, new = (there.name, step.name), (there.name, step.column.name)
                for each in self._live.values():
                    each.reads = {new if pair == old else pair for pair in each.reads}


_HOLDING = {"sequence": frozenset({"postgres", "duckdb", "tsql"}), "function": frozenset({"postgres"})}
"""Engines that keep what is called from being dropped; all keep a type."""
_GLOBAL_INDEXES = frozenset({"postgres", "sqlite", "duckdb"})
"""Where the names of indexes are those of the schema and not of a table."""
