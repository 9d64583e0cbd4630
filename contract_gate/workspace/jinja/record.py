"""Read-only records for templates."""

from collections.abc import Iterator, Mapping


class ReadOnlyRecord(Mapping[str, object]):
    """A read-only record whose fields templates read as attributes or items."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self._fields = dict(fields)

    def __getitem__(self, key: str) -> object:
        return self._fields[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)
