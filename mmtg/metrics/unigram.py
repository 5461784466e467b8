"""The unigram model: what a language model must be better than."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence


def unigram_perplexity(train: Iterable[Sequence[int]], held_out: Iterable[Sequence[int]], vocabulary: int) -> float:
    """Perplexity per token of held-out texts under the training texts' token frequencies, add-one smoothed.

    Args:
        train: token ids of each training text, read one at a time.
        held_out: token ids of each held-out text, read one at a time.
        vocabulary: number of tokens.

    Returns:
        At least 1; the vocabulary's size for a model that knows nothing.
    """
    counts = Counter(token for text in train for token in text)
    total = sum(counts.values()) + vocabulary
    tokens, loss = 0, 0.0
    for text in held_out:
        tokens += len(text)
        loss += sum(math.log(total / (counts[token] + 1)) for token in text)
    return math.exp(loss / tokens)
