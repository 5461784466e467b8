"""What is known of each figure: title, which way is better, how it is written; ``docs/metrics.md`` defines them."""

from dataclasses import dataclass

HIGHER, LOWER = 1, -1
TEST = "test/"
ENCODER = "encoder"
BOUNDS = {"_ceiling": "ceiling", "_chance": "chance"}
"""Endings of figures that say what another is to be held against, and what they are called."""


@dataclass(frozen=True)
class Figure:
    """One figure.

    Attributes:
        name: without ``test/``.
        title: for headings and axes.
        better: HIGHER, LOWER, or 0 where neither is better or nothing is known of it.
        digits: behind the point.
        unit: of its values; "" for pure numbers.
        pooled: of all texts of an experience together, so that it depends on how many there are.
        measured_by: section of the configuration whose model gives the figure, so that it compares only runs that agree
            in it; "" where no model does, or one that the figure is about.
    """

    name: str
    title: str
    better: int = 0
    digits: int = 4
    unit: str = ""
    pooled: bool = False
    measured_by: str = ""

    @property
    def arrow(self) -> str:
        """Which way is better, as a sign."""
        return {HIGHER: "↑", LOWER: "↓"}.get(self.better, "")

    @property
    def axis(self) -> str:
        """Title with unit and direction."""
        return " ".join(part for part in (self.title, f"({self.unit})" if self.unit else "", self.arrow) if part)

    def written(self, value: float | None) -> str:
        """A value with the figure's digits; a dash for none."""
        return "–" if value is None else f"{value:.{self.digits}f}"


_KNOWN = [
    *(Figure(f"bleu_{n}", f"BLEU-{n}", HIGHER) for n in (1, 2, 3, 4)),
    *(Figure(f"bleu_only_{n}", f"BLEU, order {n} only", HIGHER) for n in (1, 2, 3, 4)),
    Figure("sacrebleu", "corpus BLEU (sacrebleu)", HIGHER, 2, pooled=True),
    Figure("chrf", "chrF2", HIGHER, 2, pooled=True),
    *(Figure(f"rouge_{n}", f"ROUGE-{n.upper()}", HIGHER) for n in ("1", "2", "l")),
    Figure("cider_d", "CIDEr-D", HIGHER),
    Figure("caption_bleu_4", "caption BLEU-4", HIGHER, pooled=True),
    Figure("caption_rouge_l", "caption ROUGE-L", HIGHER),
    Figure("vqa_accuracy", "VQA accuracy", HIGHER),
    *(Figure(f"bertscore_{part}", f"BERTScore {part}", HIGHER) for part in ("precision", "recall", "f1")),
    Figure("embedding_cosine", "embedding cosine", HIGHER, measured_by=ENCODER),
    Figure("embedding_l2", "embedding distance", LOWER, measured_by=ENCODER),
    Figure("perplexity", "perplexity", LOWER, 3, "per token"),
    *(Figure(f"distinct_{n}", f"Distinct-{n}", HIGHER, pooled=True) for n in (1, 2, 3)),
    *(Figure(f"div_{n}", f"Div-{n}", HIGHER) for n in (1, 2)),
    *(Figure(f"entropy_{n}", f"entropy, order {n}", HIGHER, 3, "nats", pooled=True) for n in (1, 2, 3, 4)),
    *(Figure(f"repetition_{n}", f"repetition, order {n}", LOWER) for n in (2, 4)),
    Figure("repeated_lines", "repeated lines", LOWER),
    Figure("unique_texts", "different texts", HIGHER, pooled=True),
    Figure("mean_length", "length of texts", 0, 1, "tokens"),
    *(Figure(f"nnr_{n}", f"NNR-{n}", HIGHER) for n in (1, 2)),
    Figure("unchanged_rate", "unchanged by order", LOWER),
    Figure("delta_distinct_2", "change of Distinct-2"),
    Figure("union_rate_2", "union rate, order 2"),
    *(Figure(f"novelty_{n}", f"novelty, order {n}", HIGHER) for n in (2, 3)),
    Figure("copy_rate_4", "copied 4-grams", LOWER),
    Figure("copied_lines", "copied lines", LOWER),
    Figure("relevance", "relevance to pictures", HIGHER, measured_by=ENCODER),
    Figure("rhyme_rate", "rhyme rate", HIGHER),
    Figure("tone_regularity", "tone regularity", HIGHER),
    Figure("concept_recall", "concept recall", HIGHER),
    Figure("order_accuracy", "order accuracy", HIGHER),
    Figure("form_kept", "form kept", HIGHER),
    Figure("painted_cosine", "painted cosine", HIGHER, measured_by=ENCODER),
    Figure("painted_accuracy", "painted accuracy", HIGHER, measured_by=ENCODER),
    Figure("cell_accuracy", "cell accuracy", HIGHER),
    Figure("painted_frechet", "painted Fréchet distance", LOWER, measured_by=ENCODER),
    Figure("painted_r_precision", "painted R-precision", HIGHER, measured_by=ENCODER),
    Figure("painted_r_precision_hard", "painted R-precision, hard", HIGHER, measured_by=ENCODER),
    Figure("loss", "loss", LOWER),
    Figure("lm_loss", "LM loss", LOWER, 4, "nats"),
    Figure("token_loss", "token loss", LOWER, 4, "nats"),
    Figure("kl_loss", "KL loss", LOWER),
    Figure("seconds_per_sample", "time per text", LOWER, 4, "s"),
]
FIGURES = {figure.name: figure for figure in _KNOWN}


def figure_of(name: str) -> Figure:
    """What is known of a figure.

    Args:
        name: with or without ``test/``.

    Returns:
        The figure; one that nobody knows has its name as title, and no direction.
    """
    bare = name.removeprefix(TEST)
    return FIGURES.get(bare) or Figure(bare, bare)


def bound_of(name: str) -> tuple[str, str] | None:
    """For a ceiling or chance: the figure that it bounds, and which it is; None for other figures."""
    for ending, word in BOUNDS.items():
        if name.endswith(ending):
            return name.removesuffix(ending), word
    return None
