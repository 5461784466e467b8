"""GPT-2 and T5 behind keywords."""

import math

import pytest
import torch
from omegaconf import OmegaConf
from torch.nn import functional

from mmtg.data.prompt_vocabulary import SPECIALS, PromptVocabulary
from mmtg.data.prompts import Kind, Prompts, Sequences
from mmtg.errors import InputError
from mmtg.models.prompt_objective import Objective
from mmtg.models.prompt_sizes import build_lm
from tests.conftest import ROOT
from tests.models.prompted import KINDS, PLAIN, PUBLISHED, VOCABULARY, WORDS, keywords, lines, small_lm

both = pytest.mark.parametrize("kind", ["gpt2", "t5"])


@both
@torch.no_grad()
def test_writing_with_a_cache_equals_the_full_pass(kind):
    """The scores of each character while a known text is written are those of training; rows differ in all lengths."""
    lm, known = small_lm(kind), lines()
    writer = lm.writer(keywords())
    written = [[] for _ in known]
    found = []
    for line in range(4):
        scores = writer.open(line, written)
        longest = max(len(text[line]) for text in known)
        for place in range(longest + 1):
            found.append(scores)
            ids = torch.tensor([text[line][place] if place < len(text[line]) else 0 for text in known])
            live = torch.tensor([place < len(text[line]) for text in known])
            scores = writer.scores(ids, live)
        for row, text in zip(written, known, strict=True):
            row.append(text[line])
    full = full_scores(kind, lm, known)
    for row in range(2):
        place = 0
        for line in range(4):
            longest = max(len(text[line]) for text in known)
            for character in range(len(known[row][line]) + 1):
                torch.testing.assert_close(found[place + character][row], full[row][line][character], atol=2e-5, rtol=0)
            place += longest + 1


def full_scores(kind, lm, known):
    """[text][line][place] scores of each character and of the line's end, as training computes them."""
    if kind == "t5":
        pairs = lm.prompts.pairs(keywords(), known)
        logits = lm(pairs).unflatten(0, (2, 4))
        return [[list(logits[b, i, 1:]) for i in range(4)] for b in range(2)]
    sequences = lm.prompts.texts(keywords(), known)
    logits = lm(sequences)
    rows = []
    for row, kinds in zip(logits, sequences.kinds.tolist(), strict=True):
        written = [[]]
        for place, found in enumerate(kinds):
            if found in (Kind.CHARACTER, Kind.BAR, Kind.END):
                written[-1].append(row[place - 1])
            if found in (Kind.BAR, Kind.END):
                written.append([])
        rows.append(written)
    return rows


@both
@torch.no_grad()
def test_losses_do_not_depend_on_the_batch(kind):
    lm = small_lm(kind)
    together = lm.losses(keywords(), lines())
    for b in range(2):
        alone = lm.losses(keywords([WORDS[b]]), [lines()[b]])
        for name in ("trained", "written", "characters", "count"):
            torch.testing.assert_close(getattr(together, name)[b], getattr(alone, name)[0], atol=1e-4, rtol=1e-5)


@both
@torch.no_grad()
def test_losses_are_cross_entropies(kind):
    lm = small_lm(kind)
    losses = lm.losses(keywords(), lines())
    for b, text in enumerate(full_scores(kind, lm, lines())):
        expected = 0.0
        for i, line in enumerate(lines()[b]):
            scores = torch.stack(text[i][: len(line)])
            expected += float(functional.cross_entropy(scores, torch.tensor(line), reduction="sum"))
        assert float(losses.characters[b]) == pytest.approx(expected, rel=1e-5)
        assert int(losses.count[b]) == sum(map(len, lines()[b]))


def test_no_gradient_reaches_the_future():
    lm = small_lm("gpt2")
    sequences = lm.prompts.texts(keywords(), lines())
    place = int(sequences.ids.shape[1] // 2)
    vectors = lm.embed(sequences, None).detach().requires_grad_()
    lm.embed = lambda *_: vectors
    lm(sequences)[:, place].square().sum().backward()
    assert vectors.grad[:, place + 1 :].abs().max() == 0
    assert (vectors.grad[:, : place + 1].abs().sum(dim=2) > 0).all()


def test_t5_hears_the_keywords_but_not_padding_or_later_characters():
    lm = small_lm("t5")
    pairs = lm.prompts.pairs(keywords(), lines())
    table = lm.t5.get_input_embeddings()
    vectors = table(pairs.sources.ids).detach().requires_grad_()
    states = lm.t5.encoder(inputs_embeds=vectors, attention_mask=(pairs.sources.kinds != Kind.PAD).long())
    padded = pairs.sources.kinds == Kind.PAD
    assert padded.any()
    states.last_hidden_state[~padded].square().sum().backward()
    assert vectors.grad[padded].abs().max() == 0
    changed = pairs.targets.clone()
    changed[:, 3:] = VOCABULARY.unk
    with torch.no_grad():
        one, other = lm(pairs), lm(type(pairs)(pairs.sources, changed, pairs.text, pairs.segment))
    torch.testing.assert_close(one[:, :4], other[:, :4])
    assert not torch.allclose(one[:, 4:], other[:, 4:])


@both
def test_the_prefix_is_heard_and_learned(kind):
    lm = small_lm(kind, prefix=3)
    prefix = torch.randn(2, 2, 3, lm.width, requires_grad=True)
    losses = lm.losses(keywords(), lines(), prefix)
    losses.trained.sum().backward()
    assert (prefix.grad.abs().sum(dim=3) > 0).all()
    with torch.no_grad():
        other = lm.losses(keywords(), lines(), prefix.roll(1, dims=3))
        silent = lm.losses(keywords([[[], []]] * 2), lines(), prefix)
    assert (losses.trained - other.trained).abs().min() > 1e-6
    torch.testing.assert_close(losses.trained, silent.trained)  # the keywords' place is taken


@pytest.mark.parametrize(("kind", "expected"), [("gpt2", 90.2), ("t5", 136.5)])
def test_published_sizes_have_the_published_parameters(kind, expected):
    """At V = 5,615 (Image2Poem reference, section 6)."""
    characters = [chr(0x4E00 + i) for i in range(5_615 - len(SPECIALS) - 1)]
    prompts = Prompts(vocabulary=PromptVocabulary([*SPECIALS, "|", *characters]), segments=1, lines=4)
    size = OmegaConf.to_container(OmegaConf.load(ROOT / "conf/model/size/published.yaml"))["model"]["size"]
    with torch.device("meta"):
        lm = build_lm(prompts, size, KINDS[kind], Objective(**PLAIN), dropout=0.1, pretrained=None)
    assert sum(parameter.numel() for parameter in lm.parameters()) / 1e6 == pytest.approx(expected, abs=0.05)


def test_the_published_objective_by_hand():
    """0.9 of the shifted cross-entropy over all positions, padding too, and 0.1 of the unshifted key term."""
    torch.manual_seed(1)
    aim = Objective(**{**PLAIN, **PUBLISHED["gpt2"]})
    lm = small_lm("gpt2", segments=1, objective=vars(aim))
    words = keywords([[[*one, *two]] for one, two in WORDS])
    sequences = lm.prompts.texts(words, lines())
    torch.manual_seed(2)
    hidden = aim.hidden(sequences)
    assert hidden.any()
    torch.manual_seed(2)
    lm.train()
    for module in lm.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    found = lm.losses(words, lines()).trained.detach()
    seen = sequences.ids.masked_fill(hidden, VOCABULARY.mask)
    logits = lm(Sequences(seen, sequences.kinds)).log_softmax(dim=2).detach()
    for b in range(2):
        length = sequences.ids.shape[1]
        total = sum(-float(logits[b, t, sequences.ids[b, t + 1]]) for t in range(length - 1)) / (length - 1)
        field = {token for token, kind in rows(sequences, b) if kind in (Kind.HEAD, Kind.KEYWORD)}
        keys = [
            -float(logits[b, t, token])
            for t, (token, kind) in enumerate(rows(sequences, b))
            if kind == Kind.BAR or (kind == Kind.CHARACTER and hidden[b, t] and token in field)
        ]
        assert float(found[b]) == pytest.approx(0.9 * total + 0.1 * sum(keys) / len(keys), rel=1e-4)


def rows(sequences, b):
    return list(zip(sequences.ids[b].tolist(), sequences.kinds[b].tolist(), strict=True))


def test_masks_hide_what_they_say():
    lm = small_lm("gpt2", segments=1)
    words = keywords([[[*one, *two]] for one, two in WORDS])
    sequences = lm.prompts.texts(words, lines())
    hidden = {
        mask: Objective(**{**PLAIN, "mask": mask, "mask_rate": 1.0}).hidden(sequences) for mask in ("any", "keywords")
    }
    characters = sequences.kinds == Kind.CHARACTER
    everything = torch.isin(sequences.kinds, torch.tensor([Kind.HEAD, Kind.KEYWORD, Kind.CHARACTER, Kind.BAR]))
    assert torch.equal(hidden["any"], everything)
    read = [
        "".join(VOCABULARY.tokens[i] for i in row[own].tolist())
        for row, own in zip(sequences.ids, hidden["keywords"], strict=True)
    ]
    assert read == ["春眠啼鸟风雨花", "白日"]
    assert (hidden["keywords"] <= characters).all()


def test_masks_hide_their_share():
    torch.manual_seed(0)
    kinds = torch.full((100, 100), int(Kind.CHARACTER))
    hidden = Objective(**{**PLAIN, "mask": "any"}).hidden(Sequences(torch.zeros_like(kinds), kinds))
    assert float(hidden.float().mean()) == pytest.approx(0.15, abs=4 * math.sqrt(0.15 * 0.85 / 1e4))


@both
def test_evaluation_is_the_same_for_every_objective(kind):
    changes = {name: value for name, value in PUBLISHED[kind].items() if name not in ("attend_padding", "doubled_end")}
    plain, published = small_lm(kind), small_lm(kind, objective=changes)
    with torch.no_grad():
        torch.testing.assert_close(
            published.losses(keywords(), lines()).trained, plain.losses(keywords(), lines()).written
        )


def test_the_key_term_moves_with_its_shift():
    sequences = small_lm("gpt2").prompts.texts(keywords(), lines())
    hidden = sequences.kinds == Kind.CHARACTER
    target = torch.zeros(*sequences.ids.shape, len(VOCABULARY)).scatter(2, sequences.ids[..., None], 50.0)
    own_place = Objective(**{**PLAIN, "key_shifted": False}).key_loss(target, sequences, hidden)
    place_before = Objective(**PLAIN).key_loss(target.roll(-1, dims=1), sequences, hidden)
    assert float(own_place.max()) < 1e-3
    assert float(place_before.max()) < 1e-3
    assert float(Objective(**PLAIN).key_loss(target, sequences, hidden).min()) > 1


def test_t5_learns_from_some_lines_of_each_visit():
    lm = small_lm("t5", objective={"lines_per_visit": 1})
    whole = lm.losses(keywords(), lines()).count
    lm.train()
    torch.manual_seed(0)
    some = {tuple(lm.losses(keywords(), lines()).count.tolist()) for _ in range(3)}
    assert whole.tolist() == [20, 16]
    assert some == {(5, 4)}


@both
def test_as_published_padding_counts_in_training(kind):
    lm = small_lm(kind, objective=PUBLISHED[kind])
    lm.train()
    for module in lm.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    torch.manual_seed(3)
    alone = lm.losses(keywords([WORDS[1]]), [lines()[1]]).trained[0]
    torch.manual_seed(3)
    beside = lm.losses(keywords([WORDS[1], WORDS[0]]), [lines()[1], lines()[0]]).trained[0]
    assert abs(float(alone - beside)) > 1e-4


@pytest.mark.parametrize(
    ("kind", "objective", "message"),
    [
        ("gpt2", {"doubled_end": True}, "doubled_end"),
        ("gpt2", {"lines_per_visit": 2}, "lines_per_visit"),
        ("t5", {"mask": "any"}, "gpt2"),
        ("t5", {"key_weight": 0.1}, "gpt2"),
        ("t5", {"mask": "some"}, "some"),
        ("gpt2", {"mask_rate": 2.0}, "mask_rate"),
        ("t5", {"lines_per_visit": 0}, "lines_per_visit"),
    ],
)
def test_contradictions_are_refused(kind, objective, message):
    with pytest.raises(InputError, match=message):
        small_lm(kind, objective=objective)


def test_texts_longer_than_gpt2_are_refused():
    with pytest.raises(InputError, match="decoder_positions"):
        small_lm("gpt2", size={"decoder_positions": 16}).losses(keywords(), lines())
    with pytest.raises(InputError, match="decoder_positions"):
        small_lm("gpt2", size={"decoder_positions": 4}).writer(keywords()).open(0, [[], []])


def test_unknown_kinds_are_named():
    with pytest.raises(InputError, match="rnn"):
        build_lm(None, {}, {"kind": "rnn"}, None, dropout=0.0, pretrained=None)


@torch.no_grad()
def test_t5s_scores_move_further_without_a_scaled_head():
    """The same weights give scores larger by the root of the width; from nothing they begin near 0."""
    free, scaled = small_lm("t5"), small_lm("t5", scaled_head=True)
    pairs = free.prompts.pairs(keywords(), lines())
    assert float(free(pairs).std()) < 0.3 < float(scaled(pairs).std())
    scaled.load_state_dict(free.state_dict())
    torch.testing.assert_close(free(pairs), scaled(pairs) * free.width**0.5)
