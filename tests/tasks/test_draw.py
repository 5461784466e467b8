"""task=draw: a contact sheet, whole or not at all."""

from PIL import Image

from mmtg.world import CONCEPTS


def test_a_sheet_of_all_concepts(cli, tmp_path):
    done = cli("task=draw", f"task.output={tmp_path}/sheet.png", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert str(len(CONCEPTS)) in done.stdout
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size[0] > 8 * 3 * 64
    assert [path.name for path in tmp_path.iterdir()] == ["sheet.png"]


def test_only_the_world_can_be_drawn(cli, tmp_path):
    done = cli("task=draw", f"task.output={tmp_path}/sheet.png", "data=jsonl")
    assert done.returncode == 2
    assert "data=world" in done.stderr
    assert not (tmp_path / "sheet.png").exists()
