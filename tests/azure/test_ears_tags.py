"""What Azure calls a language, by the tables that were taken from its documentation."""

from __future__ import annotations

import pytest

from dragoman.engines.azure import tags
from dragoman.languages import is_tag, match


@pytest.mark.parametrize(
    ("tag", "locale"),
    [
        ("en", "en-US"),
        ("en-US", "en-US"),
        ("en-GB", "en-GB"),
        ("de", "de-DE"),
        ("de-AT", "de-AT"),
        ("fr-CA", "fr-CA"),
        ("es-MX", "es-MX"),
        ("zh-CN", "zh-CN"),
        ("zh-TW", "zh-TW"),
        ("zh-HK", "zh-HK"),
        ("pt-BR", "pt-BR"),
        ("pt-PT", "pt-PT"),
        ("fil", "fil-PH"),
        ("nb", "nb-NO"),
        ("sr", "sr-RS"),
        ("mn", "mn-MN"),
        ("yue", "yue-CN"),
        ("tlh", None),
    ],
)
def test_a_source_tag_is_heard_as_its_locale(tag: str, locale: str | None):
    assert tags.locale(tag) == locale


@pytest.mark.parametrize(
    ("tag", "speech", "text"),
    [
        ("de", "de", "de"),
        ("zh-CN", "zh-Hans", "zh-Hans"),
        ("zh-TW", "zh-Hant", "zh-Hant"),
        ("pt-BR", "pt", "pt"),
        ("pt-PT", "pt-pt", "pt-pt"),
        ("fr-CA", "fr-ca", "fr-ca"),
        ("fil", "fil", "fil"),
        ("nb", "nb", "nb"),
        ("sr", "sr-Cyrl", "sr-Cyrl"),
        ("sr-Latn", "sr-Latn", "sr-Latn"),
        ("mn", None, "mn-Cyrl"),
        ("mn-Mong", None, "mn-Mong"),
        ("iu", "iu", "iu"),
        ("iu-Latn", None, "iu-Latn"),
        ("yue", "yue", "yue"),
        # Azure's `ku` is Central Kurdish; what others call `ku` is Northern.
        ("ckb", "ku", "ku"),
        ("ku", "kmr", "kmr"),
        ("lg", None, "lug"),
        ("eu", None, "eu"),
        ("xx", None, None),
    ],
)
def test_a_target_tag_has_its_codes(tag: str, speech: str | None, text: str | None):
    assert (tags.speech_code(tag), tags.text_code(tag)) == (speech, text)


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("en", "en"),
        ("en-GB", "en"),
        ("zh-CN", "zh-Hans"),
        ("zh-TW", "zh-Hant"),
        ("zh-HK", "yue"),
        ("wuu", "zh-Hans"),
        ("pt-PT", "pt-pt"),
        ("pt-BR", "pt"),
        ("fr-CH", "fr"),
        ("fr-CA", "fr-ca"),
        ("mn", "mn-Cyrl"),
        ("jv", None),
    ],
)
def test_a_source_tag_has_the_code_of_its_written_language(tag: str, code: str | None):
    assert tags.text_source(tag) == code


def test_the_tables_are_long_and_well_formed():
    assert len({tags.locale(tag) for tag in tags.heard()}) == len(tags.heard()) >= 130
    assert len(tags.spoken_targets()) >= 80
    assert len(tags.text_targets()) >= 120
    assert set(tags.spoken_targets()) < set(tags.text_targets())
    codes = [tags.text_code(tag) for tag in tags.text_targets()]
    assert len(set(codes)) == len(codes)
    assert all(is_tag(tag) for tag in (*tags.heard(), *tags.text_targets()))


def test_a_language_with_several_locales_is_found_by_its_own_tag_first():
    for tag in tags.heard():
        language = tag.split("-")[0]
        if language not in ("pt", "zh"):
            assert match(language, tags.heard()) == language


def test_what_was_identified_is_one_of_the_candidates():
    assert tags.tag_of("de-DE", ("en", "de")) == "de"
    assert tags.tag_of("EN-us", ("en", "de")) == "en"
    assert tags.tag_of("fr-FR", ("en", "de")) == ""
