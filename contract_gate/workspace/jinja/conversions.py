"""dbt's functions on plain values: JSON, YAML, sets, hashes, and the parts of Python modules that it offers."""

# ruff: noqa: ARG005 - the signatures are dbt's

import hashlib
import itertools
import json
import re
from collections.abc import Callable
from functools import cache
from typing import SupportsIndex

import yaml

from contract_gate.core.world import HoleKind
from contract_gate.workspace.documents import BadYamlError, read_plain
from contract_gate.workspace.jinja.holes import Holes
from contract_gate.workspace.jinja.plain import plain
from contract_gate.workspace.jinja.record import ReadOnlyRecord
from contract_gate.workspace.jinja.rendering import RenderingError


@cache
def conversions() -> dict[str, object]:
    """Give the functions that need no project."""
    return {
        "tojson": _tojson,
        "fromjson": _fromjson,
        "toyaml": lambda value, default=None, sort_keys=False: yaml.safe_dump(
            plain(value), sort_keys=bool(sort_keys)
        ),
        "fromyaml": _fromyaml,
        "set": lambda value, default=None: (
            set(value) if isinstance(value, list | tuple | set | dict | str) else default
        ),
        "set_strict": set,
        "zip": lambda *parts, default=None: list(zip(*parts, strict=False)),
        "zip_strict": lambda *parts: list(zip(*parts, strict=False)),
        "local_md5": lambda value: hashlib.md5(str(value).encode(), usedforsecurity=False).hexdigest(),
        "diff_of_two_dicts": lambda a, b: {key: value for key, value in a.items() if key not in b},
        "dict": dict,
    }


def ranges(holes: Holes) -> Callable[..., range]:
    """Give `range`, of bounded length. A bound that is worked out of an unknown value may come as empty text: once, then."""

    def bounded(*bounds: SupportsIndex | str) -> range:
        made = range(*(_bound(bound, holes) for bound in bounds))
        if len(made) > 100_000:
            raise RenderingError("the template loops more than 100000 times over a range")
        return made

    return bounded


def _bound(bound: SupportsIndex | str, holes: Holes) -> SupportsIndex:
    if not isinstance(bound, str):
        return bound
    if bound.strip() or not holes.noted:
        raise TypeError(f"a bound of range() is text: {bound.strip()!r}")
    holes.note(HoleKind.CODE, "how often a loop of the template runs is not known")
    return 1


def _tojson(value: object, default: object = None, sort_keys: bool = False) -> object:
    try:
        return json.dumps(plain(value), sort_keys=bool(sort_keys))
    except (TypeError, ValueError):
        return default


def _fromjson(value: object, default: object = None) -> object:
    try:
        return json.loads(str(value))
    except ValueError:
        return default


def _fromyaml(value: object, default: object = None) -> object:
    try:
        return read_plain(str(value))
    except BadYamlError:
        return default


@cache
def regex() -> ReadOnlyRecord:
    """Give the public part of `re`."""
    public = (
        "match",
        "search",
        "sub",
        "subn",
        "findall",
        "finditer",
        "split",
        "fullmatch",
        "compile",
        "escape",
    )
    flags = ("IGNORECASE", "I", "MULTILINE", "M", "DOTALL", "S", "VERBOSE", "X")
    return ReadOnlyRecord({name: getattr(re, name) for name in (*public, *flags)})


@cache
def iteration() -> ReadOnlyRecord:
    """Give the public part of `itertools`."""
    public = ("chain", "combinations", "permutations", "product", "islice", "zip_longest", "groupby", "accumulate",
              "combinations_with_replacement", "compress", "dropwhile", "takewhile", "filterfalse", "starmap")  # fmt: skip
    return ReadOnlyRecord({name: getattr(itertools, name) for name in public})
