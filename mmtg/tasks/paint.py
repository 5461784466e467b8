"""Pictures to the lines of experiences."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from omegaconf import DictConfig

from mmtg.config.plain import plain
from mmtg.data.experience import Experience
from mmtg.data.jsonl import read_jsonl
from mmtg.data.passing import encoded_for_now
from mmtg.data.splits import Split
from mmtg.encoders.world_encoder import WorldEncoder
from mmtg.errors import InputError
from mmtg.files import build_file, build_folder, check_free, check_new_file, write_json, write_text
from mmtg.loading import config_of, prepared_for
from mmtg.models.build import load_system
from mmtg.models.unified_settings import PAINT
from mmtg.models.unified_system import UnifiedSystem
from mmtg.painting.make import pixel_decoder
from mmtg.painting.paintings import Painter, pixel_figures
from mmtg.painting.sheet import Lettering, PaintedRow, PaintedStep, painted_sheet
from mmtg.prepare import Prepared
from mmtg.rundir import json_lines


def paint(config: DictConfig) -> dict[str, float]:
    """Writes ``task.output``, a contact sheet, and figures beside it; with ``task.pictures`` each painting, too.

    Args:
        config: the whole configuration.

    Returns:
        The figures.

    Raises:
        InputError: a mistake in the checkpoint, the file or a setting, or an output is there already.
    """
    task, checkpoint, target = config.task, Path(config.task.checkpoint), Path(config.task.output)
    _check(config)
    lettering = Lettering(_font(task.fonts))
    system = _painting_system(checkpoint)
    given = _given(config, system)
    run = config_of(checkpoint.parent.parent)
    run.paths.artefacts = config.paths.artefacts
    prepared = prepared_for(run, system)
    painter = _painter(config, system, prepared)
    with _encoded(given, prepared, count=task.count) as (split, experiences):
        painted = list(painter.paintings(split, experiences))
    rows = [PaintedRow(f"{one.id}  {one.topic}", steps) for one, steps in zip(experiences, painted, strict=True)]
    figures = pixel_figures(painted, painter.encoder)
    if task.pictures is not None:
        _keep_pictures(Path(task.pictures), experiences, painted, overwrite=task.overwrite)
    with build_file(target) as beside:
        painted_sheet(rows[: task.rows], side=task.side, lettering=lettering).save(beside, format="PNG")
    write_json(target.with_suffix(".json"), figures)
    for name, value in figures.items():
        print(f"{name}: {value:.4f}")
    print(f"{target}: {min(task.rows, len(rows))} of {len(rows)} experiences")
    return figures


def _check(config: DictConfig) -> None:
    """Refuses outputs that are there and numbers out of their ranges, before anything is made."""
    task, target = config.task, Path(config.task.output)
    for name in ("count", "rows", "side"):
        if task[name] < 1:
            raise InputError(f"must be at least 1, not {task[name]}", field=f"task.{name}")
    if target.suffix != ".png":
        raise InputError(f"is {target}; name a file that ends in .png", field="task.output")
    for file in (target, target.with_suffix(".json")):
        check_new_file(file, overwrite=task.overwrite)
    if task.pictures is not None:
        check_free(task.pictures, overwrite=task.overwrite)


def _font(places: Sequence[str]) -> Path | None:
    """The first font that is there."""
    return next((Path(place) for place in places if Path(place).is_file()), None)


def _painting_system(checkpoint: Path) -> UnifiedSystem:
    """The system of a checkpoint, which must be one that paints."""
    system = load_system(checkpoint)
    if not isinstance(system, UnifiedSystem):
        raise InputError("is of another system; only model=unified paints", file=checkpoint)
    if PAINT not in system.directions:
        what = f"only writes: it was trained with model.tasks=[{', '.join(system.tasks)}], without xe_t2i or rl_t2i"
        raise InputError(what, file=checkpoint)
    return system


def _painter(config: DictConfig, system: UnifiedSystem, prepared: Prepared) -> Painter:
    encoder = prepared.encoder
    if not isinstance(encoder, WorldEncoder):
        raise InputError("sees no cells to make pictures of; only runs with encoder=world can paint", field="encoder")
    system.encoder = encoder
    decoder = pixel_decoder(
        plain(config.task.decoder),
        prepared.source,
        prepared.splits["train"],
        encoder,
        system.model.network(PAINT).codebook,
        prepared.artefacts,
        grid=system.grid,
    )
    return Painter(system, decoder, encoder, batch_size=prepared.source.eval_batch_size)


def _given(config: DictConfig, system: UnifiedSystem) -> list[Experience] | None:
    """The experiences of the file; None without one."""
    task, layout = config.task, system.layout
    if task.input is None:
        return None
    sizes = {"steps": layout.steps, "lines_per_step": layout.lines_per_step}
    return list(read_jsonl(Path(task.input), need_lines=True, max_pixels=task.max_pixels, **sizes))


@contextmanager
def _encoded(
    given: list[Experience] | None, prepared: Prepared, *, count: int
) -> Iterator[tuple[Split, list[Experience]]]:
    """What is given; else the first of the test split of the run's data."""
    source, encoder = prepared.source, prepared.encoder
    if given is None:
        split, known = prepared.splits["test"], source.experiences("test")
        chosen = split.places[:count]
        yield Split(split.store, chosen), [known[place] for place in chosen.tolist()]
        return
    assert encoder is not None
    sizes = {"steps": prepared.layout.steps, "lines_per_step": prepared.layout.lines_per_step}
    with encoded_for_now(given, encoder, batch_size=source.encode_batch_size, **sizes) as split:
        yield split, given


def _keep_pictures(
    target: Path, experiences: Sequence[Experience], painted: Sequence[Sequence[PaintedStep]], *, overwrite: bool
) -> None:
    """Writes a folder of the paintings as PNG, with ``pictures.jsonl`` of what each was painted to."""
    index = []
    with build_folder(target, overwrite=overwrite) as folder:
        for number, (experience, steps) in enumerate(zip(experiences, painted, strict=True), start=1):
            for place, step in enumerate(steps, start=1):
                name, picture = f"{number:05d}_{place}.png", step.pictures[-1]
                assert picture is not None
                picture.save(folder / name, format="PNG")
                index.append({"file": name, "id": experience.id, "step": place, "lines": list(step.lines)})
        write_text(folder / "pictures.jsonl", json_lines(index))
