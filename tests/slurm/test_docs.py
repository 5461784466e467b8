"""docs/slurm.md speaks of the settings there are."""

import re

from hydra import compose, initialize_config_dir

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "slurm.md").read_text(encoding="utf-8")


def test_the_table_has_the_settings_of_the_preset(composed):
    composed()  # makes the schemas known
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", overrides=["hydra/launcher=slurm"], return_hydra_config=True)
    rows = re.findall(r"^\| (`.*?) \| (.*?) \|", PAGE, flags=re.MULTILINE)
    known = config.hydra.launcher
    told = {key: default for keys, default in rows for key in re.findall(r"`(\w+)`", keys)}
    assert {"partition", "tasks_per_node", "timeout_min", "max_num_timeout", "setup"} <= set(told) <= set(known)
    for key, default in told.items():
        if re.fullmatch(r"\d+|null", default):
            assert str(known[key]) == default.replace("null", "None"), key


def test_what_it_names_exists():
    for name in re.findall(r"(?:experiments|conf|docs|tests)/[\w/.]*\w", PAGE):
        assert (ROOT / name).exists() or name == "conf/hydra/launcher/mine.yaml", name
