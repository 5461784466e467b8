"""Small records and pictures."""

import io

import pytest
import torch
from PIL import Image

from mmtg.data.post_vocabulary import post_vocabulary, read_post_vocabulary
from mmtg.data.posts.pictures_lmdb import write_pictures
from mmtg.data.posts.post import PostTokens

LETTERS = "春眠不觉晓处处闻啼鸟"


def jpeg(number=0, size=(24, 16), kind="JPEG"):
    """The bytes of a picture."""
    content = io.BytesIO()
    Image.new("RGB", size, (number * 37 % 256, 90, 200)).save(content, kind)
    return content.getvalue()


@pytest.fixture(scope="session")
def tokens():
    """Of a small vocabulary."""
    return PostTokens(post_vocabulary(LETTERS), text=8, reply=6)


@pytest.fixture(scope="session")
def published(shared):
    """Tokens of the published vocabulary and lengths."""
    return PostTokens(read_post_vocabulary(shared / "data" / "cromic" / "vocab.txt"), text=40, reply=25)


@pytest.fixture
def padded(tokens):
    """A text's ids, padded as in files."""

    def of(text, length=8):
        ids = tokens.encode_reply(text)
        return [*ids, *[tokens.vocabulary.pad] * (length - len(ids))]

    return of


@pytest.fixture
def save(tmp_path):
    """Writes plain data as a ``.pt`` file."""

    def to(content, name="data.pt"):
        torch.save(content, tmp_path / name)
        return tmp_path / name

    return to


@pytest.fixture
def shard(tmp_path, padded, save):
    """Writes a shard; each post has two comments and a picture of its own."""

    def make(name, dids, pictures=None):
        posts = {did: padded(LETTERS[i % 7 : i % 7 + 3]) for i, did in enumerate(dids)}
        comments = {did: [padded(LETTERS[:2]), padded(LETTERS[i % 9])] for i, did in enumerate(dids)}
        save({"all_did": list(dids), "did2post": posts, "did2cmts": comments}, f"{name}.pt")
        pictures = {did: jpeg(i) for i, did in enumerate(dids)} if pictures is None else pictures
        write_pictures(tmp_path / f"{name}_image_lmdb", pictures.items())
        return tmp_path

    return make
