"""The systems: each a LightningModule with the plain module it wraps beside it.

Letters for shapes, in the whole package: B batch, T experience steps, W width of encoder vectors, H hidden, P topic
positions, L lyric positions, D decoder width, V vocabulary.
"""
