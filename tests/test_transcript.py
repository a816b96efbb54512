import html
import json
from itertools import pairwise

import av
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from dragoman.speech import Entry, Line, Segment
from dragoman.subtitles import clean
from dragoman.transcript import FORMATS, records, render

ENTRIES = [
    Entry(
        Segment(1, 16_000, 48_000, "Good morning.", 0),
        {"es": Line(1, "es", "Buenos días."), "fr": Line(1, "fr", "Bonjour.")},
    ),
    Entry(Segment(2, 64_000, 96_008, "Mind the <gap> & go.", 0), {"es": Line(2, "es", "Mind the <gap> & go.", True)}),
    Entry(Segment(3, 3600 * 16_000, 3605 * 16_000, "Bye.", 0)),
]

HOSTILE = [
    "<script>alert(1)</script> <i>x</i> <c.red>",
    "a --> b\n\n2\n00:00:01,000 --> 00:00:02,000\nforged",
    "WEBVTT\n\nNOTE\n\nSTYLE\n::cue{}\n",
    "{\\an8}{b}&nbsp;&lt;b&gt; \x00\x1b[31m",
    "1 00:00:01.000 --> 00:00:02.000 " * 3,
    "\ud800 half, \u2028 line, \x85 next, \u202e turned",
]


def talk(texts):
    """Texts as entries of one second each, every one said twice: in the floor's language and in fr."""
    return [
        Entry(Segment(n, n * 16_000, n * 16_000 + 16_000, text, 0), {"fr": Line(n, "fr", text)})
        for n, text in enumerate(texts, 1)
    ]


def seen(text):
    """A text as a viewer sees it: without the joiners that take no room, and without line breaks."""
    return " ".join(text.replace("\u2060", "").split())


def read_vtt(text):
    """[(start, end, text)] as a WebVTT parser reads it, times as they are written."""
    return [(cue.start, cue.end, html.unescape(cue.raw_text)) for cue in webvtt.from_string(text).captions]


def read_with_ffmpeg(path):
    """[(start ms, end ms, text)] and the styled text of each cue as FFmpeg reads them."""
    cues, styled = [], []
    with av.open(str(path)) as file:
        (stream,) = file.streams.subtitles
        for packet in file.demux(stream):
            if packet.size:
                cues.append((packet.pts, packet.pts + packet.duration, bytes(packet).decode()))
                styled += [rect.ass.decode() for rect in packet.decode()]
    return cues, styled


def test_vtt_holds_the_floor_unless_a_language_is_named():
    assert render(ENTRIES, "vtt", floor="en") == (
        "WEBVTT\n\n"
        "00:00:01.000 --> 00:00:03.000\nGood morning.\n\n"
        "00:00:04.000 --> 00:00:06.000\nMind the &lt;gap&gt; &amp; go.\n\n"
        "01:00:00.000 --> 01:00:05.000\nBye.\n\n"
    )
    assert render(ENTRIES, "vtt", floor="en", language="en") == render(ENTRIES, "vtt", floor="en")
    assert render(ENTRIES, "vtt", floor="en", language="fr") == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\nBonjour.\n\n"
    )


def test_srt_numbers_its_cues():
    assert render(ENTRIES, "srt", floor="en", language="es") == (
        "1\n00:00:01,000 --> 00:00:03,000\nBuenos días.\n\n"
        "2\n00:00:04,000 --> 00:00:06,000\nMind the <\u2060gap> & go.\n\n"
    )


def test_txt_is_a_paragraph_a_segment():
    assert render(ENTRIES, "txt", floor="en") == "Good morning.\n\nMind the <gap> & go.\n\nBye.\n\n"


def test_json_has_the_fields_of_the_interface():
    assert json.loads(render(ENTRIES, "json", floor="en", language="es")) == [
        {
            "segmentId": 1,
            "startMs": 1000,
            "endMs": 3000,
            "sourceText": "Good morning.",
            "translatedText": "Buenos días.",
            "language": "es",
        },
        {
            "segmentId": 2,
            "startMs": 4000,
            "endMs": 6000,
            "sourceText": "Mind the <gap> & go.",
            "translatedText": "Mind the <gap> & go.",
            "language": "es",
            "untranslated": True,
        },
    ]


def test_json_of_the_floor_says_the_same_twice():
    found = records(ENTRIES, floor="en")
    assert [record["translatedText"] for record in found] == ["Good morning.", "Mind the <gap> & go.", "Bye."]
    assert all(record["translatedText"] == record["sourceText"] and record["language"] == "en" for record in found)
    assert not any("untranslated" in record for record in found)


def test_json_of_all_languages_has_a_translation_by_tag():
    found = records(ENTRIES, floor="en", language="*")
    assert [record["translations"] for record in found] == [
        {"es": "Buenos días.", "fr": "Bonjour."},
        {"es": "Mind the <gap> & go."},
        {},
    ]
    assert [record.get("untranslated") for record in found] == [None, True, None]
    assert "translatedText" not in found[0]


def test_json_says_how_late_each_line_was_and_which_were_shown_only():
    entries = [
        Entry(
            Segment(1, 0, 16_000, "One.", 0),
            {"es": Line(1, "es", "Uno.", lag=2400), "fr": Line(1, "fr", "Un.", lag=3100)},
        ),
        Entry(
            Segment(2, 16_000, 32_000, "Two.", 0),
            {"es": Line(2, "es", "Dos.", condensed=True), "fr": Line(2, "fr", "Deux.", lag=0)},
        ),
    ]
    spanish = records(entries, floor="en", language="es")
    assert [(record.get("lagMs"), record.get("condensed")) for record in spanish] == [(2400, None), (None, True)]
    first, second = records(entries, floor="en", language="*")
    assert (first["lagMs"], first["lags"]) == (3100, {"es": 2400, "fr": 3100})
    assert "condensed" not in first
    assert (second["condensed"], second["condensedIn"], second["lags"]) == (True, ["es"], {"fr": 0})
    assert not {"lagMs", "condensed"} & {name for record in records(entries, floor="en") for name in record}


@pytest.mark.parametrize("form", FORMATS)
def test_an_empty_history_is_a_valid_file(form):
    assert render([], form, floor="en") == {"vtt": "WEBVTT\n\n", "srt": "", "txt": "", "json": "[]\n"}[form]


@pytest.mark.parametrize(("form", "language"), [("vtt", "*"), ("docx", "en"), ("", None)])
def test_a_form_that_does_not_exist_is_an_error(form, language):
    with pytest.raises(ValueError):
        render(ENTRIES, form, floor="en", language=language)


def test_a_vtt_parser_reads_hostile_text_as_text():
    read = read_vtt(render(talk(HOSTILE), "vtt", floor="en", language="fr"))
    assert seen(" ".join(text for _, _, text in read)) == seen(" ".join(map(clean, HOSTILE)))
    assert all(start < end for start, end, _ in read)
    assert (read[0][0], read[-1][1]) == ("00:00:01.000", f"00:00:0{1 + len(HOSTILE)}.000")


@pytest.mark.parametrize("form", ["vtt", "srt"])
def test_ffmpeg_reads_the_same_times_and_texts_and_no_markup(form, tmp_path):
    path = tmp_path / f"talk.{form}"
    path.write_text(render(talk(HOSTILE), form, floor="en"), encoding="utf-8")
    cues, styled = read_with_ffmpeg(path)
    shown = " ".join(text for _, _, text in cues)
    assert seen(html.unescape(shown) if form == "vtt" else shown) == seen(" ".join(map(clean, HOSTILE)))
    assert (cues[0][0], cues[-1][1]) == (1000, (1 + len(HOSTILE)) * 1000)
    assert all(before[1] == after[0] for before, after in pairwise(cues))
    assert not any("{\\i" in text or "{\\b" in text or "{\\an" in text or "{\\c" in text for text in styled)


@given(st.lists(st.text(st.characters(exclude_categories=()), max_size=200), max_size=5))
def test_any_text_survives_the_way_through_vtt_and_json(texts):
    said = seen(" ".join(map(clean, texts)))
    vtt = render(talk(texts), "vtt", floor="en")
    vtt.encode()
    assert seen(" ".join(text for _, _, text in read_vtt(vtt))).replace(" ", "") == said.replace(" ", "")
    kept = json.loads(render(talk(texts), "json", floor="en", language="fr").encode())
    assert [record["translatedText"] for record in kept] == [text.encode("utf-8", "replace").decode() for text in texts]


@pytest.mark.parametrize("form", ["vtt", "srt", "txt", "json"])
def test_without_a_language_it_is_what_was_said_where_several_languages_are_spoken(form):
    """The first of these languages is a target too: under its tag the others are interpreted into it."""
    said = Segment(1, 0, 16_000, "Guten Morgen.", 0, language="de")
    spoken = [Entry(said, {"en": Line(1, "en", "Good morning.")})]
    assert "Guten Morgen." in render(spoken, form, floor="en")
    if form == "json":
        assert [one["translatedText"] for one in records(spoken, floor="en")] == ["Guten Morgen."]
        assert [one["translatedText"] for one in records(spoken, floor="en", language="en")] == ["Good morning."]
    else:
        assert "Good morning." not in render(spoken, form, floor="en")
        assert "Good morning." in render(spoken, form, floor="en", language="en")
