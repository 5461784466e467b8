"""The MMTG paper's comparison from the authors' own outputs, with intervals and corrected p-values.

python experiments/published_outputs/recompute.py FOLDER
    FOLDER holds files/ of the metric benchmark. Prints the tables of README.md.
"""

import argparse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from omegaconf import OmegaConf

from mmtg.metrics.registry import make_items
from mmtg.scoring.compare import Comparison, compare
from mmtg.scoring.outputs import Outputs
from mmtg.scoring.scored import Scored
from mmtg.scoring.texts import read_lines, read_texts
from mmtg.stats import Estimate, Resampling, estimate_scores

ROOT = Path(__file__).resolve().parents[2]
MMTG = "MMTG"
TEXTS = ("bleu_2", "bleu_only_2", "sacrebleu", "chrf", "rouge_l", "cider_d", "distinct_2")
ORDER = ("nnr_1", "nnr_2")
SYSTEMS = {
    MMTG: "e50_mmtg_sample_a",
    "GPT-2, topic only": "e50_gpt2_sample",
    "images2poem": "e50_i2p_sample",
    "WM": "e50_wm_sample",
    "iPrompt": "e50_iprompt_sample",
    "img2poem": "e50_img2poem_sample",
}
VARIANTS = {
    MMTG: "e50_mmtg_sample_a",
    "MMTG, sampled again": "e50_mmtg_sample_b",
    "MMTG, sampled earlier": "e50_mmtg_sample_d",
    "without topic prompt": "e50_notopic_sample",
    "without images": "e50_noimage_sample",
    "without KL": "e50_kl0_sample_c",
    "product for sum": "e50_sentmul_sample",
    "without curriculum": "e50_nocl_sample_a",
    "positives only": "e50_allpos5_sample_a",
    "LSTM": "e50_lstm_sample_a",
    "RNN": "e50_rnn_sample",
}
GREEDY = {
    MMTG: "e50_mmtg_greedy",
    "images2poem": "e50_i2p_greedy",
    "without KL": "e50_kl0_greedy",
    "product for sum": "e50_sentmul_greedy",
    "without topic prompt": "e50_notopic_greedy",
    "without images": "e50_noimage_greedy",
    "LSTM": "e50_lstm_greedy",
    "RNN": "e50_rnn_greedy",
}
LARGE = {MMTG: "t3k_mmtg_sample", "images2poem": "t3k_i2p_sample"}
HEADS = ("p bootstrap", "p permutation", "Cohen's d", "Cliff's delta", "paper's t")


@dataclass(frozen=True)
class Table:
    """Systems side by side; the first is the one that the others are held against."""

    title: str
    outputs: list[Outputs]
    figures: tuple[str, ...]


def main() -> None:
    """Prints all tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="of the metric benchmark")
    files = parser.parse_args().folder / "files"
    for make in (systems, variants, order, large):
        print("\n".join(as_markdown(make(files), resampling())), end="\n\n")


def resampling() -> Resampling:
    """As ``task=score`` draws."""
    task = OmegaConf.load(ROOT / "conf" / "task" / "score.yaml").task
    return Resampling(task.resamples, task.seed, task.confidence)


def systems(files: Path) -> Table:
    """The paper's comparison."""
    outputs = list(read(files, {name: file for name, file in SYSTEMS.items() if name != "iPrompt"}))
    return Table("Six systems, 50 experiences", [*outputs, iprompt(files)], TEXTS)


def variants(files: Path) -> Table:
    """MMTG against itself, drawn anew and taken apart."""
    return Table(
        "MMTG and its variants, 50 experiences x 10 texts", list(read(files, VARIANTS)), ("bleu_2", "distinct_2")
    )


def order(files: Path) -> Table:
    """How much the text changes when the steps change places."""
    outputs = []
    for name, file in GREEDY.items():
        ordered, shuffled = read_lines(files / f"{file}.txt"), read_lines(files / f"{file}_shuffled.txt")
        items = make_items(ordered, [shuffled[first : first + 10] for first in range(0, len(shuffled), 10)])
        ids = tuple(str(number) for number in range(1, len(ordered) + 1))
        outputs.append(Outputs(name, files / f"{file}.txt", ids, (), reordered=items))
    return Table("Order of the steps, 50 experiences x 10 permutations, greedy", outputs, ORDER)


def large(files: Path) -> Table:
    """The rebuttal's larger test set."""
    outputs = [
        read_texts(files / f"{file}.txt.gz", files / "t3k_ref.txt.gz", samples=3, name=name)
        for name, file in LARGE.items()
    ]
    return Table("The rebuttal's test set, 2,960 experiences x 3 texts", outputs, TEXTS)


def read(files: Path, names: Mapping[str, str]) -> Iterator[Outputs]:
    """Text files against the 50 references, whatever their number of samples."""
    for name, file in names.items():
        yield read_texts(files / f"{file}.txt", files / "e50_ref_unique.txt", samples=None, name=name)


def iprompt(files: Path) -> Outputs:
    """IPrompt wrote two to six texts per experience; its references stand as often as its texts."""
    file, references = files / f"{SYSTEMS['iPrompt']}.txt", read_lines(files / "e50_ref_unique.txt")
    rows = zip(read_lines(files / "e50_ref_iprompt.txt"), read_lines(file), strict=True)
    texts = {reference: [text for _, text in group] for reference, group in groupby(rows, key=itemgetter(0))}
    ids = tuple(str(references.index(reference) + 1) for reference in texts)
    return Outputs("iPrompt", file, ids, make_items(list(texts), list(texts.values())))


def as_markdown(table: Table, draws: Resampling) -> Iterator[str]:
    """The table's lines."""
    systems = [Scored.of(outputs, table.figures) for outputs in table.outputs]
    compared = compare(systems, table.outputs[0].name, draws)
    estimates = {system.outputs.name: estimate_scores(system.scores, draws) for system in systems}
    yield f"### {table.title}\n"
    heads = ("figure", "system", "value", f"less {table.outputs[0].name}", *HEADS)
    yield f"| {' | '.join(heads)} |\n|{'---|' * len(heads)}"
    for figure in table.figures:
        for name, figures in estimates.items():
            if figure in figures:
                yield row(figure, name, figures[figure], compared.get(name, {}).get(figure))


def row(figure: str, system: str, estimate: Estimate, found: Comparison | None) -> str:
    """One row; the system that the others are held against has no comparison."""
    cells = [figure, system, f"{estimate.mean:.4f} [{estimate.low:.4f}, {estimate.high:.4f}]"]
    if found is None:
        return f"| {' | '.join([*cells, *['–'] * (1 + len(HEADS))])} |"
    cells.append(f"{found.difference:+.4f} [{found.low:+.4f}, {found.high:+.4f}]")
    cells += [shown(found.p_bootstrap_holm), shown(found.p_permutation_holm)]
    return f"| {' | '.join([*cells, f'{found.cohens_d:+.2f}', f'{found.cliffs_delta:+.2f}', shown(found.paper_t_p)])} |"


def shown(p: float | None) -> str:
    """A p-value to two figures."""
    return "–" if p is None else f"{p:.2g}"


if __name__ == "__main__":
    main()
