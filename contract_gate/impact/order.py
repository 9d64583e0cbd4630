"""The order of the walk: each model after what it reads."""

from collections.abc import Collection, Iterator


def topological(keys: Collection[str], parents: dict[str, set[str]]) -> list[str]:
    """Order the keys so that each comes after its parents; a circle is cut at its smallest key."""
    order: list[str] = []
    state: dict[str, int] = {}
    for start in sorted(keys):
        stack: list[tuple[str, Iterator[str]]] = []
        if start not in state:
            state[start] = 1
            stack.append((start, iter(sorted(parents.get(start, ())))))
        while stack:
            key, above = stack[-1]
            parent = next(above, None)
            if parent is None:
                stack.pop()
                state[key] = 2
                order.append(key)
            elif parent not in state:
                state[parent] = 1
                stack.append((parent, iter(sorted(parents.get(parent, ())))))
    return order
