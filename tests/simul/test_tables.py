"""The tables that are made of the runs."""

from __future__ import annotations

from typing import Any

from benchmarks.document import section
from benchmarks.simul.__main__ import figures_of
from benchmarks.simul.runs import Result, Run, beneath, beside
from benchmarks.simul.targets import Target, reached


def run(mode: str, *, chrf: float = 90.0, median: float = 2.0, live: bool = False) -> Result:
    name = {"mode": mode, "speech": "as recorded"}
    spans = {"span, median s": median, "span, p95 s": 4.0, "span, most s": 6.0}
    row: dict[str, Any] = {**name, "language": "es", "chrF lower-cased": chrf, **spans}
    row |= {"grows, s a minute": -0.01, "end behind the talk's s": 2.0}
    floor = {**name, "word error rate %": 5.0, "finals changed": 0}
    return Result(Run(mode, pauses=True, minutes=1, live=live), [row], floor, {**name, "voice %": 1.0})


def test_quality_is_compared_with_consecutive_in_the_same_language() -> None:
    results = [run("consecutive", chrf=95), run("low", chrf=88)]
    beneath(results)
    assert [one.interpreting[0]["under consecutive"] for one in results] == [0, 7]


def test_without_consecutive_there_is_nothing_to_compare_with() -> None:
    results = [run("low")]
    beneath(results)
    assert results[0].interpreting[0]["under consecutive"] is None


def test_a_target_is_reached_where_the_worst_language_reaches_it() -> None:
    name = {"mode": "low", "speech": "as recorded"}
    targets = [
        Target("low", "as recorded", "a", 2),
        Target("low", "as recorded", "grows, s a minute", 0.05),
        Target("low", "as recorded", "not measured", 1),
    ]
    rows = [{**name, "a": 1, "grows, s a minute": -0.2}, {**name, "a": 2, "grows, s a minute": 0.01}]
    assert [(row["worst"], row["reached"]) for row in reached(rows, targets)] == [(2, "yes"), (-0.2, "no")]


def test_virtual_and_real_time_agree_within_half_a_second() -> None:
    assert beside(run("balanced", median=2.0), run("balanced", median=2.4, live=True))[0]["agrees"] == "yes"
    assert beside(run("balanced", median=2.0), run("balanced", median=2.6, live=True))[0]["agrees"] == "no"


def test_all_of_it_becomes_a_section_of_the_page() -> None:
    figures = figures_of([run("consecutive"), run("balanced")], run("balanced", live=True))
    assert all(row["reached"] == "yes" for row in figures["targets"])
    page = section("simul", figures, "here")
    for heading in ("targets", "interpreting", "floor", "simulated machine", "virtual beside real"):
        assert f"### {heading}\n" in page
    assert page.startswith("## Simul\n")
