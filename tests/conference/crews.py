"""Two engines for every job: one in a cloud, which fails when a test wants it, and one at home behind it."""

from __future__ import annotations

from dataclasses import dataclass, field

from dragoman.company import Terms
from dragoman.cost import Prices
from dragoman.engines.pool import Pool
from dragoman.engines.protocols import Route
from dragoman.fallback import Patience
from scripted import ScriptedFace, ScriptedRecognizer, ScriptedTranslator, ScriptedVoice

QUICK = Patience(failing=0.3, first=0.15, longest=0.6)
"""Seconds of a fallback that a test can wait for."""
PRICES = Prices.model_validate(
    {
        "currency": "USD",
        "engines": {
            "cloud": {
                "recognition": {"price": 1.0, "per": 1, "unit": "second"},
                "speechTranslation": {"price": 2.0, "per": 1, "unit": "second"},
                "extraTarget": {"price": 0.5, "per": 1, "unit": "second"},
                "translation": {"price": 1.0, "per": 100, "unit": "character"},
                "voice": {"price": 1.0, "per": 100, "unit": "character"},
                "avatar": {"price": 1.0, "per": 1, "unit": "second"},
            }
        },
    }
)


def _routes(*targets: str) -> list[Route]:
    return [Route(source, target, "good") for source in ("en", "de", "es") for target in targets if source != target]


@dataclass
class Crew:
    """The engines of a test."""

    cloud: ScriptedRecognizer = field(
        default_factory=lambda: ScriptedRecognizer(
            name="cloud", letter="c", languages=("en", "de", "es"), translates=("es", "fr", "ca"), most_candidates=3
        )
    )
    home: ScriptedRecognizer = field(default_factory=lambda: ScriptedRecognizer(name="home"))
    cloud_texts: ScriptedTranslator = field(
        default_factory=lambda: ScriptedTranslator("cloud", "cloud:", _routes("es", "fr", "ca", "de", "en"))
    )
    home_texts: ScriptedTranslator = field(default_factory=lambda: ScriptedTranslator("home"))
    cloud_voice: ScriptedVoice = field(default_factory=lambda: ScriptedVoice("cloud", "cloud-"))
    home_voice: ScriptedVoice = field(default_factory=lambda: ScriptedVoice("home"))
    cloud_face: ScriptedFace = field(default_factory=lambda: ScriptedFace("cloud"))
    home_face: ScriptedFace = field(default_factory=lambda: ScriptedFace("home"))

    @property
    def pool(self) -> Pool:
        """All of them, the cloud's first."""
        return Pool(
            {"cloud": self.cloud, "home": self.home},
            {"cloud": self.cloud_texts, "home": self.home_texts},
            {"cloud": self.cloud_voice, "home": self.home_voice},
            {"cloud": self.cloud_face, "home": self.home_face},
        )


def terms(most: float | None = None, patience: Patience = QUICK) -> Terms:
    """The terms of a test. most: what a session may cost."""
    return Terms(patience=patience, prices=PRICES, most=most)
