"""What holds for every model that this project ships."""

from __future__ import annotations

import csv
import re
from functools import cache

import pytest

from pysd_runner import Model, load
from pysd_runner.check.conservation import double_entry
from pysd_runner.spec.checks import read_checks
from sensitivity.sampling import factors_of, one_at_a_time
from tests.models.folder import COMPONENTS, MODELS, NAMES

TAG = re.compile(r"\[(source|assumption): ([^\]]+)\]")


@cache
def model(name: str) -> Model:
    return load(MODELS / name)


@cache
def source_keys() -> frozenset[str]:
    with (MODELS / "foshan" / "data" / "sources.csv").open(encoding="utf-8", newline="") as table:
        return frozenset(row["key"] for row in csv.DictReader(table))


def test_the_models_are_there() -> None:
    assert set(NAMES) == {*COMPONENTS, "foshan"}


@pytest.mark.parametrize("name", NAMES)
def test_every_variable_has_a_unit_a_comment_and_a_sector(name: str) -> None:
    lacking = [v.name for v in model(name).graph if not (v.unit and v.comment and v.group)]
    assert lacking == []


@pytest.mark.parametrize("name", NAMES)
def test_every_constant_says_where_it_comes_from(name: str) -> None:
    for variable in model(name).graph.of_kind("constant"):
        tags = TAG.findall(variable.comment)
        assert tags, f"{variable.name} (line {variable.line}) has neither source nor assumption"
        for what, text in tags:
            if what == "source":
                unknown = {key.strip() for key in text.split(",")} - source_keys()
                assert not unknown, f"{variable.name}: {unknown}"


@pytest.mark.parametrize("name", NAMES)
def test_sources_of_the_spec_resolve(name: str) -> None:
    for identifier, factor in model(name).spec.factors.items():
        for key in (factor.source or "").split(","):
            assert not key or key.strip() in source_keys(), identifier


@pytest.mark.parametrize("name", NAMES)
def test_the_books_are_closed(name: str) -> None:
    checks = read_checks(MODELS / name / "checks.toml", model(name).graph)
    for rule in checks.conservation.values():
        assert double_entry(model(name).graph, rule) == []


@pytest.mark.parametrize("name", COMPONENTS)
def test_components_open_in_vensim_ple(name: str) -> None:
    graph = model(name).graph
    assert list(graph.ranges) == []
    moving = graph.of_kind("stock", "flow", "auxiliary")
    assert len(moving) <= 32, f"{len(moving)} equations"


@pytest.mark.parametrize("name", NAMES)
def test_no_stock_goes_negative_at_any_bound(name: str) -> None:
    spec, graph = model(name).spec, model(name).graph
    stocks = [v.name for v in graph.of_kind("stock")]
    design = one_at_a_time(factors_of(spec))
    runs = model(name).batch(design.inputs, stocks, save_step=1.0)
    assert (runs["status"] == "ok").all()
    for stock in stocks:
        lowest = runs[stock].min(skipna=False)
        assert float(lowest) >= -1e-9 * float(abs(runs[stock]).max()), stock
