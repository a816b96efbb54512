"""The page of figures: every benchmark has a section, which says when, where and of what it was measured."""

from __future__ import annotations

import re
from typing import Any

_OPENING = """\
# Benchmarks

`make bench` measures everything and rewrites this page; `python -m benchmarks NAME ...` rewrites the sections of those
named. Figures are of one machine and one moment: run it on yours.
The long ones, `stamps`, `soak`, `simul`, `azure` and `renewals`, and `pages`, for which npm brings Lighthouse, are
measured only when they are named.
"""


def updated(page: str, sections: dict[str, str], order: tuple[str, ...]) -> str:
    """The page with these sections, by name, in place of those that it had; `order` names all that it may have."""
    known = {heading.lower(): text for heading, text in re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", page, re.M | re.S)}
    known |= {name: text.partition("\n")[2] for name, text in sections.items()}
    parts = [f"## {name.capitalize()}\n{known[name].rstrip()}\n" for name in order if name in known]
    return "\n".join([_OPENING, *parts])


def section(name: str, figures: dict[str, Any], where: str) -> str:
    """A benchmark's section. where: what it was measured on."""
    heading, _, rest = markdown(name.capitalize(), figures).partition("\n\n")
    return f"{heading}\n\n`python -m benchmarks.{name}` {where}\n\n{rest}\n"


def markdown(title: str, figures: dict[str, Any], level: int = 2) -> str:
    """A JSON object as a section: what is single in one table, every list or object of objects in one of its own."""
    single = {key: value for key, value in figures.items() if not _is_nested(value)}
    parts = [f"{'#' * level} {words(title)}"]
    if single:
        parts.append(table([{"": words(key), "figure": value} for key, value in single.items()]))
    for key, value in figures.items():
        if isinstance(value, list) and _is_nested(value):
            parts.append(f"{'#' * (level + 1)} {words(key)}\n\n{table(value)}")
        elif isinstance(value, dict) and all(isinstance(row, dict) for row in value.values()):
            rows = [{"": words(name), **row} for name, row in value.items()]
            parts.append(f"{'#' * (level + 1)} {words(key)}\n\n{table(rows)}")
        elif isinstance(value, dict):
            parts.append(markdown(key, value, level + 1))
    return "\n\n".join(parts)


def table(rows: list[dict[str, Any]]) -> str:
    """Rows as a Markdown table, columns in the order in which they first come."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    lines = [[words(column) for column in columns], ["---"] * len(columns)]
    lines += [[cell(row.get(column)) for column in columns] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def cell(value: object) -> str:
    """A figure as it is read; four significant digits are more than any of them is worth."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(cell(part) for part in value)
    if isinstance(value, dict):
        return ", ".join(f"{words(key)} {cell(part)}" for key, part in value.items())
    return str(value).replace("|", "\\|").replace("\n", " ")


def words(name: str) -> str:
    """A key as words."""
    return name.replace("_", " ")


def _is_nested(value: object) -> bool:
    return isinstance(value, dict) or (isinstance(value, list) and any(isinstance(part, dict) for part in value))
