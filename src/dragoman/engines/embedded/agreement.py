"""Which words of a growing window are certain: those on which successive hypotheses agree (LocalAgreement)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

_SURE = -0.1  # natural log of a token's probability, 0.9
_ROUNDS, _ROUNDS_UNSURE = 2, 3
"""successive hypotheses that have to agree on a token that all of them could choose, surely and not so surely

The words that Moonshine only half hears at the beginning of a window are kept too early where few are asked for. Of the
201 words of tests/speech.json, in one talk with pauses, 10 were wrong with three and 8 with five, which give half a
clause's words half a second later; both windows grew by 300 ms a hypothesis.
"""


class Agreement:
    """The committed words of one window.

    They are forced as the beginning of every later hypothesis: otherwise a hypothesis that contradicts one of
    them would stop the commitment for the rest of the window.
    """

    def __init__(self, starts_word: Callable[[int], bool], given: Sequence[int] = ()) -> None:
        """`starts_word`: whether a new word begins with this token. `given`: tokens that are committed already."""
        self._starts_word = starts_word
        self._latest: tuple[int, ...] = tuple(given)
        # how many hypotheses in a row had the token, and all before it
        self._rounds: list[int] = [_ROUNDS_UNSURE] * len(given)
        self._committed = len(given)

    @property
    def committed(self) -> tuple[int, ...]:
        """Tokens of the committed words, each with the punctuation after it."""
        return self._latest[: self._committed]

    @property
    def tail(self) -> tuple[int, ...]:
        """Tokens of the latest hypothesis that are not committed."""
        return self._latest[self._committed :]

    def hear(self, tokens: Sequence[int], scores: Sequence[float], *, commit: bool = True) -> None:
        """Take a hypothesis, which begins with the committed tokens; `commit` what has been agreed on long enough.

        scores: natural log of each token's probability. The last word is held back, for it may have been cut in
        the middle.
        """
        before, self._latest = self._latest, tuple(tokens)
        same = 0
        while same < min(len(before), len(tokens)) and before[same] == tokens[same]:
            same += 1
        self._rounds = [rounds + 1 for rounds in self._rounds[:same]] + [1] * (len(tokens) - same)
        if not commit:
            return
        agreed = self._committed
        while agreed < same and self._rounds[agreed] >= (_ROUNDS if scores[agreed] >= _SURE else _ROUNDS_UNSURE):
            agreed += 1
        # a word is complete where the next one begins, in the hypothesis before too if it had come that far
        for end in range(agreed, self._committed, -1):
            if self._begins(tokens, end) and (end == len(before) or self._begins(before, end)):
                self._committed = end
                return

    def _begins(self, tokens: Sequence[int], place: int) -> bool:
        return place < len(tokens) and self._starts_word(tokens[place])
