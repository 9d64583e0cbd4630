"""Data contracts as YAML: the Open Data Contract Standard (3.x) and the Data Contract Specification.

https://bitol-io.github.io/open-data-contract-standard/, https://datacontract.com. A contract reads what it promises: a column
that goes, is of another type, may be NULL or be there twice breaks it.
"""

import json
import re
from collections.abc import Iterator

from contract_gate.core.values import dataclass, replace
from contract_gate.core.world import HeldColumn
from contract_gate.workspace.dialects import product_dialect
from contract_gate.workspace.documents import BadYamlError, Entry
from contract_gate.workspace.files import Files, decode
from contract_gate.workspace.readers.kinds import kind
from contract_gate.workspace.readers.queries import of_columns, parsed, query_of_yaml, quoted
from contract_gate.workspace.readers.values import FileReader, ReaderQuery, UnreadableReaderError

_OUTER = ("database", "project", "catalog")
_INNER = ("schema", "dataset")
_BOUND = re.compile(r"must(?:Not)?Be")
_WORDS = re.compile(
    r"(?:id|name|description|dimension|severity|businessImpact|schedule|scheduler|method|tags|customProperties|authoritativeDefinitions)\Z"
)
"""Keys of a rule that change nothing of what it asks."""
_FILLED_IN = re.compile(r"\$?\{\s*(?:(model|table|object|schema)|column|field|property)\s*\}")
"""What a rule's SQL calls its own table and its own column by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRule:
    """A rule of quality: `bounds` are what its result must be, by the contract's own words for it; `asks` is all else that decides it.

    `query` is the SQL that it runs, where it has some.
    """

    name: str
    line: int
    bounds: tuple[tuple[str, str], ...] = ()
    asks: str = ""
    query: ReaderQuery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PromisedRelation:
    """One table or view of a contract. `parts` are its name's, outermost first, as far as a server says them.

    `quality` are its rules and those of its columns.
    """

    name: str
    parts: tuple[str, ...]
    line: int
    columns: tuple[HeldColumn, ...]
    quality: tuple[QualityRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DataContract:
    """A contract as a value. `levels` are its promises of service, each as text (`retention: 1 y`); `said` all that it
    says but for its version.
    """

    name: str
    version: str
    relations: tuple[PromisedRelation, ...]
    owners: tuple[str, ...] = ()
    engine: str | None = None
    levels: tuple[str, ...] = ()
    status: str = ""
    said: str = ""


def read_contract(text: str) -> DataContract | None:
    """Read a contract; None where the YAML is something else. UnreadableReaderError where it is no YAML."""
    root = parsed(text)
    if root is None:
        return None
    try:
        if root.text("kind") == "DataContract":
            contract = _standard(root)
        elif root.get("dataContractSpecification") is not None:
            contract = _specification(root)
        else:
            return None
        plain = root.plain()
    except BadYamlError as error:
        raise UnreadableReaderError(str(error)) from error
    return replace(contract, said=json.dumps(plain, sort_keys=True).replace(json.dumps(contract.version), ""))


def contracts_in(files: Files) -> list[tuple[str, DataContract | str]]:
    """Give the contracts among the files, by path; for one that can't be read the reason."""
    own = kind("datacontract")
    paths = sorted(path for path in files.paths() if own.claims(path))
    found: list[tuple[str, DataContract | str]] = []
    for path, content in files.read(paths).items():
        if isinstance(content, str) or not any(mark in content.lower() for mark in own.marks):
            continue
        try:
            contract = read_contract(decode(content).text)
        except UnreadableReaderError as error:
            found.append((path, str(error)))
            continue
        found += [(path, contract)] if contract is not None else []
    return found


def read(_path: str, text: str, _files: Files) -> tuple[FileReader, ...]:
    contract = read_contract(text)
    if contract is None or contract.status in ("deprecated", "retired"):
        return ()
    return tuple(_reader(contract, relation) for relation in contract.relations)


def _reader(contract: DataContract, relation: PromisedRelation) -> FileReader:
    columns = [(quoted(column.name), column.line) for column in relation.columns]
    query = of_columns(_named(relation.parts), columns, relation.line)
    rules = (rule.query for rule in relation.quality if rule.query is not None)
    titled = f"{contract.name} {contract.version}".strip()
    return FileReader(
        noun="contract", name=titled if len(contract.relations) == 1 else f"{titled}: {relation.name}",
        queries=(query, *rules), line=relation.line, dialect=contract.engine,
        owners=contract.owners, held_to=relation.columns, is_anywhere=True,
    )  # fmt: skip


def _standard(root: Entry) -> DataContract:
    """Read the Open Data Contract Standard."""
    server = _server(root.list_of("servers"))
    relations = []
    for table in root.list_of("schema"):
        name = table.text("physicalName") or table.text("name") or ""
        parts, properties = _parts(name, server), table.list_of("properties")
        columns = tuple(_property(each) for each in properties)
        owned = [(table, ""), *zip(properties, (column.name for column in columns), strict=True)]
        relations.append(
            PromisedRelation(
                name=table.text("name") or name, parts=parts, line=table.line, columns=columns,
                quality=tuple(_rules(owned, parts)),
            )
        )  # fmt: skip
    members = root.list_of("team") or root.list_of("team", "members")
    return DataContract(
        name=root.text("name") or root.text("dataProduct") or root.text("id") or "", version=root.text("version") or "",
        relations=tuple(relations), owners=tuple(_owners(members)), engine=_engine(server), status=root.text("status") or "",
        levels=tuple(
            f"{each.text('property')}: {each.text('value') or ''} {each.text('unit') or ''}".strip()
            for each in root.list_of("slaProperties")
        ),
    )  # fmt: skip


def _specification(root: Entry) -> DataContract:
    """Read the Data Contract Specification."""
    server = _server([value for _, value in root.fields("servers")])
    relations = []
    for name, table in root.fields("models"):
        own = list(table.fields("fields"))
        parts = _parts(_called(name, table, server), server)
        owned = [(table, ""), *((each, field) for field, each in own)]
        relations.append(
            PromisedRelation(
                name=name, parts=parts, line=table.line,
                columns=tuple(_field(field, each) for field, each in own),
                quality=tuple(_rules(owned, parts)),
            )
        )  # fmt: skip
    owner = root.text("info", "owner")
    return DataContract(
        name=root.text("info", "title") or root.text("id") or "",
        version=root.text("info", "version") or "",
        relations=tuple(relations), owners=(owner,) if owner else (), engine=_engine(server),
        levels=tuple(f"{name}: {each.plain()}" for name, each in root.fields("servicelevels")),
        status=root.text("info", "status") or "",
    )  # fmt: skip


def _called(name: str, table: Entry, server: Entry | None) -> str:
    """Give what the server calls a model: `config: {postgresTable: …}`."""
    kind = (server.text("type") or "") if server is not None else ""
    return table.text("config", f"{kind}Table") or name


def _property(entry: Entry) -> HeldColumn:
    physical = entry.text("physicalType")
    return HeldColumn(
        name=entry.text("physicalName") or entry.text("name") or "", line=entry.line,
        type=physical or entry.text("logicalType"), is_logical=physical is None,
        required=_flag(entry, "required") or _flag(entry, "primaryKey"),
        unique=_flag(entry, "unique") or _flag(entry, "primaryKey"),
    )  # fmt: skip


def _field(name: str, entry: Entry) -> HeldColumn:
    is_key = _flag(entry, "primaryKey") or _flag(entry, "primary")
    return HeldColumn(
        name=name, line=entry.line, type=entry.text("type"), is_logical=True,
        required=_flag(entry, "required") or is_key, unique=_flag(entry, "unique") or is_key,
    )  # fmt: skip


def _named(parts: tuple[str, ...]) -> str:
    return ".".join(map(quoted, parts))


def _rules(entries: list[tuple[Entry, str]], parts: tuple[str, ...]) -> Iterator[QualityRule]:
    """Give the rules of a table and of its columns, by the names of these; that of the table is ""."""
    for entry, column in entries:
        owner = entry.text("name") or ""
        for rule in entry.list_of("quality"):
            said = (
                rule.text("name") or rule.text("metric") or rule.text("rule") or rule.text("type") or "rule"
            )
            keyed = {key: json.dumps(value.plain(), sort_keys=True) for key, value in rule.entries()}
            asks = {
                key: value for key, value in keyed.items() if not (_WORDS.match(key) or _BOUND.match(key))
            }
            yield QualityRule(
                name=f"{owner}.{said}".lstrip("."),
                line=rule.line,
                bounds=tuple((key, value) for key, value in keyed.items() if _BOUND.match(key)),
                asks=json.dumps(asks, sort_keys=True),
                query=_asked(rule, column, parts),
            )


def _asked(rule: Entry, column: str, parts: tuple[str, ...]) -> ReaderQuery | None:
    """Give the SQL of a rule with the names of its table and column put in."""
    written = rule.get("query")
    if written is None or not (written.scalar or "").strip():
        return None
    query = query_of_yaml(written)
    filled = _FILLED_IN.sub(lambda found: _named(parts) if found[1] else quoted(column or "*"), query.sql)
    own = re.compile(rf"(\b(?:from|join)\s+){re.escape(parts[-1])}\b(?!\.)", re.IGNORECASE)
    return replace(query, sql=own.sub(lambda found: f"{found[1]}{_named(parts)}", filled))


def _owners(members: list[Entry]) -> Iterator[str]:
    for member in members:
        name = member.text("username") or member.text("name")
        if (
            name
            and (member.text("role") or "owner").lower().endswith("owner")
            and member.get("dateOut") is None
        ):
            yield name


def _flag(entry: Entry, key: str) -> bool:
    return (entry.text(key) or "").lower() == "true"


def _server(servers: list[Entry]) -> Entry | None:
    """Give the server that consumers read from: the one that is called production, else the first."""
    named = [
        each for each in servers if "prod" in (each.text("environment") or each.text("server") or "").lower()
    ]
    return next(iter((*named, *servers)), None)


def _engine(server: Entry | None) -> str | None:
    """Give the dialect of the server's type; the repository's own where it is another (`custom`, `s3`)."""
    return product_dialect(server.text("type") or "") if server is not None else None


def _parts(name: str, server: Entry | None) -> tuple[str, ...]:
    own = tuple(name.split("."))
    if len(own) > 1 or server is None:
        return own
    inner = next((text for key in _INNER if (text := server.text(key))), None)
    outer = next((text for key in _OUTER if (text := server.text(key))), None)
    return (*((outer,) if outer and inner else ()), *((inner,) if inner else ()), *own)
