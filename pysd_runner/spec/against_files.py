"""What a spec says, held against the files beside it: model, components, sources, series."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pysd_runner.errors import Fault, ModelError, SpecError
from pysd_runner.model.external.files import is_file
from pysd_runner.model.load import model_file
from pysd_runner.names import nearest
from pysd_runner.spec.named import Misfit
from pysd_runner.spec.schema import Spec
from pysd_runner.spec.series import SERIES, mismatches, read_series, read_sources
from pysd_runner.spec.toml import line_of, read_toml


def against_files(spec: Spec, path: Path, text: str) -> list[Fault]:
    """Return what the spec names and no file holds.

    Parameters
    ----------
    path, text : pathlib.Path, str
        The file of the spec.
    """
    faults: list[Fault] = []
    for check in (_check_models, _check_sources, _check_history):
        try:
            faults += [
                Fault(f"{message}.", path, line_of(text, place), ".".join(place))
                for place, message in check(spec, path.parent)
            ]
        except SpecError as error:  # a table beside the spec has faults of its own
            faults += error.faults
    return faults


def _check_models(spec: Spec, folder: Path) -> Iterator[Misfit]:
    if not is_file(folder / spec.model.file):
        found = [each.name for each in folder.glob("*.mdl")]
        near = nearest(spec.model.file, found)
        yield ("model", "file"), f"there is no file '{spec.model.file}' beside this one{near}"
    for name in spec.model.components:
        for message in _wrong_component(name, folder):
            yield ("model", "components"), f"'{name}' {message}"


def _wrong_component(name: str, folder: Path) -> Iterator[str]:
    try:
        beside = model_file(folder / name).parent / "sandbox.toml"
    except ModelError:
        yield "holds no model; name a folder, relative to this one"
        return
    if beside.parent.resolve() == folder.resolve():
        yield "is the model itself; remove it"
    elif not beside.is_file():
        yield "has no sandbox.toml, so there is nothing to test; add one"
    elif _components_of(beside):
        yield "has components itself; name those here and remove them there"


def _components_of(path: Path) -> bool:
    about = read_toml(path)[1].get("model")
    return isinstance(about, dict) and bool(about.get("components"))


def _check_sources(spec: Spec, folder: Path) -> Iterator[Misfit]:
    cited = [
        ((table, name, "source"), each.strip())
        for table in ("levers", "uncertainties", "shocks", "compounds", "correlations", "shares")
        for name, entry in getattr(spec, table).items()
        for each in (entry.source or "").split(",")
        if entry.source is not None
    ]
    if not cited:
        return
    if not is_file(folder / spec.model.sources):
        yield (
            ("model", "sources"),
            f"there is no table of sources '{spec.model.sources}'; add it, or write 'assumption' "
            "in the place of each 'source'",
        )
        return
    known = read_sources(folder / spec.model.sources)
    for place, each in cited:
        if each not in known:
            yield place, f"'{each}' is no key of {spec.model.sources}{nearest(each, known)}"


def _check_history(spec: Spec, folder: Path) -> Iterator[Misfit]:
    if not spec.history:
        return
    table = read_series(folder / SERIES)
    for name, entry in spec.history.items():
        for part, message in mismatches(entry, table):
            yield ("history", name, part), message
