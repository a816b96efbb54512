"""Whatever the host does while speaking: every page shows the same, and all of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crews import Crew, terms
from pages_shown import people, shown
from rooms import room
from scripted import speech

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("speak"), st.integers(0, 3)),
        st.tuples(st.just("type"), st.integers(1, 3)),
        st.tuples(st.just("retract"), st.integers(0, 5)),
        st.tuples(st.just("correct"), st.integers(0, 5)),
        st.tuples(st.just("breathe"), st.integers(1, 3)),
    ),
    min_size=3,
    max_size=25,
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(steps=STEPS)
@pytest.mark.parametrize("letter", ["w", "c"], ids=["booths", "lines come with the recognition"])
def test_whatever_the_host_does_nothing_is_lost_or_doubled(
    tmp_path_factory: pytest.TempPathFactory, letter: str, steps
) -> None:
    asyncio.run(_rehearse(tmp_path_factory.mktemp("steps"), steps, letter))


async def _rehearse(directory: Path, steps: list[tuple[str, int]], letter: str) -> None:
    crew = {"pool": Crew().pool, "terms": terms()} if letter == "c" else {}
    async with room(directory, **crew) as here:
        session = await here.session("es", "fr")
        await people(here, session, ana="es", luc="fr")
        spoken: list[str] = []
        typed: list[str] = []
        retracted: set[int] = set()
        at = 0
        for step, number in steps:
            match step:
                case "speak":
                    words = [len(spoken) + 1 + offset for offset in range(number)]
                    spoken += [f"{letter}{word}" for word in words]
                    session.audio("host", speech(*words, *([0] if number == 3 else [])), position=None, seq=None)
                case "type":
                    text = f"t{len(typed) + 1}"
                    typed.append(text)
                    await session.say(text)
                case "retract" if session.history.last_id:
                    which = 1 + number % session.history.last_id
                    retracted.add(which)
                    await session.retract(which)
                case "correct" if session.history.last_id:
                    which = 1 + number % session.history.last_id
                    if which not in retracted:
                        at += 1
                        await session.correct(
                            which, ("en", "es")[at % 2], f"{session.history.entry(which).segment.text}"
                        )
                case "breathe":
                    await asyncio.sleep(0.002 * number)
        session.audio("host", speech(0), position=None, seq=None)
        await session.pause()
        assert await session._team.drained(30)
        entries = session.history.entries()
        assert [entry.segment.id for entry in entries] == list(range(1, len(entries) + 1))
        left = [entry for entry in entries if not entry.segment.retracted]
        assert {entry.segment.id for entry in entries} - {entry.segment.id for entry in left} == retracted
        if not retracted:
            said = " ".join(entry.segment.text for entry in entries if not entry.segment.typed).split()
            assert said == spoken
        texts = [entry.segment.text for entry in entries if entry.segment.typed and not entry.segment.retracted]
        assert len(texts) == len(set(texts))
        for name, language in (("ana", "es"), ("luc", "fr"), ("host", "en")):
            expected = {
                entry.segment.id: entry.segment.text if language == "en" else entry.lines[language].text
                for entry in left
            }
            assert shown(here, name, language) == expected
        kept = await here.store.history(session.record.session_id)
        assert [(entry.segment.id, entry.segment.text) for entry in kept] == [
            (entry.segment.id, entry.segment.text) for entry in entries
        ]
        assert [{tag: line.text for tag, line in entry.lines.items()} for entry in kept] == [
            {tag: line.text for tag, line in entry.lines.items()} for entry in entries
        ]
