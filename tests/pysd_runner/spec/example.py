"""A model and a spec in which everything fits; tests break one thing at a time."""

from __future__ import annotations

MODEL = """
D: SHA, SHB ~~|
grant rate = 0.1 ~ 1/yr [0, 0.6] ~|
r[D] = 1, 2 ~ Dmnl ~|
Fund = INTEG(outlay, 0) ~ MCNY ~|
outlay = grant rate * SUM(r[D!]) ~ MCNY/yr ~|
shape((0,0),(1,1)) ~~|
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
"""
SOURCES = "key,citation,url\nkey,A. Author (2020),https://example.org\n"
SERIES = """\
indicator,year,value,unit,scope,quality,use,source,note
fund,1,10,MCNY,,,calibration,key,
fund,2,20,MCNY,,,validation,key,
other,1,10,MCNY,,,reference,key,
"""
