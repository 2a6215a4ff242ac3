"""No installed package binds the project to a GPL."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

LOCK = (Path(__file__).parents[2] / "requirements.lock").read_text()
# These offer several licences, of which a permissive one is chosen.
CHOSEN = {"odfpy": "Apache Software License"}


def licence(name: str) -> str:
    """Return all that the installed package says about its licence; empty if not installed."""
    try:
        about = metadata(name)
    except PackageNotFoundError:
        return ""
    said = [
        *(about.get_all("License-Expression") or []),
        *(about.get_all("License") or [])[:1],
        *(text for text in about.get_all("Classifier") or [] if text.startswith("License ::")),
    ]
    return " | ".join(text[:200] for text in said if text != "UNKNOWN") or "unknown"


def test_no_package_is_under_the_gpl_or_an_unknown_licence() -> None:
    lesser = re.compile(r"(Library or )?Lesser General Public License|LGPL", re.IGNORECASE)
    refused = re.compile(
        r"GPL|General Public|Affero|Proprietary|NonCommercial|unknown", re.IGNORECASE
    )
    found = {name: licence(name) for name in re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE)}
    assert sum(map(bool, found.values())) > 100
    assert {
        name: text
        for name, text in found.items()
        if refused.search(lesser.sub("", text)) and CHOSEN.get(name, "none") not in text
    } == {}
