"""The same figure, to the last bit, on one process and on two, however the experiences are shared out."""

import json

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp

from mmtg.metrics import ConceptRecall, OrderAccuracy, Perplexity, StepConfusion, UniqueTexts
from mmtg.metrics.figures import concept_figures, step_confusion, text_figures
from mmtg.metrics.named import training_metrics
from mmtg.metrics.registry import METRICS
from mmtg.metrics.text import Item, Text

NOUNS = {"moon": ("月亮", "明月"), "boat": ("小船",), "bell": ("钟",)}
TEXTS = (
    "明月照我心，小船推开波",
    "月亮下的钟，小船不见",
    "小船钟月亮",
    "白日依山尽，黄河入海流，欲穷千里目，更上一层楼",
    "钟声，钟声，，钟",
)
SPLITS = {
    "even": ([0, 2, 4], [1, 3]),
    "uneven": ([0], [1, 2, 3, 4]),
    "none": ([0, 1, 2, 3, 4], []),
    "first": ([], [4, 3, 2, 1, 0]),
}
PROCESSES = 2


def experiences():
    plan = (("moon",), ("boat",), ("bell",))
    return [
        Item(tuple(Text.of_string(TEXTS[(i + k) % 5]) for k in (1, 2)[: i % 2 + 1]), (Text.of_string(TEXTS[i]),), plan)
        for i in range(5)
    ]


def metrics(items):
    training = [Text.of_string(TEXTS[0])]
    named = {**METRICS, **training_metrics(training, frequent=2, count_unseen=False)}
    made = {name: make(items) for name, make in named.items()}
    made |= {"recall": ConceptRecall(NOUNS, 1), "order": OrderAccuracy(NOUNS), "unique": UniqueTexts()}
    return made | {"confusion": StepConfusion(NOUNS, 3, 1), "perplexity": Perplexity()}


def update(metric, items, chosen):
    if isinstance(metric, Perplexity):
        losses, tokens = torch.tensor([0.1, 0.7, 1.3, 2.9, 0.3]), torch.tensor([1, 2, 3, 4, 5])
        metric.update(losses[chosen], tokens[chosen])
    elif chosen:
        metric.update([items[i] for i in chosen])


def measure(chosen):
    items = experiences()
    made = metrics(items)
    for metric in made.values():
        update(metric, items, chosen)
    return {name: metric.compute().tolist() for name, metric in made.items()}


def figures():
    plan = [["moon"], ["boat"]]
    samples = [{"reference": [text], "hypotheses": [[TEXTS[0]], [text]], "plan": plan} for text in TEXTS]
    everything = {**text_figures(samples), **concept_figures(samples, NOUNS, 1)}
    return {**everything, "confusion": step_confusion(samples, NOUNS, 1)}


def work(rank, folder):
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=PROCESSES)
    found = {name: measure(shares[rank]) for name, shares in SPLITS.items()}
    if rank == 0:  # figures of samples are those of one process, which waits for nobody
        found["samples"] = figures()
    (folder / f"{rank}.json").write_text(json.dumps(found), encoding="utf-8")
    dist.destroy_process_group()


@pytest.mark.slow
def test_two_processes(tmp_path):
    mp.spawn(work, args=(tmp_path,), nprocs=PROCESSES)
    alone = json.dumps(measure(list(range(5))))
    for rank in range(PROCESSES):
        found = json.loads((tmp_path / f"{rank}.json").read_text(encoding="utf-8"))
        samples = found.pop("samples", None)
        assert samples == (figures() if rank == 0 else None)
        assert {split: json.dumps(values) for split, values in found.items()} == dict.fromkeys(SPLITS, alone)


def test_the_comparison_can_fail():
    assert measure([0, 1, 2, 3, 4]) != measure([0, 1, 2, 3])
    assert not any(value != value for value in [measure([0, 1, 2, 3, 4])["bleu_2"]])


@pytest.mark.parametrize("name", ["bleu_2", "sacrebleu", "distinct_2"])
def test_batches_do_not_matter(name):
    items = experiences()
    whole, parts = metrics(items)[name], metrics(items)[name]
    whole.update(items)
    for item in reversed(items):
        parts.update([item])
    assert float(whole.compute()) == float(parts.compute())
    assert whole.values().tolist() == parts.values()[::-1].tolist()
