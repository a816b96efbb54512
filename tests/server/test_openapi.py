"""The OpenAPI document describes what is there, and errors as they really are."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import APIRoute
from openapi_spec_validator import validate

from dragoman.server.films import films
from dragoman.server.http import api, health
from dragoman.server.media import media
from dragoman.server.words import words
from houses import House
from refusals import CODES

pytestmark = pytest.mark.asyncio(loop_scope="module")

Operations = dict[tuple[str, str], dict[str, Any]]


async def document(shared: House) -> tuple[dict[str, Any], Operations]:
    answer = await shared.http.get("/openapi.json")
    assert answer.headers["Content-Type"] == "application/json"
    whole = answer.json()
    return whole, {(m.upper(), path): op for path, item in whole["paths"].items() for m, op in item.items()}


async def test_the_document_is_valid_and_names_every_route(shared: House) -> None:
    whole, operations = await document(shared)
    validate(whole)
    routes = [
        route for router in (api, words, films, media, health) for route in router.routes if isinstance(route, APIRoute)
    ]
    assert set(operations) == {(method, route.path) for route in routes for method in route.methods}
    assert {operation["operationId"] for operation in operations.values()}
    for operation in operations.values():
        assert operation["summary"]
    # Pages are for people.
    assert not {"/", "/speaker", "/docs"} & set(whole["paths"])


async def test_every_refusal_is_described_in_the_interfaces_form_and_no_other(shared: House) -> None:
    whole, operations = await document(shared)
    assert set(whole["components"]["schemas"]["Refusal"]["properties"]["code"]["enum"]) == CODES
    assert "ValidationError" not in str(whole)
    form = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
    for place, operation in operations.items():
        refused = {status: said for status, said in operation["responses"].items() if status >= "400"}
        assert "default" in refused, place
        for status, said in refused.items():
            assert said["content"] == form, (place, status)
            assert said["description"]
        if "429" in refused:
            assert "Retry-After" in refused["429"]["headers"]


async def test_what_a_route_may_refuse_with_is_what_it_says(shared: House) -> None:
    _, operations = await document(shared)
    for route in ("startTranslation", "stopTranslation", "endSession", "updateSession"):
        assert {"400", "403", "404", "409", "413", "429", "503"} <= set(
            operations["POST", f"/api/{route}"]["responses"]
        )
    for route in ("sayText", "retractSegment", "correctSegment", "deleteSession", "makeFilm"):
        assert {"400", "403", "404", "413", "429", "503"} <= set(operations["POST", f"/api/{route}"]["responses"])
    assert {"400", "401", "413", "422", "429", "503"} <= set(operations["POST", "/api/createSession"]["responses"])
    assert {"400", "403", "404", "422", "429"} <= set(operations["GET", "/api/getTranscript/{sessionId}"]["responses"])
    for (method, path), operation in operations.items():
        if operation["summary"] == "Not built yet":
            assert "501" in operation["responses"]
            assert "200" not in operation["responses"]
            answer = await shared.http.request(method, path.replace("{sessionId}", "123456"))
            assert answer.status_code == 501


async def test_the_reader_of_the_document_comes_from_this_host(shared: House) -> None:
    page = (await shared.http.get("/docs")).text
    assert "openapi.json" in page or "/static/docs/" in page
    assert "cdn" not in page.lower()
