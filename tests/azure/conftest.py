"""A local Azure for the tests in here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from azure_service import AzureService, Script, Sentence

TALK = (
    Sentence(
        "Good morning everybody, and welcome to the harbour.",
        {
            "fr": "Bonjour à tous et bienvenue au port.",
            "es": "Buenos días a todos y bienvenidos al puerto.",
            "zh-Hans": "大家早上好，欢迎来到港口。",
        },
    ),
    Sentence(
        "We will talk about ships that carry grain.",
        {"fr": "Nous parlerons des navires qui transportent du grain.", "es": "Hablaremos de barcos que llevan grano."},
    ),
    Sentence(
        "Every year four hundred of them leave from here.",
        {"fr": "Chaque année quatre cents d'entre eux partent d'ici.", "es": "Cada año salen de aquí cuatrocientos."},
    ),
    Sentence("Vielen Dank für Ihre Aufmerksamkeit.", {"fr": "Merci de votre attention."}, "de-DE"),
)


@pytest.fixture
def azure_script() -> Script:
    return Script(TALK)


@pytest.fixture
def azure(azure_script: Script) -> Iterator[AzureService]:
    """The local Azure, all well; it listens to the tone language of TALK's sentences."""
    with AzureService(azure_script) as service:
        yield service
    assert not service.failures, service.failures[0]
