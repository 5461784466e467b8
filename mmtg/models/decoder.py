"""The lyrics decoder shared by all systems that write with GPT-2 in an embedding space of their own."""

from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import GPT2Config, GPT2LMHeadModel
from transformers.cache_utils import Cache

from mmtg.data.batch import TextBatch
from mmtg.errors import InputError
from mmtg.models.context import Context, Prompt
from mmtg.models.scores import Scores


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
    """Token vectors, which a context may join, through a projector into GPT-2 (MMTG reference, section 2.5).

    The word embedding of GPT-2 is not used for tokens: a token is its vector in the encoder's space (the table of
    ``token_id2emb``, never trained), which a context of the same width may join. Two linear layers with a tanh
    between bring the result to GPT-2's width. GPT-2 then adds position embeddings and, as token types, the first
    rows of its word embedding, which also is the output layer.

    Args:
        token_table: [V, W] vectors of the tokens.
        size: dimensions; ``size.vocabulary`` may exceed V.
        pretrained: folder or hub id of a GPT-2 whose weights to start from; it must have the dimensions of ``size``.

    Raises:
        InputError: the table has more rows than the decoder, or the pre-trained model cannot be had or has
            other dimensions.
    """

    token_table: Tensor

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
        self.gpt2 = make_gpt2(size, pretrained)

    def tokens(self, ids: Tensor) -> Tensor:
        """Vectors [B, L, W] of token ids [B, L]."""
        return nn.functional.embedding(ids, self.token_table)

    def embed(self, vectors: Tensor) -> Tensor:
        """GPT-2's inputs [B, L, D] of vectors [B, L, W]."""
        hidden: Tensor = self.project_out(torch.tanh(self.project_in(vectors)))
        return hidden

    def forward(
        self, vectors: Tensor, types: Tensor, mask: Tensor, *, positions: Tensor, cache: Cache | None = None
    ) -> Tensor:
        """Hidden states after the last layer norm.

        Args:
            vectors: [B, L, W] tokens' vectors, joined by their context.
            types: [B, L] token types.
            mask: [B, L], or [B, cached + L] with a cache: 0 where a position may not be heard.
            positions: [B, L].
            cache: keys and values of earlier positions; grows in place.

        Returns:
            [B, L, D].
        """
        outputs = self.gpt2.transformer(
            inputs_embeds=self.embed(vectors),
            token_type_ids=types,
            attention_mask=mask,
            position_ids=positions,
            past_key_values=cache,
            use_cache=cache is not None,
        )
        hidden: Tensor = outputs.last_hidden_state
        return hidden

    def read(self, batch: TextBatch, prompt: Prompt, context: Context | None) -> Tensor:
        """Hidden states [B, P + L, D] of texts behind a prompt, in a context."""
        lyrics = self.tokens(batch.targets)  # [B, L, W]
        if context is not None:
            lyrics = context.join(lyrics, batch.places)
        first = prompt.positions.expand(len(batch), -1)  # [B, P]
        return self(
            torch.cat([prompt.vectors, lyrics], dim=1),
            torch.cat([prompt.types, batch.target_types], dim=1),
            torch.cat([prompt.mask, batch.target_mask], dim=1),
            positions=torch.cat([first, prompt.offset + batch.places], dim=1),
        )

    def scores(self, hidden: Tensor, labels: Tensor) -> Scores:
        """Scores for hidden states [B, L, D] and what they are to predict, [B, L]."""
        return Scores.of(hidden, self.logits, labels)

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores [..., V'] over the word embedding's rows for hidden states [..., D]."""
        scores: Tensor = self.gpt2.lm_head(hidden)
        return scores


def make_gpt2(size: DecoderSize, pretrained: str | None) -> GPT2LMHeadModel:
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
        return with_one_operation(GPT2LMHeadModel(config))
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
    return with_one_operation(model)


def with_one_operation(gpt2: GPT2LMHeadModel) -> GPT2LMHeadModel:
    """The model whose ``gelu_new``, eight operations over the widest states, is computed by one; the same function."""
    if gpt2.config.activation_function == "gelu_new":
        for block in cast(Any, gpt2.transformer.h):
            block.mlp.act = nn.GELU(approximate="tanh")
    return gpt2
