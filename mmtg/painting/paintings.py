"""What the unified transformer paints to lines, as pictures, beside the true ones; and figures of them.

Letters of shapes: B experiences, T steps, C = T * G * G cells, W vector width, N pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from PIL import Image
from torch import Tensor

from mmtg.data.experience import Experience
from mmtg.data.splits import Split
from mmtg.encoders.base import Encoder
from mmtg.encoders.world_encoder import WorldEncoder
from mmtg.logging.progress import track
from mmtg.metrics.painted import hard_r_precision, r_precision
from mmtg.metrics.registry import present
from mmtg.models.unified_settings import PAINT
from mmtg.models.unified_system import UnifiedSystem
from mmtg.painting.decoder import PixelDecoder
from mmtg.painting.sheet import KINDS, PaintedStep


@dataclass(frozen=True)
class Painter:
    """Paints experiences.

    Attributes:
        system: gives the cells of pictures to lines.
        decoder: makes pictures of cells.
        encoder: whose cells these are.
        batch_size: B.
    """

    system: UnifiedSystem
    decoder: PixelDecoder
    encoder: WorldEncoder
    batch_size: int

    @torch.inference_mode()
    def paintings(self, split: Split, experiences: Sequence[Experience]) -> Iterator[tuple[PaintedStep, ...]]:
        """Paints every step of every experience, whether there is a true picture of it or not.

        Args:
            split: the experiences as vectors.
            experiences: the same, with their lines.

        Yields:
            For each experience its steps.
        """
        items = self.system.dataset(split, experiences)
        for first in track(range(0, len(items), self.batch_size), "painting"):
            indices = range(first, min(first + self.batch_size, len(items)))
            scene = self.system.scene(items.__getitems__(indices))
            everywhere = replace(scene, present=torch.ones_like(scene.present))
            network = self.system.model.network(PAINT)
            made = network.vectors_of(self.system.model.paint(everywhere).ids)  # [B, C, W]
            painted, decoded = (self._pictures(cells) for cells in (made, scene.cells))
            for row, index in enumerate(indices):
                steps = slice(row * self.system.layout.steps, (row + 1) * self.system.layout.steps)
                yield self._steps(experiences[index], decoded[steps], painted[steps])

    def _pictures(self, cells: Tensor) -> list[Image.Image]:
        """Pictures of cells [B, C, W], B * T of them."""
        each = cells.unflatten(1, (self.system.layout.steps, -1)).flatten(0, 1)  # [B * T, G * G, W]
        shown = torch.cat([self.decoder(some) for some in each.split(self.encoder.batch_size)])
        pixels = ((shown + 1) * 127.5).round().to(torch.uint8).permute(0, 2, 3, 1)
        return [Image.fromarray(picture) for picture in pixels.numpy()]

    def _steps(
        self, experience: Experience, decoded: Sequence[Image.Image], painted: Sequence[Image.Image]
    ) -> tuple[PaintedStep, ...]:
        """The steps of an experience, with their lines and pictures."""
        lines, found, each = experience.lines or (), [], self.system.layout.lines_per_step
        for number, step in enumerate(experience.steps):
            own: tuple[Image.Image | None, ...] = (None, None)
            if step.picture is not None:
                own = (Image.fromarray(self.encoder.pixels([step.picture()])[0]), decoded[number])
            found.append(PaintedStep(tuple(lines[number * each : (number + 1) * each]), (*own, painted[number])))
        return tuple(found)


def pixel_figures(painted: Sequence[Sequence[PaintedStep]], encoder: Encoder) -> dict[str, float]:
    """How surely pictures, seen by the encoder, call for their own lines; see :mod:`mmtg.metrics.painted`.

    Args:
        painted: by experience, its steps.
        encoder: of pictures and lines.

    Returns:
        For each kind of picture KIND of which there are any: ``KIND_pixel_cosine`` to its lines,
        ``KIND_pixel_r_precision`` among a hundred and ``KIND_pixel_r_precision_hard`` among the lines of the same
        experience. Those that cannot be computed are absent.
    """
    figures: dict[str, float] = {}
    for place, kind in enumerate(KINDS):
        kept = [
            (number, "\n".join(step.lines).strip(), picture)
            for number, steps in enumerate(painted)
            for step in steps
            if (picture := step.pictures[place]) is not None
        ]
        kept = [one for one in kept if one[1]]
        if not kept:
            continue
        seen = encoder.encode_images([picture for _, _, picture in kept])
        texts, of = encoder.encode_texts([text for _, text, _ in kept]), torch.tensor([number for number, _, _ in kept])
        figures[f"{kind}_pixel_cosine"] = float((seen * texts).sum(dim=1).mean())
        figures[f"{kind}_pixel_r_precision"] = r_precision(seen, texts, of)
        figures[f"{kind}_pixel_r_precision_hard"] = hard_r_precision(seen, texts, of)
    return present(figures)
