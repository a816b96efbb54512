"""The models themselves, on real speech."""

import json

import numpy as np
import pytest

from dragoman.engines.embedded.models import Models
from dragoman.engines.embedded.moonshine import whole
from dragoman.engines.embedded.vad import FRAME, Memory
from dragoman.engines.embedded.vocabulary import Vocabulary
from dragoman.engines.weights import ModelMissing
from speech_data import recording, word_errors, words


def sound(name, gain=1.0):
    return recording(name).samples.astype(np.float32) / 32768 * np.float32(gain)


def test_a_sentence_is_recognised_word_by_word(models):
    text = models.vocabulary.text(models.moonshine.hear(sound("0870")).tokens)
    assert words(text) == words(recording("0870").text)
    assert text.endswith(".")
    assert "Mr. John Dashwood" in text


def test_quiet_speech_does_not_come_out_empty(models):
    heard = models.moonshine.hear(sound("0930", gain=0.02))
    assert word_errors(recording("0930").text, models.vocabulary.text(heard.tokens))[0] <= 1


def test_a_draft_changes_the_time_and_not_the_words(models):
    speech = sound("0920")
    whole_text = models.moonshine.hear(speech).tokens
    earlier = models.moonshine.hear(speech[: len(speech) * 3 // 4]).tokens
    for draft in (whole_text, earlier, earlier[:3], (17, 18, 19), (*whole_text, 20)):
        assert models.moonshine.hear(speech, draft=draft).tokens == whole_text


def test_a_forced_prefix_begins_the_hypothesis_and_the_rest_is_heard(models):
    free = models.moonshine.hear(sound("0920")).tokens
    prefix = models.moonshine.hear(sound("0930")).tokens[:2]
    forced = models.moonshine.hear(sound("0920"), prefix=prefix)
    assert forced.tokens[:2] == prefix
    assert forced.scores[:2] == (0.0, 0.0)
    assert forced.tokens[-8:] == free[-8:]


def test_sound_shorter_than_the_encoder_takes_is_no_error(models):
    assert len(models.moonshine.hear(np.zeros(10, np.float32)).tokens) <= 2


def test_scores_are_log_probabilities_one_per_token(models):
    heard = models.moonshine.hear(sound("0880"))
    assert len(heard.scores) == len(heard.tokens)
    assert all(score <= 0 for score in heard.scores)


@pytest.mark.parametrize(
    ("tokens", "kept"),
    [
        ([5, 5, 5, 5], 4),
        ([5] * 8, 2),
        ([9, 5, 6, 5, 6, 5, 6, 5, 6], 3),
        ([1, 2, 3, 1, 2, 3, 1, 2, 3], 9),
        ([1, 2, 3] * 4, 3),
        ([1, 2, 3, 4], 4),
        ([], 0),
    ],
)
def test_a_decoder_that_goes_round_in_a_loop_is_stopped(tokens, kept):
    assert whole(tokens) == kept


def test_the_vad_hears_the_same_whether_frames_come_at_once_or_one_by_one(models):
    speech = sound("0880")[: 60 * FRAME]
    at_once, _ = models.vad.speech(speech, Memory())
    memory, singly = Memory(), []
    for i in range(0, len(speech), FRAME):
        probability, memory = models.vad.speech(speech[i : i + FRAME], memory)
        singly.append(probability[0])
    np.testing.assert_allclose(at_once, singly, atol=1e-5)
    assert at_once.max() > 0.9
    assert at_once[:4].max() < 0.1


def test_tokens_become_text(tmp_path):
    pieces = ["<unk>", "<s>", "</s>", "<0xC3>", "<0xA9>", "\u2581caf", "\u2581", "!"]
    (tmp_path / "vocabulary.json").write_text(json.dumps(pieces))
    vocabulary = Vocabulary.read(tmp_path / "vocabulary.json")
    assert vocabulary.text([1, 5, 3, 4, 6, 6, 5, 7, 2]) == "café caf!"
    assert vocabulary.text([5, 3]) == "caf", "half a character is left out"
    assert vocabulary.text([5, 32_500]) == "caf", "the last 768 tokens are never text"
    assert [vocabulary.starts_word(token) for token in (5, 7, 32_500)] == [True, False, False]


def test_a_missing_model_file_is_named_with_the_way_to_get_it(tmp_path):
    with pytest.raises(ModelMissing, match=r"encoder_model\.onnx is not in .*fetch_models\.py"):
        Models.read(tmp_path)
