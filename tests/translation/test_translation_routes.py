"""Which routes are offered: by what is installed and what was measured."""

from __future__ import annotations

import json
from importlib import resources
from itertools import permutations

import pytest

from dragoman.engines.embedded.apertium import TAGS, installed
from dragoman.engines.embedded.routes import MOST_MEMORY, TABLE, Measured, measured, usable
from dragoman.engines.protocols import Route

EVERYTHING = set(permutations(TAGS, 2))


def by_pair(pairs: set[tuple[str, str]]) -> dict[tuple[str, str], Route]:
    """The routes offered where these pairs are installed."""
    return {(route.source, route.target): route for route in usable(pairs)}


def test_english_reaches_eight_languages_with_debians_packages():
    into = {target: route for (source, target), route in by_pair(set(installed())).items() if source == "en"}
    assert list(into) == ["es", "ca", "gl", "eo", "fr", "it", "pt-PT", "pt-BR"]
    assert {target for target, route in into.items() if route.pivot is None} == {"es", "ca", "gl", "eo"}
    assert {route.quality for route in into.values()} == {"gist"}


def test_where_nothing_is_installed_nothing_is_offered():
    assert usable(set()) == ()


def test_a_relay_needs_both_its_legs():
    assert set(by_pair({("en", "es")})) == {("en", "es")}
    assert set(by_pair({("es", "fr")})) == {("es", "fr")}
    offered = by_pair({("en", "es"), ("es", "fr")})
    assert offered["en", "fr"].pivot == "es"


@pytest.mark.parametrize("target", ["fr", "it", "pt-PT", "pt-BR"])
def test_the_better_pivot_that_is_not_too_large_is_taken_where_both_are_there(target: str):
    rows = {row.pivot: row for row in measured() if (row.source, row.target) == ("en", target)}
    assert set(rows) == {"es", "ca"}
    light = [row for row in rows.values() if row.memory <= MOST_MEMORY] or rows.values()
    pairs = {("en", "es"), ("es", target), ("en", "ca"), ("ca", target)}
    assert by_pair(pairs)["en", target].pivot == max(light, key=lambda row: row.chrf).pivot


def test_a_relay_that_is_too_large_is_taken_where_there_is_no_other():
    assert any(row.memory > MOST_MEMORY for row in measured() if row.legs == (("en", "ca"), ("ca", "fr")))
    assert by_pair({("en", "ca"), ("ca", "fr")})["en", "fr"].pivot == "ca"


def test_a_direct_pair_is_taken_before_a_relay():
    assert by_pair(EVERYTHING)["en", "es"].pivot is None


def test_a_variety_of_a_language_is_not_translated_into_another():
    assert not {("pt-PT", "pt-BR"), ("pt-BR", "pt-PT")} & set(by_pair(EVERYTHING))


def test_what_was_not_measured_is_not_offered():
    known = {(row.source, row.target) for row in measured()}
    assert set(by_pair(EVERYTHING)) <= known
    assert not known & {(tag, tag) for tag in TAGS}


@pytest.mark.parametrize(
    ("chrf", "unknown", "is_usable"), [(40.0, 0.1, True), (39.9, 0.0, False), (60.0, 0.11, False), (90.0, 0.0, True)]
)
def test_usable_is_a_matter_of_two_thresholds(chrf: float, unknown: float, is_usable: bool):
    assert Measured("en", "xx", None, chrf, 20.0, unknown, 100).usable is is_usable


def test_the_table_says_how_it_was_measured():
    table = json.loads(resources.files("dragoman.engines.embedded").joinpath(TABLE).read_text())
    assert {"day", "texts", "packages", "usable"} <= set(table["measured"])
    for row, one in zip(table["routes"], measured(), strict=True):
        assert row["usable"] is one.usable
        figures = row["texts"].values()
        assert one.chrf == pytest.approx(sum(text["chrf"] for text in figures) / len(figures), abs=0.01)
