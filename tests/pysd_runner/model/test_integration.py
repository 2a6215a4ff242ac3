from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from pysd_runner import MethodWarning, Model, RunError
from pysd_runner.model.integration import of_settings

InlineModel = Callable[[str], Model]
SKETCH = "\\\\\\---/// Sketch information\nV300\n///---\\\\\\\n:L<%^E!@\n1:run.vdf\n"


@pytest.mark.parametrize(
    ("settings", "method"),
    [
        ("", "euler"),
        ("9:Current\n15:0,0,0,0,0,0\n19:100,0", "euler"),
        ("15:0,0,0,1,0,0", "rk4"),
        ("15:0,0,0,5,0,0\n", "rk4"),
        ("15:0,0,0,3,0,0", "rk2"),
        ("15:0,0,0,4,0,0", "rk2"),
        ("15:0,0,0,2,0,0", "difference"),
        ("115:0,0,0,1,0,0", "euler"),
    ],
)
def test_the_settings_name_a_method(settings: str, method: str) -> None:
    assert of_settings(settings) == method


def model_of(inline_model: InlineModel, number: int) -> Model:
    model = inline_model("x = INTEG(x, 1) ~~|")
    path = model.graph.source.path
    path.write_text(f"{path.read_text()}{SKETCH}15:0,0,0,{number},0,0\n")
    from pysd_runner import load

    return load(path)


@pytest.mark.parametrize(
    ("number", "growth", "method"),
    [(0, 1.25, "euler"), (3, 1 + 0.25 + 0.25**2 / 2, "rk2"),
     (5, 1 + 0.25 + 0.25**2 / 2 + 0.25**3 / 6 + 0.25**4 / 24, "rk4")],
)  # fmt: skip
def test_a_run_is_integrated_as_the_model_asks(
    inline_model: InlineModel, number: int, growth: float, method: str
) -> None:
    model = model_of(inline_model, number)
    run = model.run(outputs=["x"], final_time=1)
    np.testing.assert_allclose(run["x"].values, growth ** np.arange(5), rtol=1e-14)
    assert run.attrs["method"] == method
    euler = model.run(outputs=["x"], final_time=1, method="euler")
    np.testing.assert_allclose(euler["x"].values, 1.25 ** np.arange(5), rtol=1e-14)


def test_pysd_says_that_it_knows_one_method_only(inline_model: InlineModel) -> None:
    model = model_of(inline_model, 5)
    with pytest.warns(MethodWarning, match="by Euler's method; the model asks for rk4"):
        run = model.run(outputs=["x"], engine="pysd", final_time=1)
    assert run.attrs["method"] == "euler"
    with pytest.raises(RunError, match="PySD has no method 'rk4'"):
        model.run(outputs=["x"], engine="pysd", method="rk4")


def test_difference_integration_is_refused(inline_model: InlineModel) -> None:
    with pytest.raises(RunError, match="difference integration, which is not done here"):
        model_of(inline_model, 2).run()


def test_an_unknown_method_is_refused(inline_model: InlineModel) -> None:
    with pytest.raises(RunError, match="no method 'rk45'; take euler, rk2 or rk4"):
        inline_model("x = INTEG(x, 1) ~~|").run(method="rk45")  # type: ignore[arg-type]
