"""What a test measures where a run has what it needs."""

import pytest
import torch
from transformers import BertConfig, BertModel, BertTokenizer


@pytest.fixture
def bert(tmp_path):
    """A small random BERT in a folder."""
    tokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"月亮河船我的心雪风"]
    BertTokenizer(vocab={token: i for i, token in enumerate(tokens)}, model_max_length=128).save_pretrained(tmp_path)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    torch.manual_seed(0)
    BertModel(BertConfig(vocab_size=len(tokens), max_position_embeddings=128, **sizes)).save_pretrained(tmp_path)
    return tmp_path


SHORT = ["+experiment=mmtg_full", "trainer.max_steps=2", "logger.wandb.enabled=false"]


def test_bertscore_where_there_is_a_bert(fit, read, bert):
    figures = read(fit(*SHORT, f"metrics.bert.folder={bert}", "metrics.bert.layer=1") / "metrics.json")
    assert -1 <= figures["test/bertscore_f1"] <= 1
    assert {"test/embedding_cosine", "test/novelty_2", "test/copied_lines"} <= set(figures)


def test_what_is_not_wanted_is_absent(fit, read):
    run = fit(
        *SHORT, "metrics.embeddings=false", "metrics.training.compare=false", "metrics.relevance=false",
        "model.use_image=false",
    )  # fmt: skip
    figures = read(run / "metrics.json")
    unwanted = {"bertscore_f1", "embedding_cosine", "novelty_2", "nnr_1", "relevance", "relevance_chance"}
    assert not {f"test/{name}" for name in unwanted} & set(figures)
    assert all(weights is None for sample in read(run / "samples.jsonl") for weights in sample["attention"])


def test_a_missing_bert_is_named_before_training(cli, artefacts, tmp_path):
    done = cli(
        *SHORT, "model/size=debug", "metrics.bert.folder=nowhere", f"paths.artefacts={artefacts}",
        f"hydra.run.dir={tmp_path}/run",
    )  # fmt: skip
    assert done.returncode == 2, done.stderr[-2000:]
    assert "nowhere" in done.stderr
    assert not (tmp_path / "run" / "checkpoints").exists()
