"""A checkpoint of ours to a file like the released one."""

from pathlib import Path

import torch
from omegaconf import DictConfig

from mmtg.errors import InputError
from mmtg.files import build_file, check_new_file
from mmtg.models.build import read_checkpoint
from mmtg.models.released import SYSTEMS, released_content, to_theirs


def export(config: DictConfig) -> None:
    """Writes the weights of ``task.input`` to ``task.output`` in the published form.

    Args:
        config: the whole configuration.

    Raises:
        InputError: the checkpoint's system has no published form, or the output is there already.
    """
    source, target = Path(config.task.input), Path(config.task.output)
    check_new_file(target, overwrite=config.task.overwrite)
    content = read_checkpoint(source)
    described = content["hyper_parameters"]
    kind = SYSTEMS.get(described["model"]["_target_"])
    if kind is None:
        raise InputError(f"is of {described['model']['_target_']}, which has no published form", file=source)
    weights = to_theirs(content["state_dict"], kind)
    released = released_content(weights, kind, described, prefix=config.task.prefix, buffers=config.task.mask_buffers)
    with build_file(target) as beside:
        torch.save(released, beside)
    print(f"{target}: {len(next(iter(released.values())))} tensors under published names")
