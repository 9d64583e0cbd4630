"""A place in a list of tokens, and the few moves that the reader makes."""

from contract_gate.emulator.reading.tokens import Token, TokenKind, UnreadableSqlError

END = Token(TokenKind.SYMBOL, "")


class Cursor:
    """Walk over the tokens from `start` to `stop`."""

    def __init__(self, tokens: list[Token], start: int = 0, stop: int | None = None) -> None:
        self.tokens = tokens
        self.at = start
        self.stop = len(tokens) if stop is None else stop

    @property
    def done(self) -> bool:
        return self.at >= self.stop

    def peek(self, ahead: int = 0) -> Token:
        index = self.at + ahead
        return self.tokens[index] if index < self.stop else END

    def word(self, *words: str, ahead: int = 0) -> bool:
        """Tell whether the next token is one of these words (in upper case)."""
        return self.peek(ahead).word in words

    def symbol(self, text: str, ahead: int = 0) -> bool:
        token = self.peek(ahead)
        return token.kind is TokenKind.SYMBOL and token.text == text

    def take(self) -> Token:
        token = self.peek()
        if self.done:
            raise UnreadableSqlError("the statement ends too early")
        self.at += 1
        return token

    def accept(self, *words: str) -> bool:
        """Step over one of these words, if it comes next."""
        if not self.word(*words):
            return False
        self.at += 1
        return True

    def accept_symbol(self, text: str) -> bool:
        if not self.symbol(text):
            return False
        self.at += 1
        return True

    def name(self) -> tuple[str, ...]:
        """Take a dotted name; raises `UnreadableSqlError` where none stands."""
        parts = [self._part()]
        while self.symbol("."):
            self.at += 1
            if self.symbol("."):  # T-SQL's database..table leaves the schema out
                self.at += 1
            parts.append(self._part())
        return tuple(parts)

    def _part(self) -> str:
        token = self.take()
        if not token.is_name:
            raise UnreadableSqlError(f"a name was expected before {token.text!r}")
        return token.text

    def inside(self) -> "Cursor":
        """Take a group in parentheses or brackets and give a cursor over what is in it."""
        opening = self.peek().text
        closing = {"(": ")", "[": "]"}[opening]
        start = self.at + 1
        depth = 0
        while not self.done:
            token = self.take()
            if token.kind is TokenKind.SYMBOL:
                depth += (token.text == opening) - (token.text == closing)
                if depth == 0:
                    return Cursor(self.tokens, start, self.at - 1)
        raise UnreadableSqlError("a parenthesis is not closed")

    def until(self, *words: str, comma: bool = False) -> "Cursor":
        """Take everything up to one of these words (or a comma) outside parentheses."""
        start = self.at
        while not self.done and not self._stops(words) and not (comma and self.symbol(",")):
            if self.symbol("(") or self.symbol("["):
                self.inside()
            else:
                self.at += 1
        return Cursor(self.tokens, start, self.at)

    def _stops(self, words: tuple[str, ...]) -> bool:
        """Tell whether one of these words comes next, as a clause's start.

        It is none in `* EXCEPT (…)`, in `IS [NOT] DISTINCT FROM`, and in the function `left(…)`.
        """
        if not self.word(*words) or self.at == 0:
            return self.word(*words)
        if self.word("LEFT", "RIGHT"):
            return not self.symbol("(", ahead=1)
        if self.word("EXCEPT"):
            return not self.symbol("*", ahead=-1)
        is_comparison = self.word("DISTINCT", ahead=-1) and self.at > 1 and self.word("IS", "NOT", ahead=-2)
        return not (self.word("FROM") and is_comparison)
