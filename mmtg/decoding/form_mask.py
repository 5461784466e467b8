"""Holds decoding to a form: says before each token which ones may be drawn, so that every text keeps to the form.

Nothing is drawn twice, and there is never a dead end: a token is allowed only if the form can still be kept behind it.
The form's patterns are followed side by side, and those that a text has left are dropped. What rhymes ask, and why they
stay possible, is said in ``form_rhymes.py``.

Letters of shapes: B texts, and those of ``form_tables.py``.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace

import torch
from torch import Tensor

from mmtg.decoding.form_rhymes import FormRhymes, in_any
from mmtg.decoding.form_state import FormState
from mmtg.decoding.form_tables import GROUPS, TONES, form_tables
from mmtg.decoding.forms import Form


class FormMask:
    """Which tokens may come next.

    A text is ``line, line_end, line, line_end, ..., line, text_end``; each separator is one token or several. For
    GPT-2 that writes whole quatrains ``line_end`` is ``|`` and ``text_end`` is ``[SEP]``; for T5 that writes line by
    line both are ``([EOS], [SEP])``, and the state is carried over from line to line.

    Args:
        form: what is to be kept.
        texts: text of each token, by id (``Vocabulary.texts``).
        line_end: id or ids between two lines.
        text_end: id or ids behind the last line.
        forbidden: ids that may not be written although they are Chinese characters.
        rows: V, where there are more scores than texts.
        device: of everything.

    Raises:
        InputError: the vocabulary cannot serve the form.
    """

    def __init__(
        self,
        form: Form,
        texts: Sequence[str],
        *,
        line_end: int | Sequence[int],
        text_end: int | Sequence[int],
        forbidden: Collection[int] = (),
        rows: int | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.form, self.rows, self.device = form, rows or len(texts), torch.device(device)
        ends = [[end] if isinstance(end, int) else list(end) for end in (line_end, text_end)]
        forbidden = {*forbidden, *ends[0], *ends[1]}
        self.tables = form_tables(form, texts, forbidden=forbidden, rows=self.rows).to(device)
        self.rhymes = FormRhymes(self.tables, keeps_back=form.no_repeat != "any") if form.rhyme else None
        width = max(map(len, ends))
        padded = [[*end, *end[-1:] * (width - len(end))] for end in ends]
        self.separators = torch.tensor(padded, device=device)  # int64 [2, width], between lines and behind the last
        self.separator_lengths = torch.tensor([len(end) for end in ends], device=device)  # int64 [2]

    def start(self, batch: int) -> FormState:
        """The state of texts of which nothing is written.

        Args:
            batch: B.

        Returns:
            The state.
        """
        patterns, _, letters, _ = self.tables.needed.shape
        zeros = torch.zeros(batch, dtype=torch.int64, device=self.device)
        none = torch.zeros(batch, self.rows, dtype=torch.bool, device=self.device)
        live = torch.ones(batch, patterns, dtype=torch.bool, device=self.device)
        groups = torch.ones(batch, patterns, letters, len(GROUPS), dtype=torch.bool, device=self.device)
        unused = torch.zeros(batch, len(TONES), len(GROUPS), device=self.device)
        return self._pruned(FormState(zeros, zeros, zeros, zeros, zeros > 0, live, groups, none, none, unused))

    def allowed(self, state: FormState) -> Tensor:
        """Which tokens may come next.

        Args:
            state: of B texts.

        Returns:
            bool [B, V]; at least one per text, and behind a complete text the end token alone.
        """
        within = (state.separator == 0) & ~state.done
        allowed = self._characters(state) & within[:, None]
        may_end = (self._may_end(state) & state.live).any(dim=1)
        closing = (may_end | ~within).nonzero().squeeze(1)
        allowed[closing, self._closing_token(state)[closing]] = True
        return allowed

    def advance(self, state: FormState, ids: Tensor) -> FormState:
        """The state behind a further token.

        Args:
            state: of B texts.
            ids: int64 [B], one allowed token each; any for texts that are complete.

        Returns:
            The state.

        Raises:
            ValueError: a token was not allowed.
        """
        closes = (ids == self._closing_token(state)) & ~state.done
        written = self._with_characters(state, ids, ~closes & ~state.done)
        ended = self._with_line_ends(written, closes & (state.separator == 0))
        moved = self._pruned(self._moved(ended, closes))
        wrong = ~moved.live.any(dim=1) & ~state.done
        if bool(wrong.any()):
            row = int(wrong.nonzero()[0])
            raise ValueError(f"token {int(ids[row])} of text {row} was not allowed by the form")
        return moved

    def _characters(self, state: FormState) -> Tensor:
        """Characters that may stand at the present place: bool [B, V]."""
        goes_on = state.live & (state.column[:, None] < self.tables.longest)  # [B, M]
        tones = torch.nn.functional.one_hot(self._tone(state), len(TONES)).bool() & goes_on[..., None]  # [B, M, 3]
        if self.rhymes is None:
            return in_any(tones.any(dim=1), self.tables.plain) & ~state.used
        at_rhyme = self.rhymes.at_rhyme(state)[..., None]  # [B, M, 1]
        found = in_any((tones & ~at_rhyme).any(dim=1), self.tables.plain) & ~self.rhymes.kept_back(state)
        if bool((tones & at_rhyme).any()):
            groups = self.rhymes.possible(state)[:, :, None]  # [B, M, 1, G]
            wanted = ((tones & at_rhyme)[..., None] & groups).any(dim=1)  # [B, 3, G]
            found |= in_any(wanted.flatten(1), self.tables.rhyming) & ~state.ended
        return found & ~state.used

    def _with_characters(self, state: FormState, ids: Tensor, writes: Tensor) -> FormState:
        """The state behind a character, in the texts that write one; elsewhere as it was."""
        tone = self._tone(state)
        serves = self.tables.plain[:, ids].T.gather(1, tone) > 0  # [B, M]
        if self.rhymes is not None:
            serves = torch.where(self.rhymes.at_rhyme(state), self.rhymes.serve(state, ids, tone), serves)
        free = (state.separator == 0) & ~state.used.gather(1, ids[:, None]).squeeze(1)  # [B]
        goes_on = (state.column[:, None] < self.tables.longest) & serves & free[:, None]
        used = state.used
        if self.form.no_repeat != "any":
            used = used | self._one_hot(ids, writes)
        return replace(
            state,
            live=state.live & (goes_on | ~writes[:, None]),
            column=state.column + writes,
            last=torch.where(writes, ids, state.last),
            used=used,
        )

    def _with_line_ends(self, state: FormState, ends: Tensor) -> FormState:
        """The state behind a line's last character, in the texts whose line ends; elsewhere as it was."""
        live = state.live & (self._may_end(state) | ~ends[:, None])
        if self.rhymes is None:
            return replace(state, live=live)
        rhymed = (self.rhymes.asked(state) & live).any(dim=1) & ends
        groups = torch.where(ends[:, None, None, None], self.rhymes.groups_behind(state), state.groups)
        return replace(state, live=live, groups=groups, ended=state.ended | self._one_hot(state.last, rhymed))

    def _moved(self, state: FormState, closes: Tensor) -> FormState:
        """The state behind a token of a separator, in the texts that write one; elsewhere as it was."""
        is_last = state.line == self.form.lines - 1
        separator = state.separator + closes
        full = closes & (separator == self.separator_lengths[is_last.long()])
        return replace(
            state,
            separator=separator.masked_fill(full, 0),
            line=state.line + full,
            column=state.column.masked_fill(full, 0),
            done=state.done | (full & is_last),
            used=state.used & ~full[:, None] if self.form.no_repeat == "line" else state.used,
        )

    def _pruned(self, state: FormState) -> FormState:
        """The state without the patterns that can no longer be kept."""
        return state if self.rhymes is None else self.rhymes.pruned(state)

    def _may_end(self, state: FormState) -> Tensor:
        """Patterns under which the present line may end here: bool [B, M]."""
        may_end = self.tables.may_end[:, state.column].T
        return may_end if self.rhymes is None else may_end & self.rhymes.may_end(state)

    def _tone(self, state: FormState) -> Tensor:
        """What each pattern asks of the next character: int64 [B, M]."""
        tones = self.tables.at_line(self.tables.tones, state.line)  # [B, M, N]
        column = state.column.clamp(max=self.form.longest - 1)[:, None, None]
        return tones.gather(2, column.expand(-1, tones.shape[1], 1)).squeeze(2)

    def _closing_token(self, state: FormState) -> Tensor:
        """The token that begins or goes on with the separator behind the present line: int64 [B]."""
        is_last = (state.line >= self.form.lines - 1).long()
        place = torch.where(state.done, self.separator_lengths[is_last] - 1, state.separator)
        return self.separators[is_last, place]

    def _one_hot(self, ids: Tensor, where: Tensor) -> Tensor:
        """Each text's character, in some of them: bool [B, V]."""
        marked = torch.zeros(len(ids), self.rows, dtype=torch.bool, device=self.device)
        return marked.scatter_(1, ids[:, None], where[:, None])
