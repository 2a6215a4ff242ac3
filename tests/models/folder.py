"""Where the models lie."""

from pathlib import Path

MODELS = Path(__file__).parents[2] / "models"
NAMES = tuple(sorted(path.parent.name for path in MODELS.glob("*/*.mdl")))
COMPONENTS = ("guidance_fund", "industrial_output", "rd_investment")
