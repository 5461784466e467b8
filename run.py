"""The one entry point: composes the configuration and does the job it names. Try ``python run.py --help``."""

import sys

import hydra
from omegaconf import DictConfig

from mmtg.app import guarded, run
from mmtg.config import register_schemas

register_schemas()


@hydra.main(version_base="1.3", config_path="conf", config_name="config")
def main(config: DictConfig) -> float | None:
    """Hands the composed configuration to the job."""
    return run(config)


if __name__ == "__main__":
    sys.exit(guarded(main))
