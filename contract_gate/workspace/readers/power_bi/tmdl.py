"""TMDL: what stands deeper than a line belongs to it. A model's folder has a file for each table; a script (`createOrReplace`) holds any number.

https://learn.microsoft.com/en-us/analysis-services/tmdl/tmdl-overview.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from contract_gate.workspace.readers.power_bi.model import BiModel, BiScript, BiTable

_NAME = r"(?:'(?P<quoted>(?:[^']|'')+)'|(?P<plain>[^\s=:']+))"
_TABLE = re.compile(rf"^(?P<indent>[ \t]*)table\s+{_NAME}[ \t]*$", re.MULTILINE)
_SOURCE_COLUMN = re.compile(r"^[ \t]+sourceColumn:[ \t]*(\S.*)", re.MULTILINE)
_PARTITION = re.compile(rf"^(?P<indent>[ \t]+)partition\s+{_NAME}\s*=\s*(?P<rest>\w+)[ \t]*$", re.MULTILINE)
_EXPRESSION = re.compile(rf"^(?P<indent>[ \t]*)expression\s+{_NAME}\s*=[ \t]*(?P<rest>.*)$", re.MULTILINE)
_LEGACY = re.compile(
    r"^[ \t]+(?:source\s*=|query\s*[=:])\s*((?:select|with)\b.*)", re.IGNORECASE | re.DOTALL | re.MULTILINE
)
_ENTITY = re.compile(r"^[ \t]+entityName:[ \t]*(\S.*)", re.MULTILINE)
_ENTITY_SCHEMA = re.compile(r"^[ \t]+schemaName:[ \t]*(\S.*)", re.MULTILINE)


def read_tmdl(text: str) -> BiModel:
    """Give the tables and the shared expressions of a file."""
    whole = BiScript(name="", text=text, lines=tuple(range(1, text.count("\n") + 2)))
    return BiModel(
        tables=tuple(_table(part) for part in _parts(whole, _TABLE)),
        expressions=tuple(_parts(whole, _EXPRESSION)),
    )


def _table(part: BiScript) -> BiTable:
    found = _SOURCE_COLUMN.finditer(part.text)
    return BiTable(
        name=part.name,
        line=part.lines[0],
        scripts=tuple(_partition(each) for each in _parts(part, _PARTITION)),
        columns=tuple((each[1].strip(), part.line_at(each.start(1))) for each in found),
    )


def _partition(part: BiScript) -> BiScript:
    if (sql := _LEGACY.search(part.text)) is not None:
        begins = part.text.count("\n", 0, sql.start(1))
        return replace(part, text=sql[1], lines=part.lines[begins:], is_sql=True)
    if (entity := _ENTITY.search(part.text)) is not None:
        schema = _ENTITY_SCHEMA.search(part.text)
        named = tuple(each[1].strip().strip("'") for each in (schema, entity) if each is not None)
        begins = part.text.count("\n", 0, entity.start(1))
        return replace(part, lines=part.lines[begins:], entity=named)
    return part


def _parts(whole: BiScript, opening: re.Pattern[str]) -> Iterator[BiScript]:
    """Give what stands deeper than each of these lines, up to the first that does not."""
    lines = whole.text.split("\n")
    begins = counted = 0
    for found in opening.finditer(whole.text):
        begins += whole.text.count("\n", counted, found.end())
        counted = found.end()
        indent = found["indent"]
        body = [found["rest"]] if "rest" in opening.groupindex else [""]
        for number in range(begins + 1, len(lines)):
            line = lines[number]
            if line.strip() and not line.startswith((indent + "\t", indent + " ")):
                break
            body.append(line)
        name = (found["quoted"] or found["plain"]).replace("''", "'")
        yield BiScript(
            name=name,
            text="\n".join(body),
            lines=whole.lines[begins : begins + len(body)] or whole.lines[-1:],
        )
