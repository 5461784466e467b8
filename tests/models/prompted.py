"""Small language models that write from keywords, for tests."""

import torch

from mmtg.data.keyword_poems import keyword_tensor
from mmtg.data.prompt_vocabulary import prompt_vocabulary
from mmtg.data.prompts import Prompts
from mmtg.models.prompt_objective import Objective
from mmtg.models.prompt_sizes import build_lm

SIZE = {
    "decoder_width": 32, "decoder_layers": 2, "decoder_heads": 2, "decoder_positions": 96, "t5_heads": None,
    "t5_key_width": None, "t5_feedforward": None,
}  # fmt: skip
KINDS = {
    "gpt2": {"kind": "gpt2", "token_types": True, "types_when_writing": True, "ban_first": False},
    "t5": {"kind": "t5", "token_types": False, "types_when_writing": False, "ban_first": False},
}
PLAIN = {
    "mask": "none", "mask_rate": 0.15, "key_weight": 0.0, "key_shifted": True, "count_padding": False,
    "count_prompt": False, "attend_padding": False, "doubled_end": False, "lines_per_visit": None,
}  # fmt: skip
PUBLISHED = {
    "gpt2": {"mask": "any", "key_weight": 0.1, "key_shifted": False, "count_padding": True, "count_prompt": True},
    "t5": {"count_padding": True, "attend_padding": True, "doubled_end": True},
}
TEXTS = [["春眠不觉晓", "处处闻啼鸟", "夜来风雨声", "花落知多少"], ["白日依山", "黄河入海", "欲穷千里", "更上一层"]]
WORDS = [[["春眠", "啼鸟"], ["风雨", "花"]], [["白日"], []]]
VOCABULARY = prompt_vocabulary([(["春", "日"], lines) for lines in TEXTS])


def small_lm(kind, *, segments=2, prefix=0, objective=None, size=None, **changes):
    """A model over the texts above."""
    torch.manual_seed(0)
    prompts = Prompts(vocabulary=VOCABULARY, segments=segments, lines=4, prefix=prefix)
    aim = Objective(**{**PLAIN, **(objective or {})})
    lm = {**KINDS[kind], **changes}
    return build_lm(prompts, {**SIZE, **(size or {})}, lm, aim, dropout=0.1, pretrained=None).eval()


def keywords(words=WORDS):
    """Of the texts above, in two segments."""
    return keyword_tensor(words, VOCABULARY)


def lines(texts=TEXTS):
    """Ids of the texts above."""
    return [[VOCABULARY.encode(line) for line in text] for text in texts]
