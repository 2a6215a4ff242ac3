"""Find a model's file, read it, and build its graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.build import build_graph
from pysd_runner.model.entries import read_source
from pysd_runner.model.graph import ModelGraph

SUFFIX = ".mdl"


def load_graph(path: str | Path, tags: Mapping[str, str] | None = None) -> ModelGraph:
    """Read a model.

    Parameters
    ----------
    path : str or pathlib.Path
        A Vensim ``.mdl`` file, or a folder that holds one (``models/foshan`` means
        ``models/foshan/foshan.mdl``).
    tags : mapping of str to str
        File, below the model's folder, for each name such as ``?data`` in place of a file's.

    Raises
    ------
    ModelError
        The file is missing or holds no model, or its equations are faulty.
    """
    source = read_source(model_file(Path(path)))
    return build_graph(replace(source, tags=tuple((tags or {}).items())))


def model_file(path: Path) -> Path:
    """Return the model file that ``path`` means.

    Raises
    ------
    ModelError
        There is none, or more than one and none has the folder's name.
    """
    if path.is_dir():
        named = path / f"{path.resolve().name}{SUFFIX}"
        found = [named] if named.exists() else sorted(path.glob(f"*{SUFFIX}"))
        if not found:
            raise ModelError(Fault(f"holds no {SUFFIX} file; name the model file itself.", path))
        if len(found) > 1:
            names = ", ".join(each.name for each in found)
            raise ModelError(Fault(f"holds several models ({names}); name one of them.", path))
        return found[0]
    if not path.exists():
        near = [p.name for p in path.parent.glob("*") if p.is_dir() or p.suffix == SUFFIX]
        from_folder = f"; {path.parent} holds {', '.join(sorted(near))}" if near else ""
        raise ModelError(Fault(f"there is no such file or folder{from_folder}.", path))
    if path.suffix.lower() != SUFFIX:
        raise ModelError(
            Fault(f"is not a Vensim model file; its name should end in {SUFFIX}.", path)
        )
    return path
