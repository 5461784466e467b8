"""CroMIC-CMT gives the numbers of the published network."""

import io
import zlib
from dataclasses import replace
from functools import cached_property

import lmdb
import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn import functional

from mmtg.data.posts.batch import PostBatch
from mmtg.encoders.reading import Reading
from mmtg.golden.cromic import golden_weights, our_name
from mmtg.golden.recipe import read_arrays, read_json
from mmtg.models.cromic import CroMIC, sinusoids
from mmtg.models.picture_tokens import GridPictures, ResNetTrunk
from mmtg.models.post_memory import NetworkSize

RESNET50 = {"embedding_size": 64, "hidden_sizes": [256, 512, 1024, 2048], "depths": [3, 4, 6, 3]}
READING = Reading(size=224, resize=256, mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))
START, CLASSES, TOKENS, WIDTH = 101, 3129, 21128, 768
NO_PICTURES = torch.zeros(4, 0, 1), torch.zeros(4, 0, dtype=torch.bool)


def network(json, head):
    size = NetworkSize(
        width=WIDTH, heads=8, feedforward=1024, encoder_layers=2, decoder_layers=2, dropout=0.0, positions=50
    )
    with torch.device("meta"):
        grid = GridPictures(ResNetTrunk(RESNET50), width=WIDTH, reading=READING)
        net = CroMIC(size=size, pictures=grid, tokens=TOKENS, pad=0, answers=CLASSES)
    net = net.to_empty(device="cpu")
    net.sinusoids.copy_(sinusoids(50, WIDTH))
    weights = golden_weights(json, {**json["parameters"], **json.get("batch_norm_buffers", {}), **head})
    left = net.load_state_dict(weights, strict=False)
    assert not left.unexpected_keys
    assert all(name.endswith("num_batches_tracked") for name in left.missing_keys)
    return net.eval()


def opened(shared, ids):
    path = str(shared / "data" / "cromic" / "example_image_lmdb")
    with lmdb.open(path, readonly=True, lock=False) as store, store.begin() as read:
        return [Image.open(io.BytesIO(read.get(i.encode()))) for i in ids]


class Folder:
    """A folder of golden numbers, its posts and the network; what is expensive is computed once."""

    def __init__(self, shared, name):
        self.json = read_json(shared / "golden" / name / "forward.json")
        self.arrays = read_arrays(shared / "golden" / name / "forward.npz")
        self.net = network(self.json, read_json(shared / "golden/cromic_heads/forward.json")["vqa_parameters"])
        texts = torch.load(shared / "data" / "cromic" / "example.pt", weights_only=True)
        ids = texts["all_did"][:4]
        replies = [texts["did2cmts"][i] for i in ids]
        counts = torch.tensor([len(of_post) for of_post in replies])
        self.batch = PostBatch(
            index=torch.arange(4),
            text=torch.tensor([texts["did2post"][i] for i in ids]),
            pictures=torch.from_numpy(READING.pixels(opened(shared, ids)))[:, None],
            present=torch.ones(4, 1, dtype=torch.bool),
            replies=torch.tensor([reply for of_post in replies for reply in of_post]),
            of=torch.repeat_interleave(torch.arange(4), counts),
            votes=torch.zeros(4, CLASSES),
        )
        self.first = torch.cat([torch.zeros(1, dtype=torch.int64), counts.cumsum(0)[:-1]])

    @cached_property
    def memory(self):
        """Both text and pictures, with gradients."""
        return self.net.encode(self.batch.text, self.batch.pictures, self.batch.present)

    @cached_property
    def seen(self):
        """Pictures' vectors, before their type's is added."""
        return self.memory.inputs[:, 40:] - self.net.types.weight[1]

    @cached_property
    @torch.no_grad()
    def logits(self):
        return self.net.reply_logits(self.memory, self.batch.of, self.batch.replies[:, :-1])

    @cached_property
    @torch.no_grad()
    def of_pictures(self):
        """Pictures alone; their vectors are in front of the first layer already."""
        vectors = self.memory.inputs[:, 40:]
        states, _ = self.net.encoder(vectors, None)
        there = torch.ones(4, 36, dtype=torch.bool)
        return type(self.memory)(vectors, states, there, self.net.decoder.memory(states))

    @cached_property
    @torch.no_grad()
    def of_texts(self):
        return self.net.encode(self.batch.text, *NO_PICTURES)

    def loss(self, memory, of, replies):
        logits = self.net.reply_logits(memory, of, replies[:, :-1])
        return logits, functional.cross_entropy(logits.flatten(0, 1), replies[:, 1:].flatten(), ignore_index=0)

    @torch.no_grad()
    def greedy(self, memory, steps):
        token, state, told = torch.full((len(memory.states),), START), self.net.start(memory), []
        for _ in range(steps):
            logits, state = self.net.step(token, state)
            token = logits.argmax(1)
            told.append(token)
        return torch.stack(told, dim=1).numpy()


@pytest.fixture(scope="module")
def first(shared):
    return Folder(shared, "cromic")


@pytest.fixture(scope="module")
def second(shared):
    return Folder(shared, "cromic_heads")


def same(told, expected, tolerance):
    np.testing.assert_allclose(told.detach().numpy(), expected, rtol=0, atol=tolerance)


def every(tensor, columns):
    """Batch first to sequence first, some columns."""
    return tensor.detach().transpose(0, 1)[..., columns]


def gradients_agree(folder):
    loss, count = folder.net.reply_loss(folder.memory, folder.batch)
    assert count == (folder.batch.replies[:, 1:] != 0).sum()
    loss.backward()
    own = dict(folder.net.named_parameters())
    expected = folder.json["grad_norm"]
    assert {our_name(name) for name in expected} == {n for n in own if "answer_head" not in n}
    for name, norm in expected.items():
        assert own[our_name(name)].grad.norm().item() == pytest.approx(norm, rel=2e-3, abs=1e-7), name
    return loss.item()


def test_the_first_draw_gives_published_vectors_and_memories(first):
    arrays, some = first.arrays, slice(None, None, 16)
    assert (first.batch.text.numpy() == arrays["post"]).all()
    same(every(first.seen, some), arrays["image_vectors"], 1e-6)
    same(every(first.memory.inputs, some), arrays["co_embed"], 1e-4)
    same(every(first.memory.states, some), arrays["memory_tv"], 1e-4)
    same(every(first.of_pictures.states, some), arrays["memory_v"], 1e-4)
    same(every(first.of_texts.states, some), arrays["memory_t"], 1e-4)


def test_the_first_draw_gives_published_scores_and_gradients(first):
    arrays = first.arrays
    assert (first.batch.replies[:, 1:].numpy() == arrays["labels"]).all()
    same(every(first.logits, arrays["logit_columns"]), arrays["logits"], 1e-3)
    assert gradients_agree(first) == pytest.approx(first.json["loss"], abs=1e-5)
    same(first.net.answer_logits(first.memory)[:, ::16], arrays["vqa_logits"], 1e-4)


def test_the_first_draw_writes_the_published_tokens(first):
    assert (first.greedy(first.memory, 39) == first.arrays["greedy_tv"]).all()
    assert (first.greedy(first.of_pictures, 24) == first.arrays["greedy_v"]).all()


def test_pictures_are_read_as_published(second):
    arrays = second.arrays
    seen = READING.normalised(second.batch.pictures[:, 0])
    same(seen[:, :, ::16, ::16], arrays["image_slice"], 1e-6)
    for picture, told in zip(seen, second.json["images"], strict=True):
        assert picture.mean((1, 2)).tolist() == pytest.approx(told["mean"], abs=1e-5)
    drawn = np.random.RandomState(zlib.crc32(b"resize_check")).randint(0, 256, (333, 500, 3)).astype(np.uint8)
    seen = READING.normalised(torch.from_numpy(READING.pixels([Image.fromarray(drawn)])))[0]
    same(seen[:, ::16, ::16], arrays["resize_check_slice"], 1e-6)
    assert seen.sum().item() == pytest.approx(second.json["resize_check"]["sum"], abs=0.1)


def test_the_second_draw_gives_published_vectors_and_memories(second):
    arrays, memory = second.arrays, second.memory
    same(every(second.seen, arrays["vector_columns"]), arrays["image_vectors"], 1e-5)
    same(every(memory.inputs, slice(None, None, 32)), arrays["encoder_input_t+v"], 1e-5)
    assert (memory.mask.numpy() != arrays["memory_mask_t+v"]).all()  # published: where padding is
    same(every(memory.states, slice(None, None, 8)), arrays["memory_t+v"], 1e-4)
    same(every(second.of_pictures.states, slice(None, None, 16)), arrays["memory_v"], 1e-4)
    same(every(second.of_texts.states, slice(None, None, 16)), arrays["memory_t"], 1e-4)


def test_the_second_draw_gives_published_scores_and_gradients(second):
    arrays, replies, columns = second.arrays, second.batch.replies, second.arrays["logit_columns"]
    assert (replies.numpy() == arrays["comments"]).all()
    same(every(second.logits, columns), arrays["logits_t+v"], 1e-4)
    nll = functional.cross_entropy(second.logits.detach().transpose(1, 2), replies[:, 1:], reduction="none")
    there = arrays["token_nll_t+v"] != 0
    same(nll[torch.from_numpy(there)], arrays["token_nll_t+v"][there], 1e-4)
    assert (second.logits.argmax(2).numpy() == arrays["argmax_t+v"]).all()
    assert gradients_agree(second) == pytest.approx(second.json["losses"]["t+v"], abs=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(("kind", "memory"), [("v", "of_pictures"), ("t", "of_texts")])
def test_one_modality_gives_published_scores(second, kind, memory):
    logits, loss = second.loss(getattr(second, memory), second.batch.of, second.batch.replies)
    same(every(logits, second.arrays["logit_columns"][::2]), second.arrays[f"logits_{kind}"], 1e-4)
    assert loss.item() == pytest.approx(second.json["losses"][kind], abs=1e-5)


@torch.no_grad()
def test_later_lessons_give_published_scores(second):
    arrays, losses, posts = second.arrays, second.json["losses"], torch.arange(4)
    answers = second.batch.replies[second.first]
    assert (answers.numpy() == arrays["gen_vqa_answers"]).all()
    logits, loss = second.loss(second.memory, posts, answers)
    same(every(logits, second.arrays["logit_columns"][::2]), arrays["gen_vqa_logits"], 1e-4)
    assert loss.item() == pytest.approx(losses["GEN_VQA"], abs=1e-5)
    logits, loss = second.loss(second.of_pictures, posts, second.batch.text)
    same(every(logits, second.arrays["logit_columns"][::4]), arrays["caption_logits"], 1e-4)
    assert loss.item() == pytest.approx(losses["IC_Flickr30k"], abs=1e-5)


def test_the_answer_head_gives_published_scores(second):
    arrays, memory = second.arrays, second.memory.select(torch.arange(4))
    memory = replace(memory, states=memory.states.detach())
    logits = second.net.answer_logits(memory)
    same(logits[:, arrays["vqa_columns"]], arrays["vqa_logits"], 1e-4)
    assert logits.argmax(1).tolist() == second.json["vqa_argmax"]
    votes = torch.zeros(4, CLASSES)
    values = torch.from_numpy(arrays["vqa_label_value"]).float().expand(4, -1)
    votes.scatter_(1, torch.from_numpy(arrays["vqa_label_class"]), values)
    mean, count = second.net.answer_loss(memory, votes)
    assert (mean.item(), count) == (pytest.approx(second.json["losses"]["CLS_VQA"], rel=1e-5), 4)
    mean.backward()
    own = dict(second.net.named_parameters())
    for name, norm in second.json["vqa_grad_norm"].items():
        assert own[our_name(name)].grad.norm().item() == pytest.approx(norm, rel=1e-4), name


def test_the_second_draw_writes_the_published_tokens(second):
    greedy = second.json["greedy"]
    told = second.greedy(second.memory.select(torch.arange(2)), 24)
    assert told.tolist() == greedy["t+v_length_25_start_101"]
    told = second.greedy(second.of_pictures.select(torch.arange(2)), 39)
    assert told.tolist() == greedy["v_length_40_start_101"]
