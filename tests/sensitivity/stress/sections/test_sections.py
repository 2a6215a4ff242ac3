"""The sections on shocks, breakers, policies, weaknesses and loops say what the tables hold."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pysd_runner import Model
from sensitivity.plots.numbers import TIE, quantity
from sensitivity.stress.record import Record
from sensitivity.stress.replay import Replayer
from sensitivity.stress.report import write_report
from sensitivity.stress.sections.answer import answer_section
from sensitivity.stress.sections.breakers import breakers_section
from sensitivity.stress.sections.choice import choice_section
from sensitivity.stress.sections.departures import departures_section
from sensitivity.stress.sections.levers import _best, levers_section
from sensitivity.stress.sections.loops import ends_of, loops_section
from sensitivity.stress.sections.section import Section
from sensitivity.stress.sections.shocks import shocks_section
from sensitivity.stress.sections.together import together_section
from sensitivity.stress.sections.trust import failure_sentence, trust_section
from sensitivity.stress.sections.weakness import weakness_section
from sensitivity.stress.sections.words import percent, signed, signed_share
from sensitivity.stress.stress_test import StressTest, stress_test
from sensitivity.stress.strike import Plan, strike
from sensitivity.stress.struck import Struck
from tests.sensitivity.stress.small_city import SPEC, small_city


@pytest.fixture(scope="module")
def struck(city: Model) -> Struck:
    with Replayer(city) as replayer:
        found = strike(Plan(city, draws=64, searched=512), replayer)
        return replace(found, replays=replayer.results())


def text(section: Section | None) -> str:
    assert section is not None
    return " ".join(section.findings).replace(TIE, " ")


def cells(section: Section | None, heading: str) -> list[list[str]]:
    assert section is not None
    (table,) = [each for each in section.tables if each.heading.startswith(heading)]
    return [[str(cell) for cell in row] for row in table.rows]


def test_the_worst_stress_is_named_with_its_loss(struck: Struck) -> None:
    section = shocks_section(struck)
    assert struck.shocks is not None
    table = struck.shocks.resilience
    own = table[(table["policy"] == "base") & (table["brakes"] == "off")].set_index("stress")
    assert own["loss"].idxmax() == "both"
    said = text(section)
    assert "S3 Slump and budget cut takes most: a loss equal to" in said
    assert f"{own.loc['both', 'loss']:.1f}".removesuffix(".0") in said
    assert f"{percent(own.loc['both', 'censored'])} of all are not seen to recover by 2040" in said
    assert section is not None and len(section.figures) == 4
    rows = cells(section, "Resilience of Output")
    assert [row[:2] for row in rows[:2]] == [
        ["S1 Demand collapse", "off"], ["S1 Demand collapse", "on"]
    ]  # fmt: skip
    assert cells(section, "Shocks")[2][:3] == [
        "S3 Slump and budget cut", "Demand collapse and Budget cut", "one start"
    ]  # fmt: skip


def test_the_answer_names_the_best_policy_its_price_and_its_side_effect(struck: Struck) -> None:
    section, found = answer_section(struck), struck.portfolios
    assert found is not None and section is not None and len(section.figures) == 1
    main = found.of("output")["estimate"]
    best = str(main.idxmax())
    label = struck.ensemble.spec.policies[best].label
    assert main[best] < -0.1  # both policies take from firms, or from the reserve
    share = f"{main[best]:+.0%}".replace("-", "−")
    said = text(section)
    amount, price = (
        signed(float(found.change(best, name)["amount"]), "MCNY/yr").replace(TIE, " ")
        for name in ("output", "aid")
    )
    assert f"none improves Output in 2040; '{label}' harms it least: {amount} or {share}" in said
    assert f"Its price: Aid, mean {price} or " in said
    assert "of the futures in which S3 Slump and budget cut strikes, '" in said


def test_levers_alone_are_told_with_their_interval_and_their_price(struck: Struck) -> None:
    section, found = levers_section(struck), struck.alone
    assert section is not None and found is not None
    high, low = found.of("output", "high"), found.of("output", "low")
    assert set(high.index) == {"aid", "tax"}
    best = max(high["estimate"].max(), low["estimate"].max())
    base = high["base"].iloc[0]
    said = text(section)
    if best > 0.001 * base:
        assert f"{best / base:.1%}" in said or f"{best / base:.0%}" in said
    rows = cells(section, "Effect and cost")
    assert len(rows) == 2 * 2 * 2  # outcomes, levers, bounds
    assert {row[1] for row in rows} == {"Aid to firms", "Tax"}


def test_a_lever_that_harms_at_one_bound_is_not_said_to_do_nothing(struck: Struck) -> None:
    found = struck.alone
    assert found is not None
    table = found.table.copy()
    aid = (table["outcome"] == "output") & (table["lever"] == "aid")
    tax = (table["outcome"] == "output") & (table["lever"] == "tax")
    columns = ["estimate", "low", "high"]
    table.loc[aid, columns] = 0.0
    table.loc[tax, columns] = 0.0
    at_top = aid & (table["end"] == "high")
    table.loc[at_top, columns] = [-5.0, -6.0, -4.0]
    said = text(levers_section(replace(struck, alone=replace(found, table=table))))
    assert "Tax: less than a thousandth of Output in 2040, at either bound" in said
    assert "Aid to firms: less than a thousandth" not in said
    assert "At its upper bound this makes Output in 2040 worse: Aid to firms" in said


def test_futures_that_a_lever_leaves_alone_are_none_that_it_helps(struck: Struck) -> None:
    found = struck.alone
    assert found is not None
    turned = struck.ensemble.spec.outcomes["output"].model_copy(update={"direction": "minimise"})
    table = found.table.assign(raises=0.0, lowers=0.25)
    best = _best(replace(found, table=table), "output", turned)
    assert (best["helps"] == 0.25).all()


def test_levers_together_are_told_with_the_effect_of_the_whole(struck: Struck) -> None:
    section, found = together_section(struck), struck.together
    assert found is not None and section is not None and found.policy == "thrifty"
    own = found.groups.of("output", "Shapley")["estimate"]
    total = float(found.groups.dataset["total"].sel(outcome="output"))
    assert own.sum() == pytest.approx(total)
    said = text(section)
    assert f"'Thrifty' changes Output in 2040 by {quantity(total, 'MCNY/yr')}".replace(
        TIE, " "
    ) in said.replace("+", "")
    assert "Each part alone adds up to" in said


def test_each_shock_and_each_lever_alone_is_told_and_drawn(struck: Struck) -> None:
    section = departures_section(struck)
    assert section is not None and len(section.figures) == 3
    assert struck.departures is not None
    deepest = struck.departures.relative(struck.departures.shocks, "output").min(axis=1)
    said = text(section)
    order = deepest.argsort()
    labels = [struck.departures.stresses[row].label for row in order]
    assert f"Output falls furthest under {labels[0]} (" in said
    assert f"{deepest[order[0]]:.0%}".replace("-", "−") in said


def test_breakers_are_told_to_help_as_much_as_they_do(struck: Struck) -> None:
    section = breakers_section(struck)
    assert struck.breakers is not None
    cost = struck.breakers.cost.set_index(["policy", "stress"]).loc[("base", "both")]
    said = text(section)
    gain = quantity(float(cost["tail"]), "MCNY/yr").replace(TIE, " ")
    assert f"and in the worst tenth of the futures {gain} better" in said
    assert "without a shock, on average no better and no worse" in said
    assert "The breaker B1 Budget breaker" in said
    assert "Of 14 settings of thresholds, gaps and review" in said
    rows = cells(section, "Trips under the base policy")
    assert [row[1] for row in rows] == ["no shock", *(each.label for each in
                                                      struck.ensemble.stresses[1:])]  # fmt: skip
    assert rows[0][2] == "0%" and rows[0][6] == "–"
    assert cells(section, "Settings of the breakers")[1][0] == "the loosest thresholds"


def test_policies_are_ranked_by_seven_metrics_at_once(struck: Struck) -> None:
    section = choice_section(struck)
    assert "'Base policy, breakers on' ranks first by" in text(section)
    assert "Kendall's W =" in text(section)
    assert len(cells(section, "Robustness for Output in 2040")) == 7 * 6
    assert section is not None
    assert "a tenth worse than the base case; the spec names no threshold" in section.notes[0]


def test_the_weak_spot_is_told_with_coverage_and_density(struck: Struck) -> None:
    section = weakness_section(struck)
    assert struck.weakness is not None
    score = struck.weakness.found.score
    said = text(section)
    assert f"there it fails in {percent(score.density)} of {score.runs:,} futures" in said
    assert f"{percent(score.coverage)} of all failures lie there" in said
    assert len(cells(section, "Leaves of the classification tree")) == len(
        struck.weakness.tree.leaves
    )


def test_another_loop_is_told_to_carry_the_worst_futures(struck: Struck) -> None:
    section = loops_section(struck)
    said = text(section)
    assert section is not None and struck.loops is not None and struck.loops.struck is not None
    every, worst = (struck.loops.struck.at_end("output", worst=w)["median"] for w in (False, True))
    assert abs(worst["B1"] - every["B1"]) > abs(worst["R1"] - every["R1"])
    assert "differs most in the worst tenth of the futures is the reinforcing loop B1 R" in said
    label = struck.ensemble.spec.outcomes["output"].quantity or "Output in 2040"
    usual = percent(abs(every["B1"]))
    assert re.search(rf"It (raises|lowers) {label} by {usual} in the median of all futures", said)
    assert f"and lowers it by {percent(-worst['B1'])} in that of the worst tenth (95%" in said


def test_an_interval_has_digits_enough_for_its_two_ends() -> None:
    assert ends_of({"low": -0.2142, "high": -0.2071}) == "(95% interval 20.7% to 21.4%)"
    assert ends_of({"low": 0.10, "high": 0.14}) == "(95% interval 10% to 14%)"


def test_what_a_policy_owes_to_its_loops_is_told(struck: Struck) -> None:
    section = loops_section(struck)
    said = text(section)
    assert section is not None and struck.loops is not None
    assert section.essence == section.findings[:2]
    carried = struck.loops.carried
    assert carried is not None and carried.policy == "thrifty"
    assert carried.table["estimate"].to_numpy() == pytest.approx(
        carried.gain - carried.table["without"].to_numpy()
    )
    assert said.startswith(f"'Thrifty' changes Output in 2040 by {signed_share(carried.gain)}")
    assert len(cells(section, "Effects at the end")) == 2 * 3


def test_what_was_checked_is_told(struck: Struck) -> None:
    section = trust_section(struck)
    said = text(section)
    assert f"All {len(struck.ensemble.runs):,} runs of the ensemble ended well" in said
    assert "PySD was made to run the base case, the worst run and a random run again" in said
    assert "which is rounding" in said
    assert section.warning == ""
    refused = trust_section(replace(struck, refusals={"weakness": "none."}))
    assert refused.warning == "No part on weakness: none."


def test_failures_are_told_with_their_place(struck: Struck) -> None:
    runs = struck.ensemble.runs
    bad = (runs["stress"] == "levy") & (runs["policy"] == "thrifty")
    from sensitivity.stress.failures import locate_failures

    inputs = runs[["stress", "policy", "brakes"]]
    ends = ["non-finite in 'x' at 2030" if each else "ok" for each in bad]
    found = locate_failures(inputs, ends, resamples=2)
    said = failure_sentence(found, " of the ensemble")
    assert f"{int(bad.sum()):,} of {len(runs):,} runs of the ensemble, 8%, did not end well" in said
    assert "It breaks where policy is thrifty and stress is levy: 100% of the runs there" in said


@pytest.fixture(scope="module")
def whole(struck: Struck) -> StressTest:
    test = stress_test(struck.ensemble.trial.model, 64, second_order=True, workers=2)
    return replace(test, struck=struck)


@pytest.fixture(scope="module")
def page(whole: StressTest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(whole, Record("c", 0, "d", {}), tmp_path_factory.mktemp("r") / "one")


def test_the_page_holds_all_sections_and_their_essence(page: Path) -> None:
    html = page.read_text("utf-8")
    anchors = re.findall(r'<section id="([^"]+)"', html)
    assert anchors == [
        "found", "answer", "levers", "together", "shocks", "breakers", "policies", "weakness",
        "what_decides_the_outcomes", "loops", "departures", "factors", "trust", "made",
    ]  # fmt: skip
    links = re.findall(r'<li><a href="#([^"]+)"', html)
    assert links == anchors
    assert not re.search(r"src=\"(?!data:)|<link|<script|@import|url\((?!data:|#)", html)
    found = html[html.index('id="found"') : html.index('id="answer')]
    for lead in (
        "Policies",
        "Levers",
        "Shocks",
        "Breakers",
        "Robustness",
        "Levers together",
        "Weak spot",
        "Loops",
    ):
        assert f">{lead}</a>" in found
    assert "All 6 ranges of levers, uncertainties and shocks are assumptions" in found
    names = {each.name for each in page.parent.iterdir()}
    assert {"small_city_stress_runs.csv.gz", "small_city_triangles.csv.gz",
            "small_city_trips.csv.gz", "small_city_resilience.csv",
            "small_city_breaker_frontier.csv", "small_city_robustness_output.csv",
            "small_city_levers_alone.csv", "small_city_peeling.csv",
            "small_city_loops_output.csv"} <= names  # fmt: skip


@pytest.mark.slow
def test_equal_findings_give_equal_pages_and_files(
    whole: StressTest, page: Path, tmp_path: Path
) -> None:
    again = write_report(whole, Record("c", 0, "d", {}), tmp_path / "two").parent
    for path in page.parent.iterdir():
        assert path.read_bytes() == (again / path.name).read_bytes(), path.name


def test_a_model_gets_the_parts_that_it_has(tmp_path: Path) -> None:
    bare = SPEC[: SPEC.index("[shocks.slump]")]
    city = small_city(tmp_path, bare)
    with Replayer(city) as replayer:
        found = strike(Plan(city, draws=32, searched=256), replayer)
        assert len(replayer) == 3
    assert found.refusals == {}
    assert (found.shocks, found.breakers, found.loops) == (None, None, None)
    assert shocks_section(found) is breakers_section(found) is loops_section(found) is None
    choice = choice_section(found)
    assert choice is not None and "'Base policy' ranks first" in text(choice)
    assert "breakers" not in choice.paragraphs[0] and "stress" not in choice.paragraphs[0]
    answer = answer_section(found)
    assert answer is not None and "breakers" not in answer.paragraphs[0]
    assert found.weakness is not None
    assert "fails without a shock" in text(weakness_section(found))
    assert found.portfolios is not None and found.portfolios.stress == "none"
    assert " strikes" not in text(answer_section(found))


def test_a_part_that_is_refused_does_not_take_the_others_along(tmp_path: Path) -> None:
    city = small_city(tmp_path)
    found = strike(Plan(city, draws=16, searched=64), Replayer(city))
    assert set(found.refusals) == {"weakness"}
    assert "a box needs at least 20" in found.refusals["weakness"]
    assert weakness_section(found) is None
    assert shocks_section(found) is not None


def test_one_policy_is_not_held_against_others(tmp_path: Path) -> None:
    first, last = SPEC.index("[policies.thrifty]"), SPEC.index("[shocks.slump]")
    city = small_city(tmp_path, SPEC[:first] + SPEC[last:])
    with Replayer(city) as replayer:
        found = strike(Plan(city, draws=16, searched=64), replayer)
    said = text(answer_section(found))
    assert said.startswith("'Generous' changes Output in 2040: ")
    assert "Of 1" not in said and "best" not in said and "most for its money" not in said


def test_a_quantity_that_stays_near_its_twin_is_not_said_to_recover(struck: Struck) -> None:
    assert struck.shocks is not None
    table = struck.shocks.resilience.assign(ttr=0.0)
    shocks = replace(struck.shocks, resilience=table)
    said = text(shocks_section(replace(struck, shocks=shocks)))
    assert "in half of the futures or more Output stays above 95% of its twin" in said
    assert "within 0" not in said
