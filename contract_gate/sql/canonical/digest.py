"""Names for queries in normal form: equal digests mean equal bags of rows.

A block's rows are named by its sources, each with a label that no other source of the block has, and its conditions
written with those labels. A column is named by its term over the labels. So two queries whose rows and columns
have the same names are the same up to the numbers of sources and the order of commuting parts, and a column's name
changes only with its own value.

`Detail` says how much of a label is told: `coarse` leaves out which of several equal sources it is, so that a join
added beside does not seem to change every column; `blind` leaves out the source altogether.
"""

from collections.abc import Callable, Iterable, Mapping

from contract_gate.core.deadline import checkpoint
from contract_gate.sql.algebra import (
    Query,
    Recursive,
    Reshape,
    Scan,
    Select,
    SelfReference,
    SetOperation,
    Source,
    TableFunction,
    Term,
)
from contract_gate.sql.canonical.blocks import is_union_all
from contract_gate.sql.canonical.combined import drawn, of_two, union
from contract_gate.sql.canonical.conditions import conjuncts
from contract_gate.sql.canonical.deciding import branches_of, branches_or_nested, deciding_sources
from contract_gate.sql.canonical.decisions import decided, kept_rows
from contract_gate.sql.canonical.labels import Label, Labels, alike_in, base_label, told_apart
from contract_gate.sql.canonical.naming import Digest, SourceDetail, hashed
from contract_gate.sql.canonical.operands import SETS, commutes, once
from contract_gate.sql.canonical.shape import is_projection, is_set
from contract_gate.sql.canonical.substitute import References
from contract_gate.sql.canonical.tested import Names, is_decision
from contract_gate.sql.canonical.written import KnownDigests, Writings
from contract_gate.sql.functions import NUMBERING, function_of, is_volatile, set_returning
from contract_gate.sql.types import has_neighbours
from contract_gate.sql.walk import StoredNames, children_first, parts, row_terms

_MAX_DECIDED = 12
"""Sources of a block. Those of a larger one are told apart by how its conditions are written, not by what they decide."""

_KNOWN = KnownDigests()


class Digester:
    """Digests queries and terms, each once where nothing outside of it matters."""

    def __init__(
        self, dialect: str, references: References, detail: SourceDetail = SourceDetail.EXACT
    ) -> None:
        self.dialect = dialect
        self.detail = detail
        self._references = references
        self.stored = StoredNames()
        self._writings = Writings(_KNOWN, references)
        self._done: dict[int, Digest] = {}
        self._inside: dict[tuple[int, tuple[object, ...]], Digest] = {}
        self._bases: dict[int, str] = {}
        self._kept: list[object] = []
        self._asked: dict[str, dict[int, int]] = {}
        self._whole: set[tuple[int, str]] = set()
        self._sizes: dict[int, tuple[Term, int]] = {}

    def query(self, query: Query, outer: Labels | None = None) -> Digest:
        """Digest a query; `outer` has the labels of the sources around it that it may read."""
        done = self._done.get(id(query))
        if done is not None:
            return done
        if self._references.free(query) and outer is not None:
            return self._correlated(query, outer)
        if self._known_closed(query) is None:
            for inner in children_first(query, known=self._done, within=branches_or_nested):
                if not self._references.free(inner):
                    self._closed(inner)
        if id(query) not in self._done:
            self._done[id(query)] = self._digest(query, outer or Labels())
            self._kept.append(query)
        return self._done[id(query)]

    def _known_closed(self, query: Query) -> Digest | None:
        """Give the digest of a query that reads nothing outside of it, if another that is written alike has one."""
        if self._references.free(query):
            return None
        known = _KNOWN.get(self._writings.of(query), self.dialect, self.detail)
        if known is not None:
            self._done[id(query)] = known
            self._kept.append(query)
        return known

    def _closed(self, query: Query) -> None:
        if self._known_closed(query) is None:
            self._done[id(query)] = self._digest(query, Labels())
            self._kept.append(query)
            _KNOWN.keep(self._writings.of(query), self.dialect, self.detail, self._done[id(query)])

    def _correlated(self, query: Query, outer: Labels) -> Digest:
        """Digest a query that reads sources around it: once for all names that these have for it."""
        context = id(query), outer.seen_by(self._references.free(query))
        if context not in self._inside:
            self._inside[context] = self._digest(query, outer)
            self._kept.append(query)
        return self._inside[context]

    def _digest(self, query: Query, outer: Labels) -> Digest:
        checkpoint()
        match query:
            case Select():
                return drawn(query, self._select(query, outer), self._asked)
            case SetOperation():
                return self._set_operation(query, outer)
            case Recursive():
                return self._recursive(query, outer)

    # Blocks

    def _select(self, query: Select, outer: Labels) -> Digest:
        labels = self.labels(query, outer)
        if is_projection(query):
            relation = query.sources[0].relation
            if isinstance(relation, (Select, SetOperation, Recursive)):
                inner = self.query(relation, labels)
                own = self._over(query, inner.rows, self._columns(query, labels))
                return Digest(
                    inner.rows,
                    tuple(
                        _passed(o.term, relation, inner) or c for o, c in zip(query.outputs, own, strict=True)
                    ),
                )
        return Digest(self._rows(query, labels), self._columns(query, labels))

    def _over(self, query: Select, rows: str, columns: tuple[str, ...]) -> tuple[str, ...]:
        """A window sees the rows that the inner query gives, after its LIMIT: not those of the inner block itself."""
        return tuple(
            hashed("over", rows, column)
            if any(part.op == "window" for part in parts([output.term]))
            else column
            for output, column in zip(query.outputs, columns, strict=True)
        )

    def _columns(self, query: Select, labels: Labels) -> tuple[str, ...]:
        """Name the outputs; a value that is new at each call is another one in each output that makes it."""
        found: list[str] = []
        for output in query.outputs:
            digest = self.term(output.term, labels)
            fresh = is_volatile(parts([output.term])) or any(True for _ in set_returning(output.term))
            found.append(
                hashed("call", digest, str(found.count(digest))) if fresh and digest in found else digest
            )
        return tuple(found)

    def _rows(self, query: Select, labels: Labels) -> str:
        sources = [self.source(source, labels) for source in deciding_sources(query, self._references)]
        if is_set(query.sources):
            sources.sort()
        elif len(sources) == 2 and query.sources[1].join == "full":
            sources = self._full(query, labels)
        fields = [
            ("sources", sources),
            ("where", self._filter(query.where, labels)),
            ("group", None if query.group is None else ["by", *self._sorted(query.group, labels)]),
            ("grouping", self._optional(query.grouping, labels)),
            ("having", self._filter(query.having, labels)),
            ("qualify", self._filter(query.qualify, labels)),
            ("distinct", None if query.distinct is None else ["on", *self._sorted(query.distinct, labels)]),
            ("order", [self.term(term, labels) for term in query.order]),
            ("limit", self._optional(query.limit, labels)),
            ("offset", self._optional(query.offset, labels)),
            ("modifiers", self._sorted(query.modifiers, labels)),
            ("fan-out", sorted(self.term(t, labels) for o in query.outputs for t in set_returning(o.term))),
        ]
        if query.distinct == ():
            fields.append(("outputs", [self.term(output.term, labels) for output in query.outputs]))
        if query.grouping is not None and query.group:
            fields.append(("keys", [self.term(key, labels) for key in query.group]))
        return hashed("select", *(f"{name}={value}" for name, value in fields if value))

    def _full(self, query: Select, labels: Labels) -> list[str]:
        """`a FULL JOIN b` is `b FULL JOIN a`."""
        first, second = query.sources
        sides = sorted(self._relation(s, labels) for s in (first, second))
        return [*sides, "full", *self._filter(second.on, labels)]

    def _sorted(self, terms: Iterable[Term], labels: Labels) -> list[str]:
        terms = list(terms)
        digests = [self.term(term, labels) for term in terms]
        return sorted(once(digests, terms))

    def _filter(self, condition: Term | None, labels: Labels) -> list[str]:
        """Name what a condition keeps, however it is written."""
        held = conjuncts(condition)
        kept = None if labels.is_plain else kept_rows(held, self._names(labels))
        return self._sorted(held, labels) if kept is None else kept

    def _optional(self, term: Term | None, labels: Labels) -> str | None:
        return None if term is None else self.term(term, labels)

    def source(self, source: Source, labels: Labels) -> str:
        """Name a source with everything that it does to the rows."""
        return hashed("source", source.join, self._relation(source, labels), *self._filter(source.on, labels))

    def _relation(self, source: Source, labels: Labels) -> str:
        label = labels.text(source.id)
        relation = source.relation
        match relation:
            case Scan():
                return hashed("scan", label, str(relation.name), *self._sorted(relation.modifiers, labels))
            case TableFunction():
                return hashed("function", label, self.term(relation.term, labels))
            case Reshape():
                return hashed("reshape", label, self._reshaped(relation, labels), ",".join(relation.passed))
            case SelfReference():
                return hashed("self", label, labels.recursion(relation.id))
            case Select() | SetOperation() | Recursive():
                return hashed("derived", label, self.query(relation, labels).rows)

    def _reshaped(self, relation: Reshape, labels: Labels) -> str:
        inner = self._inner_labels(relation, labels)
        return hashed(
            "reshaped", self.source(relation.input, inner), self._reshaped_rows(relation.term, inner)
        )

    def _reshaped_rows(self, term: Term, inner: Labels) -> str:
        """PIVOT makes a row for each group of the passed columns, whatever it aggregates and for which values."""
        if term.op == "unpivot":
            gathered = [self.term(part, inner) for part in term.arguments("fields")]
            return hashed("unpivot", term.value, *sorted(gathered))
        if term.op != "pivot":
            return self.term(term, inner)
        fields = [self.term(part, inner) for part in parts(term.arguments("fields")) if part.op == "column"]
        keys = [self.term(key, inner) for key in term.arguments("group")]
        return hashed("pivot", *sorted(fields), "by", *sorted(keys))

    def _inner_labels(self, relation: Reshape, labels: Labels) -> Labels:
        return labels.with_sources(
            {relation.input.id: Label("input", self._resolver(relation.input, labels))}
        )

    # Labels

    def labels(self, query: Select, outer: Labels) -> Labels:
        """Give each source of a block its label: what it is, and where several are alike, which of them.

        In a correlated subquery the label also tells how deep it stands, so that `o.x = o.x` is not `o.x = outer o.x`.
        """
        for source in query.sources:
            if isinstance(source.relation, Scan):
                whole = (c.name for c in source.relation.known if c.type and has_neighbours(c.type))
                self._whole.update((source.id, name) for name in whole)
        bases = {source.id: self._base(source, outer) + "'" * outer.depth for source in query.sources}
        if self.detail is SourceDetail.BLIND:
            names = dict.fromkeys(bases, "?")
        elif self.detail is SourceDetail.COARSE or len(set(bases.values())) == len(bases):
            names = dict(bases)
        else:
            names = told_apart(bases, lambda guess: self._signatures(query, outer, guess))
        labels = self._labelled(query, outer, names)
        return labels.with_sources(self._value_only(query, labels, names))

    def _labelled(self, query: Select, outer: Labels, names: Mapping[int, str]) -> Labels:
        """Name the sources first, so that a lateral one can be named by what it reads of the others."""
        bare = outer.inside({s.id: Label(names[s.id], lambda name: name) for s in query.sources})
        return outer.inside({s.id: Label(names[s.id], self._resolver(s, bare)) for s in query.sources})

    def _value_only(self, query: Select, labels: Labels, names: Mapping[int, str]) -> dict[int, Label]:
        """A left join that adds no row decides values alone: its columns are named with all that it is."""
        deciding = {source.id for source in deciding_sources(query, self._references)}
        return {
            source.id: Label(
                hashed(names[source.id], self.source(source, labels)), self._resolver(source, labels)
            )
            for source in query.sources
            if source.id not in deciding
        }

    def _base(self, source: Source, outer: Labels) -> str:
        relation = source.relation
        if isinstance(relation, SelfReference):
            return outer.recursion(relation.id)
        if id(relation) not in self._bases:
            self._bases[id(relation)] = base_label(relation, self.stored)
            self._kept.append(relation)
        return self._bases[id(relation)]

    def _signatures(self, query: Select, outer: Labels, guess: Mapping[int, str]) -> dict[int, str]:
        """Tell what rows a source has and then how the block uses it, for those that a guess at their names gives one name."""
        labels = self._labelled(query, outer, guess)
        if len(guess) > _MAX_DECIDED:
            labels = labels.plain()
        roles = [(f"out:{output.name}", output.term) for output in query.outputs]
        roles += [(f"row:{term.op}", part) for term in row_terms(query) for part in conjuncts(term)]
        alike = alike_in(guess)
        used: dict[int, list[tuple[str, Term]]] = {number: [] for number in alike}
        for role, term in roles:
            for number in {read[0] for read in self._references.of([term])} & used.keys():
                used[number].append((role, term))
        found = dict(guess)
        for source in query.sources:
            if source.id in alike:
                own = labels.with_sources({source.id: Label("★", self._resolver(source, labels))})
                uses = sorted(hashed(role, self.term(term, own)) for role, term in used[source.id])
                shape = hashed(guess[source.id], source.join, self._relation(source, own))
                found[source.id] = shape + hashed(*uses)
        return found

    def _resolver(self, source: Source, labels: Labels) -> Callable[[str], str]:
        """Give what names a column of this source: not its alias, but what it is inside."""
        relation = source.relation
        if isinstance(relation, (Select, SetOperation, Recursive)):
            digest = self.query(relation, labels)
            outputs = relation.outputs
            named = {
                o.name: text for o, text in zip(reversed(outputs), reversed(digest.columns), strict=True)
            }
            named.pop("*", None)  # a star over it brings the columns beside that one, too
            return lambda name: named.get(name) or f"{'/'.join(digest.columns)}.{name}"
        if isinstance(relation, (TableFunction, SelfReference)):
            # Fields of a struct are known by their names, all else by where it stands.
            placed = [column.name for column in relation.known if column.known_as is None]
            known = {name: f"${index}" for index, name in enumerate(placed)}
            return lambda name: known.get(name, name)
        if isinstance(relation, Reshape):
            return self._reshaped_column(relation, labels)
        return lambda name: name

    def _reshaped_column(self, relation: Reshape, labels: Labels) -> Callable[[str], str]:
        """A column that PIVOT or UNPIVOT makes is named by what it holds; where that is not known, by all of the clause."""
        passed = self._resolver(relation.input, labels)
        inner = self._inner_labels(relation, labels)

        def name_of(name: str) -> str:
            match relation.origin(name):
                case str() as column:
                    return f"passed {passed(column)}"
                case Term() as cell:
                    return hashed("made", self.term(cell, inner))
                case None:
                    return hashed("made", name, self.term(relation.term, inner))

        return name_of

    # Terms

    def term(self, term: Term, labels: Labels) -> str:
        """Name a term; `labels` has every source that it may read."""
        done = labels.digests.get(id(term))
        if done is None:
            done = self._term(term, labels)
            labels.digests[id(term)] = done
            labels.kept.append(term)
        return done

    def _term(self, term: Term, labels: Labels) -> str:
        found = decided(term, self._names(labels)) if is_decision(term) and not labels.is_plain else None
        return self._operation(term, labels) if found is None else found

    def _names(self, labels: Labels) -> Names:
        """Name terms for a table: one that is a condition, of which nothing is known, not by another table."""

        def name(term: Term) -> str:
            return self._operation(term, labels) if is_decision(term) else self.term(term, labels)

        return Names(name=name, is_whole=self._is_whole, dialect=self.dialect, sizes=self._sizes)

    def _is_whole(self, term: Term) -> bool:
        """Tell whether a term holds whole numbers alone, as SQLite's columns of any type need not."""
        if function_of(term).op in NUMBERING | {"count"}:
            return True
        return (term.source, term.value) in self._whole and term.op == "column" and self.dialect != "sqlite"

    def _operation(self, term: Term, labels: Labels) -> str:
        if self.detail is SourceDetail.BLIND and term.op in ("column", "unresolved", "any_column"):
            return hashed(
                "column", labels.column(term.source, term.value) if term.source else f"?.{term.value}"
            )
        if term.op in ("column", "unresolved") and term.source:
            return hashed(term.op, labels.column(term.source, term.value))
        if term.op == "row" and term.args:
            return hashed("row", labels.text(term.source), *(self.term(arg, labels) for arg in term.args))
        if term.op in ("star", "row") and term.source:
            return hashed(term.op, labels.text(term.source), "*", labels.star(term.source), term.value)
        args = [f"{slot}:{self.term(arg, labels)}" for arg, slot in zip(term.args, term.slots, strict=True)]
        if commutes(term, self.dialect):
            operands = [self.term(arg, labels) for arg in term.args]
            tested = operands[:1] if term.op == "in" and "this" in term.slots else []
            rest = operands[len(tested) :]
            args = [
                *tested,
                "of",
                *sorted(once(rest, [term]) if term.op in SETS else rest),
            ]
            if term.op in ("and", "or") and len(args) == 2:
                return args[1]
        if term.op == "window":
            keys = sorted({self.term(key, labels) for key in term.arguments("partition_by")})
            args = [arg for arg in args if not arg.startswith("partition_by:")] + ["partition", *keys]
        if term.query is not None:
            args.append(self._subquery(term, labels))
        return hashed(term.op, term.value, *args)

    def _subquery(self, term: Term, labels: Labels) -> str:
        assert term.query is not None  # noqa: S101 - asked only of subqueries
        digest = self.query(term.query, labels)
        return digest.rows if term.op == "exists" else digest.whole

    # Set operations

    def _set_operation(self, query: SetOperation, outer: Labels) -> Digest:
        if is_union_all(query):
            return union([self.query(branch, outer) for branch in branches_of(query)], query)
        return of_two(self.query(query.left, outer), self.query(query.right, outer), query)

    def _recursive(self, query: Recursive, outer: Labels) -> Digest:
        """The names of a recursive query's columns do not matter, and it reads itself by how deep it stands."""
        digest = self.query_in_recursion(query, outer)
        columns = (hashed("recursive", digest, str(index)) for index in range(len(query.outputs)))
        return Digest(hashed("recursive", digest), tuple(columns))

    def query_in_recursion(self, query: Recursive, outer: Labels) -> str:
        """Digest the body of a recursive query: anchor and step in their order, with all columns."""
        inner = Digester(self.dialect, self._references, self.detail)
        labels = outer.with_recursion(query.id)
        body = query.query
        assert isinstance(body, SetOperation)  # noqa: S101 - an anchor and a step, in every form
        sides = [inner._digest_in(branch, labels).whole for branch in (body.left, body.right)]
        return hashed(body.kind, str(body.all), *sides)

    def _digest_in(self, query: Query, outer: Labels) -> Digest:
        for part in children_first(query):
            if not self._references.free(part):
                self._done[id(part)] = self._digest(part, outer)
                self._kept.append(part)
        return self._done[id(query)] if id(query) in self._done else self._digest(query, outer)


def _passed(term: Term, relation: Query, digest: Digest) -> str | None:
    """A projection's bare column is the column that it passes."""
    if term.op != "column":
        return None
    return next(
        (c for o, c in zip(relation.outputs, digest.columns, strict=True) if o.name == term.value), None
    )
