"""TOML tables that know which keys they have: what is not understood is an error, and the same reading gives the JSON Schema.

Each accessor takes one key, checks its value and notes what the key takes. `close` refuses the keys that nobody asked for and
names the nearest one. An `outline` is a table without a file: reading it raises nothing and leaves the schema.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import TypeAlias

from contract_gate.core.errors import UsageError
from contract_gate.core.nearest import nearest

TomlValue: TypeAlias = object
Fragment: TypeAlias = dict[str, object]
"""A piece of JSON Schema (https://json-schema.org/draft-07, which editors know)."""


class FileTable:
    """A table of a file. `what` is what was not read when something is wrong (`the configuration`), `prefix` where it stands."""

    def __init__(
        self,
        values: Mapping[str, TomlValue],
        what: str,
        name: str,
        prefix: str = "",
        *,
        is_outline: bool = False,
    ) -> None:
        self._values, self._what, self._name, self._prefix = values, what, name, prefix
        self.is_outline = is_outline
        self._known: dict[str, Fragment] = {}
        self._required: list[str] = []
        self._tables: dict[str, tuple[FileTable, bool]] = {}

    @classmethod
    def parse(cls, text: str, what: str, name: str) -> "FileTable":
        """Read a file's text; UsageError where it is not TOML."""
        return cls(parsed(text, what, name), what, name)

    @classmethod
    def outline(cls) -> "FileTable":
        """Give a table without a file, to be read for its schema."""
        return cls({}, "", "", is_outline=True)

    def text(self, key: str) -> str | None:
        value = self._get(key, {"type": "string", "minLength": 1})
        return None if value is None else self._text(key, value)

    def required_text(self, key: str) -> str:
        """Give a text that has to be there."""
        self._required.append(key)
        found = self.text(key)
        if not (found and found.strip()) and not self.is_outline:
            raise self._lacks(key)
        return found or ""

    def required_day(self, key: str) -> date:
        """Give a day, which has to be there. TOML has days; editors' schemas see them as texts."""
        self._required.append(key)
        value = self._get(key, {"format": "date"})
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if self.is_outline:
            return date.min
        raise self._wrong(key, "a day: 2027-01-31", value) if value is not None else self._lacks(key)

    def choice(self, key: str, choices: tuple[str, ...], default: str) -> str:
        value = self._get(key, {"enum": [str(one) for one in choices], "default": str(default)})
        return default if value is None else self._choice(key, value, choices)

    def required_choice(self, key: str, choices: tuple[str, ...]) -> str:
        """Give one of the choices, which has to be there."""
        self._required.append(key)
        value = self._get(key, {"enum": [str(one) for one in choices]})
        if value is None and not self.is_outline:
            raise self._lacks(key)
        return choices[0] if value is None else self._choice(key, value, choices)

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._get(key, {"type": "boolean", "default": default})
        if value is not None and not isinstance(value, bool):
            raise self._wrong(key, "true or false", value)
        return default if value is None else value

    def number(self, key: str, default: int, *, lowest: int) -> int:
        found = self.known_number(key, lowest=lowest, more={"default": default})
        return default if found is None else found

    def known_number(
        self, key: str, *, lowest: int, more: Mapping[str, object] = MappingProxyType({})
    ) -> int | None:
        """Give a whole number, None where nothing is said."""
        value = self._get(key, {"type": "integer", "minimum": lowest, **more})
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < lowest:
            raise self._wrong(key, f"a whole number of at least {lowest}", value)
        return value

    def words(self, key: str) -> tuple[str, ...]:
        items = self._list(key, {"type": "string", "minLength": 1}, "a list of texts")
        return tuple(self._text(key, item) for item in items)

    def choices(self, key: str, choices: tuple[str, ...]) -> tuple[str, ...]:
        """Give a list whose texts are among the choices."""
        items = self._list(key, {"enum": [str(one) for one in choices]}, "a list of texts")
        return tuple(self._choice(key, item, choices) for item in items)

    def texts(self, key: str) -> Mapping[str, str]:
        values = self._mapping(
            key, {"type": "object", "additionalProperties": {"type": "string", "minLength": 1}}
        )
        return MappingProxyType({name: self._text(f"{key}.{name}", value) for name, value in values.items()})

    def texts_like(self, key: str, pattern: str, wanted: str) -> Mapping[str, str]:
        """Give a table of texts that match a pattern; `wanted` says what they are."""
        of_one: Fragment = {"type": "string", "pattern": f"^{pattern}$"}
        values = self._mapping(key, {"type": "object", "additionalProperties": of_one})
        for name, value in values.items():
            if not isinstance(value, str) or not re.fullmatch(pattern, value):
                raise self._wrong(f"{key}.{name}", wanted, value)
        return MappingProxyType({name: str(value) for name, value in values.items()})

    def values(self, key: str) -> Mapping[str, object]:
        return self._mapping(key, {"type": "object"})

    def table(self, key: str, *, closed: bool = True) -> "FileTable":
        """Give the table below a key; one that is not `closed` has other people's keys as well."""
        child = self._child(self.values(key), f"{self._prefix}{key}." if closed else "")
        self._tables[key] = (child, False)
        return child

    def tables(self, key: str) -> tuple["FileTable", ...]:
        """Give the tables of an array (`[[key]]`)."""
        items = self._list(key, {"type": "object"}, "a list of tables")
        children = []
        for number, item in enumerate(items, 1):
            if not isinstance(item, dict):
                raise self._wrong(key, f"tables: [[{self._prefix}{key}]]", item)
            children.append(self._child(item, f"{self._prefix}{key}[{number}]."))
        if self.is_outline:
            children = [self._child({}, "")]
            self._tables[key] = (children[0], True)
        return tuple(children)

    def refuse(self, said: str, hint: str) -> UsageError:
        """Give the error for what the keys say together."""
        return UsageError(
            f"{self._what} {self._verb} not read: {self._prefix.rstrip('.')} in {self._name} {said}", hint
        )

    def close(self) -> None:
        """Refuse the keys that nothing asked for."""
        for key in self._values:
            if key not in self._known:
                near = nearest(key, self._known)
                known = ", ".join(f"{self._prefix}{name}" for name in sorted(self._known))
                # The nearest by its letters may be another thing: `relation` for `reason`, which is `because` there.
                beside = f" It has {', '.join(sorted(self._known))}" if self._prefix else ""
                raise UsageError(
                    f"{self._what} {self._verb} not read: {self._name} has a key that is not known: {self._prefix}{key}",
                    f"did you mean {self._prefix}{near[0]}?{beside}" if near else f"the keys are {known}",
                )

    def schema(self) -> Fragment:
        """Give the JSON Schema of what was asked for."""
        properties = dict(self._known)
        for key, (child, repeated) in self._tables.items():
            properties[key] = {"type": "array", "items": child.schema()} if repeated else child.schema()
        required: Fragment = {"required": list(self._required)} if self._required else {}
        return {"type": "object", "additionalProperties": False, **required, "properties": properties}

    @property
    def _verb(self) -> str:
        return "were" if self._what.endswith("s") else "was"

    def _child(self, values: Mapping[str, TomlValue], prefix: str) -> "FileTable":
        return FileTable(values, self._what, self._name, prefix, is_outline=self.is_outline)

    def _get(self, key: str, fragment: Fragment) -> TomlValue:
        self._known[key] = fragment
        return self._values.get(key)

    def _list(self, key: str, items: Fragment, wanted: str) -> list[object]:
        value = self._get(key, {"type": "array", "items": items})
        if value is not None and not isinstance(value, list):
            raise self._wrong(key, wanted, value)
        return value or []

    def _mapping(self, key: str, fragment: Fragment) -> Mapping[str, object]:
        value = self._get(key, fragment)
        if value is not None and not isinstance(value, dict):
            raise self._wrong(key, "a table", value)
        return MappingProxyType(dict(value or {}))

    def _text(self, key: str, value: TomlValue) -> str:
        if not isinstance(value, str) or not value:
            raise self._wrong(key, "a text that is not empty", value)
        return value

    def _choice(self, key: str, value: TomlValue, choices: tuple[str, ...]) -> str:
        if not isinstance(value, str) or value not in choices:
            near = nearest(str(value), choices) if len(choices) > 9 else []
            raise self._wrong(
                key, f"{near[0]}?" if near else f"one of {', '.join(choices)}", value, bool(near)
            )
        return value

    def _lacks(self, key: str) -> UsageError:
        near = nearest(key, self._values.keys() - self._known.keys(), cutoff=0.6)
        hint = f"did you mean `{key}` by `{near[0]}`?" if near else f"give it `{key}`"
        return self.refuse(f"lacks `{key}`", hint)

    def _wrong(self, key: str, wanted: str, value: TomlValue, asks: bool = False) -> UsageError:
        return UsageError(
            f"{self._what} {self._verb} not read: {self._prefix}{key} in {self._name} is {value!r}",
            f"did you mean {wanted}" if asks else f"{self._prefix}{key} takes {wanted}",
        )


def parsed(text: str, what: str, name: str) -> Mapping[str, TomlValue]:
    """Parse TOML; UsageError where it is none."""
    verb = "were" if what.endswith("s") else "was"
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except ValueError as error:  # beyond what is no TOML: a number of more digits than Python reads
        raise UsageError(
            f"{what} {verb} not read: {name} is not TOML: {error}", "mend the line that is named"
        ) from error
    except RecursionError as error:
        raise UsageError(f"{what} {verb} not read: {name} is nested too deep") from error
