"""img2poem's visual-poetic embedding: three visual nets and a poem encoder, aligned in one space."""

from mmtg.encoders.img2poem.encoder import Img2PoemEncoder

__all__ = ["Img2PoemEncoder"]
