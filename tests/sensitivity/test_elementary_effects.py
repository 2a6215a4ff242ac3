"""Elementary effects of functions whose effects are known; what screening keeps and loses."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pysd_runner.errors import DesignError
from sensitivity.elementary_effects import elementary_effects, lost, screen
from sensitivity.sampling import radial, saltelli
from sensitivity.slices import Slices
from sensitivity.sobol import sobol
from tests.sensitivity.analytic import factors


def test_a_linear_function_has_its_coefficients_everywhere() -> None:
    design = radial(factors(3, 0.0, 2.0), 16)
    y = design.values @ [1.5, -0.5, 0.0]
    table = elementary_effects(design, pd.DataFrame({"y": y}))
    for kind, exact in (("mu_star", [3, 1, 0]), ("mu", [3, -1, 0]), ("sigma", [0, 0, 0])):
        rows = table.of("y", kind)
        assert rows["estimate"].to_numpy() == pytest.approx(np.array(exact), abs=1e-6)
        assert rows["half_width"].to_numpy() == pytest.approx(np.zeros(3), abs=1e-6)


def test_an_interaction_is_seen_in_sigma() -> None:
    # y = x1 x2: the effect of x1 is x2, with mean 1/2 and variance 1/12.
    design = radial(factors(3), 256)
    y = design.values[:, 0] * design.values[:, 1] + 0.1 * design.values[:, 2]
    table = elementary_effects(design, pd.DataFrame({"y": y}))
    mean, sigma = table.of("y", "mu_star"), table.of("y", "sigma")
    for name, mu, sd in (("x1", 0.5, np.sqrt(1 / 12)), ("x3", 0.1, 0.0)):
        assert mean.loc[name, "estimate"] == pytest.approx(mu, abs=0.01)
        assert sigma.loc[name, "estimate"] == pytest.approx(sd, abs=0.01)
        assert sigma.loc[name, "low"] <= sd + 1e-9
        assert sigma.loc[name, "high"] >= sd - 1e-9


def test_a_function_that_is_not_monotonic_is_not_overlooked() -> None:
    design = radial(factors(2), 256)
    y = (design.values[:, 0] - 0.5) ** 2 * 16 + design.values[:, 1]
    rows = elementary_effects(design, pd.DataFrame({"y": y}))
    assert abs(rows.of("y", "mu").loc["x1", "estimate"]) < 0.2
    assert rows.of("y", "mu_star").loc["x1", "estimate"] > 2


def test_a_group_has_one_absolute_effect() -> None:
    design = radial(factors(3), 16, groups={"g": ["x1", "x2"]})
    y = design.values @ [1.0, 1.0, 2.0]
    table = elementary_effects(design, pd.DataFrame({"y": y}))
    assert table.labels == {"g": "g", "x3": "x3"}
    # Both move by a half, in the same direction or against each other.
    assert 0 < table.of("y", "mu_star").loc["g", "estimate"] < 2
    assert np.isnan(table.of("y", "mu").loc["g", "estimate"])


def test_screening_keeps_what_any_outcome_at_any_time_may_need() -> None:
    design = radial(factors(6), 16)
    x = design.values
    times = np.array([0.0, 1.0])
    early = np.column_stack([x[:, 0], x[:, 0] + x[:, 1]])
    late = np.column_stack([np.ones(len(x)), 5 * x[:, 2] + 0.01 * x[:, 3]])
    slices = Slices(np.hstack([early, late]), ("a", "b"), times)
    found = screen(elementary_effects(design, slices))
    assert found.kept == ("x1", "x2", "x3")
    assert found.dropped == ("x4", "x5", "x6")
    assert str(found).startswith("3 of 6 factors reach 10% of the largest mean effect")


def test_the_share_of_the_dropped_factors_is_bounded_by_their_index_together() -> None:
    coefficients = np.array([1.0, 0.8, 0.05, 0.03, 0.0])
    design = radial(factors(5), 16)
    effects = elementary_effects(design, pd.DataFrame({"y": design.values @ coefficients}))
    screening = screen(effects)
    assert screening.dropped == ("x3", "x4", "x5")
    full = saltelli(factors(5), 256, second_order=True, groups=screening.groups)
    indices = sobol(full, pd.DataFrame({"y": full.values @ coefficients}))
    assert indices.labels.keys() == {"x1", "x2", "the rest"}
    share = (0.05**2 + 0.03**2) / np.sum(coefficients**2)
    row = indices.of("y", "ST").loc["the rest"]
    assert row["low"] <= share <= row["high"]
    assert f"have at most {row['high']:.1%} of the variance of any outcome" in lost(indices)
    assert "95% interval, y)" in lost(indices)


def test_refusals() -> None:
    design = radial(factors(2), 8)
    y = pd.DataFrame({"y": design.values.sum(axis=1)})
    effects = elementary_effects(design, y)
    other = saltelli(factors(2), 8)
    with pytest.raises(DesignError, match=r"made with radial\(…\).*'saltelli'"):
        elementary_effects(other, pd.DataFrame({"y": np.zeros(len(other))}))
    with pytest.raises(DesignError, match="outcomes of 3"):
        elementary_effects(design, y[:3])
    with pytest.raises(DesignError, match="'y' is the same in all 24 runs"):
        elementary_effects(design, 0 * y)
    with pytest.raises(DesignError, match="no share between 0 and 1"):
        screen(effects, 1.5)
    indices = sobol(other, pd.DataFrame({"y": other.values.sum(axis=1)}))
    with pytest.raises(DesignError, match="elementary_effects"):
        screen(indices)
    with pytest.raises(DesignError, match=r"no group 'the rest'; .*groups=screening.groups"):
        lost(indices)
