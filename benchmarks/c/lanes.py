"""C vectorised by hand: blocks of 64 runs side by side, one fused loop over the equations.

All that the compiler of the project does is done here, too, by hand and by GCC: values are
computed just before they are needed, states go from one buffer to the other, tables remember the
segment of the last step, powers are polynomials. It is the limit that the project's compiler is
measured against.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.c.equations import Equation, Equations
from benchmarks.c.expressions import Identifiers, Writer
from benchmarks.c.simplify import simplified
from pysd_runner.model.syntax import Table

LANES = 64
HEADER = Path(__file__).with_name("vector.h")
_FILE = """
{header}

#define N ({lanes} / W)
{tables}

typedef struct {{ V {fixed_values}; }} Fixed;
typedef struct {{ V {stocks}; }} Stocks;
typedef struct {{ Memory {memories}; }} Memories;

static void begin(Fixed *restrict f, Stocks *restrict s, Memories *restrict m, const U *in, V t) {{
{take}
{fixed}
{start}
}}

INLINE void step(const Fixed *restrict f, const Stocks *restrict s, Stocks *restrict next,
                 Memories *restrict m, U *restrict out, int save, V t) {{
{step}
  if (save) {{
{give}
  }}
}}

/* inputs: blocks x {inputs} x lanes; outputs: blocks x saves x {outputs} x lanes */
void integrate(const double *inputs, double *outputs, const int64_t *saves, int64_t blocks,
               int64_t steps) {{
  Fixed *f = aligned_alloc(64, N * sizeof(Fixed) + 64);
  Stocks *now = aligned_alloc(64, N * sizeof(Stocks) + 64);
  Stocks *next = aligned_alloc(64, N * sizeof(Stocks) + 64);
  Memories *m = aligned_alloc(64, N * sizeof(Memories) + 64);
  memset(m, 0, N * sizeof(Memories));
  for (int64_t block = 0; block < blocks; block++) {{
    const int64_t *save = saves;
    const U *in = (const U *)(inputs + block * {inputs} * {lanes});
    for (int l = 0; l < N; l += K) begin(f + l, now + l, m + l, in + l, C({initial_time}));
    for (int64_t n = 0; n <= steps; n++) {{
      V t = C({initial_time} + n * {time_step});
      U *out = (U *)outputs;
      if (n == *save) {{
        for (int l = 0; l < N; l += K) step(f + l, now + l, next + l, m + l, out + l, 1, t);
        save++;
        outputs += {outputs} * {lanes};
      }} else {{
        for (int l = 0; l < N; l += K) step(f + l, now + l, next + l, m + l, out + l, 0, t);
      }}
      Stocks *other = now; now = next; next = other;
    }}
  }}
  free(f); free(now); free(next); free(m);
}}
"""


def lanes_c(equations: Equations) -> str:
    """Return a C file with the function ``integrate``."""
    return _Lanes(simplified(equations)).text()


class _Lanes:
    """Writes the parts of the file."""

    def __init__(self, equations: Equations) -> None:
        self.equations = equations
        self.names = Identifiers()
        self.stocks = [stock.name for stock in equations.stocks]
        computed = [name for name, _ in (*equations.fixed, *equations.start)]
        moving = {name for name, _ in equations.step}
        kept = dict.fromkeys([*equations.inputs, *computed])
        self.kept = [name for name in kept if name not in moving and name not in self.stocks]
        self.local: set[str] = set()
        self.memories: list[str] = []
        self.powers: list[str] = []
        self.known: dict[tuple[str, str, str], str] = {}
        self.count = 0
        self.time_step = equations.controls["time step"]
        self.write = Writer(
            self.value, equations.tables, self.lookup, self.function, self.time_step
        )

    def text(self) -> str:
        """Return the whole file."""
        equations, names = self.equations, self.names
        take = [
            f"  EACH f[k].{names(v)} = in[{n} * N + k];" for n, v in enumerate(equations.inputs)
        ]
        fixed, start = self.assigned(equations.fixed), self.assigned(equations.start)
        self.local.clear()
        self.known.clear()
        step = self.steps()
        give = [
            f"    EACH out[{n} * N + k] = {self.value(name)};"
            for n, name in enumerate(equations.outputs)
        ]
        tables = [self.table(name, table) for name, table in equations.tables.items()]
        return _FILE.format(
            header=HEADER.read_text("utf-8"),
            lanes=LANES, tables="\n".join(tables), take="\n".join(take),
            fixed_values=", ".join(map(names, self.kept)) or "none",
            stocks=", ".join(map(names, self.stocks)),
            memories=", ".join(self.memories) or "none",
            fixed="\n".join(fixed), start="\n".join(start), step="\n".join(step),
            give="\n".join(give), inputs=len(equations.inputs), outputs=len(equations.outputs),
            initial_time=equations.controls["initial time"], time_step=self.time_step,
        )  # fmt: skip

    def steps(self) -> list[str]:
        """Return each equation just before the first stock that needs it, and the stocks."""
        waiting = dict(self.equations.step)
        lines: list[str] = []
        for stock in self.equations.stocks:
            for name in self.equations.needed(stock.change, waiting):
                lines += self.assigned([(name, waiting.pop(name))])
            own = self.names(stock.name)
            change = self.write(stock.change)
            lines += self.before()
            lines.append(f"  EACH next[k].{own} = s[k].{own} + {change} * {self.time_step!r};")
        for name in self.equations.needed_by(self.equations.outputs, waiting):
            lines += self.assigned([(name, waiting.pop(name))])
        return lines

    def assigned(self, some: Iterable[Equation]) -> list[str]:
        """Return assignments: to memory what lasts, else to a variable of its own."""
        lines = []
        for name, body in some:
            text, own = self.write(body), self.names(name)
            lines += self.before()
            if name in self.stocks:
                lines.append(f"  EACH s[k].{own} = {text};")
            elif name in self.kept:
                lines.append(f"  EACH f[k].{own} = {text};")
            else:
                self.local.add(name)
                lines.append(f"  V {own}[K]; EACH {own}[k] = {text};")
        return lines

    def before(self) -> list[str]:
        """Return the powers that were met since the last time."""
        lines, self.powers = self.powers, []
        return lines

    def function(self, name: str, arguments: Sequence[str]) -> str:
        """Return the C of a power and the like, which is computed for all vectors at once."""
        x, y = arguments[0], arguments[-1]
        if (name, x, y) in self.known:
            return self.known[name, x, y]
        self.count += 1
        own = f"p{self.count}"
        self.known[name, x, y] = f"{own}[k]"
        self.powers.append(
            f"  V {own}[K], {own}x[K], {own}y[K]; EACH {own}x[k] = {x}, {own}y[k] = {y}; "
            f"{name}({own}, {own}x, {own}y);"
        )
        return f"{own}[k]"

    def value(self, name: str) -> str:
        """Return the C of a variable."""
        if name in self.local:
            return f"{self.names(name)}[k]"
        return f"{'s' if name in self.stocks else 'f'}[k].{self.names(name)}"

    def lookup(self, name: str, table: Table, x: str) -> str:
        """Return the C of a lookup, which has a memory of its own wherever it stands."""
        del table
        memory = f"m{len(self.memories)}"
        self.memories.append(memory)
        return f"LOOKUP(&m[k].{memory}, &t_{self.names(name)}, {x})"

    def table(self, name: str, table: Table) -> str:
        """Return the C of a table: rows, the first and the last level."""
        xs, ys = table.x, table.y
        reach = 1e6 * max(abs(xs[0]), abs(xs[-1]), 1.0)
        lines = [(xs[0] - reach, reach, 0.0, ys[0])]
        for x0, x1, y0, y1 in zip(xs, xs[1:], ys, ys[1:], strict=False):
            lines.append((x0, x1 - x0, (y1 - y0) / (x1 - x0), y0))
        lines.append((xs[-1], reach, 0.0, ys[-1]))
        rows = ", ".join("{" + _listed(line) + "}" for line in lines)
        return (
            f"static const Table t_{self.names(name)} = {{{len(lines)}, "
            f"(const double[]){{-INFINITY, {_listed(xs)}}}, (const double[][4]){{{rows}}}}};"
        )


def _listed(numbers: Sequence[float]) -> str:
    return ", ".join(repr(float(each)) for each in numbers)
