"""Find a model's file, read it, and build its graph."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.build import build_graph
from pysd_runner.model.entries import read_source
from pysd_runner.model.graph import ModelGraph
from pysd_runner.model.xmile.source import SUFFIXES as XMILE
from pysd_runner.model.xmile.source import read_xmile

VENSIM = ".mdl"
SUFFIXES = (VENSIM, *XMILE)
_KNOWN = f"{', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
_NAME_IT = "name the model file itself"
_MOST_NAMED = 12


def load_graph(path: str | Path, tags: Mapping[str, str] | None = None) -> ModelGraph:
    """Read a model.

    Parameters
    ----------
    path : str or pathlib.Path
        A Vensim ``.mdl`` file, an XMILE file (``.xmile``, ``.stmx``, ``.itmx``, ``.xml``), or a
        folder that holds one (``models/foshan`` means ``models/foshan/foshan.mdl``).
    tags : mapping of str to str
        File, below the model's folder, for each name such as ``?data`` in place of a file's.

    Raises
    ------
    ModelError
        The file is missing or holds no model, or its equations are faulty.
    """
    file = model_file(Path(path))
    source = read_source(file) if file.suffix.lower() == VENSIM else read_xmile(file)
    return build_graph(replace(source, tags=tuple((tags or {}).items())))


def model_file(path: Path) -> Path:
    """Return the model file that ``path`` means.

    Raises
    ------
    ModelError
        There is none, or more than one and none has the folder's name.
    """
    try:
        is_folder = path.is_dir()
    except OSError as error:  # a name that is too long, a folder that is closed
        raise ModelError(Fault(f"cannot be read ({error.strerror}).", path)) from None
    if is_folder:
        found = _models_in(path)
        if not found:
            below = [each.name for each in _folders(path) if _models_in(each)]
            remedy = f"name one of its folders: {_listed(below)}" if below else _NAME_IT
            raise ModelError(Fault(f"holds no model file ({_KNOWN}); {remedy}.", path))
        if len(found) > 1:
            names = [each.name for each in found]
            raise ModelError(
                Fault(f"holds several models ({_listed(names)}); name one of them.", path)
            )
        return found[0]
    if not path.exists():
        files = [each for each in path.parent.glob("*") if each.suffix.lower() in SUFFIXES]
        near = sorted(each.name for each in (*_folders(path.parent), *files))
        if len(near) > _MOST_NAMED:  # what is spelled most alike comes first
            near = difflib.get_close_matches(path.name, near, n=len(near), cutoff=0.0)
        from_folder = f"; {path.parent} holds {_listed(near)}" if near else ""
        raise ModelError(Fault(f"there is no such file or folder{from_folder}.", path))
    if path.suffix.lower() not in SUFFIXES:
        raise ModelError(Fault(f"is no model file; its name should end in {_KNOWN}.", path))
    return path


def _listed(names: Sequence[str]) -> str:
    """Return names with commas between them, of many the first."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _folders(folder: Path) -> list[Path]:
    """Return the folders in a folder that are not hidden."""
    return [each for each in sorted(folder.glob("[!.]*")) if each.is_dir()]


def _models_in(folder: Path) -> list[Path]:
    """Return the model of the folder's name, or else all; Vensim's count before others."""
    files = sorted(folder.glob("*"))
    for suffixes in ((VENSIM,), XMILE):
        models = [file for file in files if file.suffix.lower() in suffixes]
        named = [file for file in models if file.stem == folder.resolve().name]
        if models:
            return named[:1] or models
    return []
