"""A Vensim file as text: split into entries, each with its place, before anything is parsed.

An entry is ``equation ~ unit ~ comment |``. Splitting here, and not inside a parser of whole
files, is what lets every later refusal name a line and a variable.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from pathlib import Path

from pysd_runner.errors import Fault, ModelError
from pysd_runner.model.external.series import Series
from pysd_runner.model.integration import Integration, of_settings
from pysd_runner.model.parse import parse_statement
from pysd_runner.model.statement import Statement

SKETCH_MARK = "\\\\\\---///"
SETTINGS_MARK = "///---\\\\\\"

_EQUATION_STOP = re.compile(r'"(?:\\.|\\\n|[^"\\\n]){0,300}"|[{~|]')
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_COMMENT_STOP = re.compile(r"[~|]")
_MACRO = re.compile(
    r""":MACRO:\s*(?P<header>(?:"[^"]*"|\{[^}]*\}|[^(){"])*\((?:"[^"]*"|\{[^}]*\}|[^(){"])*\))""",
    re.IGNORECASE,
)
_BEGIN_OF_MACRO = re.compile(":MACRO:", re.IGNORECASE)
_END_OF_MACRO = re.compile(r":END OF MACRO:", re.IGNORECASE)
_CONTINUED = re.compile(r"\\[^\S\n]+\n")
"""A line that goes on, with blanks behind its backslash."""
_BRACES = re.compile(r"\{[^}]*(?:\}|\Z)")  # one never closed goes on to the end
_BLANK_OR_BRACES = re.compile(r"(?:\s|\{[^}]*\})*")
_NEXT_EQUATION = re.compile(r"""\n[^\S\n]*(?:[^\W\d]|")[^\n=:(]*(?:=|:|\(\s*[\[(])""")
"""What seems to begin an entry, on a line of its own."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a model file.

    Parameters
    ----------
    text : str
        Everything before the first ``~``, as written: left side, equal sign, right side.
    line : int
        Line of the file on which ``text`` starts, counted from 1.
    unit : str
        Unit of measurement as written, without limits; ``""`` when none is given.
    limits : tuple of float or None
        Lower limit, upper limit and step, ``None`` where the file gives none.
    comment : str
        Comment with single blanks.
    group : str
        Name of the group header above the entry, without its dot.
    macro : str
        Header of the macro the entry stands in, ``""`` outside macros.
    statement : Statement or None
        What the entry means, if its text is not Vensim's.
    """

    text: str
    line: int
    unit: str = ""
    limits: tuple[float | None, float | None, float | None] = (None, None, None)
    comment: str = ""
    group: str = ""
    macro: str = ""
    statement: Statement | None = None

    @property
    def meaning(self) -> Statement:
        """What the entry says, parsed.

        Raises
        ------
        ParseError
            The text is no statement.
        """
        return parse_statement(self.text) if self.statement is None else self.statement


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A model file, split but not parsed.

    Parameters
    ----------
    path : pathlib.Path
        Where it was read from.
    entries : tuple of Entry
        In the order of the file.
    groups : tuple of (str, str)
        Name and comment of each group header, in the order of the file.
    sketch : str
        The diagrams, as Vensim wrote them.
    settings : str
        What follows the diagrams.
    tags : tuple of (str, str)
        File for each name that starts with ``?`` where an equation names a file.
    series : tuple of Series
        Values given for data variables.
    method : str
        Method of integration that the file asks for.
    faults : tuple of Fault
        What was found wrong before the entries are looked at.
    """

    path: Path
    entries: tuple[Entry, ...]
    groups: tuple[tuple[str, str], ...] = ()
    sketch: str = field(default="", repr=False)
    settings: str = field(default="", repr=False)
    tags: tuple[tuple[str, str], ...] = ()
    series: tuple[Series, ...] = field(default=(), repr=False)
    method: Integration = "euler"
    faults: tuple[Fault, ...] = field(default=(), repr=False)


def read_source(path: Path) -> SourceFile:
    """Read a Vensim model file and split it into entries.

    Raises
    ------
    ModelError
        The file is missing, is no text, or holds no entry.
    """
    return split_source(_decode(read_bytes(path), path), path)


def read_bytes(path: Path) -> bytes:
    """Return what a model file holds.

    Raises
    ------
    ModelError
        The file is missing or cannot be read.
    """
    if path.exists() and not path.is_file() and not path.is_dir():  # reading may never end
        raise ModelError(Fault("is no regular file.", path))
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ModelError(Fault("there is no such file; check the path.", path)) from None
    except OSError as error:
        raise ModelError(Fault(f"cannot be read ({error.strerror}).", path)) from None


def split_source(text: str, path: Path) -> SourceFile:
    """Split the text of a Vensim model file into entries.

    Raises
    ------
    ModelError
        An entry has no end, or the text holds no entry at all.
    """
    equations, _, rest = text.partition(SKETCH_MARK)
    sketch, _, settings = rest.partition(SETTINGS_MARK)
    if "|" not in equations and "~" not in equations:
        raise ModelError(
            Fault("is not a Vensim model: it holds no 'equation ~ unit ~ comment |' entry.", path)
        )
    splitter = _Splitter(equations, path)
    entries = splitter.split()
    if not entries:
        raise ModelError(
            Fault("is not a Vensim model: it holds no 'equation ~ unit ~ comment |' entry.", path)
        )
    return SourceFile(path, tuple(entries), tuple(splitter.groups), sketch, settings,
                      method=of_settings(settings))  # fmt: skip


def _decode(raw: bytes, path: Path) -> str:
    if b"\0" in raw:
        raise ModelError(Fault("is not a Vensim model: it is a binary file.", path))
    # Programs of the time of DOS end a file with the character 26.
    text = raw.decode(encoding_of(raw)).removeprefix("\ufeff").rstrip("\x1a")
    return _CONTINUED.sub("\\\\\n", text.replace("\r\n", "\n").replace("\r", "\n"))


def encoding_of(raw: bytes) -> str:
    """Return the encoding of a model file: UTF-8, or what Vensim wrote before it took that."""
    chinese = raw[:9].upper() == b"{GB18030}" or _looks_chinese(raw)
    for encoding in ("utf-8", "gb18030" if chinese else "cp1252"):
        try:
            raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"


def _looks_chinese(raw: bytes) -> bool:
    """Tell whether most bytes beyond ASCII stand in pairs of pairs, as words of GBK do."""
    beyond = sum(len(run) for run in _BEYOND_ASCII.findall(raw))
    together = sum(len(run) for run in _BEYOND_ASCII.findall(raw) if len(run) >= 4)
    return 0 < 0.8 * beyond <= together


class _Splitter:
    """Walks once over the equations of a file."""

    def __init__(self, text: str, path: Path) -> None:
        self.text = text
        self.path = path
        self.newlines = [match.start() for match in re.finditer("\n", text)]
        self.groups: list[tuple[str, str]] = []
        self.group = ""
        self.macro = ""
        self.macro_line = 0

    def line(self, offset: int) -> int:
        return bisect_right(self.newlines, offset - 1) + 1

    def split(self) -> list[Entry]:
        entries: list[Entry] = []
        offset = self._skip(self._stray_text())
        while offset < len(self.text):
            if macro := _MACRO.match(self.text, offset):
                self.macro = " ".join(_BRACES.sub(" ", macro["header"]).split())
                self.macro_line = self.line(offset)
                offset = self._skip(macro.end())
            elif end := _END_OF_MACRO.match(self.text, offset):
                self.macro = ""
                offset = self._skip(end.end())
            else:
                parts, after = self._parts(offset)
                if (group := _group(parts[0])) is not None:
                    self.group = group
                    self.groups.append((self.group, " ".join(" ".join(parts[1:]).split())))
                elif parts[0].strip():
                    entries.append(self._entry(offset, parts))
                offset = self._skip(after)
        if self.macro:
            raise ModelError(
                Fault("the macro is never closed; add ':END OF MACRO:'.", self.path,
                      self.macro_line, self.macro)
            )  # fmt: skip
        return entries

    def _stray_text(self) -> int:
        """Return where text without any meaning ends: that before a macro at the top of a file."""
        first = _BEGIN_OF_MACRO.search(self.text)
        if first is None or _COMMENT_STOP.search(self.text, 0, first.start()):
            return 0
        return first.start() if _MACRO.match(self.text, first.start()) else 0

    def _skip(self, offset: int) -> int:
        match = _BLANK_OR_BRACES.match(self.text, offset)
        return match.end() if match else offset

    def _parts(self, start: int) -> tuple[list[str], int]:
        """Return the parts between tildes and the offset behind the closing bar."""
        parts: list[str] = []
        part_start = offset = start
        while True:
            stop = (_COMMENT_STOP if parts else _EQUATION_STOP).search(self.text, offset)
            if stop is None:
                if not parts and not self.text[start:].strip():
                    return [""], len(self.text)
                first = " ".join(self.text[start:].split("\n", 1)[0].split())[:60]
                raise ModelError(
                    Fault(
                        f"the entry that starts '{first}' has no closing '|'; add '~ unit ~ "
                        "comment |'.",
                        self.path,
                        self.line(start),
                    )
                )
            offset = stop.end()
            if stop[0] == "{":
                offset = self._after_brace(stop.start())
            elif stop[0] in "~|":
                parts.append(self.text[part_start : stop.start()])
                part_start = offset
                if stop[0] == "|":
                    return parts, offset

    def _after_brace(self, start: int) -> int:
        end = self.text.find("}", start)
        if end < 0:
            raise ModelError(
                Fault("the comment that opens with '{' is never closed; add '}'.",
                      self.path, self.line(start))
            )  # fmt: skip
        return end + 1

    def _entry(self, start: int, parts: list[str]) -> Entry:
        parts = _with_whole_comment(parts)
        if any(not part.lstrip().startswith(":") for part in parts[3:]):
            lost = start + sum(len(part) + 1 for part in parts[:2])
            raise ModelError(
                Fault(
                    "the comment of this entry is not closed before the next entry begins; "
                    "end it with '|'.",
                    self.path,
                    self.line(lost),
                )
            )
        written = _BRACES.sub(" ", parts[1]) if len(parts) > 1 else ""
        unit, limits = _unit_and_limits(" ".join(written.split()))
        if "=" in unit and _NEXT_EQUATION.search(written):
            raise ModelError(
                Fault(
                    f"an equation stands where the unit is expected ('{unit[:60]}'); has the "
                    "entry above lost its '~ comment |'?",
                    self.path,
                    self.line(start) + parts[0].count("\n"),
                )
            )
        comment = " ".join(parts[2].split()) if len(parts) > 2 else ""
        return Entry(
            parts[0].rstrip(), self.line(start), unit, limits, comment, self.group, self.macro
        )


def _group(text: str) -> str | None:
    """Return the name of a group from its header between lines of stars, or ``None``."""
    bare = text.strip()
    name = bare.strip("*").strip()
    if not (bare.startswith("***") and bare.endswith("***") and name.startswith(".")):
        return None
    return None if "\n" in name else name[1:].strip()


def _with_whole_comment(parts: list[str]) -> list[str]:
    """Return the parts of an entry; a tilde inside a comment, as in ``~5 %``, parts nothing.

    Where a line seems to begin another entry, with its own tildes, all stays apart, to be refused.
    """
    comment = parts[2:]
    marks: list[str] = []
    while len(comment) > 1 and comment[-1].lstrip().startswith(":"):
        marks.append(comment.pop())
    if any(_NEXT_EQUATION.search(part) for part in comment[:-2]):
        return parts
    return [*parts[:2], "~".join(comment), *reversed(marks)] if comment else parts


def _unit_and_limits(
    text: str,
) -> tuple[str, tuple[float | None, float | None, float | None]]:
    unit, bracket, limits = text.strip().removesuffix("]").rpartition("[")
    if not bracket or not text.rstrip().endswith("]"):
        return " ".join(text.split()), (None, None, None)
    numbers: list[float | None] = []
    for part in limits.split(","):
        try:
            numbers.append(float(part))
        except ValueError:
            numbers.append(None)
    low, high, step = [*numbers, None, None, None][:3]
    return " ".join(unit.split()), (low, high, step)
