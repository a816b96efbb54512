"""What the host wrote, took back and corrected outlives a server that is killed the moment it has answered."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from test_killed import kill, ready, settled, start


@pytest.mark.slow
async def test_the_hosts_words_outlive_a_kill(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = start(tmp_path, port)
    host = {"ClientId": str(uuid4())}
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
            await ready(http)
            body = {"sessionName": "x", "sourceLanguage": "en", "targetLanguages": ["es", "fr"]}
            code = (await http.post("/api/createSession", json=body, headers=host)).json()["sessionId"]

            async def done(route: str, **more: Any) -> Any:
                answer = await http.post(f"/api/{route}", json={"sessionId": code, **more}, headers=host)
                assert answer.status_code == 200, answer.text
                return answer.json()

            await done("startTranslation")
            assert await done("sayText", text="The house is red. The sea is blue. I was wrong.") == {
                "segmentIds": [1, 2, 3]
            }
            await settled(http, code)
            await done("correctSegment", segmentId=1, language="es", text="La casa es roja, ya ves.")
            await done("correctSegment", segmentId=2, language="en", text="The sea is green.")
            await done("retractSegment", segmentId=3)
            kill(process)
            process = start(tmp_path, port)
            await ready(http)
            assert await done("sayText", text="I am back.") == {"segmentIds": [4]}
            said = await settled(http, code)
            assert [line["sourceText"] for line in said] == ["The house is red.", "The sea is green.", "", "I am back."]
            assert said[0]["translations"]["es"] == "La casa es roja, ya ves."
            # Killed before it was translated anew, it is translated now.
            assert "verde" in said[1]["translations"]["es"].lower()
            assert (said[2]["retracted"], said[2]["translations"]) == (True, {})
            assert all(line.get("typed") for line in said)
    finally:
        kill(process)
