"""task=convert of posts and pictures: what it makes, a data source reads."""

import pytest

from mmtg.app import check
from mmtg.data.posts.records import read_records
from mmtg.data.posts.shards import ShardedPosts
from mmtg.errors import InputError
from mmtg.tasks import job
from tests.data.posts.conftest import LETTERS, jpeg
from tests.data.posts.conftest import tokens as tokens  # a fixture


@pytest.fixture
def convert(composed, tmp_path):
    def run(source, given, target, *more):
        paths = (f"task.input={tmp_path}/{given}", f"task.output={tmp_path}/{target}")
        config = composed("task=convert", f"task.source={source}", *paths, *more)
        check(config)
        job("convert")(config)

    return run


def test_text_and_pictures_to_a_shard(convert, tmp_path, tokens, capsys):
    (tmp_path / "vocab.txt").write_text("\n".join(tokens.vocabulary.tokens), encoding="utf-8")
    (tmp_path / "x.txt").write_text(f"a1  #EOS# {LETTERS} #EOS# 春。 #EOC# 鸟\n", encoding="utf-8")
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "a1.jpg").write_bytes(jpeg())
    sizes = (f"task.vocabulary={tmp_path}/vocab.txt", "task.text_tokens=8", "task.reply_tokens=6")
    convert("posts", "x.txt", "x.pt", *sizes)
    assert "posts 1, comments 2" in capsys.readouterr().out
    assert [record.id for record in read_records(tmp_path / "x.pt", tokens)] == ["a1 "]
    convert("pictures", "images", "x_image_lmdb", f"task.keys={tmp_path}/x.pt")
    assert "pictures 1" in capsys.readouterr().out
    posts = ShardedPosts(tmp_path, ["x"], tokens, max_pixels=10_000)
    assert posts[0].picture().size == (24, 16)
    with pytest.raises(InputError, match="not empty"):
        convert("pictures", "images", "x_image_lmdb")


def test_what_is_wrong_is_named(convert, tmp_path, tokens):
    (tmp_path / "vocab.txt").write_text("\n".join(tokens.vocabulary.tokens), encoding="utf-8")
    (tmp_path / "x.txt").write_text("a #EOS# 春\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"x\.txt: line 1: has 2 fields"):
        convert("posts", "x.txt", "x.pt", f"task.vocabulary={tmp_path}/vocab.txt")
    with pytest.raises(InputError, match=r"task\.vocabulary"):
        convert("posts", "x.txt", "x.pt")
    with pytest.raises(InputError, match="no such folder"):
        convert("pictures", "images", "x_image_lmdb")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["vocab.txt", "x.txt"]
