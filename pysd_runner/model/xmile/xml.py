"""XML as a tree of elements that know their lines; nothing but text is ever taken from it.

A document type, an entity or a reference to another file is refused before it has any effect: a
model needs none, and each is a way to make a reader hang or to read other files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from pysd_runner.errors import Fault, ModelError

MAX_BYTES = 64_000_000
MAX_DEPTH = 100
MAX_ELEMENTS = 1_000_000
_SEPARATOR = " "


@dataclass(frozen=True, slots=True, eq=False)
class Element:
    """One element.

    Parameters
    ----------
    tag : str
        Name in lower case, without its namespace.
    namespace : str
        URI of its namespace, ``""`` if it has none.
    attributes : dict
        Name, without namespace, -> value.
    line : int
        Where its start tag stands, counted from 1.
    children : list of Element
        In the order of the file.
    text : str
        Everything between its tags that stands in no child.
    text_line : int
        Line of the first character of ``text`` that is no blank.
    """

    tag: str
    namespace: str
    attributes: dict[str, str]
    line: int
    children: list[Element] = field(default_factory=list, repr=False)
    text: str = field(default="", repr=False)
    text_line: int = 0

    def all(self, *tags: str) -> Iterator[Element]:
        """Yield the children with one of these names."""
        return (child for child in self.children if child.tag in tags)

    def first(self, *tags: str) -> Element | None:
        """Return the first child with one of these names, or ``None``."""
        return next(self.all(*tags), None)

    def words(self, tag: str) -> str:
        """Return the text of the first child of that name with single blanks, or ``""``."""
        child = self.first(tag)
        return "" if child is None else " ".join(child.text.split())


def read_xml(raw: bytes, path: Path) -> Element:
    """Parse a file.

    Raises
    ------
    ModelError
        It is no XML, declares entities or a document type, or is too large or too deep.
    """
    if len(raw) > MAX_BYTES:
        raise ModelError(Fault(f"is larger than {MAX_BYTES // 1_000_000} MB; shorten it.", path))
    return _Reader(path).read(raw)


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.root: Element | None = None
        self.open: list[Element] = []
        self.texts: list[list[str]] = []
        self.text_lines: list[int] = []
        self.count = 0
        self.parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        self.parser.buffer_text = False  # so that the line of each piece of text is known
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = lambda *_: self.refuse("a document type (DOCTYPE)")
        self.parser.EntityDeclHandler = lambda *_: self.refuse("an entity declaration")
        self.parser.ExternalEntityRefHandler = lambda *_: self.refuse("a reference to another file")

    def refuse(self, what: str) -> NoReturn:
        raise ModelError(
            Fault(f"holds {what}, which no model needs and which can do harm; remove it.",
                  self.path, self.parser.CurrentLineNumber)
        )  # fmt: skip

    def read(self, raw: bytes) -> Element:
        try:
            self.parser.Parse(raw, True)
        except expat.ExpatError as error:
            what = expat.ErrorString(error.code)
            raise ModelError(
                Fault(
                    f"is no well-formed XML ({what}); save it again in the tool it comes from.",
                    self.path,
                    error.lineno,
                )
            ) from None
        except (ValueError, LookupError) as error:  # an encoding that nobody knows
            raise ModelError(
                Fault(f"is no XML that can be read ({error}); save it as UTF-8.", self.path)
            ) from None
        assert self.root is not None
        return self.root

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        line = self.parser.CurrentLineNumber
        if len(self.open) >= MAX_DEPTH or self.count > MAX_ELEMENTS:
            raise ModelError(
                Fault(f"holds more than {MAX_ELEMENTS} elements, or elements more than {MAX_DEPTH} "
                      "deep; it is no model file.", self.path, line)
            )  # fmt: skip
        namespace, _, tag = name.rpartition(_SEPARATOR)
        named = {key.rpartition(_SEPARATOR)[2].lower(): text for key, text in attributes.items()}
        self.open.append(Element(tag.lower(), namespace, named, line))
        self.texts.append([])
        self.text_lines.append(0)

    def characters(self, text: str) -> None:
        if not self.text_lines[-1] and text.strip():
            blank = text[: len(text) - len(text.lstrip())]
            self.text_lines[-1] = self.parser.CurrentLineNumber + blank.count("\n")
        self.texts[-1].append(text)

    def end(self, _: str) -> None:
        done, line = self.open.pop(), self.text_lines.pop()
        text = "".join(self.texts.pop())
        element = Element(done.tag, done.namespace, done.attributes, done.line, done.children, text,
                          line or done.line)  # fmt: skip
        if self.open:
            self.open[-1].children.append(element)
        else:
            self.root = element
