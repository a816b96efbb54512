"""What a session costs: counts what its engines use, and puts a price on it. Decides nothing and waits for nothing."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from dragoman.engines.pool import family
from dragoman.engines.protocols import Usage, UsageKind
from dragoman.events import Cost, Item

WARNING = 0.8
"""The share of its limit at which the host is told."""
INCLUDED_TARGETS = 2
"""Languages into which a stream translates for the price of `speechTranslation`."""

Amounts = Mapping[str, Mapping[str, float]]
"""Used so far, by engine and kind."""


class PricesWrong(Exception):
    """The table of prices cannot be used; the text says why."""


class Price(BaseModel):
    """Of one kind of work."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    price: Annotated[float, Field(ge=0, allow_inf_nan=False)]
    """of so many units as `per` says"""
    per: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    unit: Literal["second", "character"]

    def of(self, amount: float) -> float:
        """Of so many units."""
        return amount * self.price / self.per


class Prices(BaseModel):
    """A table of prices by engine and kind. An engine that is not in it costs nothing."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    currency: Annotated[str, Field(min_length=1, max_length=10)]
    engines: dict[str, dict[str, Price]]

    @field_validator("engines")
    @classmethod
    def _kinds(cls, engines: dict[str, dict[str, Price]]) -> dict[str, dict[str, Price]]:
        for engine, kinds in engines.items():
            for kind in kinds:
                if kind not in get_args(UsageKind):
                    raise ValueError(f"{engine} has no kind '{kind}'; kinds are {', '.join(get_args(UsageKind))}")
        return engines

    @classmethod
    def read(cls, path: Path | None = None) -> Prices:
        """The table in a file, without one that of the package. Raises PricesWrong."""
        try:
            text = path.read_text("utf-8") if path else (resources.files("dragoman") / "prices.json").read_text("utf-8")
            return cls.model_validate(json.loads(text))
        except OSError as error:
            raise PricesWrong(f"PRICES: {path} cannot be read: {error.strerror}") from error
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"]))
            raise PricesWrong(f"PRICES: {path}: {place}: {first['msg']}") from error
        except ValueError as error:
            raise PricesWrong(f"PRICES: {path} is not JSON: {error}") from error

    def of(self, engine: str, kind: str) -> Price | None:
        """Of a kind of work of the engine with this name; None where it costs nothing."""
        return self.engines.get(family(engine), {}).get(kind)

    def costs(self, engine: str) -> bool:
        """Whether an engine costs anything."""
        return any(price.price > 0 for price in self.engines.get(family(engine), {}).values())


FREE = Prices(currency="USD", engines={})
"""Nothing costs anything."""


@dataclass
class Meter:
    """Counts for one session."""

    prices: Prices
    limit: float | None = None
    """what the session may cost; None: there is no limit"""
    amounts: dict[str, dict[str, float]] = field(default_factory=dict)
    """by engine and kind, in units"""
    grown: Callable[[str, str, float], None] = lambda _engine, _kind, _cost: None
    """told of every amount by engine, kind and money"""

    def used(self, engine: str, kind: UsageKind, amount: float) -> None:
        """So much more was used. What costs nothing is not counted."""
        price = self.prices.of(engine, kind)
        if price is None or not amount > 0:
            return
        kinds = self.amounts.setdefault(family(engine), {})
        kinds[kind] = kinds.get(kind, 0.0) + amount
        self.grown(family(engine), kind, price.of(amount))

    def of(self, engine: str) -> Usage:
        """What an engine is given, to tell what it uses itself."""

        def usage(kind: UsageKind, amount: float) -> None:
            self.used(engine, kind, amount)

        return usage

    @property
    def total(self) -> float:
        """Money so far."""
        return sum(item.cost for item in self._items())

    @property
    def share(self) -> float:
        """How much of the limit is used, 1 is all of it; 0 without a limit."""
        return self.total / self.limit if self.limit else 0.0

    def cost(self) -> Cost:
        """As the host is shown it."""
        items = tuple(self._items())
        return Cost(self.prices.currency, sum(item.cost for item in items), self.limit, items)

    def _items(self) -> list[Item]:
        found = []
        for engine, kinds in self.amounts.items():
            for kind, amount in kinds.items():
                price = self.prices.of(engine, kind)
                # A kind may have left the table since this session began.
                if price is not None:
                    found.append(Item(engine, kind, amount, price.unit, price.of(amount)))
        return found


def spoken_characters(text: str) -> int:
    """Characters of a text as voices are billed: Chinese characters, also in Japanese and Korean, count twice.

    From https://learn.microsoft.com/azure/ai-services/speech-service/text-to-speech#billable-characters
    """
    return len(text) + sum("CJK UNIFIED" in unicodedata.name(sign, "") for sign in text if ord(sign) > 0x2E00)


def stream_kinds(seconds: float, targets: int) -> list[tuple[UsageKind, float]]:
    """What a recogniser's stream uses for so many seconds of sound. targets: languages into which it translates."""
    if not targets:
        return [("recognition", seconds)]
    extra = max(0, targets - INCLUDED_TARGETS)
    return [("speechTranslation", seconds), *([("extraTarget", seconds * extra)] if extra else [])]  # type: ignore[list-item]  # the literals of UsageKind
