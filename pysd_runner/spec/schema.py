"""What ``sandbox.toml`` may say: levers, uncertainties, outcomes, and the tables beside them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pysd_runner.spec.base import (
    Code,
    Evidence,
    Finite,
    Frozen,
    Label,
    Positive,
    contradiction,
    in_order,
    setting,
)
from pysd_runner.spec.joint import Correlation, ShareSet
from pysd_runner.spec.shocks import Compound, Shock
from pysd_runner.spec.structure import Breaker, Loop
from pysd_runner.spec.value_sets import Bundle, ValueSet

Distribution = Literal[
    "uniform", "triangular", "normal", "lognormal", "loguniform", "discrete", "share"
]
Reduction = Literal["at", "final", "mean", "max", "min", "integral", "first"]
Direction = Literal["maximise", "minimise", "none"]

_PARAMETERS: dict[str, frozenset[str]] = {
    "uniform": frozenset(),
    "triangular": frozenset({"mode"}),
    "normal": frozenset({"mean", "sd"}),
    "lognormal": frozenset({"median", "sigma"}),
    "loguniform": frozenset(),
    "discrete": frozenset(),
    "share": frozenset(),
}


class _Factor(Evidence):
    """A constant of the model that is varied."""

    variable: str
    element: str | None = None
    label: Label
    unit: str
    base: Finite
    bounds: tuple[Finite, Finite]
    distribution: Distribution
    values: tuple[Finite, ...] = ()
    weights: tuple[Positive, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _bounds_of_values(cls, given: Any) -> Any:
        """Discrete values need no bounds besides: they lie between the least and the greatest."""
        if not isinstance(given, dict) or given.get("distribution") != "discrete":
            return given
        values = given.get("values")
        numbers = isinstance(values, list | tuple) and all(
            isinstance(each, int | float) for each in values
        )
        if "bounds" in given or not numbers or not values:
            return {"bounds": (0.0, 1.0), **given}  # what is wrong is told by the other checks
        return {**given, "bounds": (float(min(values)), float(max(values)))}

    @model_validator(mode="after")
    def _discrete(self) -> _Factor:
        if self.distribution != "discrete":
            if self.values or self.weights:
                raise contradiction(
                    "'values' and 'weights' belong to distribution = \"discrete\"; write that, or "
                    "leave them out", "values",
                )  # fmt: skip
            return self
        if len(set(self.values)) < max(2, len(self.values)):
            raise contradiction("a discrete distribution takes two or more different values",
                                "values")  # fmt: skip
        if self.weights and len(self.weights) != len(self.values):
            raise contradiction(
                f"has {len(self.weights)} weights for {len(self.values)} values; give one for each",
                "weights",
            )
        if self.bounds != (min(self.values), max(self.values)):
            raise contradiction("the values are the bounds of a discrete factor; leave 'bounds' "
                                "out", "bounds")  # fmt: skip
        if self.base not in self.values:
            raise contradiction(f"the base {self.base:g} is none of the values; add it", "values")
        return self

    @model_validator(mode="after")
    def _ordered(self) -> _Factor:
        in_order(self.bounds)
        low, high = self.bounds
        if not low <= self.base <= high:
            raise contradiction(
                f"the base {self.base:g} lies outside the bounds [{low:g}, {high:g}]; widen them",
                "bounds",
            )
        return self

    @property
    def setting(self) -> str:
        """Name under which a run sets it: ``"grant rate"`` or ``"grant rate[SHA]"``."""
        return setting(self.variable, self.element)

    def misfit(self, value: float) -> str:
        """Say why the factor does not take a value, or ``""`` if it does."""
        low, high = self.bounds
        if not low <= value <= high:
            return f"lies outside its bounds [{low:g}, {high:g}]"
        if self.values and value not in self.values:
            return f"is none of its values {', '.join(f'{each:g}' for each in self.values)}"
        return ""


class Lever(_Factor):
    """An instrument that the city decides on.

    Parameters
    ----------
    code : str
        Short name for figures and tables, such as ``L1``.
    variable, element : str
        Constant of the model, and the element of it if it is subscripted.
    label : str
        For figures.
    unit : str
        As in the model.
    base : float
        Value in the base case, as in the model [unit].
    bounds : tuple of float
        Lowest and highest value considered [unit].
    distribution : str
        ``uniform`` between the bounds, or ``discrete``.
    values, weights : tuple of float
        Of a discrete lever, as of an :class:`Uncertainty`; it needs no bounds.
    cost : str or None
        Variable of the model that the lever's outlay goes through [money/time].
    cost_note : str or None
        What it costs, where that is no single variable.
    paper : str
        Section of the paper that names the instrument; ``""`` if none does.
    start, ramp, sunset : str or None
        Constants of the model that say when the lever begins to move, how long it takes, and when
        it begins to return [time unit], where the model has them by lever.
    source, assumption : str or None
        Evidence for the bounds; exactly one of the two.
    """

    code: Code = ""
    distribution: Literal["uniform", "discrete"] = "uniform"
    cost: str | None = None
    cost_note: str | None = None
    paper: str = ""
    start: str | None = None
    ramp: str | None = None
    sunset: str | None = None

    @model_validator(mode="after")
    def _costs(self) -> Lever:
        if self.cost is None and self.cost_note is None:
            raise contradiction(
                "no lever is free: give 'cost' (a variable) or 'cost_note' (a text)"
            )
        return self


class Uncertainty(_Factor):
    """Something that the city does not decide and nobody knows exactly.

    ``variable``, ``element``, ``label``, ``unit``, ``base``, ``source`` and ``assumption`` are
    as for :class:`Lever`. ``bounds`` truncate the distribution.

    Parameters
    ----------
    distribution : str
        ``uniform``, ``triangular`` (with ``mode``), ``normal`` (``mean``, ``sd``), ``lognormal``
        (``median``, ``sigma``), ``loguniform``, ``discrete`` (with ``values``), or
        ``share``, where it is part of a sum (:class:`ShareSet`).
    values : tuple of float
        The values of a discrete distribution [unit], categories by their code in the model; they
        take the place of the bounds.
    weights : tuple of float
        Their relative probabilities; alike if not given.
    """

    mode: Finite | None = None
    mean: Finite | None = None
    sd: Positive | None = None
    median: Positive | None = None
    sigma: Positive | None = None

    @model_validator(mode="after")
    def _parametrised(self) -> Uncertainty:
        wanted = _PARAMETERS[self.distribution]
        names = ("mode", "mean", "sd", "median", "sigma")
        given = {name for name in names if getattr(self, name) is not None}
        if given != wanted:
            needs = " and ".join(sorted(wanted)) or "no parameter"
            raise contradiction(
                f"a {self.distribution} distribution takes {needs} besides its bounds",
                "distribution",
            )
        low, high = self.bounds
        if self.distribution in ("loguniform", "lognormal") and low <= 0:
            raise contradiction(
                f"a {self.distribution} distribution needs bounds above zero", "bounds"
            )
        if self.mode is not None and not low <= self.mode <= high:
            raise contradiction(
                f"the mode {self.mode:g} lies outside the bounds [{low:g}, {high:g}]", "mode"
            )
        return self


class _Measured(Frozen):
    """Something read off a trajectory."""

    label: Label
    variable: str | None = None
    expression: str | None = None
    unit: str

    @model_validator(mode="after")
    def _one_origin(self) -> _Measured:
        if (self.variable is None) == (self.expression is None):
            raise contradiction("give exactly one of 'variable' and 'expression'", "expression")
        return self

    @property
    def text(self) -> str:
        """The expression, or the variable as one."""
        return self.expression if self.expression is not None else f'"{self.variable}"'


class Outcome(_Measured):
    """A number reduced from a trajectory, with a direction.

    Parameters
    ----------
    label : str
        For figures.
    variable, expression : str or None
        What is read; exactly one of the two. An expression is Vensim's syntax over variables of
        the model and must give one number for each time, e.g. ``SUM(value added[industry!])``.
    reduction : str
        ``at`` (the time ``at``), ``final``, ``mean``, ``max``, ``min``, ``integral``, or ``first``:
        the first saved time at which the value lies above or below a bound.
    above, below : float or None
        The bound of ``first``; exactly one of the two.
    never : float or None
        The time that stands for a run in which it does not happen; needed by ``first``.
    start, end : float or None
        First and last time that a mean, maximum, minimum, integral or first time looks at;
        ``from`` and ``to`` in the file.
    unit : str
        Of the outcome.
    direction : str
        ``maximise``, ``minimise`` or ``none``.
    quantity : str or None
        Label of the trajectory that is reduced, for figures over time; the label if not given.
    threshold : float or None
        Value that is good enough: at least that much if more is better, at most if less is.
    threshold_note : str
        Why that is good enough.
    """

    reduction: Reduction
    at: Finite | None = None
    start: Annotated[Finite | None, Field(alias="from")] = None
    end: Annotated[Finite | None, Field(alias="to")] = None
    above: Finite | None = None
    below: Finite | None = None
    never: Finite | None = None
    direction: Direction
    quantity: Label | None = None
    threshold: Finite | None = None
    threshold_note: str = ""

    @model_validator(mode="after")
    def _directed(self) -> Outcome:
        if self.threshold_note and self.threshold is None:
            raise contradiction("there is no threshold to note anything on", "threshold_note")
        if self.threshold is not None and self.direction == "none":
            raise contradiction(
                "a threshold needs a direction: maximise or minimise",
                "threshold",
            )
        return self

    @property
    def has_own_unit(self) -> bool:
        """Whether the outcome has another unit than the trajectory that it reduces."""
        return self.reduction in ("integral", "first")

    @model_validator(mode="after")
    def _bounded(self) -> Outcome:
        bounds = [self.above, self.below].count(None)
        if self.reduction == "first" and (bounds != 1 or self.never is None):
            raise contradiction(
                "the reduction \"first\" needs 'above' or 'below', and 'never': the time that "
                "stands for a run in which it does not happen",
                "reduction",
            )
        if self.reduction != "first" and (bounds != 2 or self.never is not None):
            raise contradiction(
                "'above', 'below' and 'never' belong to the reduction \"first\"", "reduction"
            )
        return self

    @model_validator(mode="after")
    def _timed(self) -> Outcome:
        if (self.reduction == "at") != (self.at is not None):
            raise contradiction(
                "give 'at' (a time) if, and only if, the reduction is \"at\"", "reduction"
            )
        if self.start is None and self.end is None:
            return self
        if self.reduction in ("at", "final"):
            raise contradiction(
                f"the reduction \"{self.reduction}\" takes no 'from' and 'to'", "reduction"
            )
        if self.start is not None and self.end is not None and self.start >= self.end:
            raise contradiction("'to' is not later than 'from'", "to")
        return self


class History(_Measured):
    """An observed series that the base case is held against.

    Parameters
    ----------
    indicator : str
        Name in the column ``indicator`` of ``data/series.csv``.
    transform : str
        ``level``, or ``index``: both sides divided by their value in ``base_year``.
    base_year : float or None
        Needed by an index.
    band : float
        Relative error beyond which the base case is not plausible: of the mean of a series with
        four or more points, and of each point of a shorter one.
    note : str
        What is comparable, and what is not.
    """

    indicator: str
    transform: Literal["level", "index"] = "level"
    base_year: Finite | None = None
    band: Annotated[Positive, Field(le=1)] = 0.2
    note: str = ""

    @model_validator(mode="after")
    def _based(self) -> History:
        if (self.transform == "index") != (self.base_year is not None):
            raise contradiction(
                "give 'base_year' if, and only if, the transform is \"index\"", "transform"
            )
        return self


class About(Frozen):
    """The model as a whole.

    Parameters
    ----------
    title, question : str
        What it is, and what it answers.
    file : str
        The model file beside the spec.
    save_step : float
        Interval at which reports and sweeps save [time unit].
    components : tuple of str
        Folders, relative to the model's, of smaller models that a report of this one includes.
    sources : str
        Table of the sources that keys refer to, relative to the model's folder.
    """

    title: str
    question: str
    file: str
    save_step: Positive
    components: tuple[str, ...] = ()
    sources: str = "data/sources.csv"


class Spec(Frozen):
    """All of ``sandbox.toml``; every table is keyed by a short identifier."""

    model: About
    levers: dict[str, Lever] = Field(default_factory=dict)
    uncertainties: dict[str, Uncertainty] = Field(default_factory=dict)
    outcomes: dict[str, Outcome] = Field(default_factory=dict)
    scenarios: dict[str, ValueSet] = Field(default_factory=dict)
    policies: dict[str, ValueSet] = Field(default_factory=dict)
    bundles: dict[str, Bundle] = Field(default_factory=dict)
    history: dict[str, History] = Field(default_factory=dict)
    shocks: dict[str, Shock] = Field(default_factory=dict)
    compounds: dict[str, Compound] = Field(default_factory=dict)
    correlations: dict[str, Correlation] = Field(default_factory=dict)
    shares: dict[str, ShareSet] = Field(default_factory=dict)
    breakers: dict[str, Breaker] = Field(default_factory=dict)
    loops: dict[str, Loop] = Field(default_factory=dict)

    @property
    def factors(self) -> dict[str, Lever | Uncertainty]:
        """Levers and uncertainties together, by identifier."""
        return {**self.levers, **self.uncertainties}

    @property
    def joint(self) -> dict[tuple[str, str], Correlation | ShareSet]:
        """Uncertainties that are drawn together, by table of the file and identifier."""
        return {
            **{("correlations", name): entry for name, entry in self.correlations.items()},
            **{("shares", name): entry for name, entry in self.shares.items()},
        }
