"""What the machine could do at best, and what share of it a model in C reaches.

Each kind of operation is timed alone, on vectors in the first cache and with nothing to wait for.
A model would take the sum of what its operations take alone; loads and stores come on top.
"""

from __future__ import annotations

import ctypes
import time
from collections import Counter
from collections.abc import Callable, Iterator

from benchmarks.c.build import LANES_FLAGS, shared_library
from benchmarks.c.equations import Equations
from benchmarks.c.lanes import HEADER
from benchmarks.c.simplify import simplified
from pysd_runner.model.syntax import Binary, Call, Expression, Number, Reference, Unary, children

_LOOKUP = 5
"""Operations by which a lookup reads a line: a difference, two comparisons, a product, a sum."""
_OTHERWISE = {"zidz": 2, "xidz": 2, "step": 2, "ramp": 5, "modulo": 4, "active initial": 0}
_DIVIDES = ("zidz", "xidz", "modulo")
_SLOW = {"exp": "EXP", "ln": "LOG", "power": "POW"}
_REPEATS = 200_000
_FILE = """
{header}
#define P 8
#define ALL _Pragma("GCC unroll 8") for (int k = 0; k < P; k++)

void arithmetic(int64_t n) {{
  V a[P], b = C(1.0 + 0x1p-40);
  ALL a[k] = C(1.0 + k);
  while (n--) {{ ALL a[k] = a[k] * b + b; ALL __asm__ volatile("" : "+x"(a[k])); }}
}}
void division(int64_t n) {{
  V a[P];
  ALL a[k] = C(1.0 + k);
  while (n--) {{ ALL a[k] = 1.5 / a[k]; ALL __asm__ volatile("" : "+x"(a[k])); }}
}}
#define FUNCTION(f) \\
  void of_##f(int64_t n) {{ \\
    V x[P], y[P], z[P]; \\
    ALL x[k] = C(1.0 + 0.1 * k), y[k] = C(0.7); \\
    while (n--) {{ \\
      for (int k = 0; k < P; k += K) f(z + k, x + k, y + k); \\
      __asm__ volatile("" ::: "memory"); \\
    }} \\
  }}
FUNCTION(EXP)
FUNCTION(LOG)
FUNCTION(POW)
int width(void) {{ return W; }}
"""
_FUNCTIONS = {"arithmetic": "arithmetic", "/": "division", "EXP": "of_EXP", "LOG": "of_LOG",
              "POW": "of_POW"}  # fmt: skip
_VECTORS = 8


def peaks() -> dict[str, float]:
    """Return the seconds that one operation takes for one run, by its kind."""
    library = shared_library(_FILE.format(header=HEADER.read_text("utf-8")), LANES_FLAGS)
    width = library.width()
    found = {kind: _best(library[f]) / (_VECTORS * width) for kind, f in _FUNCTIONS.items()}
    found["arithmetic"] /= 2  # a fused multiply-add is two operations
    return found


def _best(function: Callable[[ctypes.c_int64], object]) -> float:
    def once() -> float:
        start = time.perf_counter()
        function(ctypes.c_int64(_REPEATS))
        return (time.perf_counter() - start) / _REPEATS

    return min(once() for _ in range(9))


def operations(equations: Equations) -> Counter[str]:
    """Return how many operations of each kind a time step takes; what is equal counts once."""
    plain = simplified(equations)
    counted: Counter[str] = Counter()
    seen: set[Expression] = set()
    for body in (*(body for _, body in plain.step), *(stock.change for stock in plain.stocks)):
        for node in _new(body, seen):
            counted.update(_kinds(node, plain))
    counted["arithmetic"] += 2 * len(plain.stocks)
    return counted


def _new(node: Expression, seen: set[Expression]) -> Iterator[Expression]:
    if node in seen or isinstance(node, Number | Reference):
        return
    seen.add(node)
    yield node
    for each in children(node):
        yield from _new(each, seen)


def _kinds(node: Expression, equations: Equations) -> dict[str, int]:
    if isinstance(node, Binary) and node.operator in "/^":
        plain = isinstance(node.right, Number) and node.right.value in (0.5, 1.0, 2.0)
        kind = "/" if node.operator == "/" else ("arithmetic" if plain else "POW")
        return {kind: 1}
    if isinstance(node, Call):
        if node.function in equations.tables:
            return {"arithmetic": _LOOKUP}
        name = node.function.lower()
        if name in _SLOW:
            return {_SLOW[name]: 1}
        return {"arithmetic": _OTHERWISE.get(name, 1), "/": int(name in _DIVIDES)}
    return {"arithmetic": 1} if isinstance(node, Unary | Binary) else {}


def least_seconds(equations: Equations, steps: int, peak: dict[str, float]) -> float:
    """Return what the operations of one run would take at the peak [s]."""
    return steps * sum(count * peak[kind] for kind, count in operations(equations).items())
