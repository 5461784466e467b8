"""img2poem in training (img2poem reference, sections 1.4 and 1.6): likelihood on pairs, then two discriminators.

Each segment of an experience, a picture and its lines, is a pair of its own; with ``of=experience`` there is one
segment, of all pictures and all lines. All players learn in one step: what the generator wrote is discrete and its
rewards are detached, so that no gradient passes from one player to another.

Letters of shapes: B texts, S segments, N = B * S sequences, L positions, W vector width.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mmtg.data.batch import Batch, PoemBatch, TextBatch
from mmtg.data.line_vocabulary import LineVocabulary
from mmtg.data.prompt_layout import PromptLayout, prompt_layout
from mmtg.decoding.stepwise import free_sample, step_settings, write
from mmtg.decoding.texts import noise
from mmtg.encoders.base import unit
from mmtg.errors import InputError
from mmtg.models.adversarial import STAGES, Adversarial
from mmtg.models.discriminators import MultiModalDiscriminator, Pairing, PoemStyleDiscriminator, Style
from mmtg.models.img2poem import Generator
from mmtg.models.img2poem_players import Img2Poem, Pairs, class_mean
from mmtg.models.line_sequences import Sequences, lines_in, segments_of, sequences, together
from mmtg.models.loss import Loss
from mmtg.models.reinforce import baseline, reward_loss, token_log_probabilities, until_end
from mmtg.models.style_negatives import disordered, paragraphic, unpaired
from mmtg.models.system import Parts, System, adamw

UNITS = ("steps", "experience")
"""What a generator writes to: each step's picture, or all pictures of an experience."""

LIKELIHOOD, _, ADVERSARIAL = STAGES

FLOOR = 1e-20
"""Least probability of a word in the policy's loss, as published (img2poem reference, section 1.4)."""

NEVER = -1e9
"""Score of a token that is never written; finite, so that gradients stay numbers."""


class Img2PoemSystem(System):
    """Pictures to lines, in training.

    Args:
        parts: layout, tokens, schedule, optimizer, decoding.
        plain: plain data to build the system from again.
        name: of the system in reports.
        size: dimensions, as ``conf/model/size``; ``hidden`` is that of all recurrent states and embeddings.
        dropout: of the generator.
        pretrained: not used; there are no published weights that load.
        of: one of UNITS.
        length: longest sequence in tokens, its end token among them.
        bound_lines: whether texts are held to the data's number of lines, and lines to its length, while written.
        generator: the section ``model.generator``.
        multimodal: whether there is a multi-modal discriminator.
        style: whether there is a poem-style discriminator.
        adversarial: the section ``model.adversarial``.
        vector_width: W.

    Raises:
        InputError: the settings contradict each other.
    """

    reward_mean: Tensor

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        size: dict[str, Any],
        dropout: float,
        pretrained: str | None,
        of: str,
        length: int,
        bound_lines: bool,
        generator: dict[str, Any],
        multimodal: bool,
        style: bool,
        adversarial: dict[str, Any],
        vector_width: int,
    ) -> None:
        super().__init__(parts, plain)
        if of not in UNITS:
            raise InputError(f"'{of}' is unknown; choose {' or '.join(UNITS)}", field="model.of")
        if pretrained is not None:
            raise InputError(
                "must be null: img2poem starts from random weights or model.weights", field="model.pretrained"
            )
        self.name, self.longest, self.bound_lines, self.vector_width = name, length, bound_lines, vector_width
        self.adversarial = Adversarial(**adversarial)
        if self.adversarial.start_epoch is not None and not (multimodal or style):
            what = "is given, but both discriminators are switched off; without them it must be null"
            raise InputError(what, field="model.adversarial.start_epoch")
        tokens, hidden = len(self.vocabulary), size["hidden"]
        sizes = {"vocabulary": tokens, "embedding": hidden, "hidden": hidden}
        self.model = Img2Poem(
            Generator(features=vector_width, dropout=dropout, **sizes, **generator),
            MultiModalDiscriminator(features=vector_width, joint=hidden, **sizes) if multimodal else None,
            PoemStyleDiscriminator(**sizes) if style else None,
        )
        self.segments = parts.layout.steps if of == UNITS[0] else 1
        if self.adversarial.start_epoch is not None:  # else a checkpoint holds a generator alone, which others take
            self.register_buffer("reward_mean", torch.zeros(()))

    @property
    def decoder(self) -> nn.Module:  # type: ignore[override]
        """The generator, which phase 1 trains on poems alone."""
        return self.model.generator

    @property
    def text_layout(self) -> PromptLayout:
        """The layout of its texts."""
        return prompt_layout(self.layout)

    @property
    def vocabulary(self) -> LineVocabulary:
        """Characters or words, with line break, start and end."""
        assert isinstance(self.layout.vocabulary, LineVocabulary)
        return self.layout.vocabulary

    def features(self, batch: TextBatch) -> Tensor:
        """What each segment is written to, [N, W]: its pictures' vector, or that of the poem itself in phase 1."""
        if isinstance(batch, Batch):
            heard = unit(batch.image_vectors) * batch.image_present[..., None]  # [B, T, W]
        elif isinstance(batch, PoemBatch) and batch.heard.shape[1]:
            heard = unit(batch.heard)
        else:
            return torch.zeros(len(batch) * self.segments, self.vector_width, device=self.device)
        pooled = heard if self.segments > 1 else unit(heard.sum(dim=1, keepdim=True))
        return pooled.flatten(0, 1)

    def pairs(self, batch: TextBatch, *, positive_from: int) -> Pairs:
        """The pairs of a batch; those of negatives, and segments without lines, do not count."""
        lines = segments_of(batch.targets, self.text_layout, self.segments)
        texts = sequences(lines, self.vocabulary, longest=self.longest, device=batch.index.device)
        counted = torch.tensor([bool(own) for own in lines], device=batch.index.device)
        if isinstance(batch, Batch):
            counted &= (batch.rating >= positive_from).repeat_interleave(self.segments)
        return Pairs(self.features(batch), lines, texts, counted)

    def loss(self, batch: Any, *, positive_from: int) -> Loss:
        """Likelihood: mean over experiences of the mean over their tokens, line breaks and ends among them.

        ``token_loss`` counts the lines' own characters or words alone, as for all systems.
        """
        return self.likelihood(self.pairs(batch, positive_from=positive_from), len(batch))

    def likelihood(self, pairs: Pairs, count: int) -> Loss:
        """The same of pairs of B texts."""
        texts = pairs.texts
        logits = self.model.generator(pairs.features, texts.after_start(self.vocabulary.start))  # [N, L, V]
        nats = cross_entropy(logits.transpose(1, 2), texts.ids, reduction="none")  # [N, L]
        own = texts.mask & pairs.counted[:, None]
        of_text = [part.reshape(count, -1).sum(dim=1) for part in (nats * own, own)]  # [B]
        positive = of_text[1] > 0
        total = (of_text[0] / of_text[1].clamp(min=1)).sum() / max(1, int(positive.sum()))
        written = own & (texts.ids != self.vocabulary.line) & (texts.ids != self.vocabulary.end)
        tokens = int(written.sum())
        parts = {
            "lm_loss": (total, int(positive.sum())),
            "token_loss": ((nats * written).sum() / max(1, tokens), tokens),
        }
        return Loss(total, parts)

    def training_loss(self, batch: Any, *, positive_from: int) -> Loss:
        """What all players learn in the epoch's stage."""
        stage, settings = self.adversarial.stage(self.current_epoch), self.adversarial
        pairs = self.pairs(batch, positive_from=positive_from)
        loss = self.likelihood(pairs, len(batch))
        if stage == ADVERSARIAL:
            loss.total = settings.likelihood_weight * loss.total
        if stage == LIKELIHOOD:
            loss.total = loss.total + self._untouched()
            return loss
        kept = pairs.kept()
        texts = self.free_texts(kept.features)
        for name, (value, items) in self.discriminator_losses(kept, texts).items():
            loss.add(name, value, items, weight=1.0, trained=True)
        with torch.set_grad_enabled(stage == ADVERSARIAL):  # before, it is measured alone
            value, rewards = self.policy_loss(kept.features, texts)
        loss.parts["reward"] = (rewards.mean(), len(rewards))
        loss.add("policy_loss", value, len(rewards), weight=settings.reward_weight, trained=stage == ADVERSARIAL)
        return loss

    @torch.no_grad()
    def free_texts(self, features: Tensor) -> Sequences:
        """Texts [N] drawn from the generator as it runs freely, cut at their end token, or at the longest length."""
        words = self.vocabulary
        ids = free_sample(
            self.model.generator,
            features,
            start=words.start,
            end=words.end,
            length=self.longest_text,
            banned=self.banned,
        )
        return Sequences(ids, until_end(ids, words.end).sum(dim=1))

    @property
    def banned(self) -> tuple[int, ...]:
        """Tokens that are never written; UNK among them, as published."""
        return (self.vocabulary.pad, self.vocabulary.unk, self.vocabulary.start)

    @property
    def longest_text(self) -> int:
        """Most tokens of a segment's text: the data's longest, or the configured length."""
        lines = self.text_layout.lines // self.segments
        return min(self.longest, lines * (self.text_layout.line_tokens + 1))

    def discriminator_losses(self, pairs: Pairs, written: Sequences) -> dict[str, tuple[Tensor, int]]:
        """Cross-entropies of the discriminators that are there, by their logged names: means over their classes.

        Poems that are not the picture's, and lines that are pooled and drawn anew, come from the same batch.

        Args:
            pairs: N true ones.
            written: what the generator wrote to their features.

        Returns:
            name -> (mean, N).
        """
        found: dict[str, tuple[Tensor, int]] = {}
        multimodal, style, count = self.model.multimodal, self.model.style, len(pairs.lines)
        if multimodal is not None:
            poems = [tuple(map(tuple, lines)) for lines in pairs.lines]
            other = unpaired(count, poems).to(pairs.features.device)
            rows = (other >= 0).nonzero().flatten()  # those for which the batch has another poem
            told: dict[int, tuple[Tensor, Sequences]] = {
                Pairing.PAIRED: (pairs.features, pairs.texts),
                Pairing.UNPAIRED: (pairs.features[rows], pairs.texts.select(other[rows])),
                Pairing.GENERATED: (pairs.features, written),
            }
            features = self.model.heard(torch.cat([heard for heard, _ in told.values()]))
            texts, labels = together({label: own for label, (_, own) in told.items()}, self.vocabulary.pad)
            logits = multimodal(features, texts.ids, texts.lengths)
            found["multimodal_loss"] = (class_mean(logits, labels), count)
        if style is not None:
            pool = [line for lines in pairs.lines for line in lines]
            kinds: dict[int, Sequences] = {
                Style.POETIC: pairs.texts,
                Style.DISORDERED: self._sequences(disordered(pairs.lines, pool)),
                Style.PARAGRAPHIC: self._sequences(paragraphic(pairs.lines)),
                Style.GENERATED: written,
            }
            texts, labels = together(kinds, self.vocabulary.pad)
            found["style_loss"] = (class_mean(style(texts.ids, texts.lengths), labels), count)
        return found

    def policy_loss(self, features: Tensor, written: Sequences) -> tuple[Tensor, Tensor]:
        """REINFORCE on what the generator wrote as it ran freely, masked behind each end token.

        Args:
            features: [N, W].
            written: N texts.

        Returns:
            The loss, and the rewards [N].
        """
        settings, start = self.adversarial, self.vocabulary.start
        with torch.no_grad():
            rewards = self.model.rewards(features, written, settings.paired_weight)  # [N]
        held = baseline(rewards, settings.baseline, float(self.reward_mean))
        if self.training:
            self.reward_mean.lerp_(rewards.mean(), 1 - settings.momentum)
        logits = self.model.generator(features, written.after_start(start))
        logits = logits.index_fill(2, torch.tensor(self.banned, device=logits.device), NEVER)
        chosen = token_log_probabilities(logits, written.ids, FLOOR)  # [N, L]
        return reward_loss(chosen, rewards - held, written.mask), rewards

    def _untouched(self) -> Tensor:
        """Zero that depends on the discriminators, which all processes must hear of in every step."""
        zero = torch.zeros((), device=self.device)
        return sum((0.0 * p.sum() for player in self.model.discriminators() for p in player.parameters()), zero)

    def _sequences(self, texts: Sequence[Sequence[Sequence[int]]]) -> Sequences:
        return sequences(texts, self.vocabulary, longest=self.longest, device=self.device)

    def writer(self, batch: Any) -> Tensor:  # type: ignore[override]
        """What its texts are written to: features [B, S, W]."""
        return self.features(batch).unflatten(0, (-1, self.segments))

    def texts(self, batch: Any, names: list[str], *, numbers: list[int] | None = None) -> list[list[list[str]]]:
        """For each item its samples, each a list of lines; see :class:`mmtg.models.system.System`."""
        wanted = list(range(self.decoding.samples)) if numbers is None else numbers
        features = self.writer(batch)
        texts = [(b, name, n) for b, name in enumerate(names) for n in wanted]
        drawn: list[list[list[str]]] = [[] for _ in names]
        for first in range(0, len(texts), self.decoding.batch_size):
            chunk = texts[first : first + self.decoding.batch_size]
            rows = torch.tensor([b for b, _, _ in chunk], device=features.device)
            lines = self._lines(features[rows], [(name, n) for _, name, n in chunk])
            for (b, _, _), own in zip(chunk, lines, strict=True):
                drawn[b].append(own)
        return drawn

    def _lines(self, features: Tensor, texts: Sequence[tuple[str, int]]) -> list[list[str]]:
        """The lines of one text for each row of features [N, S, W]."""
        settings, words, length = step_settings(self.decoding), self.vocabulary, self.longest_text
        uniform = None
        if settings.kind == "sampling":
            uniform = noise((self.segments, length), self.decoding.seed, texts).flatten(0, 1).to(features.device)
        ids = write(
            self.model.generator,
            features.flatten(0, 1),
            start=words.start,
            end=words.end,
            newline=words.line,
            banned=self.banned,
            settings=settings,
            length=length,
            lines=self.text_layout.lines // self.segments if self.bound_lines else None,
            line_tokens=self.text_layout.line_tokens if self.bound_lines else None,
            uniform=uniform,
            pad=words.pad,
        )
        of_segment = [[words.decode(line) for line in lines_in(row, words)] for row in ids.tolist()]
        share = self.segments
        return [[line for own in of_segment[i : i + share] for line in own] for i in range(0, len(of_segment), share)]

    def configure_optimizers(self) -> Any:
        """AdamW: the generator with warm-up and decay, then constant; the discriminators constant, slower from then on.

        Both change where the likelihood's learning rate has come to its end: ``curriculum.learning_rate_epochs``.
        """
        settings, own = self.optimizer_settings, self.adversarial
        groups: list[dict[str, Any]] = [{"params": list(self.model.generator.parameters())}]
        late = own.learning_rate / settings.learning_rate
        likelihood = 0 if own.start_epoch == 0 else settings.total_steps  # steps
        factors = [lambda step: settings.factor(step) if step < likelihood else late]
        for player in self.model.discriminators():
            rate = own.discriminator_learning_rate
            groups.append({"params": list(player.parameters()), "lr": rate, "weight_decay": 0.0})
            factors.append(lambda step: 1.0 if step < likelihood else own.discriminator_slowdown)
        return adamw(groups, settings, factors)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clips each player by itself, so that none is held back by another's large gradient."""
        if gradient_clip_val:
            for group in optimizer.param_groups:
                nn.utils.clip_grad_norm_(group["params"], gradient_clip_val)
