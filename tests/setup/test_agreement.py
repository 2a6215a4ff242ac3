"""pyproject.toml, requirements.lock, constraints.txt and environment.yml ask for the same."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
LOCK = (ROOT / "requirements.lock").read_text().replace("\\\n", " ").splitlines()
PINS = [Requirement(line.partition(" --hash")[0]) for line in LOCK]
DIRECT = [
    Requirement(text)
    for group in (PROJECT["dependencies"], *EXTRAS.values())
    for text in group
    if not text.startswith(PROJECT["name"])
]


@pytest.mark.parametrize("requirement", DIRECT, ids=str)
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_one_locked_version_satisfies_each_direct_requirement(
    requirement: Requirement, python: str
) -> None:
    here = {"python_version": python, "python_full_version": f"{python}.9"}
    if requirement.marker and not requirement.marker.evaluate(here):
        pytest.skip("not for this platform")
    versions = [
        str(next(iter(pin.specifier))).removeprefix("==")
        for pin in PINS
        if canonicalize_name(pin.name) == canonicalize_name(requirement.name)
        and (pin.marker is None or pin.marker.evaluate(here))
    ]
    assert len(versions) == 1
    assert requirement.specifier.contains(versions[0])


def test_every_lock_entry_is_one_version_with_hashes() -> None:
    entry = re.compile(r"[\w.-]+==[\w.!+]+( ; [^#]+?)?( +--hash=sha256:[0-9a-f]{64})+")
    assert [line for line in LOCK if not entry.fullmatch(line)] == []


def test_constraints_are_the_lock_without_hashes() -> None:
    without = [line.partition(" --hash")[0].rstrip() for line in LOCK]
    assert (ROOT / "constraints.txt").read_text().splitlines() == without


def test_environment_installs_the_project_with_all_extras_at_locked_versions() -> None:
    text = (ROOT / "environment.yml").read_text()
    items = re.findall(r"^ +- (.+[^:\n])$", text.partition("dependencies:")[2], re.MULTILINE)
    python, *rest = items
    assert rest == ["pip", "-c constraints.txt", "-e .[all]"]
    assert SpecifierSet(python.removeprefix("python ")) == SpecifierSet(PROJECT["requires-python"])
    assert f"name: {PROJECT['name']}\n" in text


def test_the_extra_all_holds_every_other_extra() -> None:
    (everything,) = (Requirement(text) for text in EXTRAS["all"])
    assert everything.name == PROJECT["name"]
    assert everything.extras == EXTRAS.keys() - {"all"}


@pytest.mark.parametrize(
    "name", ["pyproject.toml", "requirements.lock", "constraints.txt", "environment.yml"]
)
def test_no_address_and_no_path_of_a_machine(name: str) -> None:
    assert re.findall(r"\w+:/.*|(?:^|[\s=\"'])[/~][\w.].*", (ROOT / name).read_text()) == []
