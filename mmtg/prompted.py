"""What systems that write from keywords learn from, beside their data: a closed set of keywords and a vocabulary."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from omegaconf import DictConfig

from mmtg.artefacts import Artefacts
from mmtg.config.plain import plain
from mmtg.data.keyword_poems import KeywordFinder, counted_texts
from mmtg.data.prompt_vocabulary import PromptVocabulary, prompt_vocabulary
from mmtg.data.sources import Source
from mmtg.data.splits import Split
from mmtg.encoders.base import Encoder
from mmtg.errors import InputError
from mmtg.keyword_recall import recall_figures
from mmtg.keywords import KeywordIndex, closed_words, keyword_index

KEYWORD_SYSTEM = "mmtg.models.keyword_clip.KeywordCLIPSystem"
"""The ``_target_`` of ``conf/model/keyword_clip.yaml``."""


@dataclass(frozen=True)
class Prompted:
    """See the module.

    Attributes:
        vocabulary: characters of the poems and keywords, by falling frequency.
        finder: finds the keywords of poems.
        index: the closed set with its vectors; None for data without pictures.
        figures: how often keywords name what is in a picture.
    """

    vocabulary: PromptVocabulary
    finder: KeywordFinder
    index: KeywordIndex | None
    figures: dict[str, float]


def keyword_settings(config: DictConfig, own: Prompted) -> dict[str, Any]:
    """Plain arguments of the system beside the section ``model``.

    Args:
        config: the whole configuration.
        own: keywords and vocabulary.

    Returns:
        ``segments``, ``form``, ``keywords``, ``words``, ``mapping`` and ``vector_width``.
    """
    mapping = plain(config.mapping)
    return {
        "segments": own.finder.segments,
        "form": plain(config.form),
        "keywords": {name: config.keywords[name] for name in ("top_k", "use_texts")},
        "words": list(own.index.words) if own.index else [],
        "mapping": mapping if mapping["positions"] else None,
        "vector_width": own.index.vectors.shape[1] if own.index else 0,
    }


def prompted(
    source: Source, splits: Mapping[str, Split], encoder: Encoder | None, artefacts: Artefacts, config: DictConfig
) -> Prompted:
    """The keywords and the vocabulary of a source.

    Args:
        source: the data.
        splits: of experiences; empty for text alone.
        encoder: of pictures and keywords; None for text alone.
        artefacts: where the vectors of keywords are kept.
        config: the whole configuration.

    Returns:
        What a system that writes from keywords needs.

    Raises:
        InputError: the closed set cannot be read, or is smaller than what is asked of it.
    """
    words = closed_words(config.keywords.file)
    apart = source.brings_experiences and config.keywords.of == "steps"
    finder = KeywordFinder(frozenset(words), segments=source.steps if apart else 1, most=config.keywords.most)
    poems = source.poems(splits, artefacts)["train"]
    more: Iterable[str] = (*source.characters(splits, artefacts), *words) if source.brings_experiences else ()
    vocabulary = prompt_vocabulary(counted_texts(poems, finder), more=more, keep_spaces=source.keep_spaces)
    if encoder is None:
        return Prompted(vocabulary, finder, None, {})
    if config.keywords.top_k > len(words):
        raise InputError(f"is {config.keywords.top_k}; there are {len(words)} keywords", field="keywords.top_k")
    index = keyword_index(words, encoder, artefacts)
    return Prompted(vocabulary, finder, index, recall_figures(config, index, encoder, artefacts))
