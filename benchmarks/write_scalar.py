"""Writes ``models/scalar.mdl``: ten districts of an imagined city, 15 equations and 5 tables each.

All variables are scalars, as in most published models, and each district has tables and numbers of
its own, so that nothing can be computed once for all. ``python -m benchmarks.write_scalar``
writes the file anew.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

MODEL = Path(__file__).parent / "models" / "scalar.mdl"
DISTRICTS = (
    "Harbour", "Mill", "Garden", "Station", "Market", "Castle", "Bridge", "Hill", "River",
    "Airport",
)  # fmt: skip

_DISTRICT = """
{d} Firms = INTEG({d} openings - {d} closings, {firms}) ~ firm ~ Firms at work.
{d} openings = DELAY3({d} Firms * normal growth * {d} effect of labour on openings(labour ratio)\
 * {d} effect of land on openings({d} land use), time to build) ~ firm/yr ~ Firms that open.
{d} closings = {d} Firms / {d} life of firms ~ firm/yr ~ Firms that close.
{d} life of firms = {d} normal life of firms * {d} effect of roads on firms({d} road load)\
 ~ yr ~ Shorter where roads are full.
{d} Homes = INTEG({d} homes built - {d} homes lost, {homes}) ~ home ~ Homes.
{d} homes built = SMOOTH({d} Homes * building rate * {d} effect of rent on building({d} Rent)\
 * MAX(0, 1 - {d} land use), time to plan) ~ home/yr ~ Homes that are finished.
{d} homes lost = {d} Homes / life of homes ~ home/yr ~ Homes that fall down.
{d} land use = ({d} Firms * land of a firm + {d} Homes * land of a home) / {d} land\
 ~ Dmnl ~ Share of the land that is built upon.
{d} People = INTEG({d} net moves, {people}) ~ person ~ People who live here.
{d} crowding = {d} People / ({d} Homes * people in a home)\
 ~ Dmnl ~ People for each place to live.
{d} appeal = {d} effect of crowding on moves({d} crowding) * labour appeal / {d} Rent\
 ~ Dmnl ~ What draws people.
{d} net moves = {d} People * MIN(fastest move, move rate * ({d} appeal - 1))\
 ~ person/yr ~ Moves in, less moves out.
{d} Rent = INTEG(({d} wanted rent - {d} Rent) / time to change rents, 1) ~ Dmnl ~ Rent, 1 at first.
{d} wanted rent = MAX(0.3, IF THEN ELSE({d} crowding > 1, 1 + scarcity * ({d} crowding - 1),\
 0.6 + 0.4 * {d} crowding)) ~ Dmnl ~ Rent that would clear the market.
{d} road load = ({d} People + {d} Firms * trips of a firm) / {d} roads\
 ~ Dmnl ~ Traffic for the roads there are.
{d} normal life of firms = {life} ~ yr ~ Assumption.
{d} land = {land} ~ ha ~ Assumption.
{d} roads = {roads} ~ person ~ People whom the roads carry; assumption.
"""

_SHARED = """
jobs = ({firms}) * jobs in a firm ~ person ~ Of all districts.
workers = ({people}) * working share ~ person ~ Of all districts.
labour ratio = SMOOTH(workers / jobs, time to notice) ~ Dmnl ~ Workers for each job.
labour appeal = MAX(0.5, MIN(1.5, 1 + wage response * (1 - labour ratio)))\
 ~ Dmnl ~ Draws people where work is plenty.
"""

_CONSTANTS = {
    "normal growth": (0.09, "1/yr"),
    "time to build": (3.0, "yr"),
    "building rate": (0.05, "1/yr"),
    "time to plan": (2.0, "yr"),
    "life of homes": (60.0, "yr"),
    "land of a firm": (1.4, "ha/firm"),
    "land of a home": (0.05, "ha/home"),
    "people in a home": (2.6, "person/home"),
    "fastest move": (0.05, "1/yr"),
    "move rate": (0.12, "1/yr"),
    "time to change rents": (4.0, "yr"),
    "scarcity": (1.8, "Dmnl"),
    "trips of a firm": (30.0, "person/firm"),
    "jobs in a firm": (18.0, "person/firm"),
    "working share": (0.45, "Dmnl"),
    "time to notice": (1.5, "yr"),
    "wage response": (0.7, "Dmnl"),
}
_CONTROL = {"INITIAL TIME": 0.0, "FINAL TIME": 100.0, "TIME STEP": 0.25, "SAVEPER": 5.0}
_TABLES: dict[str, tuple[float, float, Callable[[float], float]]] = {
    # name -> ends of x, and a curve near (1, 1)
    "effect of labour on openings": (0.0, 2.0, lambda x: 2 / (1 + math.exp(-2.2 * (x - 1)))),
    "effect of land on openings": (0.0, 1.0, lambda x: 1.15 * (1 - x**3.5)),
    "effect of roads on firms": (0.0, 3.0, lambda x: 1.25 / (1 + 0.25 * x**2)),
    "effect of rent on building": (0.3, 3.0, lambda x: x**1.3),
    "effect of crowding on moves": (0.4, 2.0, lambda x: 1 / x**0.9),
}


def scalar_model() -> str:
    """Return the text of the model."""
    firms = " + ".join(f"{name} Firms" for name in DISTRICTS)
    people = " + ".join(f"{name} People" for name in DISTRICTS)
    lines = _SHARED.format(firms=firms, people=people).splitlines()
    for number, name in enumerate(DISTRICTS):
        size = 0.7 + 0.6 * ((number * 7) % 10) / 9
        numbers = {
            "firms": round(120 * size), "life": round(12 + 0.4 * number, 1),
            "homes": round(1900 * size), "land": round(520 * size + 12 * number),
            "people": round(4700 * size), "roads": round(9000 * size - 100 * number),
        }  # fmt: skip
        lines += _DISTRICT.format(d=name, **numbers).splitlines()
        lines += [_table(f"{name} {effect}", effect, number) for effect in _TABLES]
    lines += [
        f"{name} = {value} ~ {unit} ~ Assumption." for name, (value, unit) in _CONSTANTS.items()
    ]
    lines += [f"{name} = {value:g} ~ yr ~ Of the simulation." for name, value in _CONTROL.items()]
    entries = [_entry(*line.split(" ~ ")) for line in lines if line]
    return "\n".join(["{UTF-8}", *entries])


def _entry(equation: str, unit: str, comment: str) -> str:
    return f"{equation}\n\t~\t{unit}\n\t~\t{comment}\n\t|\n"


def _table(name: str, effect: str, number: int) -> str:
    low, high, curve = _TABLES[effect]
    count = 9 + (number + len(effect)) % 4
    steep = 0.8 + 0.04 * number
    points = []
    for place in range(count):
        x = round(low + (high - low) * place / (count - 1), 3)
        points.append(f"({x:g},{max(curve(x), 0.0) ** steep:.3f})")
    return f"{name}({','.join(points)}) ~ Dmnl ~ Assumption."


if __name__ == "__main__":
    MODEL.write_text(scalar_model(), encoding="utf-8")
