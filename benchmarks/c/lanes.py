"""C vectorised by hand: blocks of runs side by side, one fused loop over the equations."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.c.equations import Equation, Equations
from benchmarks.c.expressions import Identifiers, Writer, number
from pysd_runner.model.syntax import Table

LANES = 64
_HEAD = """
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <immintrin.h>
typedef double V __attribute__((vector_size(32)));
typedef double U __attribute__((vector_size(32), aligned(8)));
typedef int64_t M __attribute__((vector_size(32)));
#define W 4
V _ZGVdN4vv_pow(V, V);
V _ZGVdN4v_exp(V);
V _ZGVdN4v_log(V);
#define POW _ZGVdN4vv_pow
#define EXP _ZGVdN4v_exp
#define LOG _ZGVdN4v_log
#define C(x) ((V){{x, x, x, x}})
static inline V SELECT(M m, V a, V b) {{ return _mm256_blendv_pd(b, a, (V)m); }}
static inline V MIN(V a, V b) {{ return _mm256_min_pd(a, b); }}
static inline V MAX(V a, V b) {{ return _mm256_max_pd(a, b); }}
static inline V ABS(V a) {{ return _mm256_andnot_pd(C(-0.0), a); }}
static inline V SQRT(V a) {{ return _mm256_sqrt_pd(a); }}

typedef struct {{ V {variables}; }} Block;

static inline __attribute__((always_inline)) void steps(Block *restrict m, double t0, double *restrict out, int save) {{
  const V t = C(t0);
  for (int l = 0; l < 64 / W; l++) {{
{step}
    if (save) {{
{give}
    }}
{advance}
  }}
}}

/* inputs: blocks x {inputs} x L; outputs: blocks x saves x {outputs} x L */
void integrate(const double *inputs, double *outputs, const int64_t *saves, int64_t blocks,
               int64_t steps_) {{
  Block *m = aligned_alloc(64, sizeof(Block) + 64);
  for (int64_t block = 0; block < blocks; block++) {{
    const U *in = (const U *)(inputs + block * {inputs} * 64);
    const int64_t *save = saves;
    V t = C({initial_time});
    for (int l = 0; l < 64 / W; l++) {{
{take}
{fixed}
{start}
    }}
    for (int64_t step = 0; ; step++) {{
      double t = {initial_time} + step * {time_step};
      if (step == *save) {{
        save++;
        steps(m, t, outputs, 1);
        outputs += {outputs} * 64;
      }} else steps(m, t, outputs, 0);
      if (step == steps_) break;
    }}
  }}
  free(m);
}}
"""


def lanes_c(equations: Equations) -> str:
    names = Identifiers()
    dt = equations.controls["time step"]
    stocks = [s.name for s in equations.stocks]
    kept = dict.fromkeys([*equations.inputs, *(n for n, _ in (*equations.fixed, *equations.start)), *stocks])
    moving = {n for n, _ in equations.step}
    stored = [n for n in kept if n not in moving or n in stocks]
    local: set[str] = set()

    def ref(name: str) -> str:
        return names(name) if name in local else f"m->{names(name)}[l]"

    write = Writer(ref, equations.tables, lookup, dt)

    def assigned(some: Iterable[Equation]) -> str:
        lines = []
        for name, body in some:
            text = write(body)
            if name in stored:
                lines.append(f"    m->{names(name)}[l] = {text};")
            else:
                local.add(name)
                lines.append(f"    const V {names(name)} = {text};")
        return "\n".join(lines)

    fixed = assigned(equations.fixed)
    start = assigned(equations.start)
    local.clear()
    step = assigned(equations.step)
    advance = [f"    const V d{n} = {write(s.change)};" for n, s in enumerate(equations.stocks)]
    advance += [f"    m->{names(s.name)}[l] += d{n} * {number(dt)};" for n, s in enumerate(equations.stocks)]
    return _HEAD.format(
        fixed=fixed, start=start, step=step, advance="\n".join(advance), aliases="",
        take="\n".join(f"    m->{names(v)}[l] = in[{n} * (64 / W) + l];" for n, v in enumerate(equations.inputs)),
        give="\n".join(f"      ((U*)out)[{n} * (64 / W) + l] = {ref(v)};" for n, v in enumerate(equations.outputs)),
        variables=", ".join(f"{names(v)}[64 / W]" for v in stored),
        inputs=len(equations.inputs), outputs=len(equations.outputs),
        initial_time=equations.controls["initial time"], time_step=dt,
    )


COUNT=[0]
def lookup(name: str, table: Table, x: str) -> str:
    """Select chain."""
    COUNT[0]+=1
    v=f"x{COUNT[0]}"
    xs, ys = table.x, table.y
    s=[(ys[i+1]-ys[i])/(xs[i+1]-xs[i]) for i in range(len(xs)-1)]
    out=f"V {v} = MIN(MAX({x}, {number(xs[0])}), {number(xs[-1])});"
    out+=f" V a{v}={number(ys[0]-s[0]*xs[0])}, b{v}={number(s[0])};"
    for i in range(1,len(s)):
        out+=f" M m{v}_{i} = {v} >= {number(xs[i])}; a{v} = SELECT(m{v}_{i}, {number(ys[i]-s[i]*xs[i])}, a{v}); b{v} = SELECT(m{v}_{i}, {number(s[i])}, b{v});"
    return "({ "+out+f" a{v} + b{v}*{v}; }})"
