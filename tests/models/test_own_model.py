"""The page on a model of one's own: its example works, and it knows every key."""

from __future__ import annotations

import re
import textwrap
import tomllib
from pathlib import Path

import pytest
from pydantic import BaseModel

from pysd_runner import load
from pysd_runner.check.scorecard import check_model
from pysd_runner.spec.checks import Checks
from pysd_runner.spec.joint import Correlation, ShareSet
from pysd_runner.spec.reality import CLAIM_FUNCTIONS, TIME_FUNCTIONS
from pysd_runner.spec.schema import Spec
from tests.models.folder import MODELS

PAGE = (MODELS / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def apprentices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the page describes."""
    folder = tmp_path_factory.mktemp("own") / "apprentices"
    folder.mkdir()
    blocks = re.findall(r"`apprentices/(\S+)`:\n\n```\w*\n(.*?)```", PAGE, re.DOTALL)
    assert [name for name, _ in blocks] == ["apprentices.mdl", "sandbox.toml", "checks.toml"]
    for name, text in blocks:
        (folder / name).write_text(text, "utf-8")
    return folder


def test_all_checks_of_the_example_hold(apprentices: Path) -> None:
    findings = [each for topic in check_model(load(apprentices)).topics for each in topic.findings]
    assert [each.label for each in findings if not each.passed] == []
    assert len(findings) == 9  # as the page says


def test_the_example_answers_its_question(apprentices: Path) -> None:
    table = load(apprentices).outcomes({"training subsidy": [0.0, 0.3], "slump depth": [0.0, 0.0]})
    skilled, outlay = table["skilled"], table["outlay"]
    # hiring rises by 0.5 x 0.3; in nine years a part of it has finished its training
    assert 1.0 < skilled[1] / skilled[0] < 1.15
    assert outlay[0] == 0 < outlay[1]


def keys_of(model: type[BaseModel]) -> set[str]:
    """Return the keys of all tables below one."""
    found: set[str] = set()
    for name, field in model.model_fields.items():
        inner = [each for each in nested(field.annotation) if issubclass(each, BaseModel)]
        found.add(field.alias or name)
        found |= {key for each in inner for key in keys_of(each)}
    return found


def nested(annotation: object) -> list[type]:
    """Return the classes that an annotation is made of."""
    parts = getattr(annotation, "__args__", ())
    own = [annotation] if isinstance(annotation, type) and not parts else []
    return [*own, *(each for part in parts for each in nested(part))]


@pytest.mark.parametrize("files", [Spec, Checks])
def test_the_page_names_every_key(files: type[BaseModel]) -> None:
    reference = PAGE[PAGE.index("## All that `sandbox.toml` may say") :]
    named = set(re.findall(r"[A-Za-z_]+", " ".join(re.findall(r"`([^`]+)`", reference))))
    assert keys_of(files) - named == set()
    assert {"levers", "trip", "never_negative"} & named == {"levers", "trip", "never_negative"}


def test_the_example_of_what_is_drawn_together_is_read() -> None:
    block = re.findall(r"(?:^    .*\n|^\n(?=    ))+", PAGE[PAGE.index("[correlations.…]") :], re.M)[
        0
    ]
    tables = tomllib.loads(textwrap.dedent(block))
    booms = Correlation.model_validate(tables["correlations"]["booms"])
    assert booms.rank_correlation == ((1.0, 0.6), (0.6, 1.0))
    demand = ShareSet.model_validate(tables["shares"]["demand"])
    third = (1 / 3) * (2 / 3) / (1 + demand.concentration)
    assert third**0.5 == pytest.approx(0.1, abs=0.01)  # "some ten points", one standard deviation


def test_the_page_names_every_function_of_a_claim() -> None:
    named = set(re.findall(r"`([A-Z]+)\b", PAGE))
    wanted = {name.upper() for name in (*TIME_FUNCTIONS, "base", "in")}
    assert wanted <= {name.upper() for name in CLAIM_FUNCTIONS}
    assert wanted - named == set()
