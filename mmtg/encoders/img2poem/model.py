"""Visual nets and poem encoder, projected into one space.

Source: img2poem reference, section 1.3. Letters of shapes: N items, V width of the visual nets together, M of a poem's
vector, K of the joint space.
"""

from __future__ import annotations

from torch import Tensor, nn

from mmtg.encoders.img2poem.nets import VisualNets
from mmtg.encoders.img2poem.poems import BertPoems, TowerPoems

PoemEncoder = TowerPoems | BertPoems


class Img2PoemModel(nn.Module):
    """x = W_v v + b_v and m = W_t t + b_t.

    Args:
        nets: the visual nets.
        poems: the poem encoder.
        width: K.
    """

    def __init__(self, nets: VisualNets, poems: PoemEncoder, width: int) -> None:
        super().__init__()
        self.nets, self.poems = nets, poems
        self.project_image = nn.Linear(nets.width, width)
        self.project_poem = nn.Linear(poems.width, width)

    def images(self, seen: Tensor) -> Tensor:
        """Pictures in the joint space, [N, K], from what the nets see in them [N, V]."""
        projected: Tensor = self.project_image(seen)
        return projected

    def texts(self, prepared: Tensor) -> Tensor:
        """Poems in the joint space, [N, K], from what the poem encoder prepared."""
        projected: Tensor = self.project_poem(self.poems(prepared))
        return projected
