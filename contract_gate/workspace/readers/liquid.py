"""Liquid in SQL: every branch of its conditions is read, because each runs for somebody. Filters and parameters are holes."""

import re
from collections.abc import Mapping

from contract_gate.sql.comments import blank

MOST_BRANCHES = 20
_CONDITION = re.compile(r"\{%-?\s*condition\s+[\w.]+\s*-?%\}(.*?)\{%-?\s*endcondition\s*-?%\}", re.DOTALL)
_PARAMETER = re.compile(r"\{%-?\s*(?:parameter|date_start|date_end)\s+([\w.]+)\s*-?%\}")
_SILENT = re.compile(
    r"\{%-?\s*comment\s*-?%\}.*?\{%-?\s*endcomment\s*-?%\}|\{%-?\s*(?:assign|raw|endraw)\b[^%]*%\}", re.DOTALL
)
_TAG = re.compile(r"\{%-?\s*(if|unless|elsif|else|endif|endunless|case|when|endcase)\b.*?%\}", re.DOTALL)


def variants(text: str) -> tuple[str, ...]:
    """Give a text once for each branch of its conditions, the other conditions with their first. Lines stay in place.

    What stands for a filter is TRUE of some rows (`… IS NOT NULL`), what stands for a parameter a placeholder (`{{ … }}`).
    """
    if "{%" not in text:
        return (text,)
    text = _CONDITION.sub(lambda found: f"(({found[1]}) IS NOT NULL)", text)
    text = _PARAMETER.sub(lambda found: "{{ " + found[1] + " }}", text)
    text = _SILENT.sub(lambda found: blank(found[0]), text)
    choices = ({}, *_choices(text))[:MOST_BRANCHES]
    return tuple(dict.fromkeys(_taken(text, choice) for choice in choices))


def _choices(text: str) -> list[dict[int, int]]:
    """For each branch but a first: it, and the branches around it, by the number of their condition."""
    found: list[dict[int, int]] = []
    above: list[dict[int, int]] = [{}]
    open_: list[int] = []
    opened = 0
    for tag in _TAG.finditer(text):
        match tag[1]:
            case "if" | "unless" | "case":
                open_.append(opened)
                above.append({**above[-1], opened: -1 if tag[1] == "case" else 0})
                opened += 1
            case "elsif" | "else" | "when" if open_:
                above[-1] = {**above[-1], open_[-1]: above[-1][open_[-1]] + 1}
                if above[-1][open_[-1]] > 0:
                    found.append(above[-1])
            case _ if open_:
                open_.pop()
                above.pop()
            case _:
                pass
        if len(found) >= MOST_BRANCHES:
            break
    return found


def _taken(text: str, choice: Mapping[int, int]) -> str:
    """Keep the chosen branch of each condition, the first where none is chosen."""
    wanted: list[int] = []
    at: list[int] = []
    kept: list[str] = []
    position = opened = 0
    for found in _TAG.finditer(text):
        between = text[position : found.start()]
        kept += (between if at == wanted else blank(between), blank(found[0]))
        position = found.end()
        match found[1]:
            case "if" | "unless" | "case":
                wanted.append(choice.get(opened, 0))
                at.append(-1 if found[1] == "case" else 0)
                opened += 1
            case "elsif" | "else" | "when" if at:
                at[-1] += 1
            case _:
                del wanted[-1:], at[-1:]
    tail = text[position:]
    return "".join((*kept, tail if at == wanted else blank(tail)))
