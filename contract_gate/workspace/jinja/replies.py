"""What children answered, so that base and head run alone what differs between them, and later runs what no run had.

An answer hangs on what the child was told of the project, on the request, and on nothing else: no clock, no file, no
request before it. Where one of these differs by a letter it is another answer.
"""

from contract_gate.core.remembering import Facts
from contract_gate.workspace.jinja.wire import Message, line, parse

MOST_BYTES = 128 * 1024 * 1024
"""So much is kept; what comes after is rendered on each side."""


class Replies:
    """Answers by all that they hang on. They are kept as they were sent: whoever asks gets values of its own.

    `facts`: what earlier runs kept, of other things too.
    """

    def __init__(self, facts: Facts | None = None) -> None:
        self.facts = facts
        self._lines: dict[bytes, bytes] = {}
        self._left = MOST_BYTES

    def get(self, key: bytes) -> "Message | None":
        """Give the answer, None where there is none yet."""
        kept = self._lines.get(key)
        if kept is None and self.facts is not None:
            kept = self.facts.get(key)
        return None if kept is None else parse(kept)

    def keep(self, key: bytes, reply: Message) -> None:
        """Keep an answer."""
        spelled = line(reply)
        if self.facts is not None:
            self.facts.keep(key, spelled)
        if len(spelled) <= self._left and key not in self._lines:
            self._left -= len(spelled)
            self._lines[key] = spelled
