"""What children answered, so that base and head run alone what differs between them.

An answer hangs on what the child was told of the project, on the request, and on nothing else: no clock, no file, no
request before it. Where one of these differs by a letter it is another answer.
"""

import hashlib

from contract_gate.workspace.jinja.wire import Message, line, parse

MOST_BYTES = 128 * 1024 * 1024
"""So much is kept; what comes after is rendered on each side."""


class Replies:
    """Answers by all that they hang on. They are kept as they were sent: whoever asks gets values of its own."""

    def __init__(self) -> None:
        self._lines: dict[bytes, bytes] = {}
        self._left = MOST_BYTES

    def get(self, key: bytes) -> "Message | None":
        """Give the answer, None where there is none yet."""
        kept = self._lines.get(key)
        return None if kept is None else parse(kept)

    def keep(self, key: bytes, reply: Message) -> None:
        """Keep an answer."""
        spelled = line(reply)
        if len(spelled) <= self._left and key not in self._lines:
            self._left -= len(spelled)
            self._lines[key] = spelled


def digest(*parts: bytes) -> bytes:
    """Name what an answer hangs on."""
    hashed = hashlib.blake2b(digest_size=20)
    for part in parts:
        hashed.update(len(part).to_bytes(8, "big"))
        hashed.update(part)
    return hashed.digest()
