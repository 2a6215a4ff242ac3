"""What holds for every model that this project ships."""

from __future__ import annotations

import csv
import re
from functools import cache

import pytest

from pysd_runner import Model, load
from pysd_runner.check.conservation import double_entry
from pysd_runner.model.classify import additive_terms
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.syntax import Call, Reference, references
from pysd_runner.names import key
from pysd_runner.spec.checks import Conservation, read_checks
from sensitivity.sampling import factors_of, one_at_a_time
from tests.models.folder import COMPONENTS, MODELS, NAMES

SIGNED = {"Crowding Signal", "Reported Indicator", "Published Indicator"}
"""Stocks that may be negative: what a breaker reads is no quantity of anything."""

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
                unknown = {cited.strip() for cited in text.split(",")} - source_keys()
                assert not unknown, f"{variable.name}: {unknown}"


@pytest.mark.parametrize("name", NAMES)
def test_every_instrument_of_the_strategy_names_its_section(name: str) -> None:
    """What is there for comparison has a code that begins with C, and no section."""
    for lever in model(name).spec.levers.values():
        assert bool(re.fullmatch(r"\d(\.\d)?", lever.paper)) != lever.code.startswith("C")


@pytest.mark.parametrize("name", NAMES)
def test_sources_of_the_spec_resolve(name: str) -> None:
    for identifier, factor in model(name).spec.factors.items():
        for cited in (factor.source or "").split(","):
            assert not cited or cited.strip() in source_keys(), identifier


@pytest.mark.parametrize("name", NAMES)
def test_the_books_are_closed(name: str) -> None:
    checks = read_checks(MODELS / name / "checks.toml", model(name).graph)
    for rule in checks.conservation.values():
        assert double_entry(model(name).graph, rule) == []


def holders_of_money(graph: ModelGraph, rule: Conservation) -> set[str]:
    """Return the stocks that one flow of money enters and another leaves.

    A stock that money only enters counts it (capital paid in), one that it only leaves is a
    promise (capital not yet called), and one with a single foot in the books is a valuation. A
    debt grows when money comes in and shrinks when it goes out: it mirrors cash and is none.
    """
    signs: dict[str, set[tuple[int, str]]] = {}
    for stock in graph.of_kind("stock"):
        for definition in stock.definitions:
            if isinstance(definition.body, Call) and key(definition.body.function) == "integ":
                for sign, term in additive_terms(definition.body.arguments[0]):
                    found = {(sign, key(each.name)) for each in references(term)
                             if isinstance(each, Reference)}  # fmt: skip
                    signs.setdefault(stock.key, set()).update(found)
    listed = [key(name) for name in rule.stocks]
    booked = {entry for stock in listed for entry in signs[stock]}
    flows = {flow for _, flow in booked}
    touched = {stock: {(sign, flow) for sign, flow in of if flow in flows}
               for stock, of in signs.items()}  # fmt: skip
    return {
        stock for stock, entries in touched.items()
        if {sign for sign, _ in entries} == {-1, 1} and (stock in listed or not entries <= booked)
    }  # fmt: skip


@pytest.mark.parametrize("name", ["foshan", "guidance_fund"])
def test_every_stock_that_holds_money_is_in_the_books(name: str) -> None:
    rule = read_checks(MODELS / name / "checks.toml", model(name).graph).conservation["cash"]
    listed = {key(stock) for stock in rule.stocks}
    assert holders_of_money(model(name).graph, rule) == listed
    assert {model(name).graph[stock].unit for stock in listed} == {"MCNY"}


def test_a_holder_of_money_that_the_books_forget_is_found() -> None:
    graph = model("foshan").graph
    rule = read_checks(MODELS / "foshan" / "checks.toml", graph).conservation["cash"]
    forgetful = rule.model_copy(update={"stocks": ("Firm Cash", "Fund Cash", "Budget Cash")})
    forgotten = {"aid under way", "insurance reserve"}
    assert holders_of_money(graph, forgetful) - {key(s) for s in forgetful.stocks} == forgotten


@pytest.mark.parametrize("name", COMPONENTS)
def test_components_open_in_vensim_ple(name: str) -> None:
    graph = model(name).graph
    assert list(graph.ranges) == []
    moving = graph.of_kind("stock", "flow", "auxiliary")
    assert len(moving) <= 30, f"{len(moving)} equations"


@pytest.mark.parametrize("name", NAMES)
def test_no_stock_goes_negative_at_any_bound(name: str) -> None:
    spec, graph = model(name).spec, model(name).graph
    stocks = [v.name for v in graph.of_kind("stock") if v.name not in SIGNED]
    design = one_at_a_time(factors_of(spec))
    runs = model(name).batch(design.inputs, stocks, save_step=1.0)
    assert (runs["status"] == "ok").all()
    for stock in stocks:
        lowest = runs[stock].min(skipna=False)
        assert float(lowest) >= -1e-9 * float(abs(runs[stock]).max()), stock
