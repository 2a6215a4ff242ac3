"""Random numbers by counting: a block cipher of four counters and two keys, no state.

The number that a variable draws at a step of a run is a function of these three and of a seed, so
it does not depend on what else is drawn, on the order of runs, or on the machine.

References
----------
.. [1] Salmon, J. K., Moraes, M. A., Dror, R. O., Shaw, D. E. (2011). Parallel random numbers: as
   easy as 1, 2, 3. SC '11, section 3.2: Philox4x32 with ten rounds.
"""

from __future__ import annotations

from pysd_runner.kernel.text import Text

NAME = "philox"
_ROUNDS = 10
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
_WEYL = (0x9E3779B9, 0xBB67AE85)
_MASK = 0xFFFFFFFF
_COUNTERS = ("%c0", "%c1", "%c2", "%c3")


def definition(width: int) -> str:
    """Return the LLVM text of a function from counters and keys to two numbers between 0 and 1.

    Counters and keys are vectors of whole numbers below 2**32. The numbers are odd multiples
    of 2**-53, so that none is 0 or 1.
    """
    text = Text(width)
    i, f = text.i, text.f
    operands = ", ".join(f"{i} {name}" for name in (*_COUNTERS, "%k0", "%k1"))
    text.lines += [
        f"define internal {{{f}, {f}}} @{NAME}({operands}) nounwind readnone {{",
        "entry:",
    ]
    c0, c1, c2, c3 = _COUNTERS
    keys = ["%k0", "%k1"]
    low = text.splat(_MASK)
    half = text.splat(32)
    for turn in range(_ROUNDS):
        if turn:
            keys = [
                text.whole("and", text.whole("add", key, text.splat(step)), low)
                for key, step in zip(keys, _WEYL, strict=True)
            ]
        first = text.whole("mul", c0, text.splat(_MULTIPLIERS[0]))
        second = text.whole("mul", c2, text.splat(_MULTIPLIERS[1]))
        mixed = text.whole("xor", text.whole("lshr", second, half), c1)
        other = text.whole("xor", text.whole("lshr", first, half), c3)
        c0, c2 = text.whole("xor", mixed, keys[0]), text.whole("xor", other, keys[1])
        c1, c3 = text.whole("and", second, low), text.whole("and", first, low)
    one, two = _number(text, c0, c1), _number(text, c2, c3)
    pair = text.new(f"insertvalue {{{f}, {f}}} undef, {f} {one}, 0")
    pair = text.new(f"insertvalue {{{f}, {f}}} {pair}, {f} {two}, 1")
    text.lines += [f"  ret {{{f}, {f}}} {pair}", "}"]
    return "\n".join(text.lines)


def _number(text: Text, a: str, b: str) -> str:
    """Return 26 bits of each word as a number between 0 and 1."""
    upper = text.whole("shl", text.whole("lshr", a, text.splat(6)), text.splat(26))
    bits = text.whole("or", upper, text.whole("lshr", b, text.splat(6)))
    whole = text.new(f"uitofp {text.i} {bits} to {text.f}")
    return text.two("fadd", text.two("fmul", whole, text.splat(2.0**-52)), text.splat(2.0**-53))


def draw(text: Text, counters: list[str], keys: list[str]) -> list[str]:
    """Return two numbers between 0 and 1."""
    f = text.f
    operands = ", ".join(f"{text.i} {name}" for name in (*counters, *keys))
    pair = text.new(f"call {{{f}, {f}}} @{NAME}({operands})")
    return [text.new(f"extractvalue {{{f}, {f}}} {pair}, {n}") for n in (0, 1)]


def as_word(text: Text, number: str) -> str:
    """Return the last 32 bits of a whole number that is held as a float."""
    whole = text.new(f"fptosi {text.f} {number} to {text.i}")
    return text.whole("and", whole, text.splat(_MASK))
