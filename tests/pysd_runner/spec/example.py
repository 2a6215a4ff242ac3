"""A model and a spec in which everything fits; tests break one thing at a time."""

from __future__ import annotations

MODEL = """
D: SHA, SHB ~~|
grant rate = 0.1 ~ 1/yr [0, 0.6] ~|
r[D] = 1, 2 ~ Dmnl ~|
Fund = INTEG(outlay, 0) ~ MCNY ~|
outlay = grant rate * SUM(r[D!]) ~ MCNY/yr ~|
shape((0,0),(1,1)) ~~|
TIME STEP = 0.25 ~ yr ~|
demand = 1 - drought depth * PULSE(drought start, drought hold) ~ Dmnl ~|
drought start = 4 ~ yr ~|
drought depth = 0 ~ Dmnl [0, 1] ~|
drought hold = 1 ~ yr ~|
flood start = 4 ~ yr ~|
flood depth[D] = 0 ~ Dmnl ~|
loss = demand * Fund * loss rate * switch B1 * passing[SHA] * flood depth[SHB] ~ MCNY/yr ~|
loss rate = 0.1 ~ 1/yr ~|
switch B1 = 1 ~ Dmnl ~|
Left = INTEG(-loss, 1) ~ MCNY ~|
wear = loss / 2 ~ MCNY/yr ~|
Old = INTEG(wear, 1) ~ MCNY ~|
other = demand + Old ~ MCNY ~|
round = INTEG(round trip, 1) ~ MCNY ~|
round trip = - round * loss rate * switch B1 ~ MCNY/yr ~|
breaker on[D] = 1 ~ Dmnl ~|
trip[D] = 0.1, 0.2 ~ Dmnl [0, 1] ~|
reset[D] = 0.05, 0.3 ~ Dmnl ~|
seen[D] = loss / Fund ~ Dmnl ~|
passing[D] = 1 - 0.5 * demand ~ Dmnl ~|
"""
SPEC = """\
[model]
title = "Test"
question = "Does it read?"
file = "inline.mdl"
save_step = 1.0

[levers.grants]
variable = "grant rate"
label = "Grants"
unit = "1/yr"
base = 0.1
bounds = [0.0, 0.5]
cost = "outlay"
paper = "3.1"
source = "key"

[uncertainties.return]
variable = "r"
element = "SHB"
label = "Return"
unit = "dimensionless"
base = 2
bounds = [1.0, 3.0]
distribution = "triangular"
mode = 2.5
assumption = "Nobody knows."

[outcomes.fund]
label = "Fund"
expression = "Fund + SUM(r[D!])"
reduction = "mean"
from = 2
to = 8
unit = "MCNY"
direction = "maximise"

[scenarios.poor]
label = "Poor returns"
values = { "r[SHB]" = 1.5, "grant rate" = 0.2 }

[policies.more]
label = "More grants"
values = { grants = 0.4 }

[history.fund]
label = "Fund"
variable = "Fund"
indicator = "fund"
transform = "index"
base_year = 1
unit = "MCNY"

[shocks.drought]
code = "S1"
label = "Drought"
acts_on = "demand"
start = { variable = "drought start", base = 4.0, bounds = [2.0, 6.0] }
depth = { variable = "drought depth", base = 0.0, bounds = [0.1, 0.4] }
hold = { variable = "drought hold", base = 1.0, bounds = [0.5, 2.0] }
assumption = "Once in a decade."

[shocks.flood]
label = "Flood"
acts_on = "loss"
source = 'key'

[shocks.flood.start]
variable = "flood start"
base = 4
bounds = [2.0, 6.0]

[shocks.flood.depth]
variable = "flood depth"
element = 'SHB'
base = 0
bounds = [0.2, 0.5]

[compounds.both]
code = "S2"
label = "Drought and flood"
shocks = ["drought", "flood"]
correlation = 0.5
assumption = "The same weather."

[breakers.fund]
label = "Fund"
enabled = "breaker on[SHA]"
trip = { variable = "trip", element = "SHA", bounds = [0.08, 0.2] }
reset = "reset[SHA]"
indicator = "seen[SHA]"
closed = "passing[SHA]"
open = "passing[SHA]"
half_open = "passing[SHA]"
trips = "Fund"
time_open = "Fund"
throttle = "passing[SHA]"

[loops.B1]
label = "Decay"
kind = "balancing"
switch = "switch B1"
path = "round -> round trip"
"""
SOURCES = "key,citation,url\nkey,A. Author (2020),https://example.org\n"
SERIES = """\
indicator,year,value,unit,scope,quality,use,source,note
fund,1,10,MCNY,,,calibration,key,
fund,2,20,MCNY,,,validation,key,
other,1,10,MCNY,,,reference,key,
"""
