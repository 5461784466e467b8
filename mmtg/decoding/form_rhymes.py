"""The rhymes of a form: what they ask of the next token, and how they stay possible to the end.

For some pattern that is still possible, each letter of the rhyme scheme has a group with at least as many unused
characters as there are lines that must still rhyme; what it has beyond them it can *spare* (``FormTables.spare``). A
character at a rhyme takes one from both sides. A character elsewhere takes one from the groups only where characters
may not come again, and then those of a group that has none to spare are kept back.

Letters of shapes: B texts, and those of ``form_tables.py``.
"""

from dataclasses import replace

import torch
from torch import Tensor

from mmtg.decoding.form_state import FormState
from mmtg.decoding.form_tables import GROUPS, TONES, FormTables


class FormRhymes:
    """The rhymes of B texts on their way.

    Args:
        tables: of the form.
        keeps_back: whether characters may not come again.
    """

    def __init__(self, tables: FormTables, *, keeps_back: bool) -> None:
        self.tables, self.keeps_back = tables, keeps_back

    def asked(self, state: FormState) -> Tensor:
        """Patterns under which the present line must rhyme: bool [B, M]."""
        return self.tables.at_line(self.tables.letters, state.line) >= 0

    def at_rhyme(self, state: FormState) -> Tensor:
        """Patterns under which the next character must rhyme, being the last of its line: bool [B, M]."""
        return self.asked(state) & (state.column[:, None] == self.tables.longest - 1)

    def possible(self, state: FormState) -> Tensor:
        """Groups that the present line's rhyme may be of: bool [B, M, G]."""
        enough = self._spare(state) >= 0  # [B, M, A, G]
        letters = self.tables.at_line(self.tables.letters, state.line).clamp(min=0)  # [B, M]
        own = letters[:, :, None, None].expand(-1, -1, 1, enough.shape[3])
        return enough.gather(2, own).squeeze(2)

    def serve(self, state: FormState, ids: Tensor, tone: Tensor) -> Tensor:
        """Whether characters [B], with the tones [B, M], may stand at the rhyme: bool [B, M]."""
        groups = self.possible(state) & self.tables.groups_of(ids, tone)  # [B, M, G]
        return groups.any(dim=2) & ~_at(state.ended, ids)[:, None]

    def may_end(self, state: FormState) -> Tensor:
        """Patterns to whose rhymes the present line may end with its last character: bool [B, M]."""
        tables, behind = self.tables, state.line + 1
        taken = _at(state.ended, state.last)
        fresh = ~taken & ~_at(state.used, state.last)
        unused = state.unused - fresh[:, None, None] * tables.reads(state.last)
        spare = tables.spare(unused, tables.at_line(tables.rest, behind), tables.at_line(tables.needed, behind))
        kept = ((spare >= 0) & self.groups_behind(state)).any(dim=3).all(dim=2)
        return (kept & ~taken[:, None]) | ~self.asked(state)

    def groups_behind(self, state: FormState) -> Tensor:
        """Groups that each letter may take if the present line ends with its last character: bool [B, M, A, G]."""
        tables = self.tables
        ends = tables.at_line(tables.tones, state.line)  # [B, M, N]
        place = (tables.longest - 1).expand(len(ends), -1)[..., None]
        own = tables.groups_of(state.last, ends.gather(2, place).squeeze(2))  # [B, M, G]
        letters = tables.at_line(tables.letters, state.line)  # [B, M]
        is_own = letters[..., None] == torch.arange(state.groups.shape[2], device=letters.device)  # [B, M, A]
        return state.groups & (own[:, :, None] | ~is_own[..., None])

    def pruned(self, state: FormState) -> FormState:
        """The state without the patterns whose rhymes can no longer be kept.

        Where characters may not come again, patterns with groups that have none to spare go too, all but one if there
        are no others: that one's groups can then be kept back. A line with all its characters has its rhyme.
        """
        free = (~(state.used | state.ended)).float()
        unused = (free @ self.tables.rhyming.T).unflatten(1, (len(TONES), len(GROUPS)))
        state = replace(state, unused=unused)
        spare = self._spare(state)
        full = (state.column[:, None] == self.tables.longest) & (state.separator == 0)[:, None]
        live = state.live & (full | (spare >= 0).any(dim=3).all(dim=2))
        if self.keeps_back:
            loose = live & (full | (spare >= 1).any(dim=3).all(dim=2))
            first = live & (live.cumsum(dim=1) == 1)
            live = torch.where(loose.any(dim=1, keepdim=True), loose, first)
        return replace(state, live=live)

    def kept_back(self, state: FormState) -> Tensor:
        """Characters that the rhymes cannot spare: bool [B, V]."""
        none = torch.zeros_like(state.used)
        if not self.keeps_back:
            return none
        spare = self._spare(state)  # [B, M, A, G]
        first = (spare >= 0) & ((spare >= 0).cumsum(dim=3) == 1)
        writing = state.live & (state.column[:, None] < self.tables.longest)
        tight = first & ~(spare >= 1).any(dim=3, keepdim=True) & writing[:, :, None, None]
        if not bool(tight.any()):
            return none
        needed = self.tables.at_line(self.tables.needed, state.next_line)  # [B, M, A, 3]
        kept = (needed[..., None] & tight[..., None, :]).any(dim=2).any(dim=1)  # [B, 3, G]
        return in_any(kept.flatten(1), self.tables.rhyming)

    def _spare(self, state: FormState) -> Tensor:
        """Of each group that a letter may take, what it can spare; below 0 for the others: float [B, M, A, G]."""
        tables, line = self.tables, state.next_line
        spare = tables.spare(state.unused, tables.at_line(tables.rest, line), tables.at_line(tables.needed, line))
        return spare.masked_fill(~state.groups, -torch.inf)


def in_any(wanted: Tensor, members: Tensor) -> Tensor:
    """Characters of any of the wanted classes: bool [B, V] from bool [B, C] and float [C, V]."""
    return (wanted.float() @ members) > 0


def _at(table: Tensor, ids: Tensor) -> Tensor:
    """Of [B, V] what concerns each text's character: [B]."""
    return table.gather(1, ids[:, None]).squeeze(1)
