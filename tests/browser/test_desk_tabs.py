"""One speaker with more than one tab: each keeps its own session."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk_states import Rooms, filled, rooms, seated
from dragoman.speech import FLOOR_RATE
from houses import until
from visitors import Visitor, Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
async def here(tmp_path: Path, crowd: Visitors) -> AsyncIterator[Rooms]:
    async with rooms(tmp_path, crowd) as made:
        yield made


async def connected(speaker: Visitor) -> str:
    """The code of the session that this tab is at."""
    await speaker.see('#connection[data-state="connected"]')
    return await speaker.text("#code")


async def test_a_new_session_in_one_tab_leaves_the_other_its_own(here: Rooms) -> None:
    first = await seated(here, "en-US")
    code = await first.text("#code")
    second = await first.another()
    assert await connected(second) == code
    await first.told("#hall-sentence", "speaker.anotherPage")
    await first.page.click("#start-over")
    await first.see("#setup-form")
    await second.page.reload()
    assert await connected(second) == code
    await filled(first.page)
    await first.page.click("#create")
    other = await connected(first)
    await second.page.reload()
    assert await connected(second) == code
    await first.page.reload()
    assert await connected(first) == other != code


async def test_a_hosts_link_is_taken_where_the_page_is_already(here: Rooms) -> None:
    first = await seated(here, "en-US")
    code = await first.text("#code")
    client = await first.page.evaluate("JSON.parse(localStorage.getItem('dragoman.hosted')).clientId")
    phone = await here.visit("en-US")
    await phone.page.evaluate("hash => { location.hash = hash; }", f"#host={client}&session={code}")
    assert await connected(phone) == code
    assert client not in phone.page.url


async def test_a_laptop_that_comes_back_leaves_the_phone_on_air_until_it_is_asked(here: Rooms, crowd: Visitors) -> None:
    crowd.forgiven += ["ERR_INTERNET_DISCONNECTED", "WebSocket connection"]
    laptop = await seated(here, "en-US")
    code = await laptop.text("#code")
    await laptop.page.click("#toggle")
    await laptop.see('#state[data-phase="on"]')
    client = await laptop.page.evaluate("JSON.parse(localStorage.getItem('dragoman.hosted')).clientId")
    await laptop.page.context.set_offline(True)
    await laptop.see('#connection[data-state="lost"]', 30)
    phone = await here.visit("en-US")
    await phone.page.evaluate("hash => { location.hash = hash; }", f"#host={client}&session={code}")
    await phone.see('#state[data-phase="on"]')
    await laptop.page.context.set_offline(False)
    await laptop.told("#hall-sentence", "speaker.anotherPage", 30)
    await phone.see('#state[data-phase="on"]')
    session = here.house.conference.running(code)
    assert session is not None
    before = session.accepted
    await until(lambda: session.accepted > before + FLOOR_RATE)
    await laptop.page.click("#retry")
    await laptop.see('#state[data-phase="on"]')
    await phone.told("#hall-sentence", "speaker.anotherPage")
