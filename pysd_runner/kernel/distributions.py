"""Random numbers of many distributions from numbers that are even between 0 and 1.

Each distribution is a function from a few such numbers and from its parameters to a value and to
whether that value is accepted; if not, the next numbers are drawn. Values outside the limits that
RANDOM functions state are never accepted, so the distribution is truncated there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from pysd_runner.kernel.ir import Builder

Drawn = tuple[int, int]
"""Nodes of a value, and of the mask that tells whether it is accepted."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution before it is stretched and shifted.

    Parameters
    ----------
    parameters : int
        How many numbers shape it.
    draws : int
        Numbers between 0 and 1 that one try takes.
    rule : callable
        From the builder, the drawn numbers and the parameters to a value and its acceptance.
    """

    parameters: int
    draws: int
    rule: Callable[[Builder, Sequence[int], Sequence[int]], Drawn]


def _always(
    rule: Callable[[Builder, int, Sequence[int]], int],
) -> Callable[[Builder, Sequence[int], Sequence[int]], Drawn]:
    return lambda build, u, given: (rule(build, u[0], given), build.truth(True))


def _uniform(build: Builder, u: int, given: Sequence[int]) -> int:
    low, high = given
    return build.add(low, build.mul(u, build.sub(high, low)))


def _exponential(build: Builder, u: int, given: Sequence[int]) -> int:
    return build.unary("neg", build.unary("log", u))


def _triangular(build: Builder, u: int, given: Sequence[int]) -> int:
    start, peak, stop = given
    width = build.sub(stop, start)
    left, right = build.sub(peak, start), build.sub(stop, peak)
    rest = build.sub(build.const(1.0), u)
    rising = build.add(start, build.unary("sqrt", build.mul(build.mul(u, width), left)))
    falling = build.sub(stop, build.unary("sqrt", build.mul(build.mul(rest, width), right)))
    return build.select(build.compare("lt", build.mul(u, width), left), rising, falling)


def _weibull(build: Builder, u: int, given: Sequence[int]) -> int:
    return build.pow(_exponential(build, u, ()), build.div(build.const(1.0), given[0]))


# Wichura's rational approximations, each of numerator and denominator, lowest power first
_CENTRAL = (
    (3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3,
     1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
     3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4,
     5.2264952788528545610e3),
)  # fmt: skip
_MIDDLE = (
    (1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550,
     3.64784832476320460504, 1.27045825245236838258, 2.41780725177450611770e-1,
     2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
     1.05075007164441684324e-9),
)  # fmt: skip
_TAIL = (
    (6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580,
     2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
     2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
     2.04426310338993978564e-15),
)  # fmt: skip


def normal(build: Builder, u: int, given: Sequence[int] = ()) -> int:
    """Return the standard normal number below which a share ``u`` of all lies.

    References
    ----------
    .. [1] Wichura, M. J. (1988). Algorithm AS 241: The percentage points of the normal
       distribution. Applied Statistics 37, 477-484, routine PPND16.
    """
    away = build.sub(u, build.const(0.5))
    inner = build.sub(build.const(0.180625), build.mul(away, away))
    central = build.mul(away, _rational(build, _CENTRAL, inner))
    rest = build.minimum(u, build.sub(build.const(1.0), u))
    root = build.unary("sqrt", build.unary("neg", build.unary("log", rest)))
    middle = _rational(build, _MIDDLE, build.sub(root, build.const(1.6)))
    tail = _rational(build, _TAIL, build.sub(root, build.const(5.0)))
    outer = build.select(build.compare("le", root, build.const(5.0)), middle, tail)
    below = build.compare("lt", away, build.const(0.0))
    outer = build.select(below, build.unary("neg", outer), outer)
    near = build.compare("le", build.unary("abs", away), build.const(0.425))
    return build.select(near, central, outer)


def _rational(build: Builder, pair: tuple[tuple[float, ...], tuple[float, ...]], x: int) -> int:
    above, below = (_polynomial(build, each, x) for each in pair)
    return build.div(above, below)


def _polynomial(build: Builder, coefficients: Sequence[float], x: int) -> int:
    found = build.const(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        found = build.add(build.mul(found, x), build.const(coefficient))
    return found


def _gamma(build: Builder, u: Sequence[int], given: Sequence[int]) -> Drawn:
    """Draw from the gamma distribution of any order above 0.

    References
    ----------
    .. [1] Marsaglia, G., Tsang, W. W. (2000). A simple method for generating gamma variables. ACM
       Transactions on Mathematical Software 26, 363-372.
    """
    order, one = given[0], build.const(1.0)
    small = build.compare("lt", order, one)
    raised = build.select(small, build.add(order, one), order)
    d = build.sub(raised, build.const(1.0 / 3.0))
    c = build.div(one, build.unary("sqrt", build.mul(build.const(9.0), d)))
    x = normal(build, u[0])
    root = build.add(one, build.mul(c, x))
    v = build.mul(root, build.mul(root, root))
    positive = build.compare("gt", root, build.const(0.0))
    log_v = build.unary("log", build.select(positive, v, one))
    bound = build.add(build.sub(d, build.mul(d, v)), build.mul(d, log_v))
    bound = build.add(build.mul(build.const(0.5), build.mul(x, x)), bound)
    accepted = build.both(positive, build.compare("lt", build.unary("log", u[1]), bound))
    boost = build.pow(u[2], build.div(one, order))
    value = build.mul(d, v)
    return build.select(small, build.mul(value, boost), value), accepted


def _beta(build: Builder, u: Sequence[int], given: Sequence[int]) -> Drawn:
    (x, one), (y, other) = (_gamma(build, u[3 * n : 3 * n + 3], given[n : n + 1]) for n in (0, 1))
    return build.div(x, build.add(x, y)), build.both(one, other)


_FEW = 10.0
_TERMS = 60


def _poisson(build: Builder, u: Sequence[int], given: Sequence[int]) -> Drawn:
    """Draw a number of events: by summing probabilities if few are expected, else by rejection.

    References
    ----------
    .. [1] Hörmann, W. (1993). The transformed rejection method for generating Poisson random
       variables. Insurance: Mathematics and Economics 12, 39-45, algorithm PTRS.
    """
    mean = given[0]
    few = build.compare("lt", mean, build.const(_FEW))
    small, (large, accepted) = _few(build, u[0], mean), _many(build, u, mean)
    return build.select(few, small, large), build.either(few, accepted)


def _few(build: Builder, u: int, mean: int) -> int:
    share = build.unary("exp", build.unary("neg", mean))
    below, passed = share, []
    for events in range(1, _TERMS):
        passed.append(build.number(build.compare("gt", u, below)))
        share = build.div(build.mul(share, mean), build.const(float(events)))
        below = build.add(below, share)
    return reduce(build.add, passed)


def _many(build: Builder, u: Sequence[int], mean: int) -> Drawn:
    constant = build.const
    b = build.add(constant(0.931), build.mul(constant(2.53), build.unary("sqrt", mean)))
    a = build.add(constant(-0.059), build.mul(constant(0.02483), b))
    inverse = build.add(constant(1.1239), build.div(constant(1.1328), build.sub(b, constant(3.4))))
    v = u[1]
    away = build.sub(u[0], constant(0.5))
    edge = build.sub(constant(0.5), build.unary("abs", away))
    k = build.add(build.div(build.mul(constant(2.0), a), edge), b)
    k = build.add(build.mul(k, away), build.add(mean, constant(0.43)))
    k = build.unary("floor", k)
    weight = build.add(build.div(a, build.mul(edge, edge)), b)
    left = build.unary("log", build.div(build.mul(v, inverse), weight))
    right = build.sub(build.mul(k, build.unary("log", mean)), mean)
    right = build.sub(right, log_gamma(build, build.add(k, constant(1.0))))
    inside = build.compare("ge", k, constant(0.0))
    return k, build.both(inside, build.compare("le", left, right))


_LANCZOS = (
    0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
    -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
    1.5056327351493116e-7,
)  # fmt: skip


def log_gamma(build: Builder, x: int) -> int:
    """Return the logarithm of the gamma function of a number not below 1/2.

    References
    ----------
    .. [1] Lanczos, C. (1964). A precision approximation of the gamma function. SIAM Journal on
       Numerical Analysis B 1, 86-96; nine terms, g = 7.
    """
    less = build.sub(x, build.const(1.0))
    series = build.const(_LANCZOS[0])
    for number, coefficient in enumerate(_LANCZOS[1:], start=1):
        term = build.div(build.const(coefficient), build.add(less, build.const(float(number))))
        series = build.add(series, term)
    at = build.add(less, build.const(7.5))
    grown = build.mul(build.add(less, build.const(0.5)), build.unary("log", at))
    found = build.add(build.sub(grown, at), build.const(0.5 * math.log(2 * math.pi)))
    return build.add(found, build.unary("log", series))


DISTRIBUTIONS: dict[str, Distribution] = {
    "uniform": Distribution(2, 1, _always(_uniform)),
    "normal": Distribution(0, 1, _always(normal)),
    "exponential": Distribution(0, 1, _always(_exponential)),
    "triangular": Distribution(3, 1, _always(_triangular)),
    "weibull": Distribution(1, 1, _always(_weibull)),
    "gamma": Distribution(1, 3, _gamma),
    "beta": Distribution(2, 6, _beta),
    "poisson": Distribution(1, 2, _poisson),
}
