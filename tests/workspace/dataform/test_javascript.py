"""Values as Node gives them; what is not read is refused with a reason and never read as something else."""

import pytest

from contract_gate.core.deadline import OutOfTimeError, within
from contract_gate.workspace.dataform.evaluate import run
from contract_gate.workspace.dataform.syntax import parse_script
from contract_gate.workspace.dataform.tokens import NotRead
from contract_gate.workspace.dataform.values import Moment, ScriptScope

SAME_AS_NODE = [
    ("const x = [1, 'b', ...['c', 'd'], ...'ef'].join('-');", "1-b-c-d-e-f"),
    ("const x = [null, undefined, 1].join();", ",,1"),
    ("const x = String([null, [1, undefined]]);", ",1,"),
    ("const x = `${null} ${undefined} ${true} ${false} ${1.5} ${{}}`;", "null undefined true false 1.5 [object Object]"),
    ("const x = `a\\${b}\\u0041\\x42\\u{43}\\ud83d\\ude00\\n`;", "a${b}ABC😀\n"),
    ("const x = {...{a: 1, b: 2}, b: 3, 'c d': 4, ...null};", {"a": 1, "b": 3, "c d": 4}),
    ("const a = 1; const x = {a, b() { return 2; }}.b() + a;", 3),
    ("const {a, b: c} = {a: 1, b: 2}; const [d, e, f] = [3, 4]; const x = [a, c, d, e, typeof f];", [1, 2, 3, 4, "undefined"]),
    ("const {a = 5, b: {c, d = 6} = {}, e: [f] = [7]} = {b: {c: 8}}; const x = [a, c, d, f];", [5, 8, 6, 7]),
    ("const x = ((a, b = 2, ...rest) => [a, b, rest])(1, undefined, 3, 4);", [1, 2, [3, 4]]),
    ("const x = (({a, b = 3}) => a + b)({a: 1});", 4),
    ("const x = [typeof 'a', typeof 1, typeof true, typeof null, typeof [], typeof (() => 1), typeof nobody];",
     ["string", "number", "boolean", "object", "object", "function", "undefined"]),
    ("const x = [!1, !'', -'2', +'3', -true];", [False, True, -2, 3, -1]),
    ("const x = [1 + 2, '1' + 2, 1 + '2', 1 + true, [1] + 2, null + 1, true + null];", [3, "12", "12", 2, "12", 1, 1]),
    ("const x = [7 % 3, -7 % 3, 7 / 2, 2 * 3, 5 - 1];", [1, -1, 3.5, 6, 4]),
    ("const x = ['a' < 'b', 'b' <= 'a', 'b' > 'a', 'a' >= 'b', 1 < 2, 2 <= 1, 2 > 1, 1 >= 2];",
     [True, False, True, False, True, False, True, False]),
    ("const x = [null || 1, 0 || 2, 3 || 4, 0 && 1, 2 && 3, null ?? 4, 0 ?? 5, undefined ?? 6];", [1, 2, 3, 0, 3, 4, 0, 6]),
    ("const x = [null == undefined, null === undefined, null == 0, 1 === '1', 1 == '1', true == '0', 1 !== 2, 'a' != 'b', [] === []];",
     [True, False, False, False, True, False, True, True, False]),
    ("let x = 1; x += 2; x += 'a'; x += null;", "3anull"),
    ("const o = {a: 1}; o.a += 2; o['b'] = 5; const x = [o.a, o.b, o.c === undefined];", [3, 5, True]),
    ("const x = []; for (const k of ['a', 'b']) { x.push(k); }", ["a", "b"]),
    ("const x = []; for (const c of 'ab') x.push(c);", ["a", "b"]),
    ("const x = []; for (const k in {a: 1, b: 2}) { x.push(k); }", ["a", "b"]),
    ("const x = []; for (const k in ['a', 'b']) x.push(k);", ["0", "1"]),
    ("let x = 0; for (const [a, {b}] of [[1, {b: 2}]]) { x = a + b; }", 3),
    ("let x = ''; switch (3) { case 1: x = 'one'; default: x = x + 'd'; case 2: x = x + '2'; }", "d2"),
    ("let x = 0; switch (1) { case 1: { ; } x = 1; }", 1),
    ("const o = {a: {b: 'c'}}; const x = [o?.a?.b, o.z?.b === undefined, o['a']['b'], 'abc'[1], [5][0], 'a'[9] === undefined];",
     ["c", True, "c", "b", 5, True]),
    ("let x; if (false) { x = 1; } else if (0) x = 2; else { x = 3; }", 3),
    ("let x = 0, y = 4; x = y;", 4),
    ("function f(n) { return n ? n + f(n - 1) : 0; } const x = f(3);", 6),
    ("function f() { return; } const x = f() === undefined;", True),
    ("const f = a => { /* a comment */ return a; }; // another\nconst x = f(1)", 1),
    ("const x = ['aXbX'.replace('X', 'y'), 'aXbX'.replaceAll('X', 'y'), ' a '.trim(), 'ab'.toUpperCase(), 'AB'.toLowerCase()];",
     ["ayb" + "X", "ayby", "a", "AB", "ab"]),
    ("const x = ['a,b,c'.split(','), 'abc'.split(''), 'abc'.split(), 'a,b,c'.split(',', 2)];",
     [["a", "b", "c"], ["a", "b", "c"], ["abc"], ["a", "b"]]),
    ("const x = ['abcd'.slice(-2), 'abcd'.slice(1, -1), 'abcd'.substring(2, 1), 'abcd'.substring(-1, 2), 'abcd'.substring(2)];",
     ["cd", "bc", "b", "ab", "cd"]),
    ("const x = ['7'.padStart(3, '0'), '7'.padStart(6, 'ab'), '777'.padStart(2), '7'.padStart(2), 'ab'.repeat(2)];",
     ["007", "ababa7", "777", " 7", "abab"]),
    ("const x = ['abc'.includes('b'), 'abc'.startsWith('a'), 'abc'.endsWith('a'), 'abc'.indexOf('c'), 'a'.concat('b', 1), 'abc'.length];",
     [True, True, False, 2, "ab1", 3]),
    ("const x = [[1, 2, 3].filter(n => n > 1), [1, 2].find(n => n > 1), [1, 2].some(n => n > 1), [1, 2].every(n => n > 1)];",
     [[2, 3], 2, True, False]),
    ("const x = [[1, 2, 3].reduce((a, b) => a + b), [1, 2].reduce((a, b, i) => a + b * i, 10), ['a', 'b'].map((v, i) => v + i)];",
     [6, 12, ["a0", "b1"]]),
    ("const x = []; [1, 2].forEach(n => x.push(n * 2));", [2, 4]),
    ("const x = [1, 2, 3]; x.reverse();", [3, 2, 1]),
    ("const x = [[1, [2]].flat(), [1, 2].flatMap(n => [n, n]), [1].concat([2], 3), [1, 2, 3].slice(1), [1, 2].includes(2), [1].includes()];",
     [[1, 2], [1, 1, 2, 2], [1, 2, 3], [2, 3], True, False]),
    ("const x = [['a'].indexOf('a'), ['a'].indexOf('b'), ['a'].indexOf()];", [0, -1, -1]),
    ("const x = []; for (const i of ['a', 'b'].keys()) x.push(i);", [0, 1]),
    ("const x = [Object.keys({a: 1}), Object.values({a: 1}), Object.entries({a: 1})];", [["a"], [1], [["a", 1]]]),
    ("const x = [Array.isArray([]), Array.isArray(), String(), Number(), Number('2'), parseInt('12')];", [True, False, "", 0, 2, 12]),
    ("const x = JSON.parse('{\"a\": [1, true, null, \"b\"]}');", {"a": [1, True, None, "b"]}),
    ("console.log('said'); const x = (1.5).toString() + (2).toString();", "1.52"),
    ("const x = 'it\\'s' + \"a \\\"b\\\"\";", "it's" + 'a "b"'),
    ("const x = `${ /* } */ 1 + // }\n 2}`;", "3"),
    ("const x = [!{}, !(() => 1), ![]];", [False, False, False]),
    ("const x = [1e3, 2.5e-1];", [1000, 0.25]),
    ("const x = [...new Set(['b', 'a', 'b', 1, '1', null, null])];", ["b", "a", 1, "1", None]),
]  # fmt: skip


def evaluated(script: str) -> tuple[object, list[str]]:
    scope = ScriptScope()
    failed = run(parse_script(script), scope)
    return scope.names.get("x"), [reason for _, reason in failed]


@pytest.mark.parametrize(("script", "value"), SAME_AS_NODE)
def test_a_script_gives_what_node_gives(script: str, value: object) -> None:
    """Every expected value here was printed by Node."""
    assert evaluated(script) == (value, [])


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("const x = 'a, b'.split(/,\\s*/);", "a function is used as text"),
        ("const x = `${/a/}`;", "a function is used as text"),
        ("const x = 'ab'.replace(/a/g, 'c');", "this replace() is not evaluated"),
        ("const x = 'ab'.replace('a', () => 'c');", "this replace() is not evaluated"),
        ("const x = 'ab'.replace('a', '$&$&');", "this replace() is not evaluated"),
        ("const x = parseInt('ff', 16);", "this parseInt() is not evaluated"),
        ("const x = 1 == [1];", "what is counted with is no number"),
        ("const x = 1 + undefined;", "what is counted with is no number"),
        ("const x = [...{a: 1}];", "what is spread is no list"),
        ("let x = 0; for (const k of {a: 1}) { x = k; }", "what is looped over is no list"),
        ("let x = 0; for (const k in 5) { x = k; }", "what is looped over is no list"),
        ("const x = 1 / 0;", "a division by zero"),
        ("const x = 1 in {};", "`in` is not read"),
        ("const x = nobody;", "`nobody` is not known"),
        ("const x = 'a'();", "what is called is no function"),
        ("const x = (() => 1) + 'a';", "a function is used as text"),
        ("const x = 'a'.normalize();", "`.normalize()` is not known"),
        ("const x = [].reduce((a, b) => a);", "reduce() of nothing"),
        ("const x = JSON.parse('{');", "JSON.parse() fails"),
        ("const x = Number('a');", "`a` is no number"),
        ("const x = Number('1_0');", "`1_0` is no number"),
        ("const x = Number([1]);", "what is counted with is no number"),
        ("const x = 'a'.b;", "`.b` is not known"),
        ("const x = new Map([[1, 2]]);", "`new Map` is not evaluated"),
        ("const x = new Set([1]).size;", "`.size` is not known"),
        ("const x = new Set(5);", "what is looped over is no list"),
        ("const x = new Date() > 5;", "what is counted with is no number"),
        ("const x = new Date().getDay() === 1;", "it hangs on the time of the run"),
        ("let x = 1; if (new Date().getDay()) { x = 2; }", "it hangs on the time of the run"),
        ("const x = 'a'.repeat(Date.now());", "what is counted with is no number"),
        ("const x = [new Date().toISOString()].join();", "it hangs on the time of the run"),
        ("const x = typeof nobody.b;", "`nobody` is not known"),
        ("const x = {a: nobody}.a;", "`nobody` is not known"),
        ("const x = `${class {}}`;", "`${class {}}` is not read"),
        ("const {a: [b], c} = nobody; const x = typeof b;", "`nobody` is not known"),
        ("nobody = 1;", "`nobody` is not known"),
        ("'a'.b = 1;", "this assignment is not evaluated"),
        ("1 = 2;", "this assignment is not read"),
        ("const x = 1 & 2;", "`&` is not read"),
        ("let x = 1; x++;", "`++` is not read"),
        ("for (let i = 0; i < 2; i++) {}", "this `for` is not read"),
        ("for (i of [1]) {}", "this `for` is not read"),
        ("const f = async () => 1;", "`async` is not read"),
        ("const x = await f();", "`await` is not read"),
        ("const x = {[key]: 1};", "a computed key is not read"),
        ("const x = {&: 1};", "`&` is no key"),
        ("const {...x} = {a: 1};", "`...` is no name"),
        ("/* a", "`/` is not read"),
        ("const 1 = 2;", "`1` is no name"),
        ("const x = 'ab'.padStart(2000000);", "a value grows too large"),
        ("let x = 'abcdefghij'.repeat(90000); x = x.replaceAll('a', x);", "a value grows too large"),
        ("let x = 'ab'.repeat(400000); x = x + x;", "a value grows too large"),
        ("const x = (() => { break; })();", "a `break` or `continue` stands outside of a loop"),
        ("const f = () => f(); const x = f();", "functions call each other too deeply"),
        ("const x = " + "(" * 60 + "1" + ")" * 60 + ";", "the script is nested too deeply"),
        ("const l = []; l.push(l); const x = `${l}`;", "a list is nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused(script: str, reason: str) -> None:
    """A script that is only read in part gives a reason, and its name no value that it would not have."""
    value, failed = evaluated(script)
    assert failed[:1] == [reason]
    assert not (script.startswith("const") and isinstance(value, str | float))


@pytest.mark.parametrize(
    "text", ["const x = 'a", "const x = `a", "const x = `${ 1 /* } }`;", "const x = @;", "a" * 400_001]
)
def test_a_text_that_is_no_script_is_refused(text: str) -> None:
    """Where the text ends within a string, or holds what no script does, nothing of it is read."""
    with pytest.raises(NotRead):
        parse_script(text)


@pytest.mark.parametrize(
    "script",
    [
        "const x = new Date();",
        "const x = new Date('2024-01-01').toISOString().substring(0, 10).replaceAll('-', '_') + '01';",
        "const x = `d_${Date.now()}`;",
        "function past(day) { const d = new Date(day); d.setMonth(d.getMonth() - 1); return d.toISOString(); } const x = past('2024-01-01');",
        "const x = new Date().toISOString().split('-')[0].length;",
        "const x = 2 * (Date.now() - 1) % 7;",
    ],
)
def test_what_hangs_on_the_time_is_a_value_that_decides_nothing(script: str) -> None:
    """It is carried along to the text that it stands in; the script goes on."""
    value, failed = evaluated(script)
    assert isinstance(value, Moment)
    assert failed == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("const x = new Date();", "const x = new Date('2024-01-01');"),
        ("const x = new Date().toISOString();", "const x = new Date().toString();"),
        (
            "const x = new Date().toISOString().substring(0, 10);",
            "const x = new Date().toISOString().substring(0, 7);",
        ),
        ("const x = Date.now() - 1;", "const x = Date.now() - 2;"),
        ("const x = `${Date.now()}a`;", "const x = `${Date.now()}b`;"),
        ("const x = new Date(); x.setMonth(1);", "const x = new Date(); x.setMonth(2);"),
        ("const x = new Date();", "const x = new Date(); x.setMonth(x.getMonth() - 1);"),
        ("const x = [1, 2].map(n => 1) + Date.now();", "const x = [1, 2].map(n => 2) + Date.now();"),
    ],
)
def test_moments_that_are_made_in_another_way_are_others(one: str, other: str) -> None:
    """An edit of how a date is made is an edit of the queries that it stands in."""
    values = [evaluated(script)[0] for script in (one, other, one)]
    made = [value.made for value in values if isinstance(value, Moment)]
    assert made[0] == made[2] != made[1]


def test_a_moment_stays_short() -> None:
    """What is doubled again and again does not fill the memory."""
    value, failed = evaluated("let x = Date.now(); " + "x = `${x}${x}`; " * 60)
    assert isinstance(value, Moment)
    assert len(value.made) < 300
    assert failed == []


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("const l = []; l.push(l); const x = new Date(l);", "a list is nested too deeply"),
        ("const o = {}; o.o = o; const x = Date.now() + o;", "a list is nested too deeply"),
        ("let l = [1]; " + "l = [l, l]; " * 60 + "const x = new Date(l);", "a value grows too large"),
        (
            "let o = {a: 1}; " + "o = {a: o, b: o}; " * 60 + "const x = Date.now() + o;",
            "a value grows too large",
        ),
        ("const x = new Date().map(() => 1);", "a function is used as text"),
    ],
)
def test_what_a_moment_is_made_of_is_bounded(script: str, reason: str) -> None:
    """A value that holds itself, or that doubles again and again, ends."""
    assert evaluated(script)[1][:1] == [reason]


def test_what_grows_too_large_again_and_again_ends_with_the_time() -> None:
    """Each statement is refused after a while; a thousand of them would be a thousand whiles."""
    script = parse_script("let l = [1]; " + "l = [l, l]; " * 60 + "const x = `${l}`; " * 1000)
    with within(0, "over"), pytest.raises(OutOfTimeError):
        run(script, ScriptScope())
