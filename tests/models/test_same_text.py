"""Where a component model and the city model share an equation, it is the same text.

The city model adds industries, levers, switches and side effects. ``ADDED`` names, for each shared
equation, what it adds and what stands in its place in the small model; nothing else may differ.
"""

from __future__ import annotations

import re
from functools import cache

import pytest

from pysd_runner import load
from tests.models.folder import COMPONENTS, MODELS

Replacements = tuple[tuple[str, str], ...]

SUCCESS = "development success in force * timeliness * (Knowledge Stock / initial knowledge) ^ (-"
HOLDINGS = ("net asset value", "Seed Value + Growth Value + Exit Value")

ADDED: dict[tuple[str, str], tuple[str, Replacements]] = {
    # Research and knowledge
    ("rd_investment", "Research In Progress"): ("Research In Progress", ()),
    ("rd_investment", "research start"): (
        "research start", (("direct development share", "development share"),)),
    ("rd_investment", "research completion"): (
        "research completion", (("research time in force", "research time"),)),
    ("rd_investment", "Development In Progress"): (
        "Development In Progress",
        (("development start", "development share * research effort + research success * "
          "research completion"),)),
    ("rd_investment", "development completion"): (
        "development completion", (("development time in force", "development time"),)),
    ("rd_investment", "Knowledge Stock"): ("Knowledge Stock", ()),
    ("rd_investment", "knowledge creation"): (
        "knowledge creation",
        ((SUCCESS + "switch B1 * ideas exponent)", "development success * idea yield"),)),
    ("rd_investment", "knowledge obsolescence"): (
        "knowledge obsolescence",
        (("obsolescence rate * obsolescence factor", "knowledge obsolescence rate"),)),
    ("rd_investment", "relabelled share"): (
        "relabelled share",
        (("switch B3 * ", ""), ("support share", "ZIDZ(public cost, reported spending)"))),
    # Guidance fund
    ("guidance_fund", "social commitment"): ("social commitment", ((" in force", ""),)),
    ("guidance_fund", "realised share"): (
        "realised share",
        ((" in force", ""), ("(switch R3 * yield response)", "yield response"),
         (" * (1 + matchmaking effect * (Service Level - service cover at start))", ""),
         (" * (Reported Alignment / alignment at start) ^ (alignment feedback * "
          "alignment response)", ""))),
    ("guidance_fund", "Perceived Yield"): (
        "Perceived Yield", (("exit value sold", "exit proceeds"), HOLDINGS)),
    ("guidance_fund", "Government Uncalled"): (
        "Government Uncalled", ((", 0)", ", initial government uncalled)"),)),
    ("guidance_fund", "Social Uncalled"): (
        "Social Uncalled", ((", 0)", ", initial social uncalled)"),)),
    ("guidance_fund", "government call"): ("government call request", ()),
    ("guidance_fund", "social call"): (
        "social call", ((" * XIDZ(government call, government call request, 1)", ""),)),
    ("guidance_fund", "management fee"): ("management fee", ()),
    ("guidance_fund", "Government Paid In"): ("Government Paid In", ()),
    ("guidance_fund", "Social Paid In"): ("Social Paid In", ()),
    ("guidance_fund", "Fund Distributed"): ("Fund Distributed", ()),
    ("guidance_fund", "distributed multiple"): ("distributed multiple", ()),
    ("guidance_fund", "total value multiple"): ("total value multiple", (HOLDINGS,)),
    # Output and capital
    ("industrial_output", "learning exponent"): ("learning exponent", ()),
    ("industrial_output", "unit cost"): ("experience cost", (("switch R4 * ", ""),)),
    ("industrial_output", "revenue"): ("revenue", ()),
    ("industrial_output", "Expected Demand"): ("Expected Demand", ()),
    ("industrial_output", "Past Demand"): ("Past Demand", ()),
    ("industrial_output", "planned demand"): ("planned demand", ()),
    ("industrial_output", "expected growth"): ("expected growth", ()),
    ("industrial_output", "shipments"): ("shipments", ()),
    ("industrial_output", "desired production"): ("desired production", ()),
    ("industrial_output", "utilisation"): ("utilisation", ()),
    ("industrial_output", "Cumulative Output"): ("Cumulative Output", ()),
    ("industrial_output", "capital arrival"): ("capital arrival", ()),
    ("industrial_output", "depreciation"): ("depreciation", ()),
    ("industrial_output", "Capital Stock"): (
        "Capital Stock", (("initial capital", "desired capital"),)),
    ("industrial_output", "Capital On Order"): (
        "Capital On Order", (("initial capital", "desired capital"),)),
    ("industrial_output", "capacity"): ("capacity", ((" * productivity", ""),)),
    ("industrial_output", "production"): (
        "attempted production",
        (("MIN(MIN(desired production, capacity), feasible output)",
          "MIN(desired production, capacity)"),)),
}  # fmt: skip
"""(component, variable) -> variable of the city model, and what is replaced in its text."""

LEAST = {"rd_investment": 9, "guidance_fund": 13, "industrial_output": 17}


@cache
def equations(name: str) -> dict[str, str]:
    """Text of each equation without subscripts, line breaks and the point of ``0.0``."""
    table = load(MODELS / name).describe()["equation"]
    plain = {}
    for variable, text in table.items():
        bare = re.sub(r"\[[^\]]*\]", "", str(text))
        plain[str(variable)] = re.sub(r"\b(\d+)\.0\b", r"\1", " ".join(bare.split()))
    return plain


@pytest.mark.parametrize(("component", "variable"), ADDED)
def test_a_shared_equation_is_the_same_text(component: str, variable: str) -> None:
    city, added = ADDED[component, variable]
    text = equations("foshan")[city]
    for theirs, ours in added:
        assert theirs in text, f"'{theirs}' is no longer in the equation of '{city}'"
        text = text.replace(theirs, ours)
    assert text == equations(component)[variable]


@pytest.mark.parametrize("component", COMPONENTS)
def test_the_parts_that_matter_are_shared(component: str) -> None:
    assert sum(name == component for name, _ in ADDED) >= LEAST[component]


@pytest.mark.parametrize("component", COMPONENTS)
def test_an_equation_of_one_name_is_listed_or_named_apart(component: str) -> None:
    """What bears the same name in both and is not listed differs for a reason given here."""
    apart = {
        # One lever's phase for each line of the budget; pay and AI are taken off.
        "rd_investment": {"policy phase", "research effort"},
        # Several holdings, buybacks and a budget that may not pay; sums over industries.
        "guidance_fund": {"fundraising", "Fund Cash", "seed investment", "growth investment",
                          "government distribution", "social distribution"},
        # Market of rivals, late orders, several demands, aid, credit and maintenance.
        "industrial_output": {"Market Size", "demand", "price", "Order Backlog", "production",
                              "Finished Inventory", "desired capital", "desired acquisition",
                              "capital orders", "volume growth", "initial cumulative output",
                              "unit cost"},
    }[component]  # fmt: skip
    small, city = load(MODELS / component).graph, equations("foshan")
    shared = {
        v.name for v in small.of_kind("stock", "flow", "auxiliary")
        if v.name in city and not v.is_internal
    }  # fmt: skip
    listed = {variable for name, variable in ADDED if name == component}
    starts = {name for name in shared if name.startswith("initial ")}
    assert shared - listed - apart - starts == set()
