"""The picture world's own dual encoder, which takes the place of WenLan in the paper: made, trained, measured."""

from mmtg.encoders.recall import retrieval_recall
from mmtg.encoders.training import Training, train_world_encoder
from mmtg.encoders.world_encoder import WorldEncoder

__all__ = ["Training", "WorldEncoder", "retrieval_recall", "train_world_encoder"]
