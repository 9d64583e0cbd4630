"""What YAML declares beside relations: exposures, semantic models, metrics, saved queries, unit tests, groups.

https://docs.getdbt.com/docs/build/exposures, https://docs.getdbt.com/docs/build/semantic-models,
https://docs.getdbt.com/docs/build/unit-tests. Only the columns that they name are read, with their lines.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import ColumnRead, Model, ModelKind
from contract_gate.sql.expressions import columns_in
from contract_gate.workspace.dbt import embedded
from contract_gate.workspace.dbt.references import Reference, references_in
from contract_gate.workspace.dbt.resolve import Resolver
from contract_gate.workspace.dbt.unit_tests import Fixtures, columns_of
from contract_gate.workspace.documents import BadYamlError, Entry, Plain

Other = tuple[str, str, str, Entry]
"""Package, path, section and entry."""
Items = Mapping[tuple[str, str], tuple[str, ...]]
"""Section and name of a part of a semantic model → the keys of those that have it."""

_WORD = re.compile(r"'(?:[^'\\]|\\.)*+'|\"([^\"]*)\"|`([^`]*)`|([A-Za-z_]\w*)(\s*\()?|\d[\w.]*")
_EVERY = ("semantic_models", "")
_SECTIONS = ("entities", "dimensions", "measures")
_MEASURES = frozenset({"measure", "input_measures", "base_measure", "conversion_measure"})
_DIMENSION = re.compile(r"\bDimension\s*\(\s*['\"]([\w.]+)['\"]")
_METRIC = re.compile(r"metric\s*\(\s*['\"](\w+)['\"]")


@dataclass(frozen=True, kw_only=True)
class Declarations:
    """Turns the entries of YAML files into models. `fold` folds a column's name."""

    resolver: Resolver
    dialect: str
    fold: Callable[[str], str]
    fixtures: Fixtures

    def models(self, other: Iterable[Other]) -> Iterator[Model]:
        """Give one model for each entry; groups give none."""
        listed = list(other)
        items = _items(listed)
        for package, path, section, entry in listed:
            match section:
                case "exposures":
                    yield self._exposure(package, path, entry)
                case "semantic_models":
                    yield self._semantic_model(package, path, entry)
                case embedded.SECTION:
                    yield from self._embedded(package, path, entry, items)
                case "metrics":
                    yield self._metric(package, path, entry, items)
                case "saved_queries":
                    yield self._saved_query(package, path, entry, items)
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
            tags=_tags_of(entry),
            url=url if url and url.startswith(("http://", "https://")) else None,
        )

    def _semantic_model(self, package: str, path: str, entry: Entry) -> Model:
        keys = self._keys(entry.text("model") or "", package)
        reads = [
            replace(read, key=key)
            for key in keys
            for section in _SECTIONS
            for item in entry.list_of(section)
            for read in self._item_reads(item, section, entry)
        ]
        defined = tuple(
            (item.text("name") or "", _spelled(item), item.line)
            for section in _SECTIONS
            for item in entry.list_of(section)
        )
        made = self._made("semantic_model", package, path, entry, keys, reads)
        return replace(made, definitions=defined)

    def _embedded(self, package: str, path: str, entry: Entry, items: Items) -> Iterator[Model]:
        """Give the semantic model and the metrics that a model's own YAML declares."""
        keys = self._keys(f"ref('{entry.text('name')}')", package)
        name = embedded.name_of(entry)
        reads = [read for key in keys for read in embedded.model_reads(entry, key, self._columns)]
        defined = tuple(
            (each, _spelled(declared) + _spelled(item), item.line)
            for each, declared, item in embedded.items_of(entry)
        )
        made = self._made("semantic_model", package, path, entry, keys, reads)
        yield replace(made, key=f"semantic_model.{package}.{name}", name=name, definitions=defined)
        for metric in entry.list_of("metrics"):
            if metric.text("name"):
                own = [
                    read for key in keys for read in embedded.metric_reads(metric, entry, key, self._columns)
                ]
                yield self._metric(package, path, metric, items, own)

    def _item_reads(self, item: Entry, section: str, model: Entry) -> Iterator[ColumnRead]:
        """Give the columns of an entity, dimension or measure; a measure also reads the dimensions that it is summed up by, or not."""
        name = item.text("name")
        for column, line in self._columns(item):
            yield ColumnRead(key="", column=column, line=line, item=name)
        date = item.text("agg_time_dimension") or model.text("defaults", "agg_time_dimension")
        named = {date, item.text("non_additive_dimension", "name")} - {None}
        for dimension in model.list_of("dimensions") if section == "measures" else ():
            if dimension.text("name") in named:
                for column, line in self._columns(dimension):
                    yield ColumnRead(key="", column=column, line=line, item=name)

    def _metric(
        self, package: str, path: str, entry: Entry, items: Items, own: Sequence[ColumnRead] = ()
    ) -> Model:
        params = entry.get("type_params")
        named = dict(_named_in(params, _MEASURES)) if params is not None else {}
        reads = [
            ColumnRead(key=key, column=name, line=line)
            for name, line in named.items()
            # A measure that nothing declares may have been of any of them.
            for key in items.get(("measures", name), items.get(_EVERY, ()))
        ]
        named_metrics = (*self._named_metrics(entry), *embedded.named_metrics(entry))
        metrics, made = _metrics(package, named_metrics, items)
        reads = [*own, *reads, *made, *_dimensions(entry, items), *self._reads_of_a_model(package, entry)]
        keys = [*(read.key for read in reads), *metrics]
        defined = (("", _spelled(entry), entry.line),)
        return replace(self._made("metric", package, path, entry, keys, reads), definitions=defined)

    def _reads_of_a_model(self, package: str, entry: Entry) -> Iterator[ColumnRead]:
        """Give the columns that a metric of a model names (dbt before 1.6): its expression, its time, its dimensions and filters."""
        named = (entry.get("expression"), entry.get("sql"), entry.get("timestamp"), *entry.list_of("dimensions"),
                 *(each.get("field") for each in entry.list_of("filters")))  # fmt: skip
        for key in self._keys(entry.text("model") or "", package):
            for part in filter(None, named):
                for column, line in self._named(part):
                    yield ColumnRead(key=key, column=column, line=line)

    def _named_metrics(self, entry: Entry) -> Iterator[tuple[str, int]]:
        parts = [entry.get("type_params", key) for key in ("numerator", "denominator")]
        return embedded.named_entries(filter(None, (*parts, *entry.list_of("type_params", "metrics"))))

    def _saved_query(self, package: str, path: str, entry: Entry, items: Items) -> Model:
        listed = entry.list_of("query_params", "metrics")
        names = [(item.scalar, item.line) for item in listed if item.scalar]
        metrics, made = _metrics(package, names, items)
        params = entry.get("query_params")
        reads = [*made, *(_dimensions(params, items) if params else ())]
        keys = [*metrics, *(read.key for read in reads)]
        return self._made("saved_query", package, path, entry, keys, reads)

    def _unit_test(self, package: str, path: str, entry: Entry) -> Model:
        tested = entry.text("model") or ""
        own = self._keys(f"ref('{tested}')", package) if re.fullmatch(r"[\w.]+", tested) else []
        reads = [
            read for key in own for read in columns_of(key, entry.get("expect"), self.fixtures, self.fold)
        ]
        keys = list(own)
        for given in entry.list_of("given"):
            named = given.text("input") or ""
            for key in own if named.strip() == "this" else self._keys(named, package):
                keys.append(key)
                reads += columns_of(key, given, self.fixtures, self.fold)
        return self._made("unit_test", package, path, entry, keys, reads, ModelKind.TEST)

    def _columns(self, item: Entry) -> Iterator[tuple[str, int]]:
        expression = item.get("expr")
        if expression is None:
            if name := item.text("name"):
                yield self.fold(name), item.line
        else:
            yield from self._named(expression)

    def _named(self, expression: Entry) -> Iterator[tuple[str, int]]:
        text = expression.scalar
        if text is not None:
            known = columns_in(text, self.dialect)
            named = known if known is not None else tuple(dict.fromkeys(map(self.fold, _words(text))))
            for name in named:
                yield name, expression.line

    def _keys(self, text: str, package: str) -> list[str]:
        return [self._key(reference, package) for reference in _references(text)]

    def _key(self, reference: Reference, package: str) -> str:
        """Give the key that a reference names; where nothing has the name, the one that a model of it would have."""
        node = self.resolver.resolve(reference, package)
        if node is not None:
            return node.key
        if reference.function == "source":
            return ".".join(("source", package, *reference.args))
        # With two arguments the first is the package, or another project of the repository.
        owner = reference.args[0] if len(reference.args) > 1 else package
        return f"model.{owner}.{reference.args[-1]}"

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


def _spelled(entry: Entry) -> str:
    """Spell what decides a part of the semantic layer: all but what is said of it to people."""
    try:
        plain = entry.plain()
    except BadYamlError:
        return ""
    kept = (
        {key: value for key, value in plain.items() if key not in _SAID} if isinstance(plain, dict) else plain
    )
    return json.dumps(kept, sort_keys=True)


_SAID = frozenset({"name", "description", "label", "meta", "config", "docs", "tags", "data_tests", "tests"})


def _items(listed: Iterable[Other]) -> Items:
    """Give the semantic models that have each measure, dimension or entity, and the metrics that are declared."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for package, _, section, entry in listed:
        if section == "semantic_models":
            found[_EVERY] = (*found.get(_EVERY, ()), f"semantic_model.{package}.{entry.text('name')}")
        for part in _SECTIONS if section == "semantic_models" else ():
            for item in entry.list_of(part):
                name = (part, item.text("name") or "")
                found[name] = (*found.get(name, ()), f"semantic_model.{package}.{entry.text('name')}")
        metrics = [entry] if section == "metrics" else []
        if section == embedded.SECTION:
            key = f"semantic_model.{package}.{embedded.name_of(entry)}"
            for each, _, _ in embedded.items_of(entry):
                found["dimensions", each] = (*found.get(("dimensions", each), ()), key)
            metrics = entry.list_of("metrics")
        for metric in metrics:
            found["metrics", metric.text("name") or ""] = (f"metric.{package}.{metric.text('name')}",)
    return found


def _metrics(
    package: str, named: Iterable[tuple[str, int]], items: Items
) -> tuple[list[str], list[ColumnRead]]:
    """Give the keys of metrics by their names; a measure can make a metric of its own name (`create_metric`)."""
    keys: list[str] = []
    reads: list[ColumnRead] = []
    for name, line in named:
        measures = () if ("metrics", name) in items else items.get(("measures", name), ())
        reads += [ColumnRead(key=key, column=name, line=line) for key in measures]
        keys += [] if measures else [f"metric.{package}.{name}"]
    return keys, reads


def measures_of(metric: Entry) -> Iterator[str]:
    """Give the measures that a metric names."""
    params = metric.get("type_params")
    return (name for name, _ in _named_in(params, _MEASURES)) if params is not None else iter(())


def _named_in(entry: Entry, names: frozenset[str]) -> Iterator[tuple[str, int]]:
    """Give what stands under one of these words, at any depth: a name, or a mapping with one."""
    for key, value in entry.entries():
        if key in names:
            yield from embedded.named_entries((value, *value.items()))
        elif value.is_mapping:
            yield from _named_in(value, names)


def _dimensions(entry: Entry, items: Items) -> Iterator[ColumnRead]:
    """Give the dimensions that filters and groupings name, where one semantic model alone has the name."""
    seen = set()
    for part in _scalar_entries(entry):
        for match in _DIMENSION.finditer(part.scalar or ""):
            name = match[1].rpartition("__")[2]
            keys = items.get(("dimensions", name), ())
            if len(keys) == 1 and name not in seen:
                seen.add(name)
                yield ColumnRead(key=keys[0], column=name, line=part.line)


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


def _tags_of(entry: Entry) -> tuple[str, ...]:
    """Read the tags of a declaration, its own and those of its `config`."""
    places = (entry.get("tags"), entry.get("config", "tags"))
    try:
        return tuple(name for place in places if place is not None for name in tag_names(place.plain()))
    except BadYamlError:
        return ()


def tag_names(value: Plain) -> tuple[str, ...]:
    """Give the tags of a setting: a list, or one alone."""
    return tuple(str(each) for each in (value if isinstance(value, list) else [value]) if each is not None)


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
    """Give the names that can be columns in an expression that can't be parsed, its words of SQL among them: `date` is a name as well."""
    for match in _WORD.finditer(expression):
        quoted = match[1] or match[2]
        if quoted:
            yield quoted
        elif match[3] and not match[4]:
            yield match[3]


def _scalar_entries(entry: Entry) -> Iterator[Entry]:
    if entry.scalar is not None:
        yield entry
    for item in entry.values():
        yield from _scalar_entries(item)
