"""VECTOR functions against values worked out by hand, and INVERT MATRIX against its definition."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import Model, ModelError

InlineModel = Callable[[str], Model]

ARRAYS = (
    "D: A, B, C, E ~~|\nx[D] = 3, 1, 2, 2 ~~|\nsel[D] = 0, 1, 2, 1 ~~|\nS = INTEG(1, 0) ~~|\n"
    "F: F1, F2, F3 ~~|\nG <-> F ~~|\nH <-> F ~~|\nm[F, G] = 0, 1, 0; 1, 3, 1; 0, 1, 4; ~~|\n"
)


def last(model: Model, name: str) -> list[float] | float:
    found = model.run(outputs=[name], engine="kernel", final_time=1, time_step=1)[name].values[-1]
    return np.asarray(found).tolist()


@pytest.mark.parametrize(
    ("action", "expected"),
    [(0, 7.0), (1, 8.0), (2, 1.0), (3, 4.0), (4, 7 / 3), (5, 8.0),
     (6, 5.0), (7, 4.0), (8, 1.0), (9, 2.0), (10, 5 / 3)],
)  # fmt: skip
def test_actions_of_vector_select(inline_model: InlineModel, action: int, expected: float) -> None:
    text = f"y = VECTOR SELECT(sel[D!], x[D!], -9, {action}, 0) * S ~~|"
    assert last(inline_model(ARRAYS + text), "y") == pytest.approx(expected, rel=1e-15)


def test_nothing_selected_gives_the_value_for_missing(inline_model: InlineModel) -> None:
    for action in range(11):
        text = f"y = VECTOR SELECT(sel[D!] * 0, x[D!], -9, {action}, 2) * S ~~|"
        assert last(inline_model(ARRAYS + text), "y") == -9


@pytest.mark.parametrize(
    ("selection", "error", "wrong"),
    [("0", 1, True), ("0", 2, False), ("sel[D!]", 2, True), ("sel[D!]", 1, False), ("0", 3, True),
     ("sel[D!]", 3, True)],
)  # fmt: skip
def test_a_forbidden_selection_breaks_the_run(
    inline_model: InlineModel, selection: str, error: int, wrong: bool
) -> None:
    text = f"y = VECTOR SELECT({selection} * x[D!], x[D!], 5, 0, {error}) * S ~~|"
    run = inline_model(ARRAYS + text).run(outputs=["y"], engine="kernel", final_time=1)
    assert run.attrs["status"].startswith("non-finite in 'y'") is wrong


@pytest.mark.parametrize(
    ("equation", "expected"),
    [
        ("y[D] = VECTOR SORT ORDER(x[D], 1) * S", [1.0, 2.0, 3.0, 0.0]),
        ("y[D] = VECTOR SORT ORDER(x[D], -1) * S", [0.0, 2.0, 3.0, 1.0]),
        ("y[D] = VECTOR RANK(x[D], 1) * S", [4.0, 1.0, 2.0, 3.0]),
        ("y[D] = VECTOR RANK(x[D], 0) * S", [1.0, 4.0, 2.0, 3.0]),
        ("o[D] = VECTOR SORT ORDER(x[D], 1) ~~|\ny[D] = VECTOR REORDER(x[D], o[D]) * S",
         [1.0, 2.0, 2.0, 3.0]),
        ("y[D] = VECTOR ELM MAP(x[A], 4 - D) * S", [2.0, 2.0, 1.0, 3.0]),
        ("y = SUM(D! * VECTOR RANK(x[D!], 1)) * S", 1 * 4 + 2 * 1 + 3 * 2 + 4 * 3.0),
        ("y = VECTOR ELM MAP(x[B], 1 + S) * S", 2.0),
        ("y[F] = VECTOR ELM MAP(m[F, F1], F - 1) * S", [0.0, 3.0, 4.0]),
    ],
)  # fmt: skip
def test_order_and_places(
    inline_model: InlineModel, equation: str, expected: list[float] | float
) -> None:
    assert last(inline_model(f"{ARRAYS}{equation} ~~|"), "y") == expected


def test_a_place_beyond_the_array_is_no_number(inline_model: InlineModel) -> None:
    model = inline_model(f"{ARRAYS}y = VECTOR ELM MAP(x[E], S) ~~|")
    values = model.run(outputs=["y"], engine="kernel", final_time=1, time_step=1)["y"].values
    assert values[0] == 2.0 and np.isnan(values[1])


def test_a_matrix_times_its_inverse_is_one(inline_model: InlineModel) -> None:
    model = inline_model(
        f"{ARRAYS}i[F, G] = INVERT MATRIX(m[F, G], 3) * S ~~|\n"
        "y[F, H] = SUM(m[F, G!] * i[H, G!]) ~~|"
    )
    np.testing.assert_allclose(last(model, "y"), np.eye(3), atol=1e-15)


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        ("y = VECTOR SELECT(sel[D!], x[D!], 0, S, 0)", "a numerical action that is no number"),
        ("y = VECTOR SELECT(sel[A], x[A], 0, 0, 0)", "VECTOR SELECT without a range marked '!'"),
        ("y[D] = VECTOR RANK(x[D] + 1, 1)", "VECTOR RANK of an expression that is not a variable"),
        ("y = VECTOR RANK(x[A], 1)", "VECTOR RANK of 'x' without a range"),
        ("y = VECTOR ELM MAP(S, 1)", "does not name an element to start from"),
        ("y[D] = INVERT MATRIX(x[D], 3)", "no array with two ranges"),
    ],
)
def test_what_is_no_array_is_refused(
    inline_model: InlineModel, equation: str, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        inline_model(f"{ARRAYS}{equation} ~~|").run(engine="kernel")


def test_a_marked_range_in_two_spellings_is_one(inline_model: InlineModel) -> None:
    model = inline_model(
        "Big Range: A, B ~~|\nx[Big Range] = 1, 2 ~~|\ny[Big Range] = 3, 4 ~~|\n"
        "a = SUM(x[Big Range!] * y[big_range!]) ~~|\nb = VMAX(x[BIG RANGE!] - y[Big  range!]) ~~|\n"
        "c = VECTOR SELECT(x[Big Range!], y[BIG RANGE!], 0, 0, 0) ~~|"
    )
    run = model.run(outputs=["a", "b", "c"], engine="kernel", final_time=1)
    assert [run[name].values.flat[-1] for name in "abc"] == [11, -2, 11]


def test_an_element_that_a_variable_does_not_have_is_named(inline_model: InlineModel) -> None:
    text = "A: A1, A2 ~~|\nsel: A1, A3 ~~|\nv[A] = 1, 2 ~~|\nw[sel] = v[sel] ~~|"
    with pytest.raises(ModelError, match=r":3: 'v\[a3\]': has no equation, but is used; add one"):
        inline_model(text).run(engine="kernel")
