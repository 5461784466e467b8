"""Holds decoding to a form: says before each token which ones may be drawn, so that every text keeps to the form.

Nothing is drawn twice, and there is never a dead end: a token is allowed only if the form can still be kept behind
it. What makes that sure is an invariant. For some pattern that is still possible, each letter of the rhyme scheme has
a group with at least as many unused characters as there are lines that must still rhyme (``FormTables.spare``). A
character at a rhyme takes one from both sides. A character elsewhere takes one from the groups only where characters
may not come again, and then those of a group that has none to spare are kept back.

Letters of shapes: B texts, and those of ``form_tables.py``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from mmtg.decoding.form_tables import GROUPS, TONES, form_tables
from mmtg.decoding.forms import Form


@dataclass(frozen=True)
class FormState:
    """How far B texts have come, and which ways of going on are left to them."""

    line: Tensor  # int64 [B], lines that are complete, with the separator behind them
    column: Tensor  # int64 [B], characters in the present line
    separator: Tensor  # int64 [B], tokens of the present separator that are written
    last: Tensor  # int64 [B], the last character's id
    done: Tensor  # bool [B], whether the text is complete
    live: Tensor  # bool [B, M], patterns that are still possible
    groups: Tensor  # bool [B, M, A, G], rhyme groups that each letter may still take
    used: Tensor  # bool [B, V], characters that may not come again
    ended: Tensor  # bool [B, V], characters that may not rhyme again
    unused: Tensor  # float [B, 3, G], characters of each tone and group that may still rhyme

    def select(self, rows: Tensor) -> "FormState":
        """The state of some of the texts, an int64 tensor; rows may repeat."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


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
        width = max(map(len, ends))
        padded = [[*end, *end[-1:] * (width - len(end))] for end in ends]
        self.separators = torch.tensor(padded, device=device)  # int64 [2, longest], between lines and behind the last
        self.separator_lengths = torch.tensor([len(end) for end in ends], device=device)
        self.rhymes = form.rhyme is not None
        self.reserves = self.rhymes and form.no_repeat != "any"

    def start(self, batch: int) -> FormState:
        """The state of texts of which nothing is written.

        Args:
            batch: B.

        Returns:
            The state.
        """
        zeros = torch.zeros(batch, dtype=torch.int64, device=self.device)
        none = torch.zeros(batch, self.rows, dtype=torch.bool, device=self.device)
        tables = self.tables
        live = torch.ones(batch, len(tables.longest), dtype=torch.bool, device=self.device)
        groups = tables.groups.expand(batch, -1, -1, -1)
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
        may_end = (self._may_end(state) & state.live).any(dim=1) & within
        closing = (may_end | (state.separator > 0) | state.done).nonzero().squeeze(1)
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
        opens_end = closes & (state.separator == 0)
        written = self._with_characters(state, ids, ~closes & ~state.done)
        moved = self._pruned(self._moved(self._with_line_ends(written, opens_end), closes))
        wrong = ~moved.live.any(dim=1) & ~state.done
        if bool(wrong.any()):
            row = int(wrong.nonzero()[0])
            raise ValueError(f"token {int(ids[row])} of text {row} was not allowed by the form")
        return moved

    def _characters(self, state: FormState) -> Tensor:
        """Characters that may stand at the present place: bool [B, V]."""
        tables = self.tables
        goes_on = state.live & (state.column[:, None] < tables.longest)  # [B, M]
        rhymes = self._at_rhyme(state)
        tones = torch.nn.functional.one_hot(self._tone(state), len(TONES)).bool() & goes_on[..., None]  # [B, M, 3]
        plain = (tones & ~rhymes[..., None]).any(dim=1)  # [B, 3]
        found = self._any(plain, tables.plain)
        if self.rhymes:
            found &= ~self._kept_back(state)
            possible = self._of_line(state, self._spare(state) >= 0)  # [B, M, G]
            wanted = (tones & rhymes[..., None])[..., None] & possible[:, :, None]  # [B, M, 3, G]
            if bool(wanted.any()):
                found |= self._any(wanted.any(dim=1).flatten(1), tables.rhyming) & ~state.ended
        return found & ~state.used

    def _with_characters(self, state: FormState, ids: Tensor, writes: Tensor) -> FormState:
        """The state behind a character, in the texts that write one."""
        tables, tone = self.tables, self._tone(state)
        serves = tables.plain[:, ids].T.gather(1, tone) > 0  # [B, M]
        if self.rhymes:
            possible = self._of_line(state, self._spare(state) >= 0) & self._groups_of(ids, tone)  # [B, M, G]
            rhymes = possible.any(dim=2) & ~self._at(state.ended, ids)[:, None]
            serves = torch.where(self._at_rhyme(state), rhymes, serves)
        free = (state.separator == 0) & ~self._at(state.used, ids)
        goes_on = (state.column[:, None] < tables.longest) & serves & free[:, None]
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
        """The state behind the first token of a separator, in the texts that write one."""
        live = state.live & (self._may_end(state) | ~ends[:, None])
        if not self.rhymes:
            return replace(state, live=live)
        rhymes = self._of_patterns(self.tables.letters, state.line) >= 0  # [B, M]
        rhymed = (rhymes & live).any(dim=1) & ends
        groups = torch.where(ends[:, None, None, None], self._groups_behind(state), state.groups)
        return replace(state, live=live, groups=groups, ended=state.ended | self._one_hot(state.last, rhymed))

    def _moved(self, state: FormState, closes: Tensor) -> FormState:
        """The state with its counts of separators and lines moved on, in the texts that write a separator's token."""
        is_last = state.line == self.form.lines - 1
        separator = state.separator + closes
        full = closes & (separator == self.separator_lengths[is_last.long()])
        used = state.used
        if self.form.no_repeat == "line":
            used = used & ~full[:, None]
        return replace(
            state,
            separator=separator.masked_fill(full, 0),
            line=state.line + full,
            column=state.column.masked_fill(full, 0),
            done=state.done | (full & is_last),
            used=used,
        )

    def _pruned(self, state: FormState) -> FormState:
        """The state without the patterns that can no longer be kept.

        Where characters may not come again, patterns with groups that have none to spare go too, all but one if there
        are no others: that one's groups can then be kept back.
        """
        if not self.rhymes:
            return state
        free = (~(state.used | state.ended)).float()
        unused = (free @ self.tables.rhyming.T).unflatten(1, (len(TONES), len(GROUPS)))
        state = replace(state, unused=unused)
        spare = self._spare(state)
        complete = (state.column[:, None] == self.tables.longest) & (state.separator == 0)[
            :, None
        ]  # its rhyme is checked
        live = state.live & (complete | (spare >= 0).any(dim=3).all(dim=2))
        if self.reserves:
            loose = live & (complete | (spare >= 1).any(dim=3).all(dim=2))
            first = live & (live.cumsum(dim=1) == 1)
            live = torch.where(loose.any(dim=1, keepdim=True), loose, first)
        return replace(state, live=live)

    def _kept_back(self, state: FormState) -> Tensor:
        """Characters that the rhymes cannot spare: bool [B, V]."""
        none = torch.zeros_like(state.used)
        if not self.reserves:
            return none
        spare = self._spare(state)  # [B, M, A, G]
        possible = spare >= 0
        first = possible & (possible.cumsum(dim=3) == 1)
        writing = state.live & (state.column[:, None] < self.tables.longest)
        tight = first & ~(spare >= 1).any(dim=3, keepdim=True) & writing[:, :, None, None]
        if not bool(tight.any()):
            return none
        needed = self._of_patterns(self.tables.needed, self._next_line(state))  # [B, M, A, 3]
        kept = (needed[..., None] & tight[..., None, :]).any(dim=2).any(dim=1)  # [B, 3, G]
        return self._any(kept.flatten(1), self.tables.rhyming)

    def _may_end(self, state: FormState) -> Tensor:
        """Patterns under which the present line may end here: bool [B, M]."""
        may_end = self.tables.may_end[:, state.column.clamp(max=self.form.longest)].T
        if not self.rhymes:
            return may_end
        letters = self._of_patterns(self.tables.letters, state.line)  # [B, M]
        rhymes = (letters >= 0) & (state.column > 0)[:, None]
        taken = self._at(state.ended, state.last)
        fresh = ~taken & ~self._at(state.used, state.last)
        less = state.unused - fresh[:, None, None] * self._reads(state.last)
        behind = state.line + 1
        spare = self.tables.spare(
            less, self._of_patterns(self.tables.rest, behind), self._of_patterns(self.tables.needed, behind)
        )
        rhyming = ((spare >= 0) & self._groups_behind(state)).any(dim=3).all(dim=2) & ~taken[:, None]
        return may_end & (rhyming | ~rhymes)

    def _groups_behind(self, state: FormState) -> Tensor:
        """Groups of each letter if the present line ends here: bool [B, M, A, G]."""
        letters = self._of_patterns(self.tables.letters, state.line)  # [B, M]
        ends = self._of_patterns(self.tables.tones, state.line)  # [B, M, N]
        last_place = (self.tables.longest - 1).expand(len(letters), -1)
        own = self._groups_of(state.last, ends.gather(2, last_place[..., None]).squeeze(2))  # [B, M, G]
        number = torch.arange(state.groups.shape[2], device=self.device)
        is_own = letters[..., None] == number  # [B, M, A]
        return state.groups & (own[:, :, None] | ~is_own[..., None])

    def _spare(self, state: FormState) -> Tensor:
        """Of each group that a letter may take, what it has to spare; below 0 for the others: float [B, M, A, G]."""
        line = self._next_line(state)
        rest, needed = self._of_patterns(self.tables.rest, line), self._of_patterns(self.tables.needed, line)
        return self.tables.spare(state.unused, rest, needed).masked_fill(~state.groups, -torch.inf)

    def _next_line(self, state: FormState) -> Tensor:
        """The first line whose rhyme is still to come, int64 [B]."""
        return state.line + (state.separator > 0)

    def _at_rhyme(self, state: FormState) -> Tensor:
        """Patterns under which the next character is the last of a line that must rhyme: bool [B, M]."""
        letters = self._of_patterns(self.tables.letters, state.line)
        return (letters >= 0) & (state.column[:, None] == self.tables.longest - 1)

    def _tone(self, state: FormState) -> Tensor:
        """What each pattern asks of the next character: int64 [B, M]."""
        tones = self._of_patterns(self.tables.tones, state.line)  # [B, M, N]
        column = state.column.clamp(max=self.form.longest - 1)[:, None, None]
        return tones.gather(2, column.expand(-1, tones.shape[1], 1)).squeeze(2)

    def _of_line(self, state: FormState, by_letter: Tensor) -> Tensor:
        """Of [B, M, A, G] what concerns the present line's letter: [B, M, G]."""
        letters = self._of_patterns(self.tables.letters, state.line).clamp(min=0)
        place = letters[:, :, None, None].expand(-1, -1, 1, by_letter.shape[3])
        return by_letter.gather(2, place).squeeze(2)

    def _of_patterns(self, table: Tensor, line: Tensor) -> Tensor:
        """Of a table [M, L, ...] what concerns a line of each text: [B, M, ...]."""
        return table[:, line.clamp(max=table.shape[1] - 1)].transpose(0, 1)

    def _groups_of(self, ids: Tensor, tone: Tensor) -> Tensor:
        """Groups that a character has with each pattern's tone: bool [B, M, G]."""
        reads = self._reads(ids)  # [B, 3, G]
        return reads.gather(1, tone[..., None].expand(-1, -1, reads.shape[2])) > 0

    def _reads(self, ids: Tensor) -> Tensor:
        """Tones and groups of characters: float [B, 3, G]."""
        return self.tables.rhyming[:, ids].T.unflatten(1, (len(TONES), len(GROUPS)))

    def _closing_token(self, state: FormState) -> Tensor:
        """The next token of the separator that would end the present line, or that is being written: int64 [B]."""
        is_last = (state.line >= self.form.lines - 1).long()
        place = torch.where(state.done, self.separator_lengths[is_last] - 1, state.separator)
        return self.separators[is_last, place]

    def _one_hot(self, ids: Tensor, where: Tensor) -> Tensor:
        marked = torch.zeros(len(ids), self.rows, dtype=torch.bool, device=self.device)
        return marked.scatter_(1, ids[:, None], where[:, None])

    def _at(self, table: Tensor, ids: Tensor) -> Tensor:
        return table.gather(1, ids[:, None]).squeeze(1)

    def _any(self, wanted: Tensor, members: Tensor) -> Tensor:
        """Characters of any of the wanted classes: bool [B, V] from [B, C] and [C, V]."""
        return (wanted.float() @ members) > 0
