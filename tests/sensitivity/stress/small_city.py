"""A city small enough to follow: one industry, its aid, one budget breaker, shocks, loops."""

from __future__ import annotations

from pathlib import Path

from pysd_runner import Model, load

MODEL = """{UTF-8}
Capital = INTEG(investment - wear, 100) ~ MCNY ~ What produces. |
investment = own investment + aid ~ MCNY/yr ~ In. |
own investment = reinvested share * (switch R1 * output + (1 - switch R1) * 100) ~ MCNY/yr ~ In. |
reinvested share = 0.08 ~ Dmnl [0, 1] ~ A constant. |
wear = Capital * wear rate ~ MCNY/yr ~ Out. |
wear rate = 0.1 ~ 1/yr [0, 1] ~ An uncertainty. |
demand = 100 * EXP(growth * (Time - 2025)) * (1 - slump * demand depth) ~ MCNY/yr ~ Asked for. |
growth = 0.02 ~ 1/yr ~ An uncertainty. |
slump = IF THEN ELSE(Time < slump start, 0, IF THEN ELSE(Time < slump start + slump hold, 1,
  EXP(-(Time - slump start - slump hold) / slump recovery))) ~ Dmnl ~ The course of the shock. |
demand depth = 0 ~ Dmnl [0, 1] ~ How deep. |
slump start = 2028 ~ yr ~ When. |
slump hold = 1 ~ yr ~ How long. |
slump recovery = 1 ~ yr ~ How it fades. |
output = MIN(demand, Capital * services) ~ MCNY/yr ~ What is made. |
services = SMOOTHI(IF THEN ELSE(switch B1 > 0.5, MIN(1, MAX(0.5, Reserve / safe reserve)), 1), 1, 1)
  ~ Dmnl ~ A city without money serves its firms badly. |
safe reserve = 5 ~ MCNY [0, 100] ~ A constant. |
Reserve = INTEG(tax - aid - upkeep, 10) ~ MCNY ~ The city's money. |
tax = tax rate * output * (1 - levy cut * levy depth) ~ MCNY/yr ~ In. |
levy cut = IF THEN ELSE(Time < levy start :OR: Time >= levy start + levy hold, 0, 1) ~ Dmnl ~ . |
levy depth = 0 ~ Dmnl [0, 1] ~ How deep. |
levy start = 2028 ~ yr ~ When. |
levy hold = 1 ~ yr ~ How long. |
tax rate = 0.1 ~ Dmnl [0, 1] ~ A lever. |
upkeep = 6 ~ MCNY/yr ~ Out. |
aid = aid programme * throttle ~ MCNY/yr ~ Out. |
aid programme = 3 ~ MCNY/yr ~ A lever. |
strain = (aid programme + upkeep) / MAX(1, tax) ~ Dmnl ~ The indicator. |
review now = IF THEN ELSE(MODULO(Time + TIME STEP / 2, review interval) < TIME STEP, 1, 0)
  ~ Dmnl ~ . |
review interval = 0.5 ~ yr [0.125, 4] ~ How often the strain is looked at. |
published = SAMPLE IF TRUE(review now > 0.5, strain, 0.9) ~ Dmnl ~ What is known of it. |
trip level = 1.1 ~ Dmnl ~ A threshold. |
reset level = 1 ~ Dmnl ~ A threshold. |
breaker on = 0 ~ Dmnl [0, 1] ~ A switch. |
tripping = breaker on * IF THEN ELSE(published > trip level, 1, 0) ~ Dmnl ~ . |
healthy = IF THEN ELSE(published < reset level, 1, 0) ~ Dmnl ~ . |
c to o = Closed * tripping / TIME STEP ~ 1/yr ~ . |
o to h = Open * IF THEN ELSE(Timer >= 0.5 - TIME STEP / 2 :AND: healthy > 0.5, 1, 0) / TIME STEP
  ~ 1/yr ~ . |
h to o = Half * tripping / TIME STEP ~ 1/yr ~ . |
h to c = Half * IF THEN ELSE(Timer >= 0.5 - TIME STEP / 2 :AND: healthy > 0.5, 1, 0)
  * (1 - tripping) / TIME STEP ~ 1/yr ~ . |
Closed = INTEG(h to c - c to o, 1) ~ Dmnl ~ A state. |
Open = INTEG(c to o + h to o - o to h, 0) ~ Dmnl ~ A state. |
Half = INTEG(o to h - h to o - h to c, 0) ~ Dmnl ~ A state. |
switched = c to o + o to h + h to o + h to c ~ 1/yr ~ . |
Timer = INTEG(IF THEN ELSE(switched * TIME STEP > 0.5, -Timer / TIME STEP, 1), 0) ~ yr ~ . |
Trips = INTEG(c to o + h to o, 0) ~ Dmnl ~ How often it opened. |
Time Open = INTEG(Open, 0) ~ yr ~ How long it was open. |
throttle = SMOOTHI(Closed + 0.5 * Half, 0.25, 1) ~ Dmnl ~ What passes. |
switch R1 = 1 ~ Dmnl [0, 1] ~ A switch. |
switch B1 = 1 ~ Dmnl [0, 1] ~ A switch. |
INITIAL TIME = 2025 ~ yr ~ . |
FINAL TIME = 2040 ~ yr ~ . |
TIME STEP = 0.125 ~ yr ~ . |
SAVEPER = TIME STEP ~ yr ~ . |
"""
SPEC = """
[model]
title = "A small city"
question = "Does the brake on aid help in a slump?"
file = "small_city.mdl"
save_step = 0.25

[levers.aid]
variable = "aid programme"
label = "Aid to firms"
unit = "MCNY/yr"
base = 3
bounds = [0, 6]
cost = "aid"
paper = "4"
assumption = "a test"

[levers.tax]
variable = "tax rate"
label = "Tax"
unit = "Dmnl"
base = 0.1
bounds = [0.08, 0.12]
cost_note = "none"
paper = "4"
assumption = "a test"

[uncertainties.growth]
variable = "growth"
label = "Growth of demand"
unit = "1/yr"
base = 0.02
distribution = "uniform"
bounds = [0, 0.03]
assumption = "a test"

[uncertainties.wear]
variable = "wear rate"
label = "Wear"
unit = "1/yr"
base = 0.1
distribution = "uniform"
bounds = [0.08, 0.1]
assumption = "a test"

[outcomes.output]
label = "Output in 2040"
quantity = "Output"
variable = "output"
reduction = "final"
unit = "MCNY/yr"
direction = "maximise"

[outcomes.reserve]
label = "Reserve, lowest"
quantity = "Reserve"
variable = "Reserve"
reduction = "min"
from = 2026
unit = "MCNY"
direction = "maximise"

[outcomes.aid]
label = "Aid, mean"
quantity = "Aid"
variable = "aid"
reduction = "mean"
unit = "MCNY/yr"
direction = "minimise"

[policies.generous]
label = "Generous"
values = { aid = 6 }

[policies.thrifty]
label = "Thrifty"
values = { aid = 0, tax = 0.11 }

[shocks.slump]
code = "S1"
label = "Demand collapse"
acts_on = "demand"
start = { variable = "slump start", base = 2028, bounds = [2027, 2030] }
depth = { variable = "demand depth", base = 0, bounds = [0.1, 0.4] }
hold = { variable = "slump hold", base = 1, bounds = [0.5, 2] }
recovery = { variable = "slump recovery", base = 1, bounds = [0.5, 3] }
assumption = "a test"

[shocks.levy]
code = "S2"
label = "Budget cut"
acts_on = "tax"
start = { variable = "levy start", base = 2028, bounds = [2027, 2030] }
depth = { variable = "levy depth", base = 0, bounds = [0.1, 0.5] }
hold = { variable = "levy hold", base = 1, bounds = [1, 4] }
assumption = "a test"

[compounds.both]
code = "S3"
label = "Slump and budget cut"
shocks = ["slump", "levy"]
correlation = 0.5
assumption = "a test"

[breakers.budget]
code = "B1"
label = "Budget breaker"
enabled = "breaker on"
trip = { variable = "trip level", bounds = [0.95, 1.6] }
reset = "reset level"
indicator = "strain"
closed = "Closed"
open = "Open"
half_open = "Half"
trips = "Trips"
time_open = "Time Open"
throttle = "throttle"
action = "aid to firms"

[loops.R1]
label = "Output and investment"
kind = "reinforcing"
switch = "switch R1"
path = "Capital -> output -> own investment -> investment"

[loops.B1]
label = "Reserve and services"
kind = "reinforcing"
switch = "switch B1"
path = "Reserve -> services -> output -> tax"
"""


def small_city(folder: Path, spec: str = SPEC, model: str = MODEL) -> Model:
    """Write the files of the city into a folder and load it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "small_city.mdl").write_text(model, "utf-8")
    (folder / "sandbox.toml").write_text(spec, "utf-8")
    return load(folder)
