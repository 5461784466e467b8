"""CroMIC-CMT and its peers in training: comments on posts, captions, answers, and the lines of experiences.

Letters of shapes: B posts or experiences, N replies, R tokens of a reply, T steps, V tokens, C answer classes.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from mmtg.data.batch import Batch
from mmtg.data.module import ExperienceDataset
from mmtg.data.pictured import OpenedPictures, PicturedBatch, PicturedDataset
from mmtg.data.post_vocabulary import PostVocabulary
from mmtg.data.posts.batch import PostBatch
from mmtg.data.posts.post import CLASSES, COMMENTS, PostTokens
from mmtg.data.prompt_layout import PromptLayout, prompt_layout
from mmtg.decoding.stepwise import step_settings, write
from mmtg.decoding.texts import noise, side_by_side
from mmtg.encoders.reading import Reading
from mmtg.errors import InputError
from mmtg.metrics.figures import text_figures
from mmtg.metrics.named import POST_METRICS
from mmtg.metrics.vqa import vqa_accuracy
from mmtg.models.cromic_networks import post_network, reading_from
from mmtg.models.loss import Loss
from mmtg.models.post_experiences import posts_of
from mmtg.models.post_memory import Memory
from mmtg.models.shared_batch_norm import share_batch_norms
from mmtg.models.system import Parts, System


class CromicSystem(System):
    """A network that reads posts, in training.

    Args:
        parts: see :class:`Parts`.
        plain: see :class:`System`.
        name: in reports.
        pretrained: must be None.
        learns: ``comments``, ``captions``, ``answers`` or ``classes`` of posts, or the lines of ``experiences``.
        modality: what it is given: ``both``, ``pictures`` or ``texts`` (published: t+v, v, t).
        text_tokens: most tokens of a post's text, or of an experience's topic and each of its texts.
        reply_tokens: most tokens of what is written to a post.
        bound_lines: whether an experience's text is held to its number of lines, and they to their length.
        validation_texts: posts that validation writes to; 0 for none.
        answers: texts of the answer classes.
        matching: whether vilt learns comments beside matching.
        sees: ``pixels`` or ``vectors``.
        look: the section ``model.look``.
        replies_per_post: told to the data alone.
        writes_unknown: whether the unknown token may be written.
        **network: what else ``post_network`` takes.

    Raises:
        InputError: the settings contradict each other.
    """

    def __init__(
        self,
        parts: Parts,
        plain: dict[str, Any],
        *,
        name: str,
        pretrained: str | None,
        learns: str,
        modality: str,
        text_tokens: int,
        reply_tokens: int,
        bound_lines: bool,
        validation_texts: int,
        answers: list[str],
        matching: bool,
        sees: str,
        look: dict[str, Any],
        replies_per_post: int | None,
        writes_unknown: bool,
        **network: Any,
    ) -> None:
        super().__init__(parts, plain)
        if pretrained is not None:
            raise InputError("must be null: model.weights takes a checkpoint", field="model.pretrained")
        self.name, self.learns, self.modality, self.answers = name, learns, modality, answers
        self.tokens = PostTokens(self.vocabulary, text=text_tokens, reply=reply_tokens)
        self.bound_lines, self.validation_texts = bound_lines, validation_texts
        self.writes_unknown = writes_unknown
        self.model = post_network(
            vocabulary=self.vocabulary,
            pictures=modality != "texts",
            picture_numbers=parts.layout.steps if learns == "experiences" else 0,
            replies=learns != CLASSES,
            answers=len(answers),
            matching=matching and learns == COMMENTS,
            sees=sees,
            look=look,
            **network,
        )
        looks = modality != "texts" and sees == "pixels"
        self.hears_vectors = modality != "texts" and not looks
        self.reading: Reading | None = reading_from(look["picture"]) if looks else None
        self._validated: list[tuple[int, dict[str, Any]]] = []

    @property
    def decoder(self) -> nn.Module:  # type: ignore[override]
        """The whole network, which phase 1 trains on posts with comments."""
        return self.model

    @property
    def vocabulary(self) -> PostVocabulary:
        """Characters or WordPieces, with start, line break, end and mask."""
        assert isinstance(self.layout.vocabulary, PostVocabulary)
        return self.layout.vocabulary

    @property
    def text_layout(self) -> PromptLayout:
        """The layout of an experience's lines."""
        return prompt_layout(self.layout)

    def posts(self, batch: PostBatch | Batch, *, positive_from: int | None = None) -> PostBatch:
        """The batch as posts: those that count, with what is to be learnt; or all of them, to write to."""
        if isinstance(batch, PostBatch):
            return batch
        assert isinstance(batch, PicturedBatch)
        return posts_of(batch, self.vocabulary, modality=self.modality, positive_from=positive_from)

    def read(self, batch: PostBatch) -> Memory:
        """What the network makes of B texts and pictures."""
        return self.model.encode(batch.text, batch.pictures, batch.present)

    def loss(self, batch: Any, *, positive_from: int) -> Loss:
        """Mean cross-entropy over all tokens of all replies; of classes, over posts.

        ``token_loss`` counts the texts' own tokens alone, as for all systems.
        """
        batch = self.posts(batch, positive_from=positive_from)
        memory = self.read(batch)
        if self.learns == CLASSES:
            return self._class_loss(self.model.answer_logits(memory), batch.votes)
        logits = self.model.reply_logits(memory, batch.of, batch.replies[:, :-1])  # [N, R - 1, V]
        labels = batch.replies[:, 1:]
        nats = cross_entropy(logits.transpose(1, 2), labels, ignore_index=self.vocabulary.pad, reduction="none")
        said = labels != self.vocabulary.pad
        own = said & ~torch.isin(labels, self.structure)
        counts = int(said.sum()), int(own.sum())
        mean, of_own = ((nats * kept).sum() / max(1, count) for kept, count in zip((said, own), counts, strict=True))
        return Loss(mean, {"lm_loss": (mean, counts[0]), "token_loss": (of_own, counts[1])}, items=counts[0])

    def _class_loss(self, logits: Tensor, votes: Tensor) -> Loss:
        """Binary cross-entropy, mean over the classes times their number, as published; [B, C]."""
        nats = nn.functional.binary_cross_entropy_with_logits(logits, votes) * votes.shape[1]
        right = votes.gather(1, logits.argmax(dim=1, keepdim=True)).mean()
        return Loss(nats, {"answer_loss": (nats, len(votes)), "answer_accuracy": (right, len(votes))})

    def training_loss(self, batch: Any, *, positive_from: int) -> Loss:
        """What the network learns from: its own losses, each a mean over its own items."""
        terms = self.model.learn(self.posts(batch, positive_from=positive_from))
        (_, (first, items)), *others = terms.items()
        return Loss(first, dict(terms), some=[term for _, term in others], items=items)

    def writer(self, batch: Any) -> Memory:  # type: ignore[override]
        """What texts are written to."""
        return self.read(self.posts(batch))

    def texts(self, batch: Any, names: list[str], *, numbers: list[int] | None = None) -> list[list[list[str]]]:
        """For each item its samples, each a list of lines; see :class:`mmtg.models.system.System`."""
        wanted = list(range(self.decoding.samples)) if numbers is None else numbers
        memory = self.writer(batch)
        if self.learns == CLASSES:
            chosen = self.model.answer_logits(memory).argmax(dim=1).tolist()
            return [[[self.answers[answer]]] * len(wanted) for answer in chosen]
        return side_by_side(
            lambda rows, texts: self._lines(memory.select(rows.to(memory.device)), texts),
            names,
            wanted,
            batch_size=self.decoding.batch_size,
        )

    def _lines(self, memory: Memory, texts: list[tuple[str, int]]) -> list[list[str]]:
        """The lines of one text to each row of the memory."""
        settings, words = step_settings(self.decoding), self.vocabulary
        poem = self.learns == "experiences"
        layout, bound = self.text_layout, poem and self.bound_lines
        length = layout.lines * (layout.line_tokens + 1) if poem else self.tokens.reply - 1
        uniform = None
        if settings.kind == "sampling":
            uniform = noise((length,), self.decoding.seed, texts).to(memory.device)
        ids = write(
            self.model,
            memory,
            start=words.start,
            end=words.end,
            newline=words.line,
            banned=self._banned(poem=poem),
            settings=settings,
            length=length,
            lines=layout.lines if bound else None,
            line_tokens=layout.line_tokens if bound else None,
            uniform=uniform,
            pad=words.pad,
        )
        return [words.lines(row) for row in ids.tolist()]

    def _banned(self, *, poem: bool) -> tuple[int, ...]:
        """Tokens that are never written; line breaks among them where there is but one line."""
        words = self.vocabulary
        banned = {words.pad, words.unk, words.start, words.mask, words.line}
        return tuple(
            sorted(banned - ({words.line} if poem else set()) - ({words.unk} if self.writes_unknown else set()))
        )

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Adds to the means of ``val/``, and writes to the first posts as freely as at the test."""
        super().validation_step(batch, batch_idx)
        if not isinstance(batch, PostBatch) or not self.validation_texts:
            return
        rows = (batch.index < self.validation_texts).nonzero().flatten()
        if len(rows):
            indices = batch.index[rows].tolist()
            known = [self._sample(i, "val") for i in indices]
            texts = self.texts(batch.select(rows), [one["id"] for one in known], numbers=[0])
            self._validated += [
                (i, {**one, "hypotheses": own}) for i, one, own in zip(indices, known, texts, strict=True)
            ]

    def on_validation_epoch_end(self) -> None:
        """Logs ``val/``, the figures of what was written among it."""
        super().on_validation_epoch_end()
        written = [sample for _, sample in sorted(self._gather(self._validated), key=lambda one: one[0])]
        self._validated = []
        figures = {**text_figures(written, POST_METRICS), **vqa_accuracy(written)} if written else {}
        self.log_dict({f"val/{name}": value for name, value in figures.items()}, rank_zero_only=True)

    def own_figures(self) -> dict[str, float]:
        """``vqa_accuracy`` of answers to questions whose votes are known, and of each kind of question."""
        return vqa_accuracy(self.samples)

    def dataset(self, split: Any, experiences: Any) -> ExperienceDataset:
        """Experiences as its input, their pictures opened when asked for."""
        pictures = None if self.reading is None else OpenedPictures(experiences, self.reading)
        return PicturedDataset(split, self.layout, self.tokens, pictures)

    def on_test_start(self) -> None:
        """Refuses what cannot be done to pictures and words.

        Raises:
            InputError: inputs are left out otherwise than by masking them.
        """
        change = self.perturbation
        if change is not None and change.drop and change.fill != "missing":
            raise InputError(f"must be missing: model={self.name} hears no vectors", field="perturb.fill")

    def configure_model(self) -> None:
        """Lets batch norms see the whole batch, however many processes share it."""
        super().configure_model()
        if self.trainer.world_size > 1:
            share_batch_norms(self.model)
