from __future__ import annotations

import time

from pysd_runner.sketch.elements import Node
from pysd_runner.sketch.read import MARK, lines_without_view, read_views
from pysd_runner.sketch.write import write_views

SKETCH = (
    "\\\\\\---/// Sketch information - do not modify anything except names\n"
    "V300  Do not put anything below this section - it will be ignored\n*First view\n"
    "$192-192-192,0,Times New Roman|12||0-0-0|0-0-0|0-0-255|-1--1--1|-1--1--1|96,96,100,0\n"
    "10,1,Stock A,173,127,40,20,3,3,0,0,0,0,0,0\n12,2,48,50,127,10,8,0,3,0,0,-1,0,0,0\n"
    "1,3,5,1,4,0,0,22,0,0,0,-1--1--1,,1|(173,127)|\n"
    "1,4,5,2,100,0,0,22,0,0,0,-1--1--1,,1|(50,127)|\n11,5,0,100,127,6,8,34,3,0,0,1,0,0,0\n"
    "10,6,inflow,100,147,36,11,40,3,0,0,-1,0,0,0\n"
    "10,7,Time,418,60,40,20,8,2,0,3,-1,0,0,0,128-128-128,0-0-0,|12||128-128-128\n"
    '10,8,"a, ""b""",10,60,40,20,8,3,0,0,-1,0,0,0\n'
    "1,9,7,6,1,0,43,0,0,64,0,-1--1--1,|12||0-0-0,1|(215,116)|\n"
    "\\\\\\---/// Sketch information - do not modify anything except names\n"
    "V364  Newer\n*Second, view\n$x\n"
)


def test_what_each_line_says() -> None:
    first, second = read_views(SKETCH)
    assert (first.title, second.title, len(second.nodes)) == ("First view", "Second, view", 0)
    stock, cloud, valve, flow, clock, odd = first.nodes
    assert (stock.name, stock.boxed, stock.shadow, stock.x, stock.height) == (
        "Stock A", True, False, 173, 20,
    )  # fmt: skip
    assert (cloud.kind, valve.kind, valve.number) == ("cloud", "valve", 5)
    assert (flow.name, flow.attached, flow.boxed) == ("inflow", True, False)
    assert (clock.name, clock.shadow) == ("Time", True)
    assert odd.number == 8
    into, out, link = first.arrows
    assert (into.pipe, into.head, out.pipe, out.head) == (True, True, True, False)
    assert (link.source, link.target, link.pipe, link.points) == (7, 6, False, ((215, 116),))


def test_lines_are_written_as_they_were_read() -> None:
    assert write_views(read_views(SKETCH)) == SKETCH


def test_damaged_lines_stay_where_they_are() -> None:
    text = SKETCH.replace("10,1,Stock A,173", "10,1").replace("1,9,7,6,1", "1,9")
    (first, _) = read_views(text)
    assert write_views(read_views(text)) == text
    assert len(first.arrows) <= 3


def test_new_nodes_are_written_as_vensim_writes_them() -> None:
    from pysd_runner.sketch.elements import Arrow, View

    view = View("V", (
        Node(1, "variable", "Stock A", 173, 127, 40, 20, boxed=True),
        Node(2, "cloud", "", 50, 127, 10, 8), Arrow(3, 5, 1, True, True, ((173, 127),)),
        Arrow(4, 5, 2, True, False, ((50, 127),)), Node(5, "valve", "", 100, 127, 6, 8),
        Node(6, "variable", "inflow", 100, 147, 36, 11, attached=True),
    ))  # fmt: skip
    lines = write_views((view,)).splitlines()[3:]
    assert lines == SKETCH.splitlines()[4:10]


def test_no_line_is_lost_or_cut() -> None:
    odd = "*V\na\x0cb\u2028c\n" + MARK + " one\n" + MARK + " two\n"
    numbers = f"10,{'9' * 5000},x,1,2,3,4,5,6,7,8\n1,1,2,3,4,5,6,22,8,1|({'9' * 5000},0)|\n"
    text = f"above\n{odd}*W\n{numbers}"
    assert write_views(read_views(text)) == text
    assert lines_without_view(text) == ""
    assert lines_without_view(odd) == f"{MARK} one\n{MARK} two\n"
    assert lines_without_view(f"{MARK} one\n") == ""


def test_long_lines_take_no_time() -> None:
    start = time.process_time()
    for line in (f"1{',' * 40_000}", f"1,2,3,4,5,6,7,8,9,{'1' * 40_000}"):
        assert write_views(read_views(f"*V\n{line}\n")) == f"*V\n{line}\n"
    assert time.process_time() - start < 1
