"""The Speech SDK, imported late, and its configurations for an account.

Its constructors take an address and a key; a token is set afterwards, for both together are refused by the SDK.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from dragoman.engines.azure.account import Account
from dragoman.engines.weights import ModelMissing


def speech() -> Any:
    """The module azure.cognitiveservices.speech. Raises ModelMissing where it cannot be loaded here."""
    try:
        return import_module("azure.cognitiveservices.speech")
    except ImportError as error:
        raise ModelMissing(
            "The Azure engines need Microsoft's Speech SDK. Run: pip install 'dragoman[azure]'"
        ) from error
    except OSError as error:
        raise ModelMissing(
            "Microsoft's Speech SDK finds a library missing on this machine: it needs libasound2 and libssl3 from "
            "Debian's packages. Run: scripts/setup machine"
        ) from error


def translation() -> Any:
    """The module azure.cognitiveservices.speech.translation. Raises ModelMissing."""
    speech()
    return import_module("azure.cognitiveservices.speech.translation")


def recognition_config(account: Account, *, token: str | None, translates: bool) -> Any:
    """A SpeechConfig, or a SpeechTranslationConfig where it `translates`. token: in place of the key."""
    address = account.websocket("stt")
    if not account.endpoint:
        # Of a base without a path the SDK makes that of a resource's own address, which a region's has not.
        address += "/speech/universal/v2"
    make = translation().SpeechTranslationConfig if translates else speech().SpeechConfig
    if token is None:
        return make(subscription=account.key, endpoint=address)
    config = make(endpoint=address)
    config.authorization_token = token
    return config


def synthesis_config(account: Account, *, token: str | None, endpoint: str = "") -> Any:
    """A SpeechConfig for voices. token: in place of the key. endpoint: the deployment of a custom voice, or empty.

    A region's address is left to the SDK: that of a custom voice is another.
    """
    make = speech().SpeechConfig
    if account.endpoint and token is None:
        config = make(endpoint=account.websocket("tts"), subscription=account.key)
    elif account.endpoint:
        config = make(endpoint=account.websocket("tts"))
        config.authorization_token = token
    elif token is None:
        config = make(region=account.region, subscription=account.key)
    else:
        config = make(region=account.region, auth_token=token)
    if endpoint:
        config.endpoint_id = endpoint
    return config
