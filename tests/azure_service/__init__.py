"""A local service that speaks what the Azure Speech SDK and Translator's clients speak. README.md has the whole."""

from .faults import Faults
from .records import (
    Asked,
    Connection,
    Context,
    PhraseList,
    Picture,
    Recognised,
    Records,
    Spoken,
    Token,
    Translated,
)
from .rendering import rendered
from .script import Script, Sentence
from .service import KEY, AzureService
from .state import Limits, Pace
from .tone_words import silence

__all__ = [
    "KEY",
    "Asked",
    "AzureService",
    "Connection",
    "Context",
    "Faults",
    "Limits",
    "Pace",
    "PhraseList",
    "Picture",
    "Recognised",
    "Records",
    "Script",
    "Sentence",
    "Spoken",
    "Token",
    "Translated",
    "rendered",
    "silence",
]
