"""What people do on the pages, whichever the browser."""

from __future__ import annotations

from collections.abc import Mapping

from onlookers import Onlooker


async def create(speaker: Onlooker, name: str, words: Mapping[str, str]) -> str:
    """Make a session into Spanish and French on the speaker's page; its code. words: of the page's language."""
    await speaker.write("textbox", words["speaker.name"], name)
    for tag in ("es", "fr"):
        await speaker.until("tag => document.querySelector(`#target-languages input[value=${tag}]`)", tag)
        await speaker.ask("tag => document.querySelector(`#target-languages input[value=${tag}]`).click()", tag)
    await speaker.press("button", words["speaker.create"])
    await speaker.see("#desk")
    return await speaker.text("#code")
