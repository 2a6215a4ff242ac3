"""Scalar C, one run after another: what a transpiler such as SDEverywhere produces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.c.equations import Equation, Equations
from benchmarks.c.expressions import Identifiers, Writer, number
from pysd_runner.model.syntax import Table

_HEAD = """
#include <math.h>
#include <stdint.h>
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define C(x) (x)
#define SELECT(c, a, b) ((c) ? (a) : (b))
#define NOT(c) (!(c))
#define ABS fabs
#define SQRT sqrt
#define TRUNC trunc

typedef struct {{ int count; const double *x, *y; }} Table;

static double lookup(const Table *table, double x) {{
  const double *xs = table->x, *ys = table->y;
  if (x <= xs[0]) return ys[0];
  for (int n = 1; n < table->count; n++)
    if (x < xs[n])
      return ys[n - 1] + (x - xs[n - 1]) / (xs[n] - xs[n - 1]) * (ys[n] - ys[n - 1]);
  return ys[table->count - 1];
}}

{tables}

typedef struct {{ double {variables}; }} Model;

static void fix(Model *restrict m) {{
{fixed}
}}

static void start(Model *restrict m, double t) {{
{start}
}}

static void evaluate(Model *restrict m, double t) {{
{step}
}}

static void advance(Model *restrict m, double t, double dt) {{
{advance}
}}

/* inputs: runs x {inputs}; outputs: runs x saves x {outputs} */
void integrate(const double *inputs, double *outputs, const int64_t *saves, int64_t runs,
               int64_t steps) {{
  Model model, *m = &model;
  for (int64_t run = 0; run < runs; run++) {{
    const double *in = inputs + run * {inputs};
    const int64_t *save = saves;
{take}
    fix(m);
    start(m, {initial_time});
    for (int64_t step = 0; ; step++) {{
      const double t = {initial_time} + step * {time_step};
      evaluate(m, t);
      if (step == *save) {{
        save++;
{give}
        outputs += {outputs};
      }}
      if (step == steps) break;
      advance(m, t, {time_step});
    }}
  }}
}}
"""


def scalar_c(equations: Equations) -> str:
    """Return a C file with the function ``integrate``."""
    names = Identifiers()
    step = equations.controls["time step"]
    write = Writer(
        lambda name: f"m->{names(name)}",
        equations.tables,
        lambda name, table, x: f"lookup(&t_{names(name)}, {x})",
        lambda name, arguments: f"{name.lower()}({', '.join(arguments)})",
        step,
    )

    def assigned(some: Iterable[Equation]) -> str:
        return "\n".join(f"  m->{names(name)} = {write(body)};" for name, body in some)

    parts = {
        "fixed": assigned(equations.fixed),
        "start": assigned(equations.start),
        "step": assigned(equations.step),
        "advance": "\n".join(
            # the rate was evaluated before any stock has moved
            [f"  const double d{n} = {write(s.change)};" for n, s in enumerate(equations.stocks)]
            + [f"  m->{names(s.name)} += d{n} * dt;" for n, s in enumerate(equations.stocks)]
        ),
        "take": _lines(f"    m->{names(v)} = in[{n}];" for n, v in enumerate(equations.inputs)),
        "give": _lines(
            f"        outputs[{n}] = m->{names(v)};" for n, v in enumerate(equations.outputs)
        ),
    }
    computed = [name for name, _ in (*equations.fixed, *equations.start, *equations.step)]
    variables = dict.fromkeys([*equations.inputs, *computed, *(s.name for s in equations.stocks)])
    return _HEAD.format(
        **parts,
        tables="\n".join(_table(names(name), t) for name, t in equations.tables.items()),
        variables=", ".join(map(names, variables)),
        inputs=len(equations.inputs),
        outputs=len(equations.outputs),
        initial_time=number(equations.controls["initial time"]),
        time_step=number(step),
    )


def _table(name: str, table: Table) -> str:
    def listed(numbers: Sequence[float]) -> str:
        return ", ".join(map(number, numbers))

    return (
        f"static const Table t_{name} = {{{len(table.x)}, (const double[]){{{listed(table.x)}}}, "
        f"(const double[]){{{listed(table.y)}}}}};"
    )


def _lines(some: Iterable[str]) -> str:
    return "\n".join(some)
