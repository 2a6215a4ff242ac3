"""What a spec says of unknowns that are drawn together, held against the unknowns themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from pysd_runner.names import nearest
from pysd_runner.spec.joint import Correlation, ShareSet, wrong_shares
from pysd_runner.spec.named import Misfit
from pysd_runner.spec.schema import Spec

_Place = tuple[str, ...]

_UNRANKED = {"discrete": "discrete", "share": "a share"}
"""Distributions that a rank correlation does not join."""


def against_joint(spec: Spec, written: Sequence[str]) -> Iterator[Misfit]:
    """Yield what does not fit in the tables ``correlations`` and ``shares``.

    Parameters
    ----------
    written : sequence of str
        Identifiers of all uncertainties in the file, also of faulty ones, which ``spec`` lacks.
    """
    owner: dict[str, str] = {}
    labels: dict[str, str] = {}
    for place, joint in spec.joint.items():
        yield from _check_label(place, joint, spec, labels)
        known = [name for name in joint.uncertainties if name in spec.uncertainties]
        for name in joint.uncertainties:
            yield from _check_member((*place, "uncertainties"), name, joint, spec, written)
            other = owner.setdefault(name, ".".join(place))
            if other != ".".join(place):
                yield (
                    (*place, "uncertainties"),
                    f"'{name}' stands in [{other}] too; leave it in one of them",
                )
        if isinstance(joint, ShareSet) and len(known) == len(joint.uncertainties):
            yield from _check_shares((*place, "uncertainties"), joint, spec)
    for name, entry in spec.uncertainties.items():
        if entry.distribution == "share" and name not in owner:
            yield (
                ("uncertainties", name, "distribution"),
                "is a share of nothing; name it in a table [shares.…], with the others of the sum",
            )


def _check_label(
    place: _Place, joint: Correlation | ShareSet, spec: Spec, labels: dict[str, str]
) -> Iterator[Misfit]:
    """Yield a label that a figure could not tell from another."""
    other = labels.setdefault(joint.label, ".".join(place))
    if other != ".".join(place):
        yield (*place, "label"), f"is that of [{other}]; give it another one"
    if joint.label in spec.factors:
        yield (*place, "label"), f"'{joint.label}' is the identifier of a factor; write a label"


def _check_member(
    place: _Place, name: str, joint: Correlation | ShareSet, spec: Spec, written: Sequence[str]
) -> Iterator[Misfit]:
    if name in spec.levers:
        yield place, f"'{name}' is a lever, which the city sets; only unknowns are drawn together"
    elif name not in spec.uncertainties:
        if name not in written:
            yield place, f"'{name}' is not an uncertainty{nearest(name, written)}"
    elif isinstance(joint, ShareSet):
        kind = spec.uncertainties[name].distribution
        if kind != "share":
            yield place, f"'{name}' is {kind}; write distribution = \"share\" there"
    elif spec.uncertainties[name].distribution in _UNRANKED:
        said = _UNRANKED[spec.uncertainties[name].distribution]
        yield place, f"'{name}' is {said}, which has no rank correlation; leave it out"


def _check_shares(place: _Place, joint: ShareSet, spec: Spec) -> Iterator[Misfit]:
    entries = [spec.uncertainties[name] for name in joint.uncertainties]
    base = np.array([entry.base for entry in entries])
    low, high = np.array([entry.bounds for entry in entries]).T
    wrong = wrong_shares(joint.uncertainties, base, low, high, joint.concentration)
    if wrong:
        yield place, wrong
