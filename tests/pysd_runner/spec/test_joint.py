"""Unknowns that are drawn together: what a spec may say of them, and what makes no distribution."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from pysd_runner.errors import Fault
from pysd_runner.spec.joint import normal_scores, wrong_ranks
from pysd_runner.spec.schema import Spec
from tests.pysd_runner.spec.example import SPEC

PLACE = "[outcomes.fund]"


def unknown(name: str, variable: str, base: float, distribution: str = "uniform") -> str:
    return f"""\
[uncertainties.{name}]
variable = "{variable}"
label = "{name}"
unit = "{"1/yr" if variable == "loss rate" else "Dmnl"}"
base = {base}
bounds = [0.0, 1.0]
distribution = "{distribution}"
assumption = "Nobody knows."

"""


LOSS = unknown("loss", "loss rate", 0.1)
CORRELATED = """\
[correlations.weather]
label = "Weather"
uncertainties = ["return", "loss"]
rank_correlation = -0.4
source = "key"

"""
SHARED = """\
[shares.split]
label = "Split"
uncertainties = ["one", "other"]
concentration = 20.0
assumption = "a guess"

"""
SPLIT = (
    "[uncertainties.one]\n" + 'variable = "trip"\nelement = "SHA"\nlabel = "one"\nunit = "Dmnl"\n'
    "base = 0.1\nbounds = [0.0, 1.0]\n" + 'distribution = "share"\nassumption = "a guess"\n\n'
    "[uncertainties.other]\n" + 'variable = "switch B1"\nlabel = "other"\nunit = "Dmnl"\n'
    "base = 1.0\nbounds = [0.0, 1.0]\n" + 'distribution = "share"\nassumption = "a guess"\n\n'
)


def test_one_coefficient_stands_for_all_pairs(read: Callable[[str], Spec]) -> None:
    spec = read(SPEC.replace(PLACE, LOSS + CORRELATED + PLACE))
    assert spec.correlations["weather"].rank_correlation == ((1.0, -0.4), (-0.4, 1.0))
    text = CORRELATED.replace("-0.4", "[[1, -0.4], [-0.4, 1]]")
    assert read(SPEC.replace(PLACE, LOSS + text + PLACE)).correlations == spec.correlations


def test_normal_scores_give_the_rank_correlation_back() -> None:
    ranks = np.array([[1, 0.6, -0.2], [0.6, 1, 0.1], [-0.2, 0.1, 1]])
    drawn = stats.multivariate_normal(cov=normal_scores(ranks)).rvs(40_000, random_state=1)
    assert stats.spearmanr(drawn).statistic == pytest.approx(ranks, abs=0.015)
    assert wrong_ranks(ranks, 3) == ""


@pytest.mark.parametrize(
    ("old", "new", "variable", "message"),
    [
        ("-0.4", "1.4", "correlations.weather.rank_correlation",
         "the rank correlations need ones on their diagonal, and lie between -1 and 1."),
        ("-0.4", "[[1, 0.5], [0.4, 1]]", "correlations.weather.rank_correlation",
         "the rank correlations are no symmetric 2 × 2 matrix."),
        ("-0.4", "[[1, 0.5]]", "correlations.weather.rank_correlation",
         "the rank correlations are no symmetric 2 × 2 matrix."),
        ("-0.4", "1.0", "correlations.weather.rank_correlation",
         "the rank correlations are those of no distribution; bring them nearer to zero."),
        ("-0.4", '"high"', "correlations.weather.rank_correlation",
         "is neither a number, for all pairs, nor a matrix of numbers."),
        ('["return", "loss"]', '["return", "lost"]', "correlations.weather.uncertainties",
         "'lost' is not an uncertainty; did you mean 'loss'?"),
        ('["return", "loss"]', '["return", "grants"]', "correlations.weather.uncertainties",
         "'grants' is a lever, which the city sets; only unknowns are drawn together."),
        ('["return", "loss"]', '["loss", "loss"]', "correlations.weather.uncertainties",
         "names 'loss' twice; remove one."),
        ('["return", "loss"]', '["loss"]', "correlations.weather.uncertainties",
         "holds 1 value; write at least 2."),
        ('"Weather"', '"loss"', "correlations.weather.label",
         "'loss' is the identifier of a factor; write a label."),
        ('source = "key"', 'source = "kye"', "correlations.weather.source",
         "'kye' is no key of data/sources.csv; did you mean 'key'?"),
        ('source = "key"', "", "correlations.weather.source",
         "give exactly one of 'source' (a key) and 'assumption' (a reason)."),
        ("label", 'lable = "x"\nlabel', "correlations.weather.lable",
         "unknown key; did you mean 'label'?"),
        (CORRELATED, CORRELATED + CORRELATED.replace("weather", "again").replace("W", "w"),
         "correlations.again.uncertainties",
         "'return' stands in [correlations.weather] too; leave it in one of them."),
    ],
)  # fmt: skip
def test_correlations_that_do_not_fit(
    read: Callable[[str], Spec], old: str, new: str, variable: str, message: str
) -> None:
    text = SPEC.replace(PLACE, LOSS + CORRELATED.replace(old, new, 1) + PLACE)
    fault = first_fault(read, text)
    assert fault.variable == variable
    assert message in fault.message


def first_fault(read: Callable[[str], Spec], text: str) -> Fault:
    from pysd_runner import SpecError

    with pytest.raises(SpecError) as caught:
        read(text)
    return caught.value.faults[0]


@pytest.mark.parametrize("kind", ["discrete", "share"])
def test_what_has_no_ranks_is_not_correlated(read: Callable[[str], Spec], kind: str) -> None:
    loss = unknown("loss", "loss rate", 0.1, kind)
    if kind == "discrete":
        loss = loss.replace("bounds = [0.0, 1.0]", "values = [0.1, 0.2]")
    fault = first_fault(read, SPEC.replace(PLACE, loss + CORRELATED + PLACE))
    assert fault.variable == "correlations.weather.uncertainties"
    assert "'loss' is" in fault.message and "no rank correlation; leave it out" in fault.message


@pytest.mark.parametrize(
    ("text", "variable", "message"),
    [
        (SPLIT + SHARED, "shares.split.uncertainties",
         "'one', 'other' sum to 1.1 in the base case, but shares sum to 1."),
        (SPLIT + SHARED.replace('"one", "other"', '"one", "return"'), "shares.split.uncertainties",
         "'return' is triangular; write distribution = \"share\" there."),
        (SPLIT, "uncertainties.one.distribution",
         "is a share of nothing; name it in a table [shares.…], with the others of the sum."),
        (SPLIT + SHARED.replace("20.0", "0.0"), "shares.split.concentration",
         "is 0; write a number above 0."),
    ],
)  # fmt: skip
def test_shares_that_do_not_fit(
    read: Callable[[str], Spec], text: str, variable: str, message: str
) -> None:
    fault = first_fault(read, SPEC.replace(PLACE, text + PLACE))
    assert (fault.variable, message in fault.message) == (variable, True), fault.message
