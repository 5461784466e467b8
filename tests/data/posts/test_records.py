"""Record files: the published ones, round trips, and what is refused."""

import pytest
import torch

from mmtg.data.posts.convert import convert_posts
from mmtg.data.posts.records import MADE_BY_CONVERTER, READ_BY_LOADER, PostRecord, read_records, write_records
from mmtg.errors import InputError

COUNTS = [4, 9, 7, 5, 5, 6, 10, 6, 4, 6]


def test_the_published_shard(shared, published):
    records = read_records(shared / "data" / "cromic" / "example.pt", published)
    assert [len(record.replies) for record in records] == COUNTS
    assert {len(record.id) for record in records} == {25}
    assert all(record.id.endswith(" ") for record in records)
    decode = published.vocabulary.decode
    assert (decode(records[0].text), decode(records[0].replies[3])) == ("洗一身汗", "颜色好骚气")
    assert min(len(record.text) for record in records) == 6


def test_the_published_converter_is_met_exactly(shared, published, tmp_path):
    folder = shared / "data" / "cromic"
    told = convert_posts(folder / "example.txt", tmp_path / "x.pt", published, published_ids=True)
    golden = torch.load(folder / "converter_output.pt", weights_only=True)
    assert torch.load(tmp_path / "x.pt", weights_only=True) == golden
    assert told == {"posts": 10, "comments": 65}


def test_converted_ids_fit_the_published_pictures(shared, published, tmp_path):
    folder = shared / "data" / "cromic"
    convert_posts(folder / "example.txt", tmp_path / "x.pt", published)
    ours, theirs = read_records(tmp_path / "x.pt", published), read_records(folder / "example.pt", published)
    assert [record.id for record in ours] == [record.id for record in theirs]


@pytest.mark.parametrize("spelling", [READ_BY_LOADER, MADE_BY_CONVERTER])
def test_round_trip(tokens, tmp_path, spelling):
    records = [
        PostRecord(name, tokens.encode_text("春眠"), (tokens.encode_reply("鸟"), tokens.encode_reply("不觉晓处")))
        for name in ("a ", "a", "")
    ]
    write_records(tmp_path / "x.pt", records, tokens, spelling=spelling)
    assert read_records(tmp_path / "x.pt", tokens) == records


def test_longer_texts_keep_their_end(tokens, padded, save):
    file = save({"all_did": ["a"], "did2post": {"a": padded("春")}, "did2cmts": {"a": [padded("春眠不觉")]}})
    short = type(tokens)(tokens.vocabulary, text=8, reply=4)
    assert tokens.vocabulary.decode(read_records(file, short)[0].replies[0]) == "春眠"
    assert read_records(file, short)[0].replies[0][-1] == tokens.vocabulary.end


BROKEN = {
    "no post": (lambda c: c["did2post"].pop("b"), ["did 'b'", "did2post"]),
    "no table": (lambda c: c.pop("did2cmts"), ["did2cmts or id2cmt", "missing"]),
    "the same did twice": (lambda c: c["all_did"].append("a"), ["did 'a'", "all_did", "twice"]),
    "a did that is a number": (lambda c: c["all_did"].append(7), ["did 7", "all_did"]),
    "no dids": (lambda c: c["all_did"].clear(), ["all_did"]),
    "an id outside": (lambda c: c["did2cmts"]["b"][1].__setitem__(1, 99), ["did 'b'", "did2cmts[1]", "99 is outside"]),
    "an id below": (lambda c: c["did2post"]["b"].__setitem__(1, -1), ["did 'b'", "did2post", "-1 is outside"]),
    "a fraction": (lambda c: c["did2post"]["b"].__setitem__(1, 1.5), ["did 'b'", "whole numbers"]),
    "no start": (lambda c: c["did2post"]["b"].pop(0), ["did 'b'", "[CLS]"]),
    "no end": (lambda c: c["did2post"].update(b=c["did2post"]["b"][:2]), ["did 'b'", "[SEP]"]),
    "more behind the end": (lambda c: c["did2post"]["b"].append(7), ["did 'b'", "padding"]),
    "no comments": (lambda c: c["did2cmts"]["b"].clear(), ["did 'b'", "did2cmts", "at least one"]),
    "a comment that is no list": (lambda c: c["did2cmts"].update(b=c["did2post"]["b"]), ["did 'b'", "did2cmts"]),
    "tensors": (lambda c: c["did2post"].update(b=torch.ones(3)), ["did 'b'", "did2post"]),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_broken_records_are_named(tokens, padded, save, fault):
    change, words = BROKEN[fault]
    content = {
        "all_did": ["a", "b"],
        "did2post": {did: padded("春眠") for did in "ab"},
        "did2cmts": {did: [padded("春"), padded("鸟")] for did in "ab"},
    }
    change(content)
    with pytest.raises(InputError) as raised:
        read_records(save(content), tokens)
    for word in ["data.pt", *words]:
        assert word in str(raised.value)


def test_files_that_are_none(tokens, save, tmp_path):
    (tmp_path / "torn.pt").write_bytes(save({"all_did": ["a"]}).read_bytes()[:300])
    for path in (save([1]), tmp_path / "torn.pt", tmp_path / "none.pt", save({"a": print})):
        with pytest.raises(InputError, match=str(path)):
            read_records(path, tokens)


LINES = {
    "a #EOS# 春 #EOS# 鸟 #EOC# ": ["comment 2", "empty"],
    "a #EOS# 春": ["2 fields"],
    "a #EOS#  #EOS# 鸟": ["post", "empty"],
    " #EOS# 春 #EOS# 鸟": ["did", "empty"],
    "a #EOS# 春 #EOS# 鸟 #EOS# 鸟": ["4 fields"],
    "z #EOS# 春 #EOS# 鸟": ["did", "line 1"],
}


@pytest.mark.parametrize("line", LINES)
def test_broken_lines_are_named(tokens, tmp_path, line):
    (tmp_path / "x.txt").write_text(f"z #EOS# 春 #EOS# 鸟\n{line}\n", encoding="utf-8")
    with pytest.raises(InputError) as raised:
        convert_posts(tmp_path / "x.txt", tmp_path / "x.pt", tokens)
    for word in ["x.txt", "line 2", *LINES[line]]:
        assert word in str(raised.value)
    assert [path.name for path in tmp_path.iterdir()] == ["x.txt"]


def test_an_existing_file_is_kept(tokens, tmp_path):
    (tmp_path / "x.txt").write_text("z #EOS# 春 #EOS# 鸟\r\n", encoding="utf-8")
    (tmp_path / "x.pt").write_text("precious")
    with pytest.raises(InputError, match="there already"):
        convert_posts(tmp_path / "x.txt", tmp_path / "x.pt", tokens)
    assert (tmp_path / "x.pt").read_text() == "precious"
    convert_posts(tmp_path / "x.txt", tmp_path / "x.pt", tokens, overwrite=True)
    assert [record.id for record in read_records(tmp_path / "x.pt", tokens)] == ["z"]


def test_names_of_special_tokens_are_text(published):
    ids = published.encode_reply("好[SEP]啊")
    assert ids.count(published.vocabulary.end) == 1
