"""The part of JavaScript that Dataform projects write around their SQL, as a tree. What is not in it is refused.

Expressions, template strings, arrow and plain functions, const/let/var, if, switch, for-of, return, throw and assignment.
"""

from contract_gate.core.values import dataclass
from contract_gate.workspace.dataform.tokens import NotRead, ScriptToken, closing_brace, tokenize


@dataclass(frozen=True, slots=True)
class SyntaxNode:
    """`kind` tells what `value` and `parts` are; `line` counts from 1 in the file."""

    kind: str
    value: str | float | None = None
    parts: tuple["SyntaxNode", ...] = ()
    line: int = 1


def parse_script(text: str, first_line: int = 1) -> tuple[SyntaxNode, ...]:
    """Read statements; one that is not known is an `unread` node with the reason. Raise NotRead where no token is."""
    try:
        return _Parser(tokenize(text, first_line)).script(text)
    except RecursionError as error:
        raise NotRead("the script is nested too deeply") from error


def parse_expression(text: str, first_line: int = 1) -> SyntaxNode:
    """Read one expression that is the whole text. Raise NotRead for what is not known."""
    try:
        parser = _Parser(tokenize(text, first_line))
        node = parser.expression()
    except RecursionError as error:
        raise NotRead("the expression is nested too deeply") from error
    parser.expect_end()
    return node


def template_parts(text: str, first_line: int = 1) -> tuple[SyntaxNode, ...]:
    """Read a text with `${…}` in it: `text` nodes and `hole` nodes, whose first part is the expression if it is read."""
    parts: list[SyntaxNode] = []
    position = 0
    while (start := text.find("${", position)) >= 0:
        if start and text[start - 1] == "\\":
            parts.append(
                _text_node(text[position : start - 1] + "${", first_line + text.count("\n", 0, position))
            )
            position = start + 2
            continue
        end = closing_brace(text, start + 1)
        parts.append(_text_node(text[position:start], first_line + text.count("\n", 0, position)))
        parts.append(_hole(text[start + 2 : end], first_line + text.count("\n", 0, start)))
        position = end + 1
    parts.append(_text_node(text[position:], first_line + text.count("\n", 0, position)))
    return tuple(parts)


def _text_node(text: str, line: int) -> SyntaxNode:
    return SyntaxNode("text", text, (), line)


def _hole(text: str, line: int) -> SyntaxNode:
    try:
        return SyntaxNode("hole", text, (parse_expression(text, line),), line)
    except NotRead:
        return SyntaxNode("hole", text, (), line)


_BINARY: tuple[tuple[str, ...], ...] = (
    ("||", "??"), ("&&",), ("==", "!=", "===", "!=="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"),
)  # fmt: skip
_UNREAD = ("class", "while", "do", "try", "import", "export", "async", "new", "delete")
_DEEPEST = 30


class _Parser:
    def __init__(self, tokens: list[ScriptToken]) -> None:
        self._tokens = tokens
        self._at = 0
        self._depth = 0

    def script(self, text: str) -> tuple[SyntaxNode, ...]:
        statements = []
        while self._now.kind != "end":
            start, line = self._at, self._now.line
            self._depth = 0
            try:
                statements.append(self._statement())
            except NotRead as error:
                statements.append(SyntaxNode("unread", str(error), self._declared_at(start), line))
                self._at = self._next_at_margin(start, text)
        return tuple(statements)

    def _declared_at(self, start: int) -> tuple[SyntaxNode, ...]:
        """Give the name that an unread statement would have declared."""
        word, name = self._tokens[start], self._tokens[min(start + 1, len(self._tokens) - 1)]
        if word.text in ("function", "const", "let", "var", "class") and name.kind == "name":
            return (SyntaxNode("name", name.text, (), name.line),)
        return ()

    def _next_at_margin(self, start: int, text: str) -> int:
        """Find where the next statement may begin: a word at the margin."""
        index = start + 1
        while index < len(self._tokens) - 1:
            token = self._tokens[index]
            if token.kind == "name" and (token.start == 0 or text[token.start - 1] == "\n"):
                return index
            index += 1
        return len(self._tokens) - 1

    def expect_end(self) -> None:
        self._take(";")
        if self._now.kind != "end":
            raise NotRead(f"`{self._now.text}` is not read")

    def expression(self) -> SyntaxNode:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise NotRead("the script is nested too deeply")
        node = self._assignment()
        self._depth -= 1
        return node

    @property
    def _now(self) -> ScriptToken:
        return self._tokens[self._at]

    def _next(self) -> ScriptToken:
        token = self._now
        if token.kind == "end":
            raise NotRead("the script ends too early")
        self._at += 1
        return token

    def _is(self, *texts: str) -> bool:
        return self._now.kind in ("op", "name") and self._now.text in texts

    def _take(self, *texts: str) -> bool:
        if self._is(*texts):
            self._at += 1
            return True
        return False

    def _need(self, text: str) -> None:
        if not self._take(text):
            raise NotRead(f"`{text}` is missing before `{self._now.text[:20]}`")

    def _statement(self) -> SyntaxNode:
        line = self._now.line
        if self._take(";"):
            return SyntaxNode("block", None, (), line)
        if self._is("{"):
            return self._block()
        if self._is("const", "let", "var"):
            self._at += 1
            return self._declaration(line)
        if self._is("function"):
            function = self._function()
            return SyntaxNode(
                "declare", function.value, (SyntaxNode("name", function.value, (), line), function), line
            )
        if self._take("return"):
            value = SyntaxNode("undefined") if self._is(";", "}") else self.expression()
            return self._ended(SyntaxNode("return", None, (value,), line))
        if self._is("if"):
            return self._if(line)
        if self._is("for"):
            return self._for(line)
        if self._is("switch"):
            return self._switch(line)
        if self._take("throw"):
            return SyntaxNode("throw", None, (self._ended(self.expression()),), line)
        if self._is("break", "continue"):
            return self._ended(SyntaxNode(self._next().text, line=line))
        if self._is(*_UNREAD):
            raise NotRead(f"`{self._now.text}` is not read")
        return SyntaxNode("expression", None, (self._ended(self.expression()),), line)

    def _ended(self, node: SyntaxNode) -> SyntaxNode:
        """Take the end of a statement. Raise NotRead where the line goes on: with an operator, which may change all of it."""
        before = self._tokens[self._at - 1].line
        if not self._take(";") and not self._is("}") and self._now.kind != "end" and self._now.line == before:
            raise NotRead(f"`{self._now.text[:20]}` is not read")
        return node

    def _block(self) -> SyntaxNode:
        line = self._now.line
        self._need("{")
        parts = []
        while not self._take("}"):
            if self._now.kind == "end":
                raise NotRead("a block is not closed")
            parts.append(self._statement())
        return SyntaxNode("block", None, tuple(parts), line)

    def _declaration(self, line: int) -> SyntaxNode:
        parts: list[SyntaxNode] = []
        while True:
            target = self._target()
            value = self.expression() if self._take("=") else SyntaxNode("undefined")
            parts.append(SyntaxNode("declare", None, (target, value), line))
            if not self._take(","):
                break
        return self._ended(SyntaxNode("several", None, tuple(parts), line))

    def _target(self) -> SyntaxNode:
        """A name, or a pattern `{a, b: c}` or `[a, b = 1]`."""
        line = self._now.line
        if self._take("{"):
            return SyntaxNode("object_pattern", None, self._targets("}"), line)
        if self._take("["):
            return SyntaxNode("array_pattern", None, self._targets("]"), line)
        token = self._next()
        if token.kind != "name":
            raise NotRead(f"`{token.text}` is no name")
        return SyntaxNode("name", token.text, (), line)

    def _targets(self, closing: str) -> tuple[SyntaxNode, ...]:
        """What parameters or a pattern bind, each a target and its default; of an object under the key that is its `value`."""
        found: list[SyntaxNode] = []
        while not self._take(closing):
            kind = "rest" if closing != "}" and self._take("...") else "parameter"
            target, key = self._target(), None
            if closing == "}":
                key = target.value
                target = self._target() if self._take(":") else target
            default = self.expression() if self._take("=") else SyntaxNode("undefined")
            found.append(SyntaxNode(kind, key, (target, default), target.line))
            if not self._is(closing):
                self._need(",")
        return tuple(found)

    def _if(self, line: int) -> SyntaxNode:
        self._need("if")
        self._need("(")
        condition = self.expression()
        self._need(")")
        then = self._statement()
        other = self._statement() if self._take("else") else SyntaxNode("block")
        return SyntaxNode("if", None, (condition, then, other), line)

    def _for(self, line: int) -> SyntaxNode:
        self._need("for")
        self._need("(")
        if not self._take("const", "let", "var"):
            raise NotRead("this `for` is not read")
        target = self._target()
        word = self._next().text
        if word not in ("of", "in"):
            raise NotRead("this `for` is not read")
        source = self.expression()
        self._need(")")
        return SyntaxNode("for", word, (target, source, self._statement()), line)

    def _switch(self, line: int) -> SyntaxNode:
        """The value, then a `case` for each: its value, or none for `default`, and the statements below it."""
        self._need("switch")
        self._need("(")
        value = self.expression()
        self._need(")")
        self._need("{")
        cases: list[SyntaxNode] = []
        while not self._take("}"):
            cases.append(self._case())
        return SyntaxNode("switch", None, (value, *cases), line)

    def _case(self) -> SyntaxNode:
        line = self._now.line
        wanted: tuple[SyntaxNode, ...] = ()
        if self._take("case"):
            wanted = (self.expression(),)
        else:
            self._need("default")
        self._need(":")
        body: list[SyntaxNode] = []
        while not self._is("case", "default", "}"):
            if self._now.kind == "end":
                raise NotRead("a switch is not closed")
            body.append(self._statement())
        return SyntaxNode("case", None, (SyntaxNode("block", None, tuple(body), line), *wanted), line)

    def _assignment(self) -> SyntaxNode:
        if self._is_arrow():
            return self._arrow()
        node = self._conditional()
        if self._is("=", "+="):
            operator = self._next().text
            if node.kind not in ("name", "member", "index"):
                raise NotRead("this assignment is not read")
            return SyntaxNode("assign", operator, (node, self.expression()), node.line)
        return node

    def _is_arrow(self) -> bool:
        if self._is("async"):
            raise NotRead("`async` is not read")
        if self._now.kind == "name" and self._tokens[self._at + 1].text == "=>":
            return True
        if not self._is("("):
            return False
        depth = 0
        for index in range(self._at, len(self._tokens)):
            token = self._tokens[index]
            if token.kind == "op":
                depth += (token.text in "([{") - (token.text in ")]}") if len(token.text) == 1 else 0
                if depth == 0:
                    return self._tokens[min(index + 1, len(self._tokens) - 1)].text == "=>"
        return False

    def _arrow(self) -> SyntaxNode:
        line = self._now.line
        if self._is("("):
            parameters = self._parameters()
        else:
            parameters = (SyntaxNode("parameter", None, (self._target(), SyntaxNode("undefined")), line),)
        self._need("=>")
        body = (
            self._block()
            if self._is("{")
            else SyntaxNode("return", None, (self.expression(),), self._now.line)
        )
        return SyntaxNode("function", None, (SyntaxNode("parameters", None, parameters, line), body), line)

    def _function(self) -> SyntaxNode:
        line = self._now.line
        self._need("function")
        name = self._next().text if self._now.kind == "name" else None
        parameters = self._parameters()
        return SyntaxNode(
            "function", name, (SyntaxNode("parameters", None, parameters, line), self._block()), line
        )

    def _parameters(self) -> tuple[SyntaxNode, ...]:
        self._need("(")
        return self._targets(")")

    def _conditional(self) -> SyntaxNode:
        condition = self._binary(0)
        if not self._take("?"):
            return condition
        then = self.expression()
        self._need(":")
        return SyntaxNode("conditional", None, (condition, then, self.expression()), condition.line)

    def _binary(self, level: int) -> SyntaxNode:
        if level == len(_BINARY):
            return self._unary()
        left = self._binary(level + 1)
        while self._is(*_BINARY[level]):
            operator = self._next().text
            left = SyntaxNode("binary", operator, (left, self._binary(level + 1)), left.line)
        return left

    def _unary(self) -> SyntaxNode:
        line = self._now.line
        if self._is("!", "-", "+", "typeof"):
            operator = self._next().text
            return SyntaxNode("unary", operator, (self._unary(),), line)
        return self._postfix(self._primary())

    def _postfix(self, node: SyntaxNode) -> SyntaxNode:
        while True:
            line = self._now.line
            if self._take("("):
                node = SyntaxNode("call", None, (node, *self._list(")")), line)
            elif self._take("."):
                node = SyntaxNode("member", self._next().text, (node,), line)
            elif self._take("?."):
                node = SyntaxNode("optional", self._next().text, (node,), line)
            elif self._take("["):
                index = self.expression()
                self._need("]")
                node = SyntaxNode("index", None, (node, index), line)
            else:
                return node

    def _list(self, closing: str) -> tuple[SyntaxNode, ...]:
        found: list[SyntaxNode] = []
        while not self._take(closing):
            if self._now.kind == "end":
                raise NotRead(f"`{closing}` is missing")
            spread = self._take("...")
            item = self.expression()
            found.append(SyntaxNode("spread", None, (item,), item.line) if spread else item)
            if not self._is(closing):
                self._need(",")
        return tuple(found)

    def _primary(self) -> SyntaxNode:
        token = self._next()
        line = token.line
        match token.kind:
            case "string":
                return SyntaxNode("string", token.text, (), line)
            case "number":
                return SyntaxNode("number", float(token.text), (), line)
            case "template":
                return SyntaxNode("template", None, template_parts(token.text, line), line)
            case "regex":
                return SyntaxNode("regex", token.text, (), line)
            case "name":
                return self._named(token)
        if token.text == "(":
            node = self.expression()
            self._need(")")
            return node
        if token.text == "[":
            return SyntaxNode("array", None, self._list("]"), line)
        if token.text == "{":
            return SyntaxNode("object", None, tuple(self._pairs()), line)
        raise NotRead(f"`{token.text or 'the end'}` is not read")

    def _named(self, token: ScriptToken) -> SyntaxNode:
        if token.text in ("true", "false", "null", "undefined"):
            return SyntaxNode(token.text, None, (), token.line)
        if token.text == "function":
            self._at -= 1
            return self._function()
        if token.text == "new":
            name = self._next().text
            return SyntaxNode("new", name, self._list(")") if self._take("(") else (), token.line)
        if token.text in ("class", "await", "async"):
            raise NotRead(f"`{token.text}` is not read")
        return SyntaxNode("name", token.text, (), token.line)

    def _pairs(self) -> list[SyntaxNode]:
        pairs: list[SyntaxNode] = []
        while not self._take("}"):
            line = self._now.line
            if self._take("..."):
                pairs.append(SyntaxNode("spread", None, (self.expression(),), line))
            else:
                pairs.append(self._pair(line))
            if not self._is("}"):
                self._need(",")
        return pairs

    def _pair(self, line: int) -> SyntaxNode:
        token = self._next()
        if token.text == "[" and token.kind == "op":
            raise NotRead("a computed key is not read")
        if token.kind not in ("name", "string", "number"):
            raise NotRead(f"`{token.text or 'the end'}` is no key")
        if self._take(":"):
            return SyntaxNode("pair", token.text, (self.expression(),), line)
        if self._is("("):
            parameters = SyntaxNode("parameters", None, self._parameters(), line)
            function = SyntaxNode("function", token.text, (parameters, self._block()), line)
            return SyntaxNode("pair", token.text, (function,), line)
        return SyntaxNode("pair", token.text, (SyntaxNode("name", token.text, (), line),), line)
