"""RANDOM functions: their distributions, that streams are apart, and that they can be repeated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pysd_runner import Model, ModelError, RunError

SharedModel = Callable[[str], Model]

DRAWN: dict[str, tuple[str, Any]] = {
    "u": ("RANDOM UNIFORM(2, 5, 0)", stats.uniform(2, 3)),
    "v": ("RANDOM 0 1()", stats.uniform()),
    "n": ("RANDOM NORMAL(-100, 100, 3, 2, 7)", stats.norm(3, 2)),
    "cut": ("RANDOM NORMAL(2, 4, 3, 2, 7)", stats.truncnorm(-0.5, 0.5, 3, 2)),
    "e": ("RANDOM EXPONENTIAL(0, 100, 1, 2, 0)", stats.expon(1, 2)),
    "t": ("RANDOM TRIANGULAR(0, 10, 1, 2, 5, 0)", stats.triang(0.25, 1, 4)),
    "w": ("RANDOM WEIBULL(0, 100, 1.5, 1, 2, 0)", stats.weibull_min(1.5, 1, 2)),
    "g": ("RANDOM GAMMA(0, 100, 2.5, 1, 3, 0)", stats.gamma(2.5, 1, 3)),
    "small": ("RANDOM GAMMA(0, 100, 0.5, 0, 1, 0)", stats.gamma(0.5)),
    "b": ("RANDOM BETA(0, 1, 2, 3, 0, 1, 0)", stats.beta(2, 3)),
}
COUNTS: dict[str, tuple[str, Any]] = {
    "few": ("RANDOM POISSON(0, 100, 4, 0, 1, 0)", stats.poisson(4)),
    "many": ("RANDOM POISSON(0, 1000, 44.5, 0, 1, 0)", stats.poisson(44.5)),
}
TEXT = "\n".join(f"{name} = {text} ~~|" for name, (text, _) in {**DRAWN, **COUNTS}.items())
STEPS = 20_000


def drawn(model: Model, name: str, seed: int = 0) -> np.ndarray:
    run = model.run(outputs=[name], engine="kernel", final_time=STEPS, time_step=1, seed=seed)
    return np.asarray(run[name].values)


@pytest.mark.parametrize("name", DRAWN)
def test_numbers_follow_their_distribution(shared_model: SharedModel, name: str) -> None:
    values, law = drawn(shared_model(TEXT), name), DRAWN[name][1]
    assert stats.kstest(values, law.cdf).pvalue > 1e-3
    error = law.std() / np.sqrt(STEPS)
    assert abs(values.mean() - law.mean()) < 4 * error
    assert values.std() == pytest.approx(law.std(), rel=0.03)


@pytest.mark.parametrize("name", COUNTS)
def test_counts_follow_their_distribution(shared_model: SharedModel, name: str) -> None:
    values, law = drawn(shared_model(TEXT), name), COUNTS[name][1]
    low, high = max(1, int(law.ppf(1e-3))), int(law.ppf(1 - 1e-3))
    edges = np.arange(low, high + 1)
    seen = [np.sum(values < low), *(np.sum(values == k) for k in edges), np.sum(values > high)]
    chances = [law.cdf(low - 1), *law.pmf(edges), law.sf(high)]
    assert np.array_equal(values, np.round(values))
    assert stats.chisquare(seen, np.array(chances) / sum(chances) * values.size).pvalue > 1e-3


def test_streams_are_apart(shared_model: SharedModel) -> None:
    model = shared_model(
        "D: A, B ~~|\nx[D] = RANDOM 0 1() ~~|\ny = RANDOM 0 1() - RANDOM 0 1() ~~|\n"
        "z = SUM(RANDOM UNIFORM(0, x[D!] * 0 + 1, 0)) ~~|"
    )
    run = model.run(engine="kernel", final_time=STEPS, time_step=1)
    columns = [*run["x"].values.T, run["y"].values, run["z"].values]
    correlations = np.corrcoef(columns)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 4 / np.sqrt(STEPS)
    after = [np.corrcoef(c[1:], c[:-1])[0, 1] for c in columns]
    assert np.abs(after).max() < 4 / np.sqrt(STEPS)
    assert run["y"].values.std() == pytest.approx(np.sqrt(1 / 6), rel=0.03)


def test_known_answer_of_the_block_cipher() -> None:
    """Against the published answer for counters and keys of zero."""
    import ctypes

    from pysd_runner.kernel import philox
    from pysd_runner.kernel.build import compile_text
    from pysd_runner.kernel.text import Text

    text = Text(1)
    zero = "zeroinitializer"
    pair = philox.draw(text, [zero] * 4, [zero] * 2)
    pointers = ", ".join(f"ptr %p{n}" for n in range(9))
    integers = ", ".join(f"i64 %i{n}" for n in range(5))
    text.store("%p0", pair[0])
    text.store("%p1", pair[1])
    module = "\n".join(
        [philox.definition(1), f"define void @integrate({pointers}, {integers}) {{", *text.lines,
         "  ret void", "}"]
    )  # fmt: skip
    found = [ctypes.c_double(), ctypes.c_double()]
    places = [ctypes.addressof(found[0]), ctypes.addressof(found[1]), *[0] * 7]
    code = compile_text(module)
    code.function(*places, *[0] * 5)
    words = (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    for number, (a, b) in zip(found, (words[:2], words[2:]), strict=True):
        assert number.value == ((a >> 6) * 2**26 + (b >> 6)) * 2.0**-52 + 2.0**-53


NOISY = "x = RANDOM NORMAL(-9, 9, 0, 1, 0) ~~|\nk = 1 ~~|\nS = INTEG(k * x, 0) ~~|"


def test_all_runs_draw_the_same_unless_each_has_a_seed(shared_model: SharedModel) -> None:
    model = shared_model(NOISY)
    common = model.batch({"k": [1.0, 1.0, 2.0]}, ["x", "S"], seed=3)
    assert np.array_equal(common["x"].values[0], common["x"].values[2])
    np.testing.assert_allclose(2 * common["S"].values[0], common["S"].values[2], rtol=1e-15)
    own = model.batch({"k": 1.0}, ["x"], seed=range(3))["x"].values
    assert np.array_equal(own[0], model.run(outputs=["x"], seed=0)["x"].values)
    assert np.abs(np.corrcoef(own)[np.triu_indices(3, 1)]).max() < 0.5


def test_noise_does_not_depend_on_company_or_threads(shared_model: SharedModel) -> None:
    model = shared_model(NOISY)
    many = model.batch({}, ["x"], seed=range(100), workers=2)["x"].values
    few = model.batch({}, ["x"], seed=[57, 3], workers=1)["x"].values
    assert np.array_equal(few, many[[57, 3]])


def test_noise_of_a_variable_stays_when_others_change(shared_model: SharedModel) -> None:
    before = shared_model(NOISY).run(outputs=["x"])["x"].values
    after = shared_model(f"y = RANDOM 0 1() ~~|\n{NOISY}").run(outputs=["y", "x"])["x"].values
    assert np.array_equal(before, after)


def test_a_large_model_draws_the_same_numbers(shared_model: SharedModel) -> None:
    text = "D: (D1-D900) ~~|\nk = 2 ~~|\ny[D] = k * RANDOM 0 1() + SQRT(D + Time) + D * Time ~~|"
    model = shared_model(text)
    whole = model.run(outputs=["y"], engine="kernel", final_time=1)["y"].values
    few = shared_model(text.replace("900", "3")).run(outputs=["y"], final_time=1)["y"].values
    assert np.array_equal(whole[:, :3], few)


def test_the_seed_of_the_model_counts_unless_one_is_given(shared_model: SharedModel) -> None:
    text = f"NOISE SEED = 5 ~~|\n{NOISY}"
    plain, seeded = shared_model(NOISY), shared_model(text)
    five = plain.run(outputs=["x"], seed=5)["x"].values
    assert np.array_equal(seeded.run(outputs=["x"])["x"].values, five)
    assert np.array_equal(seeded.run({"NOISE SEED": 5.0}, ["x"])["x"].values, five)
    zero = plain.run(outputs=["x"])["x"].values
    assert np.array_equal(seeded.run(outputs=["x"], seed=0)["x"].values, zero)
    assert not np.array_equal(five, zero)


def test_noise_is_held_during_a_step_of_runge_and_kutta(shared_model: SharedModel) -> None:
    model = shared_model(NOISY)
    euler, kutta = (model.run(outputs=["S"], method=m)["S"].values for m in ("euler", "rk4"))
    np.testing.assert_allclose(euler, kutta, rtol=1e-13)


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, [1, 2, 3]])
def test_a_seed_that_is_none_is_refused(shared_model: SharedModel, seed: Any) -> None:
    with pytest.raises(RunError, match=r"seed|numbers of runs"):
        shared_model(NOISY).batch({"k": [1.0, 2.0]}, seed=seed)


def test_limits_that_leave_nothing_give_no_number(shared_model: SharedModel) -> None:
    run = shared_model("x = RANDOM NORMAL(50, 60, 0, 1, 0) ~~|").run(engine="kernel")
    assert run.attrs["status"] == "non-finite in 'x' at 0"


def test_distributions_that_are_not_documented_enough_are_named(
    shared_model: SharedModel,
) -> None:
    model = shared_model("x = RANDOM BINOMIAL(0, 9, 0.5, 9, 0, 1, 0) ~~|")
    with pytest.raises(ModelError, match=":1: 'x': uses RANDOM BINOMIAL"):
        model.run(engine="kernel")
