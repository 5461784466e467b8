"""Polarity tables: the real ones, and pictures by their names."""

import pytest
from PIL import Image

from mmtg.encoders.img2poem.polarity import MERGED, Polarity, majority, polarity_items, read_polarity, refuse_leaks
from mmtg.errors import InputError


@pytest.fixture(scope="module")
def tables(shared):
    folder = shared / "data" / "multim_poem"
    names = {"raw": "image-sentiment-polarity-raw-cr.csv", "test": "image-sentiment-polarity-test.csv"}
    return {name: read_polarity(folder / file) for name, file in names.items()}


def test_the_real_tables_are_read_whole(tables):
    assert {name: len(rows) for name, rows in tables.items()} == {"raw": 15613, "test": 3123}
    assert [sum(row.label == label for row in tables["raw"]) for label in ("negative", "neutral", "positive")] == [
        2119 + 283, 4227, 8551 + 433,
    ]  # fmt: skip
    assert tables["raw"][0].id == "694550568"
    assert tables["test"][0] == Polarity(
        "10270", "positive", "http://farm1.static.flickr.com/47/120877694_76c776f738.jpg"
    )
    assert all(row.basename.endswith((".jpg", ".png", ".gif", ".jpeg")) for row in tables["test"])


def test_the_majority_of_the_test_table_is_58_percent(tables):
    assert majority(tables["test"]) == pytest.approx(0.5825, abs=5e-5)


def test_a_test_picture_in_training_is_refused(tables, tmp_path):
    with pytest.raises(InputError, match="3123 pictures that are also in training"):
        refuse_leaks(tables["raw"], tables["test"], file=tmp_path / "t.csv")
    urls = {row.url for row in tables["test"]}
    refuse_leaks([row for row in tables["raw"] if row.url not in urls], tables["test"], file=tmp_path / "t.csv")


def test_quoted_cells_may_hold_any_line_break(tmp_path):
    header = "_unit_id,which_of_these_sentiment_scores_does_the_above_image_fit_into_best,imageurl,reason"
    (tmp_path / "t.csv").write_bytes(
        f'{header}\r1,Positive,http://a/b.jpg,"one\ntwo\rthree"\r2,Highly negative,http://a/c.jpg,\r'.encode()
    )
    assert read_polarity(tmp_path / "t.csv") == [
        Polarity("1", "positive", "http://a/b.jpg"),
        Polarity("2", "negative", "http://a/c.jpg"),
    ]


@pytest.mark.parametrize(
    ("content", "what"),
    [("id,label,url\n1,Good,u\n", "Good"), ("id,label\n1,Neutral\n", "no column url or imageurl")],
)
def test_mistakes_are_named(tmp_path, content, what):
    (tmp_path / "t.csv").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=what):
        read_polarity(tmp_path / "t.csv")


def test_pictures_are_found_by_url_or_id(tmp_path):
    for name in ("b.jpg", "7.jpg"):
        Image.new("RGB", (9, 9)).save(tmp_path / name)
    rows = [Polarity("1", "positive", "http://x/a/b.jpg?s=1"), Polarity("7", "neutral", "http://x/gone.jpg"),
            Polarity("8", "negative", "http://x/never.jpg")]  # fmt: skip
    items, missing = polarity_items(rows, tmp_path, tmp_path / "t.csv", max_pixels=100)
    assert missing == 1
    assert [(item.labels["sentiment"], item.picture().size) for item in items] == [
        ("positive", (9, 9)),
        ("neutral", (9, 9)),
    ]
    assert set(MERGED.values()) == {"negative", "neutral", "positive"}
