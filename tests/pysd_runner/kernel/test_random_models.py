"""Random expressions and random small models: the kernel gives what PySD gives.

Many expressions share one model, because PySD takes a second to translate one. The examples are
always the same ones; ``pytest -m full`` tries many more.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysd_runner import load
from tests.conftest import with_control

FEW = settings(
    max_examples=4, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
MANY = settings(max_examples=150, suppress_health_check=list(HealthCheck))

# -- expressions ------------------------------------------------------------------------------

_numbers = st.sampled_from(["0.37", "1.91", "0 - 2.3", "0.05", "3"])
_leaves = st.one_of(_numbers, st.sampled_from(["S", "T", "Time", "k", "table(S)", "X[B]"]))
_comparisons = st.sampled_from(["<", "<=", ">", ">=", "<>"])
# to PySD the square of a negative literal in brackets is negative
_ONE = (
    "-({0})", "ABS({0})", "EXP(SIN({0}))", "LN(1 + ABS({0}))", "SQRT(ABS({0}))", "SIN({0})",
    "COS({0})", "ARCTAN({0})", "TANH({0})", "INTEGER({0})", "({0} + 0.5)^2", "(1 + ABS({0}))^-1.5",
    "WITH LOOKUP({0}, ([(0,0)-(9,9)],(-1,4),(0.5,1),(2,3),(4,-2)))", "ARCSIN(0.9 * TANH({0}))",
    "table({0})", "SUM(X[D!] * ({0}))", "VMAX(X[D!] + ({0}))",
)  # fmt: skip
_TWO = (
    "({0}) + ({1})", "({0}) - ({1})", "({0}) * ({1})", "({0}) / (1 + ABS({1}))",
    "MAX({0}, {1})", "MIN({0}, {1})", "(1 + ABS({0}))^SIN({1})", "ZIDZ({0}, {1})",
    "XIDZ({0}, {1}, 2.5)", "MODULO({0}, 1.3 + ABS({1}))", "QUANTUM({0}, 1.3 + ABS({1}))",
    "STEP({0}, 4) * ({1})", "RAMP(SIN({0}), 2, 7) + ({1})", "PULSE(3, 2) * ({0}) - ({1})",
    "POWER(1 + ABS({0}), COS({1}))", "LOG(2 + ABS({0}), 2 + ABS({1}))",
)  # fmt: skip


def _grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    condition = st.builds("{0} {1} {2}".format, inner, _comparisons, inner)
    joined = st.one_of(
        condition,
        st.builds("({0}) :AND: ({1})".format, condition, condition),
        st.builds("({0}) :OR: (:NOT: ({1}))".format, condition, condition),
    )
    return st.one_of(
        st.builds(str.format, st.sampled_from(_ONE), inner),
        st.builds(str.format, st.sampled_from(_TWO), inner, inner),
        st.builds("IF THEN ELSE({0}, {1}, {2})".format, joined, inner, inner),
    )


_expressions = st.recursive(_leaves, _grow, max_leaves=8)
BASE = """
D: A, B, C ~~|
table((0,1),(1,3),(2.5,-1),(6,2)) ~~|
k = 0.7 ~~|
X[D] = INTEG(0.1 * D - 0.05 * X[D], D) ~~|
S = INTEG(0.11 * S, 1.05) ~~|
T = INTEG(SIN(Time) - 0.2 * T, -0.33) ~~|
"""


def check(text: str) -> None:
    """Run a model by both engines and compare every variable at every step."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.mdl"
        path.write_text(with_control(text), encoding="utf-8")
        model = load(path)
        step = model.time_grid().time_step
        kernel, pysd = (model.run(save_step=step, engine=engine) for engine in ("kernel", "pysd"))
    for name in kernel:
        found, expected = kernel[name].values, pysd[name].values
        scale = np.max(np.abs(expected[np.isfinite(expected)]), initial=0.0)
        np.testing.assert_allclose(
            found, expected, rtol=1e-10, atol=1e-11 * (1 + scale), err_msg=f"{name} of\n{text}"
        )


def check_expressions(expressions: list[str]) -> None:
    equations = "\n".join(f"e{n} = {text} ~~|" for n, text in enumerate(expressions))
    check(f"{BASE}{equations}\n")


# -- models -----------------------------------------------------------------------------------

_rates = st.sampled_from(["0.1", "0.25", "-0.05", "0.4"])
_names = st.sampled_from(["A", "B", "C"])
_places = st.sampled_from([f"{stock}[{e}]" for stock in ("U", "V") for e in ("A", "B", "D")])
_memories = st.sampled_from(
    ["SMOOTH({0}, 2)", "SMOOTH3I({0}, 3, 1)", "DELAY1({0}, 2.5)", "DELAY3({0}, 3)",
     "DELAY FIXED({0}, 2, 0.5)", "DELAY N({0}, 4, 1, 5)", "SMOOTH N({0}, 2, 1, 4)",
     "TREND({0}, 3, 0.1)", "FORECAST({0}, 2, 1)", "INITIAL({0})",
     "SAMPLE IF TRUE(Time < 5, {0}, 1)", "ACTIVE INITIAL({0}, 2)", "{0}"]
)  # fmt: skip
_terms = st.builds("{0} * {1} / (1 + ABS({2}))".format, _rates, _places, _places)
_flows = st.builds("{0} + {1} * q[D]".format, _terms, _rates)
_models = st.builds(
    (
        "D: A, B, C ~~|\nU[D] = INTEG({0}, 1.5 * D) ~~|\nV[D] = INTEG({1} - 0.1 * V[D], 2) ~~|\n"
        "q[D] = TANH({2}) + w[C] ~~|\nw[D] = SIN(U[D] + SUM(V[D!])) ~~|\n"
        "m[D] = {3} ~~|\nn = {4} ~~|\n"
    ).format,
    _flows,
    _flows,
    _places,
    st.builds(str.format, _memories, _places),
    st.builds(str.format, _memories, st.builds("U[{0}]".format, _names)),
)


@FEW
@given(st.lists(_expressions, min_size=25, max_size=25))
def test_random_expressions(expressions: list[str]) -> None:
    check_expressions(expressions)


@FEW
@given(_models)
def test_random_models(text: str) -> None:
    check(text)


@pytest.mark.full
@MANY
@given(st.lists(_expressions, min_size=25, max_size=25))
def test_many_random_expressions(expressions: list[str]) -> None:
    check_expressions(expressions)


@pytest.mark.full
@MANY
@given(_models)
def test_many_random_models(text: str) -> None:
    check(text)
