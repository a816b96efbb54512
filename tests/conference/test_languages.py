"""Tags are matched, never cut."""

import pytest

from dragoman.languages import is_tag, match, name


@pytest.mark.parametrize(
    ("tag", "offered", "found"),
    [
        ("es", ["fr", "es"], "es"),
        ("es-MX", ["fr", "es"], "es"),
        ("es", ["fr", "es-ES"], "es-ES"),
        ("ES-mx", ["es"], "es"),
        ("pt-PT", ["pt-BR"], None),
        ("pt", ["pt-BR", "pt-PT"], "pt-BR"),
        ("pt-PT", ["pt-BR", "pt-PT"], "pt-PT"),
        ("zh-CN", ["zh-TW"], None),
        ("e", ["es"], None),
        ("est", ["es"], None),
        ("es", [], None),
    ],
)
def test_a_tag_finds_the_equal_one_or_the_first_related_one(tag: str, offered: list[str], found: str | None) -> None:
    assert match(tag, offered) == found


@pytest.mark.parametrize("tag", ["es", "pt-BR", "zh-Hant-TW", "fil", "es-419"])
def test_well_formed_tags_are_tags(tag: str) -> None:
    assert is_tag(tag)


@pytest.mark.parametrize("tag", ["", "e", "../es", "es_ES", "es\n", "<b>", "es-", "x" * 40])
def test_other_text_is_no_tag(tag: str) -> None:
    assert not is_tag(tag)


def test_languages_have_english_names() -> None:
    assert name("pt-BR") == "Portuguese (Brazil)"
    assert name("ca") == "Catalan"
    assert name("eo") == "Esperanto"
