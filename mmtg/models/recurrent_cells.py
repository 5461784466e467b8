"""The two recurrent networks of img2poem's generators, with one interface: TensorFlow 1's GRU, and the LSTM.

Letters of shapes: N texts, L positions, I input width, H hidden width.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class State:
    """What a recurrent network remembers of N texts.

    Args:
        hidden: [N, H], what it says.
        memory: [N, H], what an LSTM keeps to itself; a GRU has none.
    """

    hidden: Tensor
    memory: Tensor | None = None

    def select(self, rows: Tensor) -> "State":
        """The state of some texts, an int64 tensor; rows may repeat."""
        return State(self.hidden[rows], None if self.memory is None else self.memory[rows])


class TF1GRUCell(nn.Module):
    """One step of TensorFlow 1's GRU, which resets the state *before* the product; torch's resets after it.

    With r and u the sigmoids of gates over input and state: candidate = tanh(W x + U (r * h) + b), and the new state is
    u * h + (1 - u) * candidate (golden numbers of img2poem, ``gru_equations``). Starts as TensorFlow does: matrices by
    Glorot's rule, biases of the gates 1, of the candidate 0.

    Args:
        inputs: I.
        hidden: H.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.hidden = hidden
        self.of_input = nn.Linear(inputs, 3 * hidden)  # rows: reset, update, candidate
        self.gates_of_state = nn.Linear(hidden, 2 * hidden, bias=False)  # rows: reset, update
        self.candidate_of_state = nn.Linear(hidden, hidden, bias=False)
        self._start()

    @torch.no_grad()
    def _start(self) -> None:
        """Glorot's rule for the kernels [I + H, 2 H] and [I + H, H], as TensorFlow joins them."""
        inputs, hidden = self.of_input.in_features, self.hidden
        for width, weights in (
            (2 * hidden, (self.of_input.weight[: 2 * hidden], self.gates_of_state.weight)),
            (hidden, (self.of_input.weight[2 * hidden :], self.candidate_of_state.weight)),
        ):
            bound = (6 / (inputs + hidden + width)) ** 0.5
            for weight in weights:
                weight.uniform_(-bound, bound)
        self.of_input.bias[: 2 * hidden] = 1
        self.of_input.bias[2 * hidden :] = 0

    def forward(self, products: Tensor, hidden: Tensor) -> Tensor:
        """The next state.

        Args:
            products: [N, 3 H], ``of_input`` of the inputs.
            hidden: [N, H].

        Returns:
            [N, H].
        """
        of_gates, of_candidate = products.split([2 * self.hidden, self.hidden], dim=1)
        reset, update = torch.sigmoid(of_gates + self.gates_of_state(hidden)).chunk(2, dim=1)
        candidate = torch.tanh(of_candidate + self.candidate_of_state(reset * hidden))
        return torch.lerp(candidate, hidden, update)  # u * h + (1 - u) * candidate


class TF1GRU(nn.Module):
    """A GRU over texts; see :class:`TF1GRUCell`.

    Args:
        inputs: I.
        hidden: H.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.cell = TF1GRUCell(inputs, hidden)

    def zero(self, like: Tensor) -> State:
        """The state before anything is heard, of as many texts as ``like`` [N, ...] has."""
        return State(like.new_zeros(len(like), self.cell.hidden))

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Hears the inputs one after another; their products are taken all at once.

        Args:
            inputs: [N, L, I].
            state: of the N texts.

        Returns:
            The hidden states [N, L, H], and the state behind the last input.
        """
        hidden, states = state.hidden, []
        for products in self.cell.of_input(inputs).unbind(dim=1):  # L times [N, 3 H]
            hidden = self.cell(products, hidden)
            states.append(hidden)
        return torch.stack(states, dim=1), State(hidden)


class LSTM(nn.Module):
    """An LSTM over texts.

    Args:
        inputs: I.
        hidden: H.
    """

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, batch_first=True)

    def zero(self, like: Tensor) -> State:
        """The state before anything is heard, of as many texts as ``like`` [N, ...] has."""
        nothing = like.new_zeros(len(like), self.lstm.hidden_size)
        return State(nothing, nothing)

    def forward(self, inputs: Tensor, state: State) -> tuple[Tensor, State]:
        """Hears the inputs one after another.

        Args:
            inputs: [N, L, I].
            state: of the N texts.

        Returns:
            The hidden states [N, L, H], and the state behind the last input.
        """
        assert state.memory is not None
        states, (hidden, memory) = self.lstm(inputs, (state.hidden[None].contiguous(), state.memory[None].contiguous()))
        return states, State(hidden[0], memory[0])


CELLS: dict[str, type[TF1GRU] | type[LSTM]] = {"gru": TF1GRU, "lstm": LSTM}
"""Networks by the name that a configuration gives them."""
