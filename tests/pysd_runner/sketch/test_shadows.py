from __future__ import annotations

from pysd_runner.sketch.chains import Block, Item
from pysd_runner.sketch.place import CELL_HEIGHT, CELL_WIDTH
from pysd_runner.sketch.shadows import Cast, beside, positions, settle


def texts(*names: str) -> list[Block]:
    return [Block((Item("variable", name, 0, 0, 0),)) for name in names]


def test_what_is_at_home_elsewhere_is_a_shadow() -> None:
    cast = Cast.of(["a", "b"], [("a", "b"), ("far", "a"), ("far", "b")])
    assert cast.links == [("a", "b"), ("far @", "a"), ("far @", "b")]
    assert cast.shadows == {"far @": "far"}


def test_effects_far_from_a_cause_get_a_shadow_of_their_own() -> None:
    cast = Cast.of(
        ["a", "b", "c", "d"], [("a", "b"), ("a", "c"), ("a", "d"), ("x", "b"), ("x", "c")]
    )
    at = {"a": (0.0, 0.0), "b": (100.0, 0.0), "c": (900.0, 0.0), "d": (950.0, 50.0),
          "x @": (0.0, 100.0)}  # fmt: skip
    new = cast.shortened(at)
    assert set(new.links) == {
        ("a", "b"),
        ("a @1", "c"),
        ("a @1", "d"),
        ("x @1", "b"),
        ("x @2", "c"),
    }
    assert new.shadows == {"a @1": "a", "x @1": "x", "x @2": "x"}


def test_a_cause_that_is_near_to_nothing_keeps_its_first_effect() -> None:
    new = Cast.of(["a", "b"], [("a", "b")]).shortened({"a": (0.0, 0.0), "b": (5000.0, 0.0)})
    assert (new.links, new.shadows) == ([("a", "b")], {})


def test_no_long_arrow_is_left() -> None:
    """A cause with one effect moves beside it; one with more stays, and a shadow goes."""
    cast = Cast.of(["one", "two", "x", "y", "z"], [("one", "x"), ("two", "y"), ("two", "z")])
    parts = texts("one", "two", "x", "y", "z")
    places = [(0, 0), (0, 5), (9, 9), (0, 6), (9, 0)]
    settle(cast, parts, places)
    at = positions(parts, places)
    for cause, effect in cast.links:
        assert abs(at[cause][0] - at[effect][0]) <= CELL_WIDTH
        assert abs(at[cause][1] - at[effect][1]) <= CELL_HEIGHT
    assert list(cast.shadows.values()) == ["two"]
    assert (len(parts), len(set(places))) == (6, 6)


def test_the_nearest_free_cell() -> None:
    assert beside((0.0, 0.0), set()) == (0, 0)
    assert beside((0.0, 0.0), {(0, 0)}) in {(0, 1), (0, -1)}
    crowd = {(c, r) for c in range(-9, 10) for r in range(-9, 10)}
    assert beside((0.0, 0.0), crowd) not in crowd
