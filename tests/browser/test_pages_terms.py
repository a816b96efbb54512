"""Names and terms on the speaker's page: given, wrong, changed."""

from __future__ import annotations

import pytest

from served import Server
from visitors import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = "<img src=x onerror=alert(1)>"


async def test_terms_are_given_as_a_table_and_changed_while_the_session_is_on(server: Server, crowd: Visitors) -> None:
    speaker = await crowd.visit(f"{server.url}/speaker")
    await speaker.see("#setup-form")
    await speaker.page.fill("#session-name", "Terms")
    await speaker.page.check("#target-languages input[value=es]")
    await speaker.page.click("#setup-terms summary")
    await speaker.page.fill("#setup-terms textarea", "Dragoman,yes")
    await speaker.page.click("#create")
    await speaker.read("#setup-terms .problem", "The first line has to name the columns")
    await speaker.accessible()
    await speaker.page.set_input_files(
        "#setup-terms input[type=file]",
        {
            "name": "terms.csv",
            "mimeType": "text/csv",
            "buffer": f"source,es,keep\n{HOSTILE},,yes\nbooth,cabina".encode(),
        },
    )
    await speaker.until("() => document.querySelector('#setup-terms .problem').hidden")
    await speaker.page.click("#create")
    await speaker.see("#desk")
    await speaker.page.click("#desk-terms summary")
    given = f"source\tes\tkeep\n{HOSTILE}\t\tyes\nbooth\tcabina\t"
    await speaker.until("given => document.querySelector('#desk-terms textarea').value === given", given)
    await speaker.page.fill("#desk-terms textarea", "source;fr\nbooth;cabine")
    await speaker.page.click("#desk-terms button")
    await speaker.read("#desk-terms [role=status]", "1 term is in use.")
    await speaker.accessible()
    await speaker.page.reload()
    await speaker.see("#desk")
    await speaker.until("() => document.querySelector('#desk-terms textarea').value === 'source\\tfr\\nbooth\\tcabine'")
