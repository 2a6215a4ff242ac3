"""exp, log and pow for vectors, written in LLVM's language with fused multiply-adds.

Plain polynomials after a range reduction: no tables, no branches, the same bits on every
processor and for every width. exp and log are right to one unit in the last place. So is pow, whose
logarithm is carried in two floats, for powers up to some tens; a base far from one raised to the
hundreds may be off by some twenty units, 5e-15 relative.

References
----------
.. [1] Muller, J.-M. et al. (2018). Handbook of Floating-Point Arithmetic, 2nd ed., ch. 10:
   range reduction and double-word products.
"""

from __future__ import annotations

import math
import struct
from fractions import Fraction

from pysd_runner.kernel.text import Text

_LN2_HIGH = struct.unpack(
    "<d", struct.pack("<Q", struct.unpack("<Q", struct.pack("<d", math.log(2)))[0] & ~0xFFFFF)
)[0]
# ln 2 to 40 digits, so that the low part is right to its last bit
_LN2 = Fraction(6931471805599453094172321214581765680755, 10**40)
_LN2_LOW = float(_LN2 - Fraction(_LN2_HIGH))
_EXP = [1 / math.factorial(n) for n in range(14)]
_LOG = [2.0 / (2 * n + 1) for n in range(1, 12)]


def definitions(width: int) -> str:
    """Return the LLVM text of ``@vexp``, ``@vlog`` and ``@vpow`` and what they declare."""
    f = f"<{width} x double>"
    declared = [f"declare {f} @llvm.fma.v{width}f64({f}, {f}, {f})"]
    for name in ("rint", "fabs", "trunc"):
        declared.append(f"declare {f} @llvm.{name}.v{width}f64({f})")
    return "\n".join([*declared, _exp(width), _log(width), _pow(width)])


def _function(name: str, text: Text, arguments: list[str], result: str) -> str:
    listed = ", ".join(f"{text.f} {argument}" for argument in arguments)
    head = f"define internal {text.f} @{name}({listed}) noinline nounwind readnone {{"
    return "\n".join([head, *text.lines, f"  ret {text.f} {result}", "}"])


def _exp_of(text: Text, high: str, low: str | None) -> str:
    """Return exp(high + low); ``high`` decides on overflow and underflow."""
    clamped = text.select(text.compare("ogt", high, text.splat(720.0)), text.splat(720.0), high)
    clamped = text.select(
        text.compare("olt", high, text.splat(-760.0)), text.splat(-760.0), clamped
    )
    turns = text.one("rint", text.two("fmul", clamped, text.splat(1 / math.log(2))))
    minus = text.new(f"fneg {text.f} {turns}")
    rest = text.fma(minus, text.splat(_LN2_HIGH), clamped)
    rest = text.fma(minus, text.splat(_LN2_LOW), rest)
    if low is not None:
        rest = text.two("fadd", rest, low)
    value = text.polynomial(_EXP, rest)
    # 2**turns in two factors, so that results below the normal range come out right
    number = text.new(f"fptosi {text.f} {turns} to {text.i}")
    half = text.whole("ashr", number, text.splat(1))
    for part in (half, text.whole("sub", number, half)):
        biased = text.whole("add", part, text.splat(1023))
        scale = text.floats(text.whole("shl", biased, text.splat(52)))
        value = text.two("fmul", value, scale)
    return text.select(text.compare("uno", high, high), high, value)


def _exp(width: int) -> str:
    text = Text(width)
    return _function("vexp", text, ["%x"], _exp_of(text, "%x", None))


def _split(text: Text, x: str) -> tuple[str, str]:
    """Return m in [sqrt(1/2), sqrt 2) and a whole k as float with x = m 2**k, for x > 0."""
    tiny = text.compare("olt", x, text.splat(2.0**-1022))
    scaled = text.select(tiny, text.two("fmul", x, text.splat(2.0**54)), x)
    bits = text.bits(scaled)
    # subtracting the bits of sqrt(1/2) makes the exponent step where the mantissa reaches sqrt 2
    root = struct.unpack("<q", struct.pack("<d", math.sqrt(0.5)))[0]
    shifted = text.whole("sub", bits, text.splat(root))
    exponent = text.whole("ashr", shifted, text.splat(52))
    mantissa = text.whole("sub", bits, text.whole("shl", exponent, text.splat(52)))
    k = text.new(f"sitofp {text.i} {exponent} to {text.f}")
    k = text.select(tiny, text.two("fsub", k, text.splat(54.0)), k)
    return text.floats(mantissa), k


def _log_parts(text: Text, x: str) -> tuple[str, str]:
    """Return log x of x > 0 as a sum high + low of two floats."""
    m, k = _split(text, x)
    f = text.two("fsub", m, text.splat(1.0))
    d = text.two("fadd", f, text.splat(2.0))
    d_low = text.two("fsub", f, text.two("fsub", d, text.splat(2.0)))
    s = text.two("fdiv", f, d)
    minus = text.new(f"fneg {text.f} {s}")
    rest = text.fma(minus, d, f)
    rest = text.fma(minus, d_low, rest)
    s_low = text.two("fdiv", rest, d)
    square = text.two("fmul", s, s)
    tail = text.polynomial(_LOG, square)
    cube = text.two("fmul", text.two("fmul", s, square), tail)
    low = text.fma(s_low, text.splat(2.0), cube)
    high = text.two("fmul", s, text.splat(2.0))
    # k ln 2 + high, and what that sum rounds away
    base = text.two("fmul", k, text.splat(_LN2_HIGH))
    total = text.two("fadd", base, high)
    back = text.two("fsub", total, base)
    error = text.two(
        "fadd",
        text.two("fsub", base, text.two("fsub", total, back)),
        text.two("fsub", high, back),
    )
    low = text.two("fadd", low, text.fma(k, text.splat(_LN2_LOW), error))
    # the cube may reach a hundredth of the sum: make low small again
    high = text.two("fadd", total, low)
    return high, text.two("fadd", text.two("fsub", total, high), low)


def _log(width: int) -> str:
    text = Text(width)
    high, low = _log_parts(text, "%x")
    value = text.two("fadd", high, low)
    inf, nan = text.splat(math.inf), text.splat(math.nan)
    value = text.select(text.compare("oeq", "%x", inf), inf, value)
    value = text.select(text.compare("oeq", "%x", text.splat(0.0)), text.splat(-math.inf), value)
    value = text.select(text.compare("ult", "%x", text.splat(0.0)), nan, value)
    return _function("vlog", text, ["%x"], value)


def _pow(width: int) -> str:
    text = Text(width)
    zero, one, inf = text.splat(0.0), text.splat(1.0), text.splat(math.inf)
    size = text.one("fabs", "%x")
    high, low = _log_parts(text, size)
    product = text.two("fmul", "%y", high)
    minus = text.new(f"fneg {text.f} {product}")
    product_low = text.fma("%y", low, text.fma("%y", high, minus))
    # beyond the range of exp the low part may be no number; it no longer matters
    far = text.compare("ogt", text.one("fabs", product), text.splat(745.5))
    product_low = text.select(far, zero, product_low)
    value = _exp_of(text, product, product_low)
    # zero, infinite base
    rising = text.compare("ogt", "%y", zero)
    at_zero = text.select(rising, zero, inf)
    at_inf = text.select(rising, inf, zero)
    value = text.select(text.compare("oeq", size, zero), at_zero, value)
    value = text.select(text.compare("oeq", size, inf), at_inf, value)
    # infinite power
    steep = text.compare("oeq", text.one("fabs", "%y"), inf)
    above = text.compare("ogt", size, one)
    grows = text.new(f"xor {text.m} {above}, {rising}")
    ends = text.select(grows, zero, inf)
    ends = text.select(text.compare("oeq", size, one), one, ends)
    value = text.select(steep, ends, value)
    # a negative base has whole powers only
    cut = text.one("trunc", "%y")
    whole = text.compare("oeq", cut, "%y")
    half = text.two("fmul", cut, text.splat(0.5))
    odd = text.new(f"and {text.m} {whole}, {text.compare('one', text.one('trunc', half), half)}")
    sign = text.whole("and", text.bits("%x"), text.splat(-(2**63)))
    negative = text.compare("olt", "%x", zero)
    value = text.select(
        text.new(
            f"and {text.m} {negative}, {text.new(f'xor {text.m} {whole}, ' + text.truth(True))}"
        ),
        text.splat(math.nan),
        value,
    )
    signed = text.floats(text.whole("or", text.bits(value), sign))
    value = text.select(odd, signed, value)
    value = text.select(text.compare("uno", "%x", "%y"), text.splat(math.nan), value)
    value = text.select(text.compare("oeq", "%y", zero), one, value)
    value = text.select(text.compare("oeq", "%x", one), one, value)
    return _function("vpow", text, ["%x", "%y"], value)
