"""Long stretches of LLVM text cut into blocks of bounded length.

Some of LLVM's passes take time that grows with the square of the length of a block. A branch that
is never taken, but that LLVM does not know of, keeps the pieces apart; it costs nothing to run.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 600
"""Instructions in a block; a hot loop of some hundred is left whole."""

_LABEL = re.compile(r"([\w.]+):")
_FROM = re.compile(r"%([\w.]+)\]")


def cut_blocks(lines: Sequence[str], after: str, aside: str) -> list[str]:
    """Return the lines of one function with its long blocks cut.

    Parameters
    ----------
    lines : sequence of str
        One instruction or label each.
    after : str
        Label of a block that is entered first; blocks after it may be cut.
    aside : str
        Label of the block that the branch goes to which is never taken.
    """
    found: list[str] = []
    ends: dict[str, str] = {}
    block, length = "", 0
    for number, line in enumerate(lines):
        found.append(line)
        label = _LABEL.fullmatch(line)
        if label:
            block, length = label[1], 0
            if block == after:
                # no LLVM pass knows that counts are not negative
                found.append("  %never = icmp slt i64 %count, 0")
            continue
        length += 1
        if length >= LONGEST and block not in ("", after) and _is_plain(lines[number : number + 2]):
            ends[block] = f"cut{number}"
            found += [f"  br i1 %never, label %{aside}, label %cut{number}", f"cut{number}:"]
            length = 0
    return [_joined(line, ends) if " phi " in line else line for line in found]


def _is_plain(pair: Sequence[str]) -> bool:
    """Tell whether a block may be cut between two lines."""
    return not any(
        " phi " in line or line.lstrip().startswith(("br ", "ret ")) or _LABEL.fullmatch(line)
        for line in pair
    )


def _joined(line: str, ends: dict[str, str]) -> str:
    """Return a line that says where a value comes from, with the last pieces of cut blocks."""
    return _FROM.sub(lambda match: f"%{ends.get(match[1], match[1])}]", line)
