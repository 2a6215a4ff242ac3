"""exp, log and pow for vectors, written in LLVM's language with fused multiply-adds.

Polynomials after a range reduction, without tables: the same bits on every processor, for every
width and beside whatever neighbours. exp and log are right to one unit in the last place. So is
pow, whose logarithm is carried in two floats, for powers up to about twenty; a base far from one
raised to the hundreds may be off by some ten units, 2e-15 relative.

Each function comes twice: a short one for the ordinary case, and, called when any lane is not
ordinary, a general one that also knows subnormals, overflow, zero, infinity, negative bases and
nan. Both carry out the same operations on ordinary lanes, so it does not matter which one ran.

References
----------
.. [1] Muller, J.-M. et al. (2018). Handbook of Floating-Point Arithmetic, 2nd ed., ch. 10:
   range reduction and double-word products.
.. [2] Lanczos, C. (1956). Applied Analysis, sec. 7.6: economised power series.
.. [3] Estrin, G. (1960). Organization of computer systems: the fixed plus variable structure
   computer. Proc. Western Joint Computer Conf., 33-40.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from fractions import Fraction

from pysd_runner.kernel.text import Text

_LN2_HIGH = struct.unpack(
    "<d", struct.pack("<Q", struct.unpack("<Q", struct.pack("<d", math.log(2)))[0] & ~0xFFFFF)
)[0]
# ln 2 to 40 digits, so that the low part is right to its last bit
_LN2 = Fraction(6931471805599453094172321214581765680755, 10**40)
_LN2_LOW = float(_LN2 - Fraction(_LN2_HIGH))
# a float in [2**52, 2**53) holds a whole number in its last bits
_WHOLE = 2.0**52
_WHOLE_BITS = 0x433 << 52
_BIAS = 1023
_ROOT = struct.unpack("<q", struct.pack("<d", math.sqrt(0.5)))[0]
_SMALLEST = 2.0**-1022  # of the normal numbers
_STEEPEST = 708.0  # exp of it, and of minus it, is a normal number
_USUAL = 1021.0  # 2 to the power of it, and of minus it, is well inside the normal numbers


def _economised(series: list[Fraction], low: Fraction, high: Fraction, degree: int) -> list[float]:
    """Return a power series cut to a degree, with nearly the least error on [low, high].

    From the highest power down, each is replaced by the polynomial that differs from it by a
    multiple of the Chebyshev polynomial of the interval [2]_; computed exactly, then rounded.
    """
    middle, half = (low + high) / 2, (high - low) / 2
    chebyshev = [[Fraction(1)], [-middle / half, 1 / half]]
    while len(chebyshev) < len(series):
        a, b = chebyshev[-2:]
        grown = [Fraction(0), *(2 * each / half for each in b)]
        for place, each in enumerate(b):
            grown[place] -= 2 * each * middle / half
        for place, each in enumerate(a):
            grown[place] -= each
        chebyshev.append(grown)
    left = list(series)
    while len(left) > degree + 1:
        top = left[-1] / chebyshev[len(left) - 1][-1]
        left = [a - top * b for a, b in zip(left, chebyshev[len(left) - 1], strict=True)][:-1]
    return [float(each) for each in left]


_HALF_LN2 = Fraction(34658, 100000)
# (exp(r) - 1 - r) / r**2
_EXP = _economised(
    [Fraction(1, math.factorial(n + 2)) for n in range(20)], -_HALF_LN2, _HALF_LN2, 9
)
# (2 artanh(s) - 2 s) / s**3 in s**2; s is at most (sqrt 2 - 1) / (sqrt 2 + 1)
_LOG = _economised(
    [Fraction(2, 2 * n + 3) for n in range(24)], Fraction(0), Fraction(29438, 10**6), 7
)


def definition(name: str, width: int) -> str:
    """Return the LLVM text of one of :data:`NAMES`, called as :func:`called` says."""
    arguments, ordinary, general = _FUNCTIONS[name]
    return "\n".join(
        [
            _general(name, arguments, general(text := Text(width)), text),
            _ordinary(name, arguments, *ordinary(text := Text(width)), text),
        ]
    )


def called(name: str, width: int) -> str:
    """Return the name of the function over ``width`` floats."""
    return f"@v{width}.{name}"


def _general(name: str, arguments: list[str], value: str, text: Text) -> str:
    listed = ", ".join(f"{text.f} {argument}" for argument in arguments)
    own = f"@general{text.width}.{name}"
    head = f"define internal {text.f} {own}({listed}) noinline cold nounwind readnone {{"
    return "\n".join([head, *text.lines, f"  ret {text.f} {value}", "}"])


def _ordinary(name: str, arguments: list[str], value: str, fits: str, text: Text) -> str:
    """Return a function: ``value`` where all lanes fit, else the general one."""
    listed = ", ".join(f"{text.f} {argument}" for argument in arguments)
    bits = f"i{text.width}"
    text.lines += [
        f"  %fits = bitcast {text.m} {fits} to {bits}",
        f"  %all = icmp eq {bits} %fits, -1",
        "  br i1 %all, label %ordinary, label %general",
        "ordinary:",
        f"  ret {text.f} {value}",
        "general:",
        f"  %g = call {text.f} @general{text.width}.{name}({listed})",
        f"  ret {text.f} %g",
    ]
    own = called(name, text.width)
    head = f"define internal {text.f} {own}({listed}) noinline nounwind readnone {{"
    return "\n".join([head, *text.lines, "}"])


def _polynomial(text: Text, coefficients: list[float], x: str) -> str:
    """Return a polynomial, lowest coefficient first, pair by pair [3]_."""
    terms = [text.splat(each) for each in coefficients]
    while len(terms) > 1:
        pairs = [text.fma(odd, x, even) for even, odd in zip(terms[::2], terms[1::2], strict=False)]
        terms = [*pairs, *terms[len(pairs) * 2 :]]
        x = text.two("fmul", x, x) if len(terms) > 1 else x
    return terms[0]


# -- exp --------------------------------------------------------------------------------------


def _exp_parts(text: Text, high: str, low: str | None) -> tuple[str, str]:
    """Return a value v and a whole number n in the last bits, exp(high + low) = v 2**n."""
    shift = text.splat(1.5 * _WHOLE)
    turned = text.fma(high, text.splat(1 / math.log(2)), shift)
    turns = text.two("fsub", turned, shift)
    rest = text.fma(turns, text.splat(-_LN2_HIGH), high)
    if low is None:
        rest = text.fma(turns, text.splat(-_LN2_LOW), rest)
    else:
        rest = text.two("fadd", rest, text.fma(turns, text.splat(-_LN2_LOW), low))
    slope = text.fma(rest, _polynomial(text, _EXP, rest), text.splat(1.0))
    return text.fma(rest, slope, text.splat(1.0)), text.bits(turned)


def _scaled(text: Text, value: str, number: str) -> str:
    """Return value 2**number, a normal number."""
    shifted = text.whole("shl", number, text.splat(52))
    return text.floats(text.whole("add", text.bits(value), shifted))


def _exp_of(text: Text, high: str, low: str | None) -> str:
    """Return exp(high + low) for any numbers; ``high`` decides on overflow and underflow."""
    clamped = text.select(text.compare("ogt", high, text.splat(720.0)), text.splat(720.0), high)
    clamped = text.select(
        text.compare("olt", high, text.splat(-760.0)), text.splat(-760.0), clamped
    )
    value, number = _exp_parts(text, clamped, low)
    # 2**number in two factors, so that results below the normal range come out right
    number = text.whole("sub", number, text.splat(_bits(1.5 * _WHOLE)))
    half = text.whole("ashr", number, text.splat(1))
    for part in (half, text.whole("sub", number, half)):
        biased = text.whole("add", part, text.splat(_BIAS))
        scale = text.floats(text.whole("shl", biased, text.splat(52)))
        value = text.two("fmul", value, scale)
    return text.select(text.compare("uno", high, high), high, value)


def _exp_ordinary(text: Text) -> tuple[str, str]:
    fits = text.compare("ole", text.one("fabs", "%x"), text.splat(_STEEPEST))
    return _scaled(text, *_exp_parts(text, "%x", None)), fits


def _exp_general(text: Text) -> str:
    return _exp_of(text, "%x", None)


# -- log --------------------------------------------------------------------------------------


def _bits(value: float) -> int:
    return int(struct.unpack("<q", struct.pack("<d", value))[0])


def _split(text: Text, x: str) -> tuple[str, str]:
    """Return m in [sqrt(1/2), sqrt 2) and a whole k as float with x = m 2**k, x > 0 normal."""
    # subtracting the bits of sqrt(1/2) makes the exponent step where the mantissa reaches sqrt 2
    shifted = text.whole("add", text.bits(x), text.splat((_BIAS << 52) - _ROOT))
    rest = text.whole("and", shifted, text.splat((1 << 52) - 1))
    mantissa = text.whole("add", rest, text.splat(_ROOT))
    number = text.whole("lshr", shifted, text.splat(52))
    k = text.floats(text.whole("or", number, text.splat(_WHOLE_BITS)))
    return text.floats(mantissa), text.two("fsub", k, text.splat(_WHOLE + _BIAS))


def _log_parts(text: Text, m: str, k: str) -> tuple[str, str]:
    """Return log(m 2**k) as a sum high + low of two floats."""
    one = text.splat(1.0)
    f, d = text.two("fsub", m, one), text.two("fadd", m, one)
    d_low = text.two("fsub", m, text.two("fsub", d, one))
    reciprocal = text.two("fdiv", one, d)
    s = text.two("fmul", f, reciprocal)
    minus = text.new(f"fneg {text.f} {s}")
    rest = text.fma(minus, d_low, text.fma(minus, d, f))
    square = text.two("fmul", s, s)
    tail = _polynomial(text, _LOG, square)
    cube = text.two("fmul", text.two("fmul", s, square), tail)
    twice = text.two("fadd", reciprocal, reciprocal)
    low = text.fma(rest, text.fma(twice, square, twice), cube)
    high = text.two("fadd", s, s)
    # k ln 2 + high, and what that sum rounds away; k ln 2 is 0 or the larger one
    base = text.two("fmul", k, text.splat(_LN2_HIGH))
    total = text.two("fadd", base, high)
    error = text.two("fsub", high, text.two("fsub", total, base))
    low = text.two("fadd", low, text.fma(k, text.splat(_LN2_LOW), error))
    # the cube may reach a hundredth of the sum: make low small again
    high = text.two("fadd", total, low)
    return high, text.two("fsub", low, text.two("fsub", high, total))


def _log_of(text: Text, x: str) -> tuple[str, str]:
    """Return log x of any finite x > 0 as a sum of two floats."""
    tiny = text.compare("olt", x, text.splat(_SMALLEST))
    m, k = _split(text, text.select(tiny, text.two("fmul", x, text.splat(2.0**54)), x))
    return _log_parts(text, m, text.select(tiny, text.two("fsub", k, text.splat(54.0)), k))


def _log_ordinary(text: Text) -> tuple[str, str]:
    m, k = _split(text, "%x")
    # of zero, subnormals, negative numbers, infinity and nan, k is beyond it
    fits = text.compare("ole", text.one("fabs", k), text.splat(_USUAL))
    high, _ = _log_parts(text, m, k)
    return high, fits


def _log_general(text: Text) -> str:
    value, _ = _log_of(text, "%x")
    inf, nan = text.splat(math.inf), text.splat(math.nan)
    value = text.select(text.compare("oeq", "%x", inf), inf, value)
    value = text.select(text.compare("oeq", "%x", text.splat(0.0)), text.splat(-math.inf), value)
    return text.select(text.compare("ult", "%x", text.splat(0.0)), nan, value)


# -- pow --------------------------------------------------------------------------------------


def _product(text: Text, y: str, high: str, low: str) -> tuple[str, str]:
    """Return y (high + low) as a sum of two floats."""
    product = text.two("fmul", y, high)
    minus = text.new(f"fneg {text.f} {product}")
    return product, text.fma(y, low, text.fma(y, high, minus))


def _pow_ordinary(text: Text) -> tuple[str, str]:
    m, k = _split(text, "%x")
    product, product_low = _product(text, "%y", *_log_parts(text, m, k))
    size, steepness = text.one("fabs", k), text.one("fabs", product)
    # the second one if either is no number, and k always is one
    larger = text.select(text.compare("ogt", size, steepness), size, steepness)
    fits = text.compare("ole", larger, text.splat(_STEEPEST))
    return _scaled(text, *_exp_parts(text, product, product_low)), fits


def _pow_general(text: Text) -> str:
    zero, one, inf = text.splat(0.0), text.splat(1.0), text.splat(math.inf)
    nan = text.splat(math.nan)
    size = text.one("fabs", "%x")
    product, product_low = _product(text, "%y", *_log_of(text, size))
    # beyond the range of exp the low part may be no number; it no longer matters
    far = text.compare("ogt", text.one("fabs", product), text.splat(745.5))
    value = _exp_of(text, product, text.select(far, zero, product_low))
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
    broken = text.new(f"xor {text.m} {whole}, {text.truth(True)}")
    negative = text.new(f"and {text.m} {text.compare('olt', '%x', zero)}, {broken}")
    value = text.select(negative, nan, value)
    signed = text.floats(text.whole("or", text.bits(value), sign))
    value = text.select(odd, signed, value)
    value = text.select(text.compare("uno", "%x", "%y"), nan, value)
    value = text.select(text.compare("oeq", "%y", zero), one, value)
    return text.select(text.compare("oeq", "%x", one), one, value)


_FUNCTIONS: dict[
    str, tuple[list[str], Callable[[Text], tuple[str, str]], Callable[[Text], str]]
] = {
    "exp": (["%x"], _exp_ordinary, _exp_general),
    "log": (["%x"], _log_ordinary, _log_general),
    "pow": (["%x", "%y"], _pow_ordinary, _pow_general),
}
NAMES = tuple(_FUNCTIONS)
"""Functions that are defined here."""
