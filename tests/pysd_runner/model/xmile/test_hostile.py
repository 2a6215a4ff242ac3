"""Whatever is done to a file, it loads or is refused; a traceback is a defect."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pysd_runner import Model
from pysd_runner.errors import ModelError, SandboxError
from tests.pysd_runner.model.xmile.test_flatten import HARES, LYNXES, MACROS, module
from tests.pysd_runner.model.xmile.text import REGIONS, flow, stock, xmile

XmileModel = Callable[[str], Model]
_DIM = '<dimensions><dim name="R"/></dimensions>'
_FILE = xmile(
    "\n".join(
        [
            "a[R] = R * 10 + TIME",
            "m[R,P] = a[R] * P",
            "s1 = SUM(m[*, x]) + MEAN(a[*])",
            "b = LEVEL(TIME, 2) + DOUBLE(3)",
            "area = 10",
            module("hares", area=".area", lynxes="lynxes.pop"),
            module("lynxes", hares="hares.pop"),
            f'<stock name="q">{_DIM}<eqn>5</eqn><inflow>i</inflow><outflow>o</outflow>'
            "<non_negative/></stock>",
            f'<flow name="i">{_DIM}<element subscript="A"><eqn>1</eqn></element>'
            '<element subscript="B"><eqn>o[A]</eqn></element>'
            '<element subscript="C"><eqn>2</eqn></element></flow>',
            f'<flow name="o">{_DIM}<eqn>q / 2</eqn><non_negative/></flow>',
            stock("belt", "5", "i2", "o2", "<conveyor><len>2</len></conveyor>"),
            flow("i2", "PULSE(3, 1, 2)"),
            '<flow name="o2"/>',
            '<aux name="g"><eqn>TIME</eqn><gf type="discrete"><xscale min="0" max="6"/>'
            "<ypts>0,2,1,5</ypts></gf></aux>",
            "h = LOOKUP(g, 3) + PREVIOUS(SELF, 1) + a[INT(TIME)] + DELAY(TIME, 2)",
        ]
    ),
    REGIONS + MACROS, HARES + LYNXES,
)  # fmt: skip
_PARTS = re.findall(r"<[^>]+>|[^<]+", _FILE)
_BITS = st.sampled_from(
    ["<", ">", "[", "]", "*", "(", ")", "SELF", "TIME", "a", "m", "R", "x", ",", ":", "1", "0", "-",
     "//", "MOD", "NOT", "IF", "hares.pop", ".", "LEVEL(", "SUM(", "q", "1e999", "{", "&amp;",
     "99999999", "NAN", "INF", "belt", "o2", "g", '"', "'", " ", ""]
)  # fmt: skip
_CHANGES = st.one_of(
    st.tuples(st.just("drop"), st.integers(5, len(_PARTS) - 1), st.just(0), st.just("")),
    st.tuples(st.just("copy"), st.integers(5, len(_PARTS) - 1), st.integers(0, 99), st.just("")),
    st.tuples(st.just("put"), st.integers(5, len(_PARTS) - 1), st.integers(0, 99), _BITS),
)


def _changed(changes: list[tuple[str, int, int, str]]) -> str:
    parts = list(_PARTS)
    for what, place, where, bit in changes:
        part = parts[place]
        at = where % (len(part) + 1)
        if what == "drop":
            parts[place] = ""
        elif what == "copy":
            parts[place] = part + _PARTS[where % len(_PARTS)]
        else:
            parts[place] = part[:at] + bit + part[at + 1 :]
    return "".join(parts)


@given(changes=st.lists(_CHANGES, min_size=1, max_size=2))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_file_loads_or_is_refused(
    changes: list[tuple[str, int, int, str]], xmile_model: XmileModel
) -> None:
    model = _loaded(_changed(changes), xmile_model)
    assert isinstance(model, SandboxError) or len(model.describe()) > 4


def _loaded(text: str, make: XmileModel) -> Model | SandboxError:
    try:
        return make(text)
    except SandboxError as refusal:
        return refusal


def test_the_file_itself_runs(xmile_model: XmileModel) -> None:
    assert float(xmile_model(_FILE).run(outputs=["belt"])["belt"].values[0]) == 5


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        (f"a = {'D(' * 60}TIME{')' * 60}", "grows to more than 50000 operations"),
        (f"a = {'FORCST(' * 60}TIME{', 1, 1)' * 60}", "grows to more than 50000 operations"),
        (f"a = {'DELAY(' * 60}TIME{', 1)' * 60}", "grows to more than 50000 operations"),
        ("a = M9(TIME)", "grows to more than 50000 operations"),
        ("a[N,M] = N\nb[N,M] = a[N-1,M]", "for each of over 100000 elements"),
        ("a[N] = N\nb = a[TIME]", "one of over 5000 elements"),
        ("a[N,M] = 1", "has more than 1000000 elements"),
        (
            '<aux name="a"><dimensions><dim name="N"/><dim name="M"/></dimensions>'
            '<element subscript="1,1"><eqn>1</eqn></element></aux>',
            "for each of over 100000 elements",
        ),
    ],
)
def test_small_files_that_stand_for_very_much_are_refused(
    variables: str, message: str, xmile_model: XmileModel
) -> None:
    top = '<dimensions><dim name="N" size="9999"/><dim name="M" size="9999"/></dimensions>'
    top += '<macro name="D"><parm>x</parm><eqn>x + x</eqn></macro>'
    top += '<macro name="M0"><parm>x</parm><eqn>x * x * x * x</eqn></macro>'
    for n in range(1, 10):
        call = f"M{n - 1}(x)"
        equation = f"{call} + {call} + {call} + {call} + {call}"
        top += f'<macro name="M{n}"><parm>x</parm><eqn>{equation}</eqn></macro>'
    with pytest.raises(ModelError, match=message):
        xmile_model(xmile(variables, top))


def test_a_long_chain_of_words_is_read_in_a_moment(xmile_model: XmileModel) -> None:
    start = time.monotonic()
    model = xmile_model(xmile("a = TIME > 1\nb = " + "a AND " * 15_000 + "a"))
    assert model.run(outputs=["b"])["b"].values[-1] == 1
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("digits", ["1" * 5000, "\u00b2"])
def test_what_python_takes_for_digits_but_for_no_number_is_refused(
    digits: str, xmile_model: XmileModel
) -> None:
    part = f'<element subscript="{digits}"><eqn>1</eqn></element>'
    with pytest.raises(ModelError, match="which is no element; correct its subscript"):
        xmile_model(xmile(f'<aux name="a">{_DIM}{part}</aux>', REGIONS))
    size = f'<dimensions><dim name="N" size="{digits}"/></dimensions>'
    with pytest.raises(ModelError, match="correct its <elem> or its size"):
        xmile_model(xmile("a = 1", size))
