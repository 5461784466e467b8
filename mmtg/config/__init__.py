"""Typed configuration: a dataclass per group, registered with Hydra before anything heavy is imported."""

from mmtg.config.schema import register_schemas

__all__ = ["register_schemas"]
