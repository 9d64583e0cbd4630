"""What YAML declares beside relations: exposures, semantic models, metrics, saved queries, unit tests, groups.

https://docs.getdbt.com/docs/build/exposures, https://docs.getdbt.com/docs/build/semantic-models,
https://docs.getdbt.com/docs/build/unit-tests. Only the columns that they name are read, with their lines.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from contract_gate.models.dbt.documents import BadYamlError, Entry, Plain
from contract_gate.models.dbt.references import Reference, references_in
from contract_gate.models.dbt.resolve import Resolver
from contract_gate.world import ColumnRead, Model, ModelKind

Other = tuple[str, str, str, Entry]
"""Package, path, section and entry."""

_WORD = re.compile(r"'(?:[^'\\]|\\.)*+'|\"([^\"]*)\"|`([^`]*)`|([A-Za-z_]\w*)(\s*\()?|\d[\w.]*")
_SQL_WORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "null",
        "is",
        "in",
        "like",
        "ilike",
        "between",
        "case",
        "when",
        "then",
        "else",
        "end",
        "cast",
        "as",
        "distinct",
        "true",
        "false",
        "interval",
        "date",
        "timestamp",
        "day",
        "month",
        "year",
        "week",
        "hour",
        "minute",
        "second",
        "int",
        "integer",
        "bigint",
        "float",
        "double",
        "numeric",
        "decimal",
        "varchar",
        "string",
        "text",
        "boolean",
        "from",
        "over",
        "partition",
        "by",
        "order",
        "asc",
        "desc",
        "rows",
        "range",
    ]
)
_METRIC = re.compile(r"metric\s*\(\s*['\"](\w+)['\"]")


@dataclass(frozen=True, kw_only=True)
class Declarations:
    """Turns the entries of YAML files into models. `fold` folds a column's name."""

    resolver: Resolver
    dialect: str
    fold: Callable[[str], str]

    def models(self, other: Iterable[Other]) -> Iterator[Model]:
        """Give one model for each entry; groups give none."""
        listed = list(other)
        measures = {
            measure.text("name"): f"semantic_model.{package}.{entry.text('name')}"
            for package, _, section, entry in listed
            if section == "semantic_models"
            for measure in entry.list_of("measures")
        }
        for package, path, section, entry in listed:
            match section:
                case "exposures":
                    yield self._exposure(package, path, entry)
                case "semantic_models":
                    yield self._semantic_model(package, path, entry)
                case "metrics":
                    yield self._metric(package, path, entry, measures)
                case "saved_queries":
                    yield self._saved_query(package, path, entry)
                case "unit_tests":
                    yield self._unit_test(package, path, entry)
                case _:
                    pass

    def _exposure(self, package: str, path: str, entry: Entry) -> Model:
        texts = [item.scalar or "" for item in entry.list_of("depends_on")]
        keys = [key for text in texts for key in self._keys(text, package)]
        keys += [f"metric.{package}.{name}" for text in texts for name in _METRIC.findall(text)]
        url = entry.text("url")
        return Model(
            key=f"exposure.{package}.{entry.text('name')}",
            kind=ModelKind.EXPOSURE,
            name=entry.text("label") or entry.text("name") or "",
            path=path,
            line=entry.line,
            dialect=self.dialect,
            materialization=entry.text("type"),
            depends_on=tuple(dict.fromkeys(keys)),
            owners=owners_of(entry.get("owner")),
            url=url if url and url.startswith(("http://", "https://")) else None,
        )

    def _semantic_model(self, package: str, path: str, entry: Entry) -> Model:
        keys = self._keys(entry.text("model") or "", package)
        reads = [
            ColumnRead(key=key, column=column, line=line)
            for key in keys
            for section in ("entities", "dimensions", "measures")
            for item in entry.list_of(section)
            for column, line in self._columns(item, section)
        ]
        return self._made("semantic_model", package, path, entry, keys, reads)

    def _metric(self, package: str, path: str, entry: Entry, measures: dict[str | None, str]) -> Model:
        named = {word for part in _scalars(entry.get("type_params")) for word in re.findall(r"\w+", part)}
        keys = [key for name, key in measures.items() if name in named]
        keys += [f"metric.{package}.{name}" for name in self._named_metrics(entry)]
        return self._made("metric", package, path, entry, keys, [])

    def _named_metrics(self, entry: Entry) -> Iterator[str]:
        params = entry.get("type_params")
        if params is None:
            return
        for key in ("numerator", "denominator"):
            part = params.get(key)
            name = part.scalar or part.text("name") if part else None
            if name:
                yield name
        for item in params.list_of("metrics"):
            if name := item.scalar or item.text("name"):
                yield name

    def _saved_query(self, package: str, path: str, entry: Entry) -> Model:
        params = entry.get("query_params")
        names = [item.scalar for item in params.list_of("metrics")] if params else []
        return self._made(
            "saved_query", package, path, entry, [f"metric.{package}.{name}" for name in names if name], []
        )

    def _unit_test(self, package: str, path: str, entry: Entry) -> Model:
        tested = entry.text("model") or ""
        own = self._keys(f"ref('{tested}')", package) if re.fullmatch(r"[\w.]+", tested) else []
        reads = [read for key in own for read in self._rows(key, entry.get("expect"))]
        keys = list(own)
        for given in entry.list_of("given"):
            for key in self._keys(given.text("input") or "", package):
                keys.append(key)
                reads += self._rows(key, given)
        return self._made("unit_test", package, path, entry, keys, reads, ModelKind.TEST)

    def _rows(self, key: str, entry: Entry | None) -> Iterator[ColumnRead]:
        """Give the columns that a unit test's rows name, each once; rows that are text or files name none here."""
        seen = set()
        for row in entry.list_of("rows") if entry else ():
            for name, value in row.entries():
                if name not in seen:
                    seen.add(name)
                    yield ColumnRead(key=key, column=self.fold(name), line=value.line)

    def _columns(self, item: Entry, section: str) -> Iterator[tuple[str, int]]:
        expression = item.get("expr")
        if expression is None:
            if name := item.text("name"):
                yield self.fold(name), item.line
        elif expression.scalar is not None:
            for name in dict.fromkeys(_words(expression.scalar)):
                yield self.fold(name), expression.line
        params = item.get("non_additive_dimension") if section == "measures" else None
        if params is not None and (name := params.text("name")):
            yield self.fold(name), params.line

    def _keys(self, text: str, package: str) -> list[str]:
        return [self._key(reference, package) for reference in _references(text)]

    def _key(self, reference: Reference, package: str) -> str:
        """Give the key that a reference names; where nothing has the name, the one that a model of it would have."""
        node = self.resolver.resolve(reference, package)
        if node is not None:
            return node.key
        kind = "source" if reference.function == "source" else "model"
        return ".".join((kind, package, *(reference.args if kind == "source" else reference.args[-1:])))

    def _made(
        self,
        prefix: str,
        package: str,
        path: str,
        entry: Entry,
        keys: Iterable[str],
        reads: Iterable[ColumnRead],
        kind: ModelKind = ModelKind.METRIC,
    ) -> Model:
        owner = entry.get("config")
        meta = owner.get("meta") if owner else entry.get("meta")
        return Model(
            key=f"{prefix}.{package}.{entry.text('name')}",
            kind=kind,
            name=entry.text("name") or "",
            path=path,
            line=entry.line,
            dialect=self.dialect,
            depends_on=tuple(dict.fromkeys(keys)),
            owners=owners_of(meta.get("owner") if meta else None),
            reads=tuple(reads),
        )


def owners_of(entry: Entry | None) -> tuple[str, ...]:
    """Read an owner: a name, a mail address, or both (`Ada <ada@example.com>`)."""
    try:
        plain: Plain = entry.plain() if entry else None
    except BadYamlError:
        return ()
    return owner_names(plain)


def owner_names(value: Plain) -> tuple[str, ...]:
    """Write an owner as people are named in reports."""
    match value:
        case {"name": str() as name, "email": str() as mail}:
            return (f"{name} <{mail}>",)
        case {"email": str() as mail} | {"name": str() as mail} | (str() as mail):
            return (mail,)
        case list() as several:
            return tuple(name for item in several for name in owner_names(item))
        case _:
            return ()


def groups(other: Iterable[Other]) -> dict[str, tuple[str, ...]]:
    """Give the owners of each group."""
    return {
        entry.text("name") or "": owners_of(entry.get("owner"))
        for _, _, section, entry in other
        if section == "groups"
    }


def _references(text: str) -> tuple[Reference, ...]:
    return references_in(text) if "(" in text else ()


def _words(expression: str) -> Iterator[str]:
    """Give the names of an SQL expression that can be columns: no functions, words of SQL, texts or numbers."""
    for match in _WORD.finditer(expression):
        quoted = match[1] or match[2]
        if quoted:
            yield quoted
        elif match[3] and not match[4] and match[3].lower() not in _SQL_WORDS:
            yield match[3]


def _scalars(entry: Entry | None) -> Iterator[str]:
    if entry is None:
        return
    if entry.scalar is not None:
        yield entry.scalar
    for item in (*entry.items(), *(value for _, value in entry.entries())):
        yield from _scalars(item)
