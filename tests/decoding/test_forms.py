"""Forms kept while decoding: every text obeys, there is no dead end, and nothing that obeys is forbidden."""

import itertools
import json
import random

import pytest
import torch

from mmtg.config.plain import plain
from mmtg.decoding.form_check import obeys
from mmtg.decoding.form_mask import FormMask
from mmtg.decoding.form_tables import GROUPS, is_character
from mmtg.decoding.forms import Form, form_from
from mmtg.errors import InputError
from mmtg.metrics.pronunciation import readings
from mmtg.metrics.prosody import rhyme_rate, tone_regularity

HEAD = ["[PAD]", "[UNK]", "[SEP]", "[CLS]", "[MASK]", "[EOS]", "|", "：", "，", "□", "■", "a", "山水"]
SEP, EOS, BAR = HEAD.index("[SEP]"), HEAD.index("[EOS]"), HEAD.index("|")
WHOLE = {"line_end": BAR, "text_end": SEP}  # as GPT-2 writes
BY_LINE = {"line_end": (EOS, SEP), "text_end": (EOS, SEP)}  # as T5 writes
SHIPPED = [
    "free", "quatrain", "quatrain5", "quatrain7", "rhymed5", "rhymed7", "regulated5", "regulated7", "world",
]  # fmt: skip
SOME = (
    "山间东南天空明月光风春花江河流水人家云烟不见日落白大小古道西高楼雨夜知多少处闻鸟来声去远近长望思故乡青草木秋雪寒心"
)


@pytest.fixture(scope="module")
def characters(shared):
    """All characters of real quatrains, by falling frequency."""
    counts = {}
    for line in (shared / "data" / "ccpc" / "ccpc_valid_v1.0.json").read_text(encoding="utf-8").splitlines():
        for character in json.loads(line)["content"].replace("|", ""):
            counts[character] = counts.get(character, 0) + 1
    return sorted(counts, key=lambda character: (-counts[character], character))


def write(mask, texts, separators, *, batch=8, seed=0, sharpness=0.0):
    """Texts [B] of lines, drawn from random scores; some of which are the same at every place."""
    dice = torch.Generator().manual_seed(seed)
    liked = sharpness * torch.rand(batch, len(texts), generator=dice)
    state, rows = mask.start(batch), []
    for _ in range(mask.form.lines * (mask.form.longest + 2)):
        allowed = mask.allowed(state)
        assert allowed.any(dim=1).all()
        scores = torch.rand(batch, len(texts), generator=dice) + liked
        rows.append(scores.masked_fill(~allowed, -1).argmax(dim=1))
        state = mask.advance(state, rows[-1])
    assert state.done.all()
    return [read(row, texts, separators) for row in torch.stack(rows, dim=1).tolist()]


def read(row, texts, separators):
    """Lines of ids, by what stands between them."""
    between, behind = ([end] if isinstance(end, int) else list(end) for end in separators.values())
    text, lines, line = list(row), [], []
    while text:
        if text[: len(behind)] == behind and set(text[len(behind) :]) <= {behind[-1]}:
            return ["".join(line) for line in [*lines, line]]
        if text[: len(between)] == between:
            lines, line, text = [*lines, line], [], text[len(between) :]
        else:
            line, text = [*line, texts[text[0]]], text[1:]
    raise AssertionError("the text does not end")


@pytest.mark.parametrize("separators", [WHOLE, BY_LINE], ids=["whole", "by line"])
@pytest.mark.parametrize("name", SHIPPED)
def test_every_text_obeys_the_shipped_forms(composed, characters, name, separators):
    form = form_from(plain(composed(f"form={name}").form), lines=10)
    texts = [*HEAD, *characters]
    mask = FormMask(form, texts, **separators)
    for lines in write(mask, texts, separators, batch=25):
        assert obeys(lines, form) == []


def test_all_shipped_forms_are_tested(composed):
    from tests.config.test_configs import CONF

    assert sorted(path.stem for path in (CONF / "form").glob("*.yaml")) == sorted(SHIPPED)


def random_form(dice):
    tones = dice.choice([None, None, "auto", "ping", "ze_rhymed"])
    lines = 4 if tones else dice.choice([1, 2, 3, 4, 6])
    free = [None, *("".join(dice.choice("xab") for _ in range(lines)) for _ in range(4))]
    rhyme = dice.choice([None, "xaxa", "aaxa"] if tones else free)
    return {
        "lines": lines,
        "characters": dice.choice([(5,), (7,), (5, 7)])
        if tones
        else tuple(dice.sample(range(1, 8), dice.choice([1, 1, 2, 3]))),
        "equal_lines": bool(tones) or dice.random() < 0.5,
        "rhyme": rhyme,
        "level_rhyme": rhyme is not None and dice.random() < 0.5,
        "tones": tones,
        "free_tones": dice.choice(["odd", "textbook"]),
        "no_repeat": dice.choice(["any", "line", "text", "text"]),
        "rhyme_readings": dice.choice(["all", "first"]),
        "tone_readings": dice.choice(["all", "first"]),
    }


def random_vocabulary(dice, characters):
    """A few characters, in which rhymes are scarce or plenty."""
    groups = dice.sample(GROUPS, dice.choice([1, 3, len(GROUPS)]))
    pool = [c for c in characters if any(group in groups for group, _ in readings(c))]
    return [*HEAD, *dice.sample(pool, min(len(pool), dice.choice([6, 10, 15, 20, 30, 45, 80])))]


@pytest.mark.parametrize("seed", range(4))
def test_no_dead_end_in_the_smallest_vocabularies(characters, seed):
    """Vocabularies in which a greedy writer would run out of rhymes: masks that look no step ahead fail here."""
    dice, kept = random.Random(seed), 0
    while kept < 25:
        try:
            form = Form(**random_form(dice))
            texts, separators = random_vocabulary(dice, characters), dice.choice([WHOLE, BY_LINE])
            mask = FormMask(form, texts, **separators)
        except InputError:
            continue
        for lines in write(mask, texts, separators, seed=dice.randrange(10**6), sharpness=dice.choice([0, 1, 8])):
            assert obeys(lines, form) == [], (form, lines)
        kept += 1


@pytest.mark.parametrize(
    ("form", "characters"),
    [
        (Form(lines=2, characters=(2,), rhyme="aa"), "山间东空水"),
        (Form(lines=2, characters=(1, 2), equal_lines=False, rhyme="aa"), "山间东空水"),
        (Form(lines=2, characters=(1, 2), equal_lines=True), "山间水"),
        (Form(lines=3, characters=(1,), rhyme="axa", rhyme_readings="all"), "山间东空看红"),
        # where characters may not come again, with more rhymes than are needed: the last ones are kept back
        (Form(lines=2, characters=(2,), rhyme="aa", level_rhyme=True, no_repeat="text"), "山间东空看红"),
        (Form(lines=2, characters=(1, 2), equal_lines=False, rhyme="aa", no_repeat="line"), "山间东空看红"),
    ],
)
def test_all_that_obeys_can_be_written(form, characters):
    """Against all texts of a vocabulary: nothing right is forbidden."""
    texts = [*HEAD, *characters]
    mask, words = FormMask(form, texts, **WHOLE), range(len(HEAD), len(texts))
    lines = ["".join(texts[i] for i in ids) for n in form.characters for ids in itertools.product(words, repeat=n)]
    right = {text for text in itertools.product(lines, repeat=form.lines) if not obeys(text, form)}
    assert {tuple(text) for text in all_texts(mask, texts)} == right
    assert right


def all_texts(mask, texts):
    """Every text that the mask lets pass."""
    state, rows = mask.start(1), torch.zeros(1, 0, dtype=torch.int64)
    while not state.done.all():
        parents, ids = mask.allowed(state).nonzero().T
        state, rows = mask.advance(state.select(parents), ids), torch.cat([rows[parents], ids[:, None]], dim=1)
    for row in rows.tolist():
        yield read(row, texts, WHOLE)


def test_a_text_does_not_depend_on_its_neighbours():
    texts = [*HEAD, *SOME]
    mask = FormMask(Form(lines=4, characters=(5, 7), rhyme="xaxa", tones="auto", no_repeat="line"), texts, **WHOLE)
    state, alone = mask.start(6), [mask.start(1) for _ in range(6)]
    dice = torch.Generator().manual_seed(1)
    for _ in range(34):
        allowed = mask.allowed(state)
        assert torch.equal(allowed, torch.cat([mask.allowed(own) for own in alone]))
        ids = torch.rand(6, len(texts), generator=dice).masked_fill(~allowed, -1).argmax(dim=1)
        state, alone = mask.advance(state, ids), [mask.advance(own, ids[i : i + 1]) for i, own in enumerate(alone)]
    rows = torch.tensor([2, 2, 5])
    assert torch.equal(mask.allowed(state.select(rows)), mask.allowed(state)[rows])


def test_only_characters_and_what_the_place_demands():
    texts = [*HEAD, *SOME]
    mask = FormMask(
        Form(lines=2, characters=(2,)), texts, **BY_LINE, forbidden=[texts.index("山")], rows=len(texts) + 3
    )
    state, seen = mask.start(1), []
    for _ in range(9):
        allowed = mask.allowed(state)[0]
        assert len(allowed) == len(texts) + 3
        seen.append(allowed.nonzero().flatten().tolist())
        state = mask.advance(state, torch.tensor([seen[-1][0]]))
    written = [i for i, text in enumerate(texts) if is_character(text) and text != "山"]
    assert seen == [written, written, [EOS], [SEP], written, written, [EOS], [SEP], [SEP]]


def test_what_was_not_allowed_is_refused():
    texts = [*HEAD, *SOME]
    mask = FormMask(Form(lines=2, characters=(2,), rhyme="aa"), texts, **WHOLE)
    first = mask.advance(mask.start(2), torch.tensor([texts.index("春"), texts.index("春")]))
    for wrong in (BAR, HEAD.index("□"), SEP):
        with pytest.raises(ValueError, match=f"token {wrong} of text 1 was not allowed"):
            mask.advance(first, torch.tensor([texts.index("山"), wrong]))


@pytest.mark.parametrize(
    ("changes", "texts", "message"),
    [
        ({"characters": (5,), "no_repeat": "text"}, SOME[:9], "need 20 Chinese characters, it has 9"),
        ({"characters": (5,), "rhyme": "xaxa"}, "山东水流日", "2 Chinese characters that rhyme"),
        ({"characters": (5,), "rhyme": "xaxa", "level_rhyme": True}, "山看眼万", "2 level-tone characters that rhyme"),
        ({"characters": (5,), "tones": "ze", "rhyme": "xaxa"}, "山间天烟", "1 oblique-tone characters, it has 0"),
    ],
)
def test_a_vocabulary_that_cannot_serve_is_refused_at_once(changes, texts, message):
    with pytest.raises(InputError, match=f"form: cannot be kept with this vocabulary: .*{message}"):
        FormMask(Form(lines=4, tone_readings="first", **changes), [*HEAD, *texts], **WHOLE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"lines": 0}, "form.lines"),
        ({"characters": ()}, "form.characters"),
        ({"characters": (0, 5)}, "form.characters"),
        ({"rhyme": "xax"}, "form.rhyme: is 'xax'"),
        ({"rhyme": "XAXA"}, "form.rhyme"),
        ({"rhyme": "xaxb"}, "form.rhyme: .* 'a' has none to rhyme with"),
        ({"rhyme": "xxxx"}, "form.rhyme: has no line"),
        ({"level_rhyme": True}, "form.level_rhyme"),
        ({"tones": "pong"}, "form.tones: 'pong'"),
        ({"tones": "auto", "characters": (6,)}, "form.tones"),
        ({"tones": "auto", "characters": (5, 7), "equal_lines": False}, "form.tones"),
        ({"tones": "auto", "rhyme": "aabb"}, "form.tones: go with form.rhyme=xaxa or aaxa"),
        ({"tones": "ze", "rhyme": "aaxa"}, "say ze_rhymed"),
        ({"free_tones": "all"}, "form.free_tones"),
        ({"no_repeat": "none"}, "form.no_repeat"),
        ({"rhyme_readings": "last"}, "form.rhyme_readings"),
        ({"tone_readings": "last"}, "form.tone_readings"),
    ],
)
def test_contradictions_are_named(changes, message):
    with pytest.raises(InputError, match=message):
        Form(**{"lines": 4, "characters": (5,), **changes})


REGULAR = {
    # each fits one pattern alone (modern tones), and breaks it in one place in the second version
    "ze of 5": ("白日依山尽 黄河入海流 欲穷千里目 更上一层楼", "白时依山尽 黄河入海流 欲穷千里目 更上一层楼"),
    "ze_rhymed of 5": ("塞下秋风寒 天边夜月圆 高楼人远望 古道客空山", "塞下秋风寒 天边夜月圆 高楼人远望 古道客空水"),
    "ping of 7": (
        "东风夜放花千树 细雨朝来水一湾 借问江南春几许 青山处处是乡关",
        "东风夜放花千树 细雨朝来水一湾 借问江南春几许 青山处处是乡愁",
    ),
}


@pytest.mark.parametrize("name", REGULAR)
def test_known_regulated_quatrains(name):
    right, wrong = (text.split() for text in REGULAR[name])
    form = Form(lines=4, characters=(5, 7), rhyme="xaxa", tones="auto")
    assert obeys(right, form) == []
    faults = obeys(wrong, form)
    assert len(faults) >= 1
    assert all("not" in fault for fault in faults)
    others = [f"{kind}{end}" for kind in ("ping", "ze") for end in ("", "_rhymed") if f"{kind}{end}" != name.split()[0]]
    for other in others:
        assert obeys(right, Form(lines=4, characters=(len(right[0]),), rhyme="xaxa", tones=other))


def test_a_first_line_that_ends_level_rhymes_too():
    lines = ["塞下秋风凉", "天边夜月圆", "高楼人远望", "古道客空山"]
    tones = {"lines": 4, "characters": (5,), "tones": "ze_rhymed"}
    assert obeys(lines, Form(**tones)) == []
    assert obeys(lines, Form(**tones, rhyme="xaxa")) == ["lines 1 2 4: 凉 圆 山 do not rhyme"]


@pytest.mark.parametrize(
    ("lines", "changes", "reason"),
    [
        (["春眠不觉晓"] * 3, {}, "has 3 lines, not 4"),
        (["春眠不觉晓"] * 3 + ["春眠不觉"], {}, "line 4: has 4 characters, not 5"),
        (["春眠不觉晓"] * 3 + ["春眠，觉晓"], {}, "line 4: '，' is no Chinese character"),
        (["春眠不觉春"] + ["春眠不觉晓"] * 3, {"no_repeat": "line"}, "line 1: '春' comes again"),
        (["春眠不觉晓", "花落知多少"] * 2, {"no_repeat": "text"}, "line 3: '春' comes again"),
        (["春眠不觉晓", "花落知多少"] * 2, {"rhyme": "xaxa"}, "lines 2 4: 少 少 repeat a rhyme"),
        (["一", "山", "二", "水"], {"rhyme": "xaxa", "characters": (1,)}, "lines 2 4: 山 水 do not rhyme"),
        (["一", "山", "二", "岸"], {"rhyme": "xaxa", "level_rhyme": True, "characters": (1,)}, "is not level"),
    ],
)
def test_each_fault_has_its_reason(lines, changes, reason):
    faults = obeys(lines, Form(**{"lines": 4, "characters": (5,), **changes}))
    assert any(reason in fault for fault in faults), faults


def test_the_metrics_agree(composed, characters):
    """What the forms promise is what the figures of rhyme and tones measure, where characters are read alike."""
    section = plain(composed("form=regulated7", "form.tone_readings=first").form)
    form, texts = form_from(section, lines=4), [*HEAD, *characters]
    written = write(FormMask(form, texts, **WHOLE), texts, WHOLE, batch=40)
    rhymes, tones = ([measure(lines) for lines in written] for measure in (rhyme_rate, tone_regularity))
    assert sum(rhymes) / 40 > 0.9  # but for characters that the one before makes read otherwise
    assert sum(tones) / 40 > 0.95


def test_real_quatrains_mostly_rhyme_and_keep_their_length(shared):
    text = (shared / "data" / "ccpc" / "ccpc_valid_v1.0.json").read_text(encoding="utf-8")
    poems = [json.loads(line)["content"].split("|") for line in text.splitlines()[::8]]
    plain_form = Form(lines=4, characters=(5, 7))
    assert _share(poems, plain_form) > 0.98  # but for placeholders
    assert _share(poems, Form(lines=4, characters=(5, 7), rhyme="xaxa")) > 0.78
    regulated = Form(lines=4, characters=(5, 7), rhyme="xaxa", tones="auto")
    shuffled = [[lines[place] for place in (1, 3, 0, 2)] for lines in poems]
    assert _share(poems, regulated) > 0.25 > 10 * _share(shuffled, regulated)


def _share(poems, form):
    return sum(not obeys(poem, form) for poem in poems) / len(poems)
