"""What decides: levers against unknowns, over time, screened, and how surely."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pysd_runner import Model, load
from sensitivity.elementary_effects import REST
from sensitivity.plots.numbers import TIE
from sensitivity.stress import deciding as module
from sensitivity.stress.deciding import LEVERS, UNKNOWNS, decide
from sensitivity.stress.findings import apart, effects, joined
from sensitivity.stress.sections.studies import WHOLE, study_section
from sensitivity.stress.stress_test import StressTest
from sensitivity.stress.tables import tables
from tests.sensitivity.stress.small_city import small_city

FACTOR = """
[{table}.{name}]
variable = "{name}"
label = "{name}"
unit = "Dmnl"
base = 1
bounds = [0, 2]
assumption = "a test"
"""
ABOUT = """
[model]
title = "Sum"
question = "?"
file = "sum.mdl"
save_step = 1

[outcomes.y]
label = "The sum"
variable = "Y"
reduction = "final"
unit = "Dmnl"
direction = "maximise"
"""


def sum_of(folder: Path, levers: dict[str, float], unknowns: dict[str, float]) -> Model:
    """Return a model whose outcome is Σ weight · factor · time, times alike for all."""
    weights = {**levers, **unknowns}
    terms = " + ".join(f"{weight} * {name}" for name, weight in weights.items())
    lines = [
        f"Y = INTEG({terms}, 0) ~ Dmnl ~|",
        *(f"{name} = 1 ~ Dmnl ~|" for name in weights),
        *("INITIAL TIME = 0 ~~|", "FINAL TIME = 3 ~~|", "TIME STEP = 1 ~~|", "SAVEPER = 1 ~~|"),
    ]
    spec = ABOUT
    for name in levers:
        spec += FACTOR.format(table="levers", name=name) + 'cost_note = "none"\npaper = "4"\n'
    for name in unknowns:
        spec += FACTOR.format(table="uncertainties", name=name) + 'distribution = "uniform"\n'
    (folder / "sum.mdl").write_text("{UTF-8}\n" + "\n".join(lines) + "\n", "utf-8")
    (folder / "sandbox.toml").write_text(spec, "utf-8")
    return load(folder)


def test_levers_and_unknowns_have_their_shares_of_the_variance(tmp_path: Path) -> None:
    found = decide(sum_of(tmp_path, {"a": 1.0, "b": 1.0}, {"u": 2.0}), 256)
    assert found.apart is not None
    # Variances go with the squared weights: 1 + 1 against 4.
    first = found.apart.of("y", "S1")["estimate"]
    assert first[LEVERS] == pytest.approx(1 / 3, abs=0.02)
    assert first[UNKNOWNS] == pytest.approx(2 / 3, abs=0.02)
    (said,) = apart(StressTest(found.study.model, deciding=found))
    said = said.replace(TIE, " ")
    assert said.startswith("The sum: of its variance, what the city decides explains 33% ±")
    assert "what nobody knows 67% ±" in said


def test_shares_over_time_are_those_of_a_sum_at_every_time(tmp_path: Path) -> None:
    found = decide(sum_of(tmp_path, {"a": 1.0}, {"u": 2.0, "v": 0.0}), 256, second_order=True)
    assert found.over_time is not None
    assert found.over_time.outcomes == ("y",)
    total = found.over_time.dataset["ST"].sel(outcome="y")
    assert np.isnan(total.sel(time=0)).all()  # nothing has varied yet
    assert total.sel(factor="u").values[1:] == pytest.approx(0.8, abs=0.02)
    assert found.over_time.of("y", "ST", 3.0)["estimate"]["v"] == 0
    assert found.study.slices is not None
    assert found.study.slices.values[:, -1] == pytest.approx(found.study.outcomes["y"].to_numpy())


def test_of_many_factors_those_that_do_little_move_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MANY", 5)
    monkeypatch.setattr(module, "KEPT", 1)
    levers = {"a": 1.0, "b": 0.01, "c": 0.01}
    unknowns = {"u": 2.0, "v": 0.01, "w": 0.01, "x": 1.0}
    found = decide(sum_of(tmp_path, levers, unknowns), 64)
    assert found.screening is not None
    assert found.screening.kept == ("a", "u", "x")
    assert found.indices is not None
    assert list(found.indices.labels) == ["a", REST, "u", "x"]
    assert found.indices.of("y", "ST")["estimate"][REST] < 1e-3
    # All levers and unknowns, also those that do little, stand against each other.
    assert found.apart is not None
    assert found.apart.of("y", "S1")["estimate"][LEVERS] == pytest.approx(1 / 6, abs=0.02)


def test_the_most_of_each_kind_are_kept_in_any_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MANY", 5)
    monkeypatch.setattr(module, "KEPT", 2)
    levers = {"a": 0.03, "b": 0.02, "c": 0.01}
    unknowns = {"u": 2.0, "v": 0.01, "w": 0.02}
    found = decide(sum_of(tmp_path, levers, unknowns), 64)
    assert found.screening is not None
    assert found.screening.kept == ("a", "b", "u", "w")
    assert found.screening.dropped == ("c", "v")


def test_half_the_sample_says_whether_there_were_enough_runs(tmp_path: Path) -> None:
    few = decide(small_city(tmp_path / "few"), 64)
    assert few.settled == ""  # half of it is too few to compare with
    more = decide(small_city(tmp_path / "more"), 128)
    assert more.settled.startswith("N = 128 is not enough (1,280 runs)") or more.settled.startswith(
        "N = 128 is not enough (768 runs)"
    )
    assert "Output in 2040 (" in more.settled and "output (" not in more.settled
    linear = decide(sum_of(tmp_path, {"a": 1.0}, {"u": 2.0}), 256)
    assert linear.settled.startswith("N = 256 is enough (1,024 runs)")


def test_a_model_of_levers_alone_has_nothing_to_hold_them_against(tmp_path: Path) -> None:
    found = decide(sum_of(tmp_path, {"a": 1.0, "b": 1.0}, {}), 64)
    assert found.apart is None
    assert apart(StressTest(found.study.model, deciding=found)) == []


def test_failed_runs_are_counted_and_the_rest_is_analysed(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    model = sum_of(tmp_path, {"a": 1.0, "b": 1.0}, {"u": 2.0})
    broken = model.with_equation("Y = INTEG(a + b + 2 * u + 0 * SQRT(a + b + u - 0.35), 0)")
    broken.__dict__["spec"] = model.spec
    found = decide(broken, 512)
    assert found.failures is not None
    assert 0 < found.failures.count < 0.05 * found.failures.runs
    assert found.indices is not None
    assert "base points are left out of the indices" in found.refusal
    assert found.indices.of("y", "ST")["estimate"]["u"] == pytest.approx(2 / 3, abs=0.1)


JOINT = """
[correlations.booms]
label = "Booms"
uncertainties = ["u", "v"]
rank_correlation = 0.6
assumption = "a test"
"""
SPLIT = """
[shares.split]
label = "Split"
uncertainties = ["r", "s", "t"]
concentration = 3.0
assumption = "a test"
"""


def joint_model(folder: Path, levers: dict[str, float], unknowns: dict[str, float]) -> Model:
    """Return a sum in which u and v come together, and r, s and t sum to one."""
    sum_of(folder, levers, unknowns)
    spec, lines = (folder / "sandbox.toml").read_text(), (folder / "sum.mdl").read_text()
    for name, base in (("r", 0.2), ("s", 0.3), ("t", 0.5)):
        start = spec.index(f"[uncertainties.{name}]")
        own = spec[start:].split("\n[", 1)[0]
        new = own.replace("base = 1\nbounds = [0, 2]", f"base = {base}\nbounds = [0, 1]")
        spec = spec.replace(own, new.replace('"uniform"', '"share"'))
        lines = lines.replace(f"{name} = 1 ~", f"{name} = {base} ~")
    (folder / "sandbox.toml").write_text(spec + JOINT + SPLIT, "utf-8")
    (folder / "sum.mdl").write_text(lines, "utf-8")
    return load(folder)


def test_what_is_drawn_together_has_one_index_and_shapley_effects(tmp_path: Path) -> None:
    weights = {"u": 1.0, "v": 1.0, "w": 2.0, "r": 4.0, "s": 0.0, "t": 8.0}
    found = decide(joint_model(tmp_path, {"a": 1.0}, weights), 1024, second_order=True)
    # Of uniform factors the rank correlation is Pearson's; the shares are Dirichlet (0.6, 0.9, 1.5)
    # with 4 r + 8 t of mean 4.8 and variance (16 · 0.2 + 64 · 0.5 - 4.8²) / (1 + 3).
    third = 1 / 3
    parts = {"a": third, "Booms": (2 + 2 * 0.6) * third, "w": 4 * third,
             "Split": (3.2 + 32 - 4.8**2) / 4}  # fmt: skip
    whole = sum(parts.values())
    assert found.indices is not None
    assert set(found.indices.labels) == set(parts)
    for kind in ("S1", "ST"):
        own = found.indices.of("y", kind)["estimate"]
        for name, part in parts.items():
            assert own[name] == pytest.approx(part / whole, abs=0.02), (kind, name)
    assert found.apart is not None
    assert found.apart.of("y", "S1")["estimate"][LEVERS] == pytest.approx(third / whole, abs=0.02)
    # u and v are alike, so each has half of what both explain.
    assert found.effects is not None
    effects = found.effects.of("y", "Shapley")["estimate"]
    assert effects.sum() == pytest.approx(1)
    expected = {"u": parts["Booms"] / 2, "v": parts["Booms"] / 2, "levers": third,
                "other unknowns": parts["w"] + parts["Split"]}  # fmt: skip
    for name, part in expected.items():
        assert effects[name] == pytest.approx(part / whole, abs=0.03), name


def test_what_is_drawn_together_is_kept_or_dropped_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MANY", 5)
    monkeypatch.setattr(module, "KEPT", 1)
    weights = {"u": 0.01, "v": 0.01, "w": 0.01, "r": 4.0, "s": 0.0, "t": 8.0}
    found = decide(joint_model(tmp_path, {"a": 1.0}, weights), 64)
    assert found.screening is not None
    assert found.screening.dropped == ("Booms", "w")
    groups = {each.name: len(each.columns) for each in found.study.design.groups}
    assert groups == {"a": 1, REST: 3, "Split": 3}


def test_the_report_says_what_is_drawn_together(tmp_path: Path) -> None:
    weights = {"u": 1.0, "v": 1.0, "w": 2.0, "r": 4.0, "s": 0.0, "t": 8.0}
    model = joint_model(tmp_path, {"a": 1.0}, weights)
    test = StressTest(model, deciding=decide(model, 64))
    said = effects(test)[0].replace(TIE, " ")
    assert said.startswith("The sum: by Shapley effects, of its variance ")
    assert said.index(" to other unknowns") < said.index(" to levers")
    assert joined(model.spec) == [
        "Booms: u and v are drawn with rank correlations and have one Sobol index together.",
        "Split: r, s and t sum to one and have one Sobol index together.",
    ]
    (table,) = [each for each in tables(test) if each.heading == "Unknowns drawn together"]
    assert table.rows == (
        ("Booms", "u, v", "rank correlations 0.6", "assumption: a test"),
        ("Split", "r, s, t", "sum to one, concentration 3", "assumption: a test"),
    )
    section = study_section(test, WHOLE)
    assert any("Shapley effects" in each.alt for each in section.pictures)
    assert any("one Sobol index" in note for note in section.notes)
