from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from pysd_runner.sketch.chains import Block, Item, blocks
from pysd_runner.sketch.plan import Pipe


def item(block: Block, kind: str, name: str) -> Item:
    (found,) = [each for each in block.items if (each.kind, each.name) == (kind, name)]
    return found


def test_a_chain_runs_from_left_to_right() -> None:
    pipes = [Pipe("in", None, "A"), Pipe("move", "A", "B"), Pipe("out", "B", None)]
    chain, single = blocks(["A", "B"], pipes, ["in", "move", "out", "text"])
    order = sorted(chain.items, key=lambda each: each.column)
    assert [(each.kind, each.name) for each in order if each.kind != "pipe"] == [
        ("cloud", "in"), ("flow", "in"), ("stock", "A"), ("flow", "move"), ("stock", "B"),
        ("flow", "out"), ("cloud", "out"),
    ]  # fmt: skip
    assert {each.first for each in chain.items} == {0}
    assert single == Block((Item("variable", "text", 0, 0, 0),))


def test_a_stock_is_as_tall_as_its_pipes_ask_for() -> None:
    pipes = [Pipe(f"in {i}", None, "A") for i in range(3)] + [Pipe("out", "A", None)]
    (chain,) = blocks(["A"], pipes, [pipe.flow for pipe in pipes])
    stock = item(chain, "stock", "A")
    assert (stock.first, stock.last) == (0, 4)
    rows = [item(chain, "flow", f"in {i}").first for i in range(3)]
    assert sorted(rows) == [0, 2, 4]  # between two pipes there is room for a text


def test_a_flow_back_has_a_row_of_its_own() -> None:
    pipes = [Pipe("go", "A", "B"), Pipe("back", "B", "A")]
    (chain,) = blocks(["A", "B"], pipes, ["go", "back"])
    assert item(chain, "flow", "go").first != item(chain, "flow", "back").first
    for stock in ("A", "B"):
        assert (item(chain, "stock", stock).first, item(chain, "stock", stock).last) == (0, 2)


def test_a_pipe_that_passes_a_stock_passes_below_it() -> None:
    pipes = [Pipe("ab", "A", "B"), Pipe("bc", "B", "C"), Pipe("ac", "A", "C")]
    (chain,) = blocks(["A", "B", "C"], pipes, ["ab", "bc", "ac"])
    middle, passing = item(chain, "stock", "B"), item(chain, "flow", "ac")
    assert not middle.first <= passing.first <= middle.last
    lane = [each for each in chain.items if each.kind == "pipe" and each.name == "ac"]
    assert middle.column in {each.column for each in lane}


STOCKS = [f"S{i}" for i in range(5)]
ENDS = st.sampled_from([None, *STOCKS])


@settings(max_examples=80)
@given(st.lists(st.tuples(ENDS, ENDS).filter(lambda p: p[0] != p[1]), max_size=12))
def test_nothing_overlaps_and_every_pipe_meets_its_stocks(
    ends: Sequence[tuple[str | None, str | None]],
) -> None:
    pipes = [Pipe(f"f{i}", source, target) for i, (source, target) in enumerate(ends)]
    found = blocks(STOCKS, pipes, [pipe.flow for pipe in pipes])
    for block in found:
        covered = [
            {(each.column, row) for row in range(each.first, each.last + 1)} for each in block.items
        ]
        assert not any(one & other for one, other in combinations(covered, 2))
        at = {(each.kind, each.name): each for each in block.items if each.kind != "pipe"}
        for pipe in pipes:
            flow = at.get(("flow", pipe.flow))
            for stock in (pipe.source, pipe.target):
                if flow is not None and stock is not None:
                    box = at["stock", stock]
                    assert box.first <= flow.first <= box.last
