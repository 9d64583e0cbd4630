"""The order of the walk: each model after what it reads."""

from collections.abc import Callable, Collection, Iterator, Mapping


def ordered(
    keys: Collection[str],
    parents: Mapping[str, Collection[str]],
    read_within: Callable[[Collection[str]], Mapping[str, Collection[str]]],
) -> Iterator[str]:
    """Yield the keys so that each comes after its parents. `parents` may hold too many, never too few.

    Where these make a circle, `read_within` is asked what the models of the circle read of each other in truth, when all
    before it were taken; a circle that is left is cut at its smallest key.
    """
    for circle in _circles(keys, parents):
        yield from circle if len(circle) == 1 else _topological(circle, read_within(circle))


def with_unread(reads: Mapping[str, Collection[str]], unread: Collection[str]) -> dict[str, set[str]]:
    """Let each that can't be read read all but those that read it, directly or through others, one after the other.

    Sets of keys are the bits of a number: a stranger may give thousands of files that can't be read one name.
    """
    keys = list(reads)
    bits = {key: 1 << place for place, key in enumerate(keys)}
    readers = dict.fromkeys(keys, 0)
    for key, read in reads.items():
        for other in read:
            readers[other] |= bits[key]
    found = {key: set(read) for key, read in reads.items()}
    for key in unread:
        below = waiting = bits[key]
        while waiting:
            lowest = waiting & -waiting
            more = readers[keys[lowest.bit_length() - 1]] & ~below
            below |= more
            waiting = waiting ^ lowest | more
        for other in keys:
            if not bits[other] & below:
                found[key].add(other)
                readers[other] |= bits[key]
    return found


def _topological(keys: Collection[str], parents: Mapping[str, Collection[str]]) -> list[str]:
    order: list[str] = []
    entered: set[str] = set()
    for start in sorted(keys):
        if start in entered:
            continue
        entered.add(start)
        stack: list[tuple[str, Iterator[str]]] = [(start, iter(sorted(parents.get(start, ()))))]
        while stack:
            key, above = stack[-1]
            parent = next((each for each in above if each not in entered), None)
            if parent is None:
                stack.pop()
                order.append(key)
            else:
                entered.add(parent)
                stack.append((parent, iter(sorted(parents.get(parent, ())))))
    return order


def _circles(keys: Collection[str], parents: Mapping[str, Collection[str]]) -> Iterator[list[str]]:
    """Yield the keys that are each other's parents in the end, most of them alone; parents first.

    https://en.wikipedia.org/wiki/Kosaraju%27s_algorithm
    """
    children: dict[str, set[str]] = {}
    for key in keys:
        for parent in parents.get(key, ()):
            children.setdefault(parent, set()).add(key)
    left = set(keys)
    # The last that a walk towards the readers leaves has no parent outside of its circle.
    for start in reversed(_topological(keys, children)):
        if start not in left:
            continue
        circle, waiting = [], [start]
        left.discard(start)
        while waiting:
            key = waiting.pop()
            circle.append(key)
            above = [parent for parent in parents.get(key, ()) if parent in left]
            left.difference_update(above)
            waiting.extend(above)
        yield sorted(circle)
