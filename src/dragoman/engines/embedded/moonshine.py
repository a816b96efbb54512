"""Moonshine Tiny: an encoder of raw sound and a decoder that writes tokens, run greedily."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dragoman.engines.embedded.vocabulary import BEGIN, END
from dragoman.engines.weights import session
from dragoman.speech import FLOOR_RATE

_HEADS, _WIDTH = 8, 36  # of the attention
_TOKENS_PER_SECOND = 6.5  # the limit that the model's authors set: English is not spoken faster
_ROUNDS, _LOOP = 4, 8
_SHORTEST = 1_600  # samples: the encoder's convolutions make no frame of less

Floats = npt.NDArray[np.float32]
Past = dict[str, Floats]
"""attention keys and values by the decoder's input name, each of shape (1, heads, positions, width)"""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the model takes a stretch of sound to say."""

    tokens: tuple[int, ...]
    """without begin and end; what was forced comes first"""
    scores: tuple[float, ...]
    """natural log of each token's probability; 0 for what was forced"""


class Moonshine:
    """The loaded model."""

    def __init__(self, encoder: Path, decoder: Path) -> None:
        self._encoder = session(encoder)
        self._decoder = session(decoder)
        self._outputs = [output.name for output in self._decoder.get_outputs()]
        past = [given.name for given in self._decoder.get_inputs() if given.name.startswith("past_key_values")]
        # the first step takes tensors of no size at all; any other size changes the words
        self._no_past: Past = {name: np.zeros((0, _HEADS, 1, _WIDTH), np.float32) for name in past}

    def hear(self, sound: Floats, *, prefix: Sequence[int] = (), draft: Sequence[int] = ()) -> Hypothesis:
        """Decode `sound`: -1 to 1 at FLOOR_RATE, shape (n,); beyond 14 s the model invents words.

        prefix: tokens that the hypothesis has to begin with. draft: a guess at what follows them, such as
        what was heard in a little less of the same sound. As far as it is right, all its tokens are checked in one
        step, where choosing them takes a step each; the words are the same, but for a comma now and then, because
        the quantised model rounds a run of tokens differently from single ones.
        """
        if len(sound) < _SHORTEST:
            sound = np.pad(sound, (0, _SHORTEST - len(sound)))
        limit = 1 + int(len(sound) / FLOOR_RATE * _TOKENS_PER_SECOND)
        features = self._encoder.run(None, {"input_values": sound[None]})[0]
        tokens, past, scores, ended = self._first(features, prefix, draft, limit)
        while not ended and len(tokens) < limit and whole(tokens) == len(tokens):
            rows, present = self._step(features, tokens[-1:], past, cached=True)
            token, score = _likeliest(rows[-1])
            if token == END:
                break
            tokens.append(token)
            scores.append(score)
            # the encoder's keys and values come back empty from every step but the first
            past |= {name: value for name, value in present.items() if ".decoder." in name}
        kept = max(len(prefix), whole(tokens))
        return Hypothesis(tuple(tokens[:kept]), tuple(scores[:kept]))

    def _first(
        self, features: Floats, prefix: Sequence[int], draft: Sequence[int], limit: int
    ) -> tuple[list[int], Past, list[float], bool]:
        """The first step: the prefix, the draft as far as it is right, and one token more.

        Returns the tokens, the keys and values of all but the last of them, their scores, and whether the end
        was chosen.
        """
        rows, past = self._step(features, [BEGIN, *prefix, *draft], self._no_past, cached=False)
        tokens, scores = list(prefix), [0.0] * len(prefix)
        if not tokens:
            rows[0, END] = -np.inf  # there is speech, so there are words: quiet speech comes out empty otherwise
        for row, guess in zip(rows[len(prefix) :], [*draft, None], strict=True):
            token, score = _likeliest(row)
            if token == END or len(tokens) >= limit:
                return tokens, past, scores, True
            tokens.append(token)
            scores.append(score)
            if token != guess:
                break
        return tokens, {name: _until(len(tokens), name, value) for name, value in past.items()}, scores, False

    def _step(self, features: Floats, tokens: Sequence[int], past: Past, *, cached: bool) -> tuple[Floats, Past]:
        """The scores of what follows each token, shape (tokens, vocabulary), and the keys and values so far."""
        given = {
            "input_ids": np.array([tokens], np.int64),
            "encoder_hidden_states": features,
            "use_cache_branch": np.array([cached]),
            **past,
        }
        output = dict(zip(self._outputs, self._decoder.run(None, given), strict=True))
        present = {name: output[name.replace("past_key_values", "present")] for name in past}
        return output["logits"][0], present


def _likeliest(row: Floats) -> tuple[int, float]:
    """The best token and the natural log of its probability; `row`: shape (vocabulary,)."""
    token = int(row.argmax())
    return token, -float(np.log(np.exp(row - row[token]).sum()))


def _until(positions: int, name: str, value: Floats) -> Floats:
    """The decoder's keys or values of its first positions: what the draft added after a wrong guess goes."""
    return np.ascontiguousarray(value[:, :, :positions]) if ".decoder." in name else value


def whole(tokens: Sequence[int]) -> int:
    """How many tokens to keep: all, or those up to the first time round where the end goes round in a loop.

    A lost decoder repeats itself until it is stopped. Four times the same is a loop when it is at least eight
    tokens long: people do say "no, no, no, no", and poems repeat whole lines two and three times.
    """
    for length in range(1, len(tokens) // _ROUNDS + 1):
        rounds = tokens[-_ROUNDS * length :]
        if _ROUNDS * length >= _LOOP and all(rounds[i] == rounds[i - length] for i in range(length, len(rounds))):
            return len(tokens) - (_ROUNDS - 1) * length
    return len(tokens)
