"""What children answered, so that base and head run alone what differs between them.

An answer hangs on what the child was told of the project, on the request, and on nothing else: no clock, no file, no
request before it. Where one of these differs by a letter it is another answer.
"""

import hashlib
import json

from contract_gate.workspace.jinja.wire import Message, parse

MOST_BYTES = 128 * 1024 * 1024
"""So much is kept; what comes after is rendered on each side."""


class Replies:
    """Answers by all that they hang on. They are kept as they were sent: whoever asks gets values of its own."""

    def __init__(self) -> None:
        self._lines: dict[bytes, bytes] = {}
        self._left = MOST_BYTES

    def get(self, key: bytes) -> "Message | None":
        """Give the answer, None where there is none yet."""
        line = self._lines.get(key)
        return None if line is None else parse(line)

    def keep(self, key: bytes, reply: Message) -> None:
        """Keep an answer."""
        line = json.dumps(reply, separators=(",", ":")).encode()
        if len(line) <= self._left and key not in self._lines:
            self._left -= len(line)
            self._lines[key] = line


def digest(*parts: "Message | bytes | None") -> bytes:
    """Name what an answer hangs on."""
    hashed = hashlib.blake2b(digest_size=20)
    for part in parts:
        text = part if isinstance(part, bytes) else json.dumps(part, separators=(",", ":")).encode()
        hashed.update(len(text).to_bytes(8, "big") + text)
    return hashed.digest()
