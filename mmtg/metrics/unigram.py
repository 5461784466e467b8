"""The unigram model: what a language model must be better than."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence


def unigram_perplexity(train: Iterable[Sequence[int]], held_out: Iterable[Sequence[int]], vocabulary: int) -> float:
    """Perplexity per token of held-out texts under the training texts' token frequencies, add-one smoothed.

    Args:
        train: token ids of each training text.
        held_out: token ids of each held-out text.
        vocabulary: number of tokens.

    Returns:
        At least 1; the vocabulary's size for a model that knows nothing.
    """
    counts = Counter(token for text in train for token in text)
    total = sum(counts.values()) + vocabulary
    losses = [math.log(total / (counts[token] + 1)) for text in held_out for token in text]
    return math.exp(sum(losses) / len(losses))
