"""A sound model with a spec and checks; tests break one thing at a time."""

from __future__ import annotations

MODEL = (
    "***\n.Money\n***~ |\nA = INTEG(inflow - move, 10) ~ kg ~ Held. |\n"
    "B = INTEG(move, 5) ~ kg ~ Held. |\ninflow = growth * A ~ kg/yr ~ Comes. |\n"
    "growth = 0.1 ~ 1/yr ~ Speed. [assumption: steady] |\n"
    "lag = 4 ~ yr ~ Delay. [assumption: slow] |\nmove = A / lag ~ kg/yr ~ Goes. |\n"
    "***\n.Control\n***~ |\nINITIAL TIME = 0 ~ yr ~ Start. |\nFINAL TIME = 10 ~ yr ~ End. |\n"
    "TIME STEP = 0.25 ~ yr ~ Step. |\nSAVEPER = 1 ~ yr ~ Save. |\n"
)
CHECKS = """\
[conservation.money]
label = "Money"
stocks = ["A", "B"]
external_in = ["inflow"]

[time_step]
halve_to = 0.125
tolerance = 0.05

[runge_kutta]
tolerance = 0.05

[checks.no_growth]
label = "Without growth nothing comes"
settings = { growth = 0 }
then = ["inflow = 0", "A < BASE(A) :OR: Time = 0"]
never_negative = ["stocks"]
"""
SPEC = """\
[model]
title = "Test"
question = "?"
file = "inline.mdl"
save_step = 1

[outcomes.end]
label = "A"
variable = "A"
reduction = "final"
unit = "kg"
direction = "none"
"""
