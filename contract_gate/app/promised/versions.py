"""What differs between two versions of a data contract, and whether its version number says so.

Whoever reads a contract counts on each promise: one that goes is breaking, one that comes is additive, everything else is
documentation. Versions are semantic (https://semver.org): a breaking change is a new major one, an addition a minor one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from contract_gate.core.values import dataclass
from contract_gate.core.world import HeldColumn
from contract_gate.sql.types import is_same_type
from contract_gate.workspace.readers.datacontract import DataContract, PromisedRelation, QualityRule

_CAPITAL = re.compile(r"[A-Z]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_ENDS = 2
_VERSION = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(?:[-+].*)?\Z")


class ContractChangeClass(StrEnum):
    BREAKING = "breaking"
    ADDITIVE = "additive"
    DOCUMENTATION = "documentation"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChange:
    """One promise that goes, comes or is worded otherwise. `line` is in the later version, or the earlier one's of what is gone."""

    change_class: ContractChangeClass
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractDifference:
    """What differs between two versions. `version_problem` says why the later version's number does not fit, None where it does."""

    name: str
    before: str
    after: str
    changes: tuple[ContractChange, ...]
    version_problem: str | None

    def to_dict(self) -> dict[str, object]:
        """Give the JSON of `contract diff`."""
        return {
            "contract": self.name,
            "before": self.before,
            "after": self.after,
            "changes": [
                {"class": change.change_class.value, "message": change.message, "line": change.line}
                for change in self.changes
            ],
            "version_fits": self.version_problem is None,
            "version_problem": self.version_problem,
        }


def difference(before: DataContract, after: DataContract) -> ContractDifference:
    """Classify what differs, gravest first, and hold it against the version numbers."""
    order = list(ContractChangeClass)
    changes = sorted(_changes(before, after), key=lambda change: order.index(change.change_class))
    if not changes and before.said != after.said:
        changes = [
            ContractChange(
                change_class=ContractChangeClass.DOCUMENTATION, message="what it says beside its promises"
            )
        ]
    gravest = changes[0].change_class if changes else None
    return ContractDifference(
        name=after.name, before=before.version, after=after.version, changes=tuple(changes),
        version_problem=_problem(before.version, after.version, gravest),
    )  # fmt: skip


def _changes(before: DataContract, after: DataContract) -> Iterator[ContractChange]:
    old = {relation.name: relation for relation in before.relations}
    new = {relation.name: relation for relation in after.relations}
    yield from _keyed(old, new, lambda name: f"`{name}`")
    for name in [each for each in old if each in new]:
        yield from _of_relation(old[name], new[name])
    yield from _listed(before.levels, after.levels, "the service level")


def _of_relation(before: PromisedRelation, after: PromisedRelation) -> Iterator[ContractChange]:
    old = {column.name: column for column in before.columns}
    new = {column.name: column for column in after.columns}
    yield from _keyed(old, new, lambda name: f"`{after.name}.{name}`")
    for name in [each for each in old if each in new]:
        yield from _of_column(f"`{after.name}.{name}`", old[name], new[name])
    yield from _of_rules(before, after)


def _of_rules(before: PromisedRelation, after: PromisedRelation) -> Iterator[ContractChange]:
    """Rules of one name are told apart by their order: contracts have several `sql` ones. One that has another name alone is the same."""
    old, new = _numbered(before.quality), _numbered(after.quality)
    what = f"the rule of `{after.name}`:"
    gone = {_meant(rule) for key, rule in old.items() if key not in new}
    come = {_meant(rule) for key, rule in new.items() if key not in old}
    for key, rule in old.items():
        if (now := new.get(key)) is None:
            if _meant(rule) not in come:
                yield _change(True, f"{what} {rule.name} is gone", after.line)
        elif rule.asks != now.asks:
            yield _change(True, f"{what} {rule.name} asks for something else", now.line)
        elif sorted(rule.bounds) != sorted(now.bounds):
            told = f"{what} {rule.name} {_said(now)}, it {_said(rule).replace('must', 'had to', 1)}"
            yield _change(not _is_tighter(dict(rule.bounds), dict(now.bounds)), told, now.line)
    yield from (
        _change(False, f"{what} {rule.name} is new", rule.line)
        for key, rule in new.items()
        if key not in old and _meant(rule) not in gone
    )


def _numbered(rules: tuple[QualityRule, ...]) -> Mapping[tuple[str, int], QualityRule]:
    seen = Counter[str]()
    found = {}
    for rule in rules:
        found[rule.name, seen[rule.name]] = rule
        seen[rule.name] += 1
    return found


def _meant(rule: QualityRule) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return rule.name.rpartition(".")[0], rule.asks, rule.bounds


def _said(rule: QualityRule) -> str:
    words = (f"{_CAPITAL.sub(lambda c: ' ' + c[0].lower(), key)} {value}" for key, value in rule.bounds)
    return " and ".join(words) or "must be anything"


def _is_tighter(before: Mapping[str, str], after: Mapping[str, str]) -> bool:
    """Tell whether whatever keeps the later bounds keeps the earlier ones."""
    return all(key in after and _is_within(key, old, after[key]) for key, old in before.items())


def _is_within(key: str, before: str, after: str) -> bool:
    if before == after:
        return True
    old, new = ([float(each) for each in _NUMBER.findall(text)] for text in (before, after))
    if len(old) != len(new) or not old:
        return False
    if "Between" in key:
        inside = len(old) == _ENDS and old[0] <= new[0] and new[1] <= old[1]
        return inside if "Not" not in key else len(old) == _ENDS and new[0] <= old[0] and old[1] <= new[1]
    return new >= old if "Greater" in key else new <= old if "Less" in key else False


def _of_column(name: str, before: HeldColumn, after: HeldColumn) -> Iterator[ContractChange]:
    if before.type != after.type and not _is_one_type(before.type, after.type):
        breaking = before.type is not None
        told = f"{name} is {after.type or 'of any type'}" + (f", it was {before.type}" if before.type else "")
        yield _change(breaking, told, after.line)
    for was, now, said in (
        (before.required, after.required, "never NULL"), (before.unique, after.unique, "unique"),
    ):  # fmt: skip
        if was != now:
            yield _change(was, f"{name} is {'no longer ' if was else ''}promised to be {said}", after.line)


def _is_one_type(before: str | None, after: str | None) -> bool:
    return before is not None and after is not None and is_same_type(before.upper(), after.upper())


def _keyed(
    before: Mapping[str, HeldColumn | PromisedRelation],
    after: Mapping[str, HeldColumn | PromisedRelation],
    named: Callable[[str], str],
) -> Iterator[ContractChange]:
    yield from (
        _change(True, f"{named(key)} is gone", before[key].line) for key in before if key not in after
    )
    yield from (_change(False, f"{named(key)} is new", after[key].line) for key in after if key not in before)


def _listed(
    before: tuple[str, ...], after: tuple[str, ...], what: str, line: int | None = None
) -> Iterator[ContractChange]:
    yield from (_change(True, f"{what} {each} is gone", line) for each in before if each not in after)
    yield from (_change(False, f"{what} {each} is new", line) for each in after if each not in before)


def _change(breaking: bool, message: str, line: int | None) -> ContractChange:
    of = ContractChangeClass.BREAKING if breaking else ContractChangeClass.ADDITIVE
    return ContractChange(change_class=of, message=message, line=line)


def _problem(before: str, after: str, gravest: ContractChangeClass | None) -> str | None:
    if gravest is None or gravest is ContractChangeClass.DOCUMENTATION:
        return None
    old, new = _numbers(before), _numbers(after)
    if old is None or new is None:
        return f"its version can't be held to what changes: {before or 'none'} → {after or 'none'} are no semantic versions"
    # Below 1.0.0 a minor version may break (https://semver.org/#spec-item-4).
    is_major = gravest is ContractChangeClass.BREAKING and old[0] > 0
    least = (old[0] + 1, 0, 0) if is_major else (old[0], old[1] + 1, 0)
    if new >= least:
        return None
    return f"a {gravest.value} change needs version {'.'.join(map(str, least))} at least, and this is {after}"


def _numbers(version: str) -> tuple[int, int, int] | None:
    found = _VERSION.match(version.strip())
    return (int(found[1]), int(found[2] or 0), int(found[3] or 0)) if found else None
