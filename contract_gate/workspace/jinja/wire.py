"""The messages between the gate and the child process that renders: JSON, one message a line.

A request is `{"op": …}`; the child answers each with one message that has no `ask`. While it works it may ask
back (`{"ask": "columns", …}`) and gets the answer as `{"op": "answer", …}`, other requests allowed in between.
"""

import json
from typing import IO, TypeAlias

from contract_gate.core.facts import Json as Json

Message: TypeAlias = "dict[str, Json]"

UNPARSED = "the template can't be parsed"
"""Says in a problem that the text is no template: dbt refuses it."""


def line(message: Message) -> bytes:
    """Spell one message, without the end of the line."""
    return json.dumps(message, separators=(",", ":")).encode()


def write(stream: IO[bytes], message: Message) -> None:
    """Send one message."""
    send(stream, line(message))


def send(stream: IO[bytes], spelled: bytes) -> None:
    """Send a message that is spelled already."""
    stream.write(spelled + b"\n")
    stream.flush()


def parse(line: bytes) -> Message:
    """Read one message. Raises ValueError where the line is none."""
    message = json.loads(line)
    if not isinstance(message, dict):
        raise ValueError("the message is no JSON object")
    return message


def text(message: Message, key: str, default: str = "") -> str:
    value = message.get(key)
    return value if isinstance(value, str) else default


def table(message: Message, key: str) -> Message:
    value = message.get(key)
    return value if isinstance(value, dict) else {}


def rows(message: Message, key: str) -> list[Message]:
    value = message.get(key)
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def numbers(message: Message, key: str) -> tuple[int, ...]:
    value = message.get(key)
    return tuple(item for item in value if isinstance(item, int)) if isinstance(value, list) else ()


def texts(message: Message, key: str) -> list[str]:
    value = message.get(key)
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []
