from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from pysd_runner import Model, load
from pysd_runner.errors import ModelError
from pysd_runner.model.xmile.xml import read_xml
from tests.pysd_runner.model.xmile.text import xmile

XmileModel = Callable[[str], Model]
PATH = Path("hostile.xmile")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE x [<!ENTITY a "aaaa">]><xmile>&a;</xmile>', r":1: holds a document type"),
        ('<!DOCTYPE x SYSTEM "file:///etc/passwd"><xmile/>', "holds a document type"),
        ('<!DOCTYPE x [<!ENTITY % p SYSTEM "http://a/b"> %p;]><x/>', "holds a document type"),
        ("<xmile>&unknown;</xmile>", "is no well-formed XML"),
        ("<xmile><a></b></xmile>", "is no well-formed XML"),
        ("", "is no well-formed XML"),
        ("no xml at all", "is no well-formed XML"),
        ("<a>" * 200 + "</a>" * 200, "elements more than 100 deep"),
        ('<?xml version="1.0" encoding="nosuch"?><a/>', "XML"),
        ("<a>\x00</a>", "is no well-formed XML"),
    ],
)
def test_what_can_do_harm_is_refused(text: str, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        read_xml(text.encode(), PATH)


def test_a_bomb_of_entities_is_refused_before_it_goes_off() -> None:
    levels = "".join(f'<!ENTITY b{n + 1} "{f"&b{n};" * 10}">' for n in range(12))
    text = f'<!DOCTYPE x [<!ENTITY b0 "bomb">{levels}]><x>&b12;</x>'
    with pytest.raises(ModelError, match="holds a document type"):
        read_xml(text.encode(), PATH)


def test_a_file_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pysd_runner.model.xmile.xml.MAX_BYTES", 100)
    with pytest.raises(ModelError, match="is larger than"):
        read_xml(b"<a>" + b" " * 100 + b"</a>", PATH)


def test_elements_know_their_lines() -> None:
    root = read_xml(b"<A x:b='1' xmlns:x='u'>\n<c>\n\n  text\n</c></A>", PATH)
    assert (root.tag, root.attributes, root.line) == ("a", {"b": "1"}, 1)
    child = root.first("c")
    assert child is not None and (child.line, child.text_line) == (2, 4)
    assert root.words("c") == "text"


@pytest.mark.parametrize("evil", ["__import__('os').system('echo x')", "'a'.join", "x;y", "lambda"])
def test_equations_are_never_run_as_python(evil: str, tmp_path: Path) -> None:
    path = tmp_path / "evil.xmile"
    path.write_text(xmile(f"a = {evil}"))
    with pytest.raises(ModelError, match=r"evil\.xmile:11: 'a': "):
        load(path)


def test_comments_and_names_never_reach_python(xmile_model: XmileModel) -> None:
    doc = '"""\nimport os; os._exit(1)\n"""'
    name = "x'); import os; os._exit(2); ('"
    text = xmile(f'<aux name="{name}"><eqn>3</eqn><doc>{doc}</doc></aux>\ny = TIME')
    model = xmile_model(text)
    assert model.run(outputs=["y"])["y"].values[-1] == 10
    assert name in model.graph


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "encoded.xmile"
    text = xmile("人口_ä = 3")
    path.write_bytes(text.replace("utf-8", encoding.removesuffix("-sig")).encode(encoding))
    assert "人口 Ä" in load(path).graph
