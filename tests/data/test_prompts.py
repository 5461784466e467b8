"""Keywords and lines as token sequences, held against the published formats (Image2Poem reference, section 4)."""

import pytest

from mmtg.data.keyword_poems import keyword_tensor
from mmtg.data.prompt_vocabulary import prompt_vocabulary
from mmtg.data.prompts import Kind, Prompts
from tests.data.ccpc import poems_of

WORDS = ["山", "明月"]
LINES = ["明月出山", "风吹云散", "人在桥边", "水流天外"]


@pytest.fixture(scope="module")
def vocabulary():
    return prompt_vocabulary([(WORDS, LINES)])


def read(vocabulary, row):
    return "".join(vocabulary.tokens[token] for token, _ in row)


def ids(vocabulary, texts):
    return [vocabulary.encode(text) for text in texts]


def test_a_quatrain_for_gpt2(vocabulary):
    prompts = Prompts(vocabulary=vocabulary, segments=1, lines=4)
    row = prompts.text([vocabulary.encode_each(WORDS)], ids(vocabulary, LINES))
    assert read(vocabulary, row) == "[CLS]关键词：山明月[EOS]明月出山|风吹云散|人在桥边|水流天外[SEP]"
    assert [kind for _, kind in row][:8] == [Kind.MARK, *[Kind.HEAD] * 4, *[Kind.KEYWORD] * 3]
    assert [kind for _, kind in row[9:]] == [*([Kind.CHARACTER] * 4 + [Kind.BAR]) * 3, *[Kind.CHARACTER] * 4, Kind.END]


def test_segments_repeat_the_format(vocabulary):
    prompts = Prompts(vocabulary=vocabulary, segments=2, lines=4)
    row = prompts.text(ids(vocabulary, WORDS), ids(vocabulary, LINES))
    first, second = "[CLS]关键词：山[EOS]明月出山|风吹云散[SEP]", "[CLS]关键词：明月[EOS]人在桥边|水流天外[SEP]"
    assert read(vocabulary, row) == first + second


def test_a_prefix_takes_the_keywords_place(vocabulary):
    prompts = Prompts(vocabulary=vocabulary, segments=1, lines=4, prefix=3)
    row = prompts.prompt(vocabulary.encode("山"))
    assert [kind for _, kind in row] == [Kind.MARK, *[Kind.PREFIX] * 3, Kind.MARK]


def test_pairs_for_t5_are_consistent_or_as_published(vocabulary):
    keywords = keyword_tensor([[WORDS]], vocabulary)
    lines = [ids(vocabulary, LINES)]
    for doubled, end in ((False, "[EOS]"), (True, "[EOS][EOS]")):
        pairs = Prompts(vocabulary=vocabulary, segments=1, lines=4, doubled_end=doubled).pairs(keywords, lines)
        sources = ["".join(vocabulary.tokens[i] for i in row if i) for row in pairs.sources.ids.tolist()]
        assert sources[0] == f"[CLS]关键词：山明月{end}[SEP]"
        assert sources[1] == "[CLS]关键词：山明月[EOS]明月出山[EOS][SEP]"
        assert sources[3] == "[CLS]关键词：山明月[EOS]明月出山[EOS]风吹云散[EOS]人在桥边[EOS][SEP]"
        targets = ["".join(vocabulary.tokens[i] for i in row if i) for row in pairs.targets.tolist()]
        assert targets == [f"[CLS]{line}[EOS][SEP]" for line in LINES]


def test_pairs_of_some_lines_and_of_segments(vocabulary):
    prompts = Prompts(vocabulary=vocabulary, segments=2, lines=4)
    keywords = keyword_tensor([[["山"], ["明月"]]] * 2, vocabulary)
    pairs = prompts.pairs(keywords, [ids(vocabulary, LINES)] * 2, [[0], [1, 3]])
    assert pairs.text.tolist() == [0, 1, 1]
    assert pairs.segment.tolist() == [0, 0, 1]
    last = "".join(vocabulary.tokens[i] for i in pairs.sources.ids[2].tolist() if i)
    assert last.startswith("[CLS]关键词：明月[EOS]明月出山[EOS]")


def test_real_quatrains_have_the_published_lengths(shared):
    """Sequences of 32 to 46 tokens, 41.4 on average, and no encoder input longer than 39 (section 4)."""
    poems = [*poems_of(shared, "valid"), *poems_of(shared, "test")]
    vocabulary = prompt_vocabulary(poems)
    published = Prompts(vocabulary=vocabulary, segments=1, lines=4, doubled_end=True)
    texts, sources = [], []
    for words, lines in poems:
        own, text = vocabulary.encode_each(words), ids(vocabulary, lines)
        texts.append(len(published.text([own], text)))
        sources += [len(published.source(own, text[:i], doubled=True)) for i in range(4)]
    assert (min(texts), max(texts)) == (32, 46)
    assert sum(texts) / len(texts) == pytest.approx(41.4, abs=0.05)
    assert len(sources) == 71_820
    assert max(sources) == 39


def test_the_published_example(shared):
    """The first poem of valid, second line (section 4a)."""
    poems = poems_of(shared, "valid")
    vocabulary = prompt_vocabulary(poems)
    prompts = Prompts(vocabulary=vocabulary, segments=1, lines=4, doubled_end=True)
    words, lines = poems[0]
    own, text = vocabulary.encode_each(words), ids(vocabulary, lines)
    source = "[CLS]关键词：竹色人声寂历鸣禽[EOS]林高日气薄[EOS][SEP]"
    assert read(vocabulary, prompts.source(own, text[:1], doubled=True)) == source
    assert "".join(vocabulary.tokens[i] for i in prompts.target(text[1])) == "[CLS]竹色净如水[EOS][SEP]"
