"""The lyrics decoder shared by all systems that write with GPT-2 in an embedding space of their own."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.cache_utils import Cache

from mmtg.errors import InputError


@dataclass(frozen=True, kw_only=True)
class DecoderSize:
    """Dimensions of :class:`Decoder`."""

    width: int  # D
    layers: int
    heads: int
    positions: int
    vocabulary: int  # rows of the word embedding
    projector_hidden: int
    dropout: float


class Decoder(nn.Module):
    """Token vectors, plus an optional context vector, through a projector into GPT-2 (MMTG reference, section 2.5).

    The word embedding of GPT-2 is not used for tokens: a token is its vector in the encoder's space (the table of
    ``token_id2emb``, never trained), to which a context of the same width may be added. Two linear layers with a
    tanh between bring the sum to GPT-2's width. GPT-2 then adds position embeddings and, as token types, the first
    rows of its word embedding, which also is the output layer.

    Args:
        token_table: [V, W] vectors of the tokens.
        size: dimensions; ``size.vocabulary`` may exceed V.
        pretrained: folder or hub id of a GPT-2 whose weights to start from; it must have the dimensions of ``size``.

    Raises:
        InputError: the table has more rows than the decoder, or the pre-trained model cannot be had or has
            other dimensions.
    """

    def __init__(self, token_table: Tensor, size: DecoderSize, *, pretrained: str | None = None) -> None:
        super().__init__()
        if token_table.shape[0] > size.vocabulary:
            raise InputError(
                f"is {size.vocabulary}, but the vocabulary has {token_table.shape[0]} tokens",
                field="model.size.decoder_vocabulary",
            )
        self.register_buffer("token_table", token_table.float())
        self.project_in = nn.Linear(token_table.shape[1], size.projector_hidden)
        self.project_out = nn.Linear(size.projector_hidden, size.width)
        self.gpt2 = _gpt2(size, pretrained)

    def embed(self, ids: Tensor, context: Tensor | None = None) -> Tensor:
        """GPT-2's inputs [B, L, D] of token ids [B, L] and a context [B, L, W] added to their vectors."""
        vectors = nn.functional.embedding(ids, self.token_table)  # type: ignore[arg-type]  # [B, L, W]
        if context is not None:
            vectors = vectors + context
        hidden: Tensor = self.project_out(torch.tanh(self.project_in(vectors)))
        return hidden  # [B, L, D]

    def forward(
        self,
        ids: Tensor,
        types: Tensor,
        mask: Tensor,
        *,
        context: Tensor | None = None,
        positions: Tensor | None = None,
        cache: Cache | None = None,
    ) -> Tensor:
        """Hidden states after the last layer norm.

        Args:
            ids: [B, L] tokens.
            types: [B, L] token types.
            mask: [B, L], or [B, cached + L] with a cache: 0 where a position may not be heard.
            context: [B, L, W] added to the token vectors.
            positions: [B, L] or [1, L] positions; counted from 0 (from the cache's end) if not given.
            cache: keys and values of earlier positions; grows in place.

        Returns:
            [B, L, D].
        """
        outputs = self.gpt2.transformer(
            inputs_embeds=self.embed(ids, context),
            token_type_ids=types,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=cache is not None,
        )
        hidden: Tensor = outputs.last_hidden_state
        return hidden

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores [..., V'] over the word embedding's rows for hidden states [..., D]."""
        scores: Tensor = self.gpt2.lm_head(hidden)
        return scores


def spread(vectors: Tensor, step_of_position: Tensor) -> Tensor:
    """Gives each lyric position the vector of its step.

    Args:
        vectors: [B, T, W].
        step_of_position: [L], T where there is none.

    Returns:
        [B, L, W], zeros where there is none.
    """
    with_none = nn.functional.pad(vectors, (0, 0, 0, 1))  # [B, T + 1, W]
    return with_none[:, step_of_position]


def _gpt2(size: DecoderSize, pretrained: str | None) -> GPT2LMHeadModel:
    """GPT-2 of the given size, random or from a checkpoint."""
    if size.width % size.heads:
        raise InputError(
            f"{size.heads} heads do not divide decoder_width={size.width}", field="model.size.decoder_heads"
        )
    config = GPT2Config(
        vocab_size=size.vocabulary,
        n_positions=size.positions,
        n_embd=size.width,
        n_layer=size.layers,
        n_head=size.heads,
        embd_pdrop=size.dropout,
        attn_pdrop=size.dropout,
        resid_pdrop=size.dropout,
        bos_token_id=None,
        eos_token_id=None,
    )
    if pretrained is None:
        return GPT2LMHeadModel(config)
    try:
        model = GPT2LMHeadModel.from_pretrained(pretrained, use_safetensors=None, weights_only=True)
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(f"cannot load GPT-2: {reason}", file=pretrained, field="model.pretrained") from error
    for key in ("vocab_size", "n_positions", "n_embd", "n_layer", "n_head"):
        found, wanted = getattr(model.config, key), getattr(config, key)
        if found != wanted:
            raise InputError(
                f"{key} is {found}, but model.size asks for {wanted}",
                file=pretrained,
                field="model.pretrained",
            )
    return model
