"""Settings: read once, from the environment and a `.env` file, then passed as arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from dragoman.ice import check_url

JOBS = ("recognizer", "translator", "voice", "face")
"""What an engine can be configured for."""


class SettingsError(Exception):
    """The settings cannot be used; the text says which one, and what would be right."""


class Settings(BaseSettings):
    """Every setting with its default. Each stands in `.env.example` too; a test holds the two together."""

    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 5000
    public_url: str = ""
    data_dir: Path = Path("data")
    database_url: str = ""
    host_key: str = ""
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()

    max_sessions: Annotated[int, Field(ge=1)] = 100
    max_listeners: Annotated[int, Field(ge=1)] = 1000
    retention_days: Annotated[float, Field(ge=0)] = 30
    unstarted_days: Annotated[float, Field(gt=0)] = 30
    idle_days: Annotated[float, Field(gt=0)] = 7

    sessions_per_minute: Annotated[int, Field(ge=1)] = 30
    wrong_codes_per_minute: Annotated[int, Field(ge=1)] = 20
    wrong_passcodes: Annotated[int, Field(ge=1)] = 5

    engines: Annotated[dict[str, tuple[str, ...]], NoDecode] = Field(default_factory=dict)
    fallback_seconds: Annotated[float, Field(ge=0, le=600)] = 10
    profanity: Literal["masked", "removed", "raw"] = "raw"
    prices: Path | None = None
    max_cost_per_session: Annotated[float, Field(ge=0)] = 0

    speech_key: Annotated[str, Field(repr=False)] = ""
    speech_region: str = ""
    speech_endpoint: str = ""
    speech_private_endpoint: str = ""
    enable_token_auth: bool = False
    translator_key: Annotated[str, Field(repr=False)] = ""
    translator_region: str = ""
    azure_voice_endpoints: str = ""

    azure_avatar: Literal["shared", "direct"] = "shared"
    azure_avatar_idle_seconds: Annotated[float, Field(ge=5, le=290)] = 240
    azure_avatar_renew_seconds: Annotated[float, Field(ge=5, le=1740)] = 1680
    azure_avatar_connects_per_minute: Annotated[int, Field(ge=1)] = 2
    azure_avatar_connections: Annotated[int, Field(ge=1)] = 20

    ice_server_url: Annotated[tuple[str, ...], NoDecode] = ()
    ice_server_url_remote: str = ""
    ice_server_username: str = ""
    ice_server_password: str = ""
    turn_secret: str = ""

    log_format: Literal["console", "json"] = "console"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("allowed_origins", "ice_server_url", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("engines", mode="before")
    @classmethod
    def _jobs(cls, value: object) -> object:
        """`recognizer:azure+embedded,face:embedded`; a job that is not named keeps its default."""
        if not isinstance(value, str):
            return value
        chosen: dict[str, tuple[str, ...]] = {}
        for part in filter(None, (piece.strip() for piece in value.split(","))):
            job, _, named = part.partition(":")
            engines = tuple(engine.strip() for engine in named.split("+"))
            if job not in JOBS or not all(engines):
                raise ValueError(f"'{part}' is not job:engine or job:engine+engine with a job of {', '.join(JOBS)}")
            if job in chosen:
                raise ValueError(f"{job} is named twice; several engines of a job are joined by +, the best first")
            chosen[job] = engines
        return chosen

    @field_validator("prices", mode="before")
    @classmethod
    def _no_file(cls, value: object) -> object:
        return value or None

    @field_validator("ice_server_url")
    @classmethod
    def _ice(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(check_url(url) for url in value)

    @field_validator("ice_server_url_remote")
    @classmethod
    def _ice_remote(cls, value: str) -> str:
        return check_url(value) if value else value

    @field_validator("public_url")
    @classmethod
    def _url(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")

    @field_validator("speech_endpoint", "speech_private_endpoint")
    @classmethod
    def _base(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://", "ws://", "wss://")):
            raise ValueError("must begin with https://, http://, wss:// or ws://")
        return value.rstrip("/")

    @property
    def azure(self) -> bool:
        """Whether an Azure account is configured."""
        return bool(self.speech_key and (self.speech_region or self.speech_endpoint or self.speech_private_endpoint))

    @property
    def for_engines(self) -> dict[str, object]:
        """All settings by their names in the environment, as engines are given them."""
        return {name.upper(): value for name, value in self}

    @property
    def database(self) -> str:
        """The SQLAlchemy URL: DATABASE_URL, else an SQLite file in DATA_DIR."""
        return self.database_url or f"sqlite:///{self.data_dir / 'dragoman.sqlite3'}"


def read(**overrides: object) -> Settings:
    """The settings of this process; arguments win over the environment, which wins over the file.

    Raises SettingsError with a sentence per wrong setting.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # pydantic checks what a flag brings
    except ValidationError as error:
        lines = [f"{'.'.join(str(p) for p in e['loc']).upper()}: {e['msg']}" for e in error.errors()]
        raise SettingsError("; ".join(lines)) from error
