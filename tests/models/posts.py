"""Small networks for posts, and posts for them."""

import torch

from mmtg.data.posts.batch import PostBatch
from mmtg.encoders.reading import Reading
from mmtg.models.cromic import CroMIC
from mmtg.models.masking import Masking
from mmtg.models.picture_tokens import GridPictures, PatchPictures, SmallTrunk
from mmtg.models.post_memory import NetworkSize
from mmtg.models.unified_vlp import UnifiedVLP
from mmtg.models.vilt import ViLT

TOKENS, PAD, START, END, MASK, CLASSES = 30, 0, 2, 4, 5, 7
READING = Reading(size=16, resize=None, mean=(0.5,) * 3, std=(0.5,) * 3)
SIZE = NetworkSize(width=32, heads=4, feedforward=48, encoder_layers=2, decoder_layers=1, dropout=0.0, positions=12)
MASKING = Masking(rate=0.3, mask=MASK, tokens=TOKENS)
NAMES = ("cromic", "vlp", "vilt")


def network(name, *, size=SIZE, **options):
    """One of the three, in evaluation mode, the same each time."""
    torch.manual_seed(3)
    given = {"size": size, "tokens": TOKENS, "pad": PAD, "answers": CLASSES, "picture_numbers": 2} | options
    if name == "vilt":
        return ViLT(**{"pictures": PatchPictures(width=size.width, reading=READING, patch=8)} | given).eval()
    grid = GridPictures(SmallTrunk([4, 8]), width=size.width, reading=READING)
    made = CroMIC if name == "cromic" else UnifiedVLP
    extra = {} if name == "cromic" else {"masking": MASKING}
    return made(**{"pictures": grid} | extra | given).eval()


def posts(seed=0):
    """Four posts: of two pictures and of one; three with text; with 2, 1, 0 and 2 replies."""
    random = torch.Generator().manual_seed(seed)
    text = torch.randint(6, TOKENS, (4, 6), generator=random)
    replies = torch.randint(6, TOKENS, (5, 7), generator=random)
    for rows, lengths in ((text, (6, 4, 0, 5)), (replies, (7, 3, 5, 6, 4))):
        for row, length in zip(rows, lengths, strict=True):
            row[0], row[length - 1], row[length:] = START, END, PAD
    return PostBatch(
        index=torch.arange(4),
        text=text,
        pictures=torch.randint(256, (4, 2, 16, 16, 3), generator=random).byte(),
        present=torch.tensor([[True, True], [True, False], [True, True], [False, True]]),
        replies=replies,
        of=torch.tensor([0, 0, 1, 3, 3]),
        votes=torch.rand(4, CLASSES, generator=random),
    )


def read(net, batch):
    return net.encode(batch.text, batch.pictures, batch.present)
