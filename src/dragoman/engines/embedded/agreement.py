"""Which words of a growing window are certain: those on which two successive hypotheses agree (LocalAgreement-2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence


class Agreement:
    """The committed words of one window.

    They are forced as the beginning of every later hypothesis: otherwise a hypothesis that contradicts one of
    them would stop the commitment for the rest of the window.
    """

    def __init__(self, starts_word: Callable[[int], bool]) -> None:
        """`starts_word`: whether a new word begins with this token."""
        self._starts_word = starts_word
        self._latest: tuple[int, ...] = ()
        self._committed = 0

    @property
    def committed(self) -> tuple[int, ...]:
        """Tokens of the committed words, each with the punctuation after it."""
        return self._latest[: self._committed]

    @property
    def tail(self) -> tuple[int, ...]:
        """Tokens of the latest hypothesis that are not committed."""
        return self._latest[self._committed :]

    def hear(self, tokens: Sequence[int], *, commit: bool = True) -> None:
        """Take a hypothesis, which begins with the committed tokens; `commit` what it and the one before agree on.

        The last word is held back, for it may have been cut in the middle.
        """
        before, self._latest = self._latest, tuple(tokens)
        if not commit:
            return
        agreed = 0
        while agreed < min(len(before), len(tokens)) and before[agreed] == tokens[agreed]:
            agreed += 1
        # a word is complete where both hypotheses begin another after it, or where the earlier one ended
        for end in range(agreed, self._committed, -1):
            if self._begins(tokens, end) and (end == len(before) or self._begins(before, end)):
                self._committed = end
                return

    def _begins(self, tokens: Sequence[int], place: int) -> bool:
        return place < len(tokens) and self._starts_word(tokens[place])
