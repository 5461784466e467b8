"""The ranking loss: golden numbers of both ports, and the paper's form against a loop over its definition."""

import json

import numpy as np
import pytest
import torch

from mmtg.encoders.img2poem.ranking import (
    draw_negatives,
    draw_others,
    paper_loss,
    ports_loss,
    scaled_rows,
    strangers,
)


@pytest.fixture(scope="module")
def golden(shared):
    folder = shared / "golden" / "img2poem"
    told = json.loads((folder / "ports.json").read_text(encoding="utf-8"))["ranking"]
    return dict(np.load(folder / "ranking.npz")), told


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_ports_form_is_that_of_the_ports(golden, dtype):
    arrays, told = golden
    image, poem = (torch.tensor(arrays[name], dtype=dtype, requires_grad=True) for name in ("image", "poem"))
    rows = ports_loss(image, poem, torch.tensor(arrays["negative"]), margin=told["alpha"])
    rows.mean().backward()
    close = {"rtol": 1e-5, "atol": 1e-6} if dtype == torch.float32 else {"rtol": 1e-6, "atol": 1e-7}
    torch.testing.assert_close(rows.detach().double(), torch.tensor(arrays["row_loss"]), **close)
    assert float(rows.mean()) == pytest.approx(told["loss_float64"], rel=1e-5)
    torch.testing.assert_close(image.grad[:, ::4].double(), torch.tensor(arrays["grad_image"]), **close)
    assert float(image.grad.norm()) == pytest.approx(told["grad_norm_image"], rel=1e-5)
    assert float(poem.grad.norm()) == pytest.approx(told["grad_norm_poem"], rel=1e-5)
    cosines = scaled_rows(image.detach()) @ scaled_rows(poem.detach()).T
    torch.testing.assert_close(cosines.double(), torch.tensor(arrays["cosine"]), **close)


def drawn(seed, pairs=6, width=4):
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(pairs, width, generator=made) for _ in range(2)]


@pytest.mark.parametrize("seed", range(3))
def test_the_papers_form_is_its_sum(seed):
    images, poems = drawn(seed)
    of_poems = torch.rand(6, 6, generator=torch.Generator().manual_seed(seed)) < 0.5
    of_images = ~of_poems
    told = paper_loss(images, poems, margin=0.2, poem_negatives=of_poems, image_negatives=of_images)
    total = 0.0
    for i in range(6):
        own = float(images[i] @ poems[i])
        total += sum(max(0.0, 0.2 - own + float(images[i] @ poems[k])) for k in range(6) if of_poems[i, k])
        total += sum(max(0.0, 0.2 - own + float(images[k] @ poems[i])) for k in range(6) if of_images[i, k])
    assert float(told) == pytest.approx(total / 6, rel=1e-5)


def test_the_papers_form_is_symmetric():
    images, poems = drawn(0)
    one, other = torch.eye(6) < 0.5, torch.ones(6, 6).tril(-1) > 0
    told = paper_loss(images, poems, margin=0.2, poem_negatives=one, image_negatives=other)
    turned = paper_loss(poems, images, margin=0.2, poem_negatives=other, image_negatives=one)
    assert float(told) == pytest.approx(float(turned), rel=1e-6)


def test_duplicates_are_never_negatives():
    poems, pictures = torch.tensor([0, 1, 0, 2, 3, 1]), torch.tensor([0, 1, 2, 3, 3, 4])
    allowed = strangers(poems, pictures)
    assert torch.equal(allowed, allowed.T)
    refused = {(i, j) for i, j in (~allowed).nonzero().tolist() if i < j}
    assert refused == {(0, 2), (1, 5), (3, 4)}
    for _ in range(20):
        assert not (draw_negatives(allowed, 3) & ~allowed).any()


def test_negatives_are_as_many_as_asked_and_drawn_anew():
    allowed = ~torch.eye(40, dtype=torch.bool)
    one, other = draw_negatives(allowed, 7), draw_negatives(allowed, 7)
    assert one.sum(1).tolist() == [7] * 40
    assert not torch.equal(one, other)
    assert draw_negatives(allowed, 127).sum(1).tolist() == [39] * 40
    often = sum(draw_negatives(allowed, 7).float() for _ in range(600)) / 600
    expected = 7 / 39
    assert (often[allowed] - expected).abs().max() < 6 * (expected * (1 - expected) / 600) ** 0.5


def test_the_ports_draw_any_other_row():
    drawn = torch.stack([draw_others(5) for _ in range(300)])
    assert not (drawn == torch.arange(5)).any()
    assert all(set(drawn[:, row].tolist()) == set(range(5)) - {row} for row in range(5))
