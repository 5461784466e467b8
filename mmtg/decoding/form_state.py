"""How far texts have come in their form. Letters of shapes: B texts, and those of ``form_tables.py``."""

from dataclasses import dataclass, fields, replace

from torch import Tensor


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

    @property
    def next_line(self) -> Tensor:
        """The first line whose end is still to come, int64 [B]."""
        return self.line + (self.separator > 0)

    def select(self, rows: Tensor) -> "FormState":
        """The state of some of the texts, an int64 tensor; rows may repeat."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})
