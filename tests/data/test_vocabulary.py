"""Vocabularies: characters, BERT's, any tokenizer's."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from mmtg.data.vocabulary import character_vocabulary, read_vocabulary, vocabulary_from_plain
from mmtg.errors import InputError

SPECIALS = ["[PAD]", "[#START#]", "[#EOS#]", "[unused3]", "[unused4]", "[UNK]", "[SEP]"]


def test_characters():
    vocabulary = character_vocabulary(["春眠 不觉晓", "春"])
    assert vocabulary.tokens[:7] == SPECIALS
    assert vocabulary.decode(vocabulary.encode("春\u3000眠 \n晓")) == "春眠晓"
    assert vocabulary.encode("秋") == [vocabulary.unk]
    assert vocabulary_from_plain(vocabulary.to_plain()).tokens == vocabulary.tokens


def test_english_keeps_its_spaces():
    vocabulary = character_vocabulary(["the moon"], keep_spaces=True)
    assert vocabulary.decode(vocabulary.encode(" the  moon ")) == "the moon"


def test_bert(tmp_path):
    file = tmp_path / "vocab.txt"
    file.write_bytes("\n".join([*SPECIALS, "moon", "##light", "春", "\u2028"]).encode() + b"\n")
    vocabulary = read_vocabulary(file, keep_spaces=False)
    assert len(vocabulary) == 11
    ids = vocabulary.encode("春 Moonlight 秋")
    assert ids == [9, vocabulary.unk, vocabulary.unk] or ids == [9, 7, 8, vocabulary.unk]
    assert vocabulary.decode([9, 7, 8]) == "春moonlight"
    assert vocabulary.texts()[8] == "light"
    assert vocabulary_from_plain(vocabulary.to_plain()).encode("春") == [9]


def test_published_vocabulary(shared):
    vocabulary = read_vocabulary(shared / "data" / "mmtg" / "vocab.txt", keep_spaces=False)
    assert len(vocabulary) == 13317
    assert vocabulary.encode("主题词：") == [712, 7579, 6404, 8038]
    assert (vocabulary.pad, vocabulary.start, vocabulary.eos, vocabulary.unk, vocabulary.sep) == (0, 1, 2, 100, 102)


@pytest.fixture
def folder(tmp_path):
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    from tokenizers import decoders

    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=60, special_tokens=["<unk>", "<s>"])
    tokenizer.train_from_iterator(["the moon over the river", "a boat on the river"], trainer)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return tmp_path


def test_any_tokenizer(folder):
    vocabulary = read_vocabulary(folder, keep_spaces=True)
    ids = vocabulary.encode("the boat over the moon")
    assert min(ids) >= 7
    assert vocabulary.decode([vocabulary.start, *ids, vocabulary.pad]) == "the boat over the moon"
    again = vocabulary_from_plain(vocabulary.to_plain())
    assert again.encode("the river") == vocabulary.encode("the river")
    assert len(again.texts()) == len(again)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"no\.txt"):
        read_vocabulary(tmp_path / "no.txt", keep_spaces=False)
    with pytest.raises(InputError, match="no tokenizer folder"):
        read_vocabulary(tmp_path, keep_spaces=False)
    (tmp_path / "v.txt").write_text("a\nb\n")
    with pytest.raises(InputError, match=r"\[PAD\]"):
        read_vocabulary(tmp_path / "v.txt", keep_spaces=False)
