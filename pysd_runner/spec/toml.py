"""TOML files that people write: read, find the line of a key, say what is wrong with the shape."""

from __future__ import annotations

import re
import tomllib
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from pysd_runner.errors import Fault, SpecError
from pysd_runner.names import nearest

_NAME = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|[^\s.=\[\]"'#]+)"""
_PART = re.compile(_NAME)
_TABLE = re.compile(rf"\s*\[\s*({_NAME}(?:\s*\.\s*{_NAME})*)\s*\]")
_VALUE = re.compile(rf"\s*({_NAME})\s*([=.])")
_DEEPEST = 10
"""Tables in one another of which the outer ones are found without a header of their own."""


def read_toml(path: Path) -> tuple[str, dict[str, Any]]:
    """Return the text of a TOML file and what it says.

    Raises
    ------
    SpecError
        The file is missing, is no text, or is no valid TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise SpecError(
            Fault("there is no such file; a model's levers and outcomes are listed in it.", path)
        ) from None
    except OSError as error:
        raise SpecError(Fault(f"cannot be read ({error.strerror}).", path)) from None
    except UnicodeDecodeError as error:
        raise SpecError(Fault(f"cannot be read ({error}); save it as UTF-8.", path)) from None
    try:
        return text, tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else None
        what = re.sub(r"\s*\(at .*?\)", "", str(error))
        raise SpecError(Fault(f"is no valid TOML: {what}.", path, line)) from None
    except ValueError:  # Python reads no whole number of more than 4,300 digits
        raise SpecError(Fault("holds a number of too many digits; shorten it.", path)) from None
    except RecursionError:
        raise SpecError(Fault("holds lists or tables too deep in one another.", path)) from None


def line_of(text: str, place: tuple[str, ...]) -> int | None:
    """Return the line of a TOML text on which a key stands, or its table, or ``None``."""
    found = _lines_of(text)
    for depth in range(len(place), 0, -1):
        number = found.tables.get(place[:depth]) or found.above.get(place[:depth])
        if number is None:
            continue
        if depth < len(place):
            number = found.keys.get((number, place[depth]), number)
        return number
    return found.first.get(place[0]) if place else None


@dataclass(frozen=True, slots=True)
class _Lines:
    """Lines, counted from 1, of a TOML text, each the first of its kind.

    Parameters
    ----------
    tables, above : dict
        Names of a table -> the line of its header, or of that of a table below it.
    keys : dict
        Line of a header, and a key -> the line on which a value is given to the key.
    first : dict
        Key -> the first line that begins with it, in whatever table.
    """

    tables: dict[tuple[str, ...], int] = field(default_factory=dict)
    above: dict[tuple[str, ...], int] = field(default_factory=dict)
    keys: dict[tuple[int, str], int] = field(default_factory=dict)
    first: dict[str, int] = field(default_factory=dict)


@lru_cache(maxsize=4)
def _lines_of(text: str) -> _Lines:
    """Look through a text once, however many faults it has."""
    found, header = _Lines(), 0
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith("["):
            header = number
            if table := _TABLE.match(line):
                names = tuple(part.strip("\"'") for part in _PART.findall(table[1]))
                found.tables.setdefault(names, number)
                for depth in range(1, min(len(names), _DEEPEST)):
                    found.above.setdefault(names[:depth], number)
        elif value := _VALUE.match(line):
            name = value[1].strip("\"'")
            found.first.setdefault(name, number)
            if value[2] == "=":
                found.keys.setdefault((header, name), number)
    return found


# -- the shape ----------------------------------------------------------------------------------


def shape_faults(
    error: ValidationError,
    root: type[BaseModel],
    tables: Mapping[str, type[BaseModel]],
    path: Path,
    text: str,
) -> list[Fault]:
    """Say in our own words what pydantic found.

    Parameters
    ----------
    error : ValidationError
        Of ``root``.
    root : type of BaseModel
        What the file as a whole is read into.
    tables : mapping
        Name of a table of the file -> what it, or each of its entries, is read into.
    path, text : pathlib.Path, str
        The file.
    """
    faults = []
    for each in error.errors():
        place = tuple(str(part) for part in each["loc"])
        if each["type"] == "extra_forbidden":
            table = _inner(root if len(place) == 1 else tables[place[0]], place[2:-1])
            known = [field.alias or name for name, field in table.model_fields.items()]
            message = f"unknown key{nearest(place[-1], known)} (known: {', '.join(known)})"
        else:
            message = _in_words(dict(each))
        key = (each.get("ctx") or {}).get("key")
        place = (*place, key) if key else place
        faults.append(Fault(f"{message}.", path, line_of(text, place), ".".join(place)))
    return faults


def _inner(table: type[BaseModel], way: tuple[str, ...]) -> type[BaseModel]:
    """Return what the table is read into that stands at the end of a way of keys.

    Below a table of tables the next key is one that the user made up.
    """
    names = iter(way)
    for name in names:
        found = table.model_fields[name].annotation
        if typing.get_origin(found) is dict:
            next(names, None)
        kinds = [found, *typing.get_args(found)]
        table = next(
            each for each in kinds if isinstance(each, type) and issubclass(each, BaseModel)
        )
    return table


def _in_words(error: Mapping[str, Any]) -> str:
    context, given = error.get("ctx") or {}, _shown(error["input"])
    words: dict[str, Callable[[], str]] = {
        "contradiction": lambda: str(context["what"]),
        "missing": lambda: (
            "holds too few values" if isinstance(error["loc"][-1], int) else "is missing; add it"
        ),
        "string_type": lambda: f"is {given}; write a text in quotes",
        "string_too_short": lambda: "is empty; write a text",
        "string_too_long": lambda: (
            f"has {len(error['input'])} characters; shorten it to {context['max_length']}"
        ),
        "float_type": lambda: f"is {given}; write a number",
        "finite_number": lambda: f"is {given}; write a finite number",
        "greater_than": lambda: f"is {given}; write a number above {context['gt']:g}",
        "greater_than_equal": lambda: f"is {given}; write at least {context['ge']:g}",
        "less_than_equal": lambda: f"is {given}; write at most {context['le']:g}",
        "bool_type": lambda: f"is {given}; write true or false",
        "bool_parsing": lambda: f"is {given}; write true or false",
        "literal_error": lambda: f"is {given}; write {context['expected']}",
        "tuple_type": lambda: f"is {given}; write a list, […]",
        "too_short": lambda: (
            f"holds {_values(context['actual_length'])}; write at least {context['min_length']}"
        ),
        "too_long": lambda: (
            f"holds {context['actual_length']} values; write {context['max_length']}"
        ),
    }
    tables = ("model_type", "model_attributes_type", "dict_type")
    words |= dict.fromkeys(tables, lambda: f"is {given}; make it a table, with its keys below")
    # A kind of fault that no field of ours can have today still gets a sentence of ours.
    return words.get(error["type"], lambda: f"is {given}, which does not fit here")()


def _values(count: int) -> str:
    return f"{count} values" if count > 1 else f"{count or 'no'} value"


def _shown(given: object) -> str:
    """Return a value of a file as the file might spell it, cut short."""
    if isinstance(given, bool):
        return str(given).lower()
    if isinstance(given, str):
        return f"'{given}'" if len(given) <= 40 else f"'{given[:40]}…'"
    if isinstance(given, float):
        return f"{given:g}"
    if isinstance(given, dict):
        return "a table"
    if isinstance(given, list):
        return "a list"
    text = str(given)  # also of a whole number, which may be beyond what a float holds
    return text if len(text) <= 40 else f"{text[:40]}…"
