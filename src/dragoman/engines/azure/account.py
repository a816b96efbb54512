"""The Azure account that a server uses: its key, and the address of each of its services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


class NotConfigured(Exception):
    """There is no Azure account in the settings; the text says which setting is missing."""


@dataclass(frozen=True, slots=True)
class Account:
    """A Speech resource. Nothing of it is ever logged or sent to a client."""

    key: str = field(repr=False)
    region: str = ""
    endpoint: str = ""
    """the base of all services, http(s):// or ws(s)://: a sovereign cloud, a container, a private link; empty: the
    region's public ones"""
    token_auth: bool = False
    """use tokens that last ten minutes in place of the key wherever the key is not what gets them"""
    translator_key: str = field(default="", repr=False)
    """of a Translator resource, where the Speech resource is not one for several services"""
    translator_region: str = ""

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Account:
        """From settings by their names in the environment. Raises NotConfigured."""
        key = settings.get("SPEECH_KEY", "")
        region = settings.get("SPEECH_REGION", "")
        endpoint = settings.get("SPEECH_ENDPOINT", "") or settings.get("SPEECH_PRIVATE_ENDPOINT", "")
        if not key:
            raise NotConfigured("SPEECH_KEY is missing; it is one of the two keys of an Azure Speech resource")
        if not (region or endpoint):
            raise NotConfigured("SPEECH_REGION is missing; it is the resource's region, such as westeurope")
        return cls(
            key=key,
            region=region,
            endpoint=endpoint.rstrip("/"),
            token_auth=bool(settings.get("ENABLE_TOKEN_AUTH", False)),
            translator_key=settings.get("TRANSLATOR_KEY", "") or key,
            translator_region=settings.get("TRANSLATOR_REGION", "") or region,
        )

    def http(self, service: str) -> str:
        """The address of a service, http(s)://, to which its path is added.

        service: `tts` (then /voices/list, /avatar/relay/token/v1), `sts` (then /issueToken) or `translator` (then
        /translate, /languages). From
        https://learn.microsoft.com/azure/ai-services/speech-service/rest-text-to-speech and
        https://learn.microsoft.com/azure/ai-services/translator/text-translation/reference/v3/reference
        """
        if self.endpoint:
            base = "http" + self.endpoint.removeprefix("ws") if self.endpoint.startswith("ws") else self.endpoint
            paths = {"tts": "/tts/cognitiveservices", "sts": "/sts/v1.0", "translator": "/translator/text/v3.0"}
            return base + paths[service]
        return {
            "tts": f"https://{self.region}.tts.speech.microsoft.com/cognitiveservices",
            "sts": f"https://{self.region}.api.cognitive.microsoft.com/sts/v1.0",
            "translator": "https://api.cognitive.microsofttranslator.com",
        }[service]

    def websocket(self, service: str) -> str:
        """The address of a service for the SDK, ws(s)://. service: `stt` (the SDK adds its path) or `tts`."""
        if self.endpoint:
            base = "ws" + self.endpoint.removeprefix("http") if self.endpoint.startswith("http") else self.endpoint
        else:
            base = f"wss://{self.region}.{service}.speech.microsoft.com"
        if service == "stt":
            return base
        return f"{base}{'/tts' if self.endpoint else ''}/cognitiveservices/websocket/v1"
