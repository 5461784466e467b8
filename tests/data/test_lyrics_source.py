"""A folder of lyrics as a source: pieces, splits, artefacts, and memory that does not grow with the text."""

import json
import tracemalloc
from itertools import chain

import pyarrow as pa
import pytest

from mmtg.artefacts import Artefacts
from mmtg.data.module import PoemDataset
from mmtg.errors import InputError
from mmtg.instantiate import build
from mmtg.metrics.unigram import unigram_perplexity
from mmtg.tasks.fit import _line_tokens

DIGITS = "春眠不觉晓处闻啼鸟夜"


def line(number):
    """A line of its own for each number."""
    return "".join(DIGITS[int(digit)] for digit in f"{number:06d}")


def song(number, lines=9):
    return {"title": f"歌{number}", "lyrics": [line(100 * number + i) for i in range(lines)]}


def write(path, records):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")


@pytest.fixture
def source(composed, tmp_path):
    def make(*overrides):
        config = composed(
            "data=lyrics_text", f"data.root={tmp_path}/in", "data.steps=2", "data.lines_per_step=2",
            "data.layout.step_types=[1,2]", "data.val_share=0.3", "data.least_last_lines=1", *overrides,
        )  # fmt: skip
        return build(config.data)

    return make


@pytest.fixture
def artefacts(tmp_path):
    return Artefacts(tmp_path / "a")


def test_songs_are_cut_and_held_out_whole(source, artefacts, tmp_path):
    write(tmp_path / "in" / "a.jsonl", [song(i) for i in range(100)])
    poems = source("data.test_items=5").poems({}, artefacts)
    titles = {name: {poem.topic for poem in poems[name]} for name in poems}
    assert len(titles["train"] | titles["val"]) == 100
    assert not titles["train"] & titles["val"]
    assert 15 < len(titles["val"]) < 45
    assert len(poems["train"]) + len(poems["val"]) == 300
    assert len(poems["test"]) == 5
    assert titles["test"] <= titles["val"]
    for name in ("train", "val"):
        whole = list(poems[name])
        for place in range(0, len(whole), 3):
            number = int(whole[place].topic[1:])
            told = [text for piece in whole[place : place + 3] for text in piece.lines]
            assert told == song(number)["lyrics"]
            assert [len(piece.lines) for piece in whole[place : place + 3]] == [4, 4, 1]
            assert [piece.id for piece in whole[place : place + 3]] == [f"a.jsonl:{number + 1}/{i}" for i in (1, 2, 3)]


def test_equal_texts_are_there_once_and_on_one_side(source, artefacts, tmp_path):
    write(tmp_path / "in" / "a.jsonl", [song(i) for i in range(40)])
    chorus = song(0)["lyrics"][4:8]
    again = [{**song(i), "lyrics": [*song(i)["lyrics"][:4], *chorus], "title": "later"} for i in range(80)]
    write(tmp_path / "in" / "b.jsonl", again)
    poems = source().poems({}, artefacts)
    lines = {name: [poem.lines for poem in poems[name]] for name in ("train", "val")}
    everything = lines["train"] + lines["val"]
    assert len(everything) == len(set(everything)) == 40 * 3 + 40


def test_the_formats_say_the_same(source, artefacts, tmp_path):
    records = [song(i) for i in range(20)]
    write(tmp_path / "in" / "a.jsonl", records)
    wanted = {name: [(p.topic, p.lines) for p in poems] for name, poems in source().poems({}, artefacts).items()}
    (tmp_path / "in" / "a.jsonl").unlink()
    text = "\n\n".join("\n".join([record["title"], *record["lyrics"]]) for record in records)
    (tmp_path / "in" / "a.txt").write_text(text, encoding="utf-8-sig")
    found = source("data.title=first_line").poems({}, artefacts)
    assert {name: [(p.topic, p.lines) for p in poems] for name, poems in found.items()} == wanted
    (tmp_path / "in" / "a.txt").unlink()
    for record in records:
        verses = "\n\n".join([record["title"], *record["lyrics"]])
        (tmp_path / "in" / f"{record['title'].zfill(4)}.txt").write_text(verses, encoding="utf-8")
    found = source("data.title=first_line", "data.song_ends=file").poems({}, artefacts)
    assert {name: sorted((p.topic, p.lines) for p in poems) for name, poems in found.items() if name != "test"} == {
        name: sorted(poems) for name, poems in wanted.items() if name != "test"
    }


def test_real_quatrains_are_what_their_own_source_gives(composed, shared, source, artefacts, tmp_path):
    folder = shared / "data" / "ccpc"
    quatrains = build(composed("data=ccpc", f"data.root={folder}").data)
    with (folder / "ccpc_valid_v1.0.json").open(encoding="utf-8") as file:
        records = [json.loads(record) for record in file]
    write(tmp_path / "in" / "a.jsonl", [{**record, "lyrics": record["content"].split("|")} for record in records])
    made = source("data.val_share=0.1")
    for name in ("train", "val"):
        theirs = [(poem.topic, poem.lines) for poem in quatrains.poems({}, artefacts)[name]]
        assert [(poem.topic, poem.lines) for poem in made.poems({}, artefacts)[name]] == theirs
    assert made.make_vocabulary({}, artefacts).tokens == quatrains.make_vocabulary({}, artefacts).tokens


def test_the_same_content_is_the_same_artefact(source, artefacts, tmp_path):
    write(tmp_path / "in" / "a.jsonl", [song(i) for i in range(20)])
    first = list(source().poems({}, artefacts)["train"])
    (made,) = artefacts.root.glob("lyrics-*")
    kept = (made / "train" / "state.json").read_bytes()
    (tmp_path / "in").rename(tmp_path / "moved")
    assert list(source(f"data.root={tmp_path}/moved").poems({}, artefacts)["train"]) == first
    assert (made / "train" / "state.json").read_bytes() == kept
    again = [f"data.root={tmp_path}/moved", "data.batch_size=3", "data.least_count=2", "data.test_items=1"]
    source(*again).poems({}, artefacts)
    assert artefacts.used == {"lyrics": [made.name]}


@pytest.mark.parametrize(
    "change", ["content", "data.val_share=0.5", "data.least_lines=2", "data.lines_per_step=3", "data.keep_spaces=true"]
)
def test_what_decides_the_content_decides_the_key(source, artefacts, tmp_path, change):
    write(tmp_path / "in" / "a.jsonl", [song(i) for i in range(20)])
    source().poems({}, artefacts)
    if change == "content":
        write(tmp_path / "in" / "b.jsonl", [song(99)])
    source(*([] if change == "content" else [change])).poems({}, artefacts)
    assert len(artefacts.used["lyrics"]) == 2


def test_the_vocabulary_is_that_of_training(source, artefacts, tmp_path):
    records = [{**song(i), "lyrics": ["曾" + line(i), *song(i)["lyrics"]]} for i in range(30)]
    write(tmp_path / "in" / "a.jsonl", records)
    texts = "".join(poem.topic + "".join(poem.lines) for poem in source().poems({}, artefacts)["train"])
    tokens = source().make_vocabulary({}, artefacts).tokens
    assert set(texts) | set("主题词：") == {token for token in tokens if len(token) == 1}
    for least, known in ((texts.count("曾"), True), (texts.count("曾") + 1, False)):
        vocabulary = source(f"data.least_count={least}").make_vocabulary({}, artefacts)
        assert (vocabulary.encode("曾") != [vocabulary.unk]) == known


def test_faults_are_named(source, artefacts, tmp_path):
    with pytest.raises(InputError, match=r"in: data\.root: no such folder"):
        source().poems({}, artefacts)
    write(tmp_path / "in" / "a.jsonl", [song(i, lines=2) for i in range(20)])
    with pytest.raises(InputError, match=r"in: gives 0 pieces .*data\.least_lines=4"):
        source().poems({}, artefacts)
    with pytest.raises(InputError, match=r"and 0 held out; .*data\.val_share=0\.0"):
        source("data.least_lines=1", "data.val_share=0.0").poems({}, artefacts)
    with (tmp_path / "in" / "a.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"title": "x"}\n')
    with pytest.raises(InputError, match=r"a\.jsonl: line 21: lyrics: is missing"):
        source("data.least_lines=1").poems({}, artefacts)
    assert not list(artefacts.root.glob("lyrics-*"))


def read_all(made, artefacts):
    """What a run reads before its first step, and a batch."""
    vocabulary = made.make_vocabulary({}, artefacts)
    layout = made.make_layout(vocabulary, "slots")
    sets = {name: PoemDataset(poems, layout) for name, poems in made.poems({}, artefacts).items()}
    tokens = {name: _line_tokens(sets[name], name) for name in ("train", "val")}
    assert unigram_perplexity(tokens["train"], tokens["val"], len(vocabulary)) > 1
    assert len(sets["train"].__getitems__(range(len(sets["train"]) - 32, len(sets["train"])))) == 32


def peak(job):
    """The most bytes that a job holds at a time, of Python and of Arrow; mapped files do not count."""
    usual = pa.default_memory_pool()
    pool = pa.proxy_memory_pool(usual)
    pa.set_memory_pool(pool)
    tracemalloc.start()
    try:
        job()
        return tracemalloc.get_traced_memory()[1] + pool.max_memory()
    finally:
        tracemalloc.stop()
        pa.set_memory_pool(usual)


@pytest.mark.parametrize("kind", ["many songs", "one song without an end"])
def test_memory_does_not_grow_with_the_text(source, artefacts, tmp_path, kind):
    """Eight times the text: less than 100 bytes more for each piece, whose lines alone take 416 in a list."""
    held, steps = [], (500, 2000, 8 * 2000)  # the first takes what is taken once, the second fills every buffer
    for pieces in steps:
        folder = tmp_path / str(pieces)
        write(folder / "few.jsonl", [song(9000 + i) for i in range(60)])
        lines = [[line(4 * i + j) for j in range(4)] for i in range(pieces)]
        if kind == "many songs":
            write(folder / "many.jsonl", [{"lyrics": song_lines} for song_lines in lines])
        else:
            (folder / "long.txt").write_text("\n".join(chain.from_iterable(lines)), encoding="utf-8")
        made = source(f"data.root={folder}", "data.val_share=0.5")
        held.append(peak(lambda made=made: read_all(made, artefacts)))
    assert held[2] - held[1] < 100 * (steps[2] - steps[1])
