"""The page itself, in Gradio; the work is done by the plain modules beside this."""

from abc import ABCMeta
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.components.base import Component
from PIL import Image

from mmtg.errors import InputError
from mmtg.playground.offer import Offer
from mmtg.playground.page import complaint, poems
from mmtg.playground.pictures import GivenPicture, drawn, step_name
from mmtg.playground.writing import GivenStep, Playground
from mmtg.world.world import TEST_SPLIT

OWN = "the checkpoint's own"
"""The strategy that a checkpoint is tested with."""

HEADING = """<div class="heading"><h1>Experiences to poems</h1><p>A topic, and steps of a picture and a text each.
Any picture or text may be left out. Nothing leaves this machine.</p></div>"""

ROOM_FOR_BAR = 120  # pixels, of the progress bar where no poems are yet
PICTURE_HEIGHT = 230  # pixels, with the label above the picture and the buttons below it

PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def _path_of(self: gr.Image, payload: Any) -> str | None:
    return None if payload is None else payload.path


# A picture that arrives as the file it came in: nobody opens it before it is checked. It is made past Gradio's own
# metaclass, which writes a stub file beside the source of every class of components.
StepPicture: type[gr.Image] = ABCMeta.__new__(
    type(gr.Image), "StepPicture", (gr.Image,), {"preprocess": _path_of, "is_template": True, "__module__": __name__}
)


@dataclass(frozen=True)
class StepInputs:
    """What a step is given by."""

    picture: gr.Image
    said: gr.HTML
    words: gr.Textbox
    draw: gr.Button
    text: gr.Textbox


class Page:
    """Gradio's page of a playground, in ``blocks``.

    Args:
        playground: the systems.
        offer: what else is on the page.
    """

    def __init__(self, playground: Playground, offer: Offer) -> None:
        self.playground, self.offer = playground, offer
        with gr.Blocks(title="mmtg playground", analytics_enabled=False) as self.blocks:
            gr.HTML(HEADING)
            with gr.Row(elem_classes="examples"):
                self.examples = [self._example(number) for number in range(offer.examples)]
            self.topic = gr.Textbox(label="Topic", max_length=playground.limits.max_text, elem_id="topic")
            with gr.Row(elem_classes="steps"):
                self.steps = [self._step(number) for number in range(playground.steps)]
            with gr.Accordion("How texts are drawn", open=False, elem_id="decoding"):
                self.strategy = gr.Dropdown([OWN, *offer.strategies], value=OWN, label="Strategy", interactive=True)
                self.sliders = {name: self._slider(name) for name in offer.sliders}
                self.seed = gr.Number(playground.authors[0].own.seed, label="seed", precision=0, minimum=0)
            self.button = gr.Button("Write", variant="primary", elem_id="write")
            self.said = gr.HTML(elem_id="said")
            self.texts = gr.HTML(elem_id="texts", min_height=ROOM_FOR_BAR)
            self._wire()

    def _example(self, number: int) -> gr.Button:
        topic, _ = self.offer.world.poem(TEST_SPLIT, number)
        return gr.Button(f"Example: {topic}", size="sm", elem_classes="example", min_width=80)

    def _step(self, number: int) -> StepInputs:
        name, most = step_name(number).capitalize(), self.playground.limits.max_text
        with gr.Column(min_width=200, elem_classes="step"):
            return StepInputs(
                StepPicture(
                    label=f"{name}: picture",
                    format="png",
                    height=PICTURE_HEIGHT,
                    buttons=[],
                    sources=["upload", "clipboard"],
                ),
                gr.HTML(elem_classes="said"),
                gr.Textbox(label=f"{name}: draw", placeholder="moon, night, snow", max_length=most),
                gr.Button(f"Draw picture {number + 1}", size="sm"),
                gr.Textbox(label=f"{name}: text", placeholder="月亮", max_length=most),
            )  # fmt: skip

    def _slider(self, name: str) -> gr.Slider:
        own, slider = getattr(self.playground.authors[0].own, name), self.offer.sliders[name]
        return gr.Slider(slider.low, max(slider.high, own), own, step=slider.step, label=name.replace("_", " "))

    def _wire(self) -> None:
        of_steps = [part for step in self.steps for part in (step.picture, step.words, step.text, step.said)]
        for number, example in enumerate(self.examples):
            example.click(self._filled(number), None, [self.topic, *of_steps], **PRIVATE)
        for number, step in enumerate(self.steps):
            step.picture.upload(self._checked(number), [step.picture], [step.picture, step.said], **PRIVATE)
            step.picture.clear(lambda: "", None, [step.said], **PRIVATE)
            gr.on(
                [step.draw.click, step.words.submit], self._drawn(number), [step.words], [step.picture, step.said],
                **PRIVATE,
            )  # fmt: skip
        numbers = [*self.sliders.values(), self.seed]
        self.strategy.input(self._of_strategy, [self.strategy], numbers, **PRIVATE)
        inputs: set[Component] = {self.topic, self.strategy, *numbers}
        inputs |= {part for step in self.steps for part in (step.picture, step.text)}
        gr.on(
            [self.button.click, self.topic.submit], self.write, inputs, [self.said, self.texts],
            api_visibility="private", show_progress_on=[self.texts], concurrency_limit=1,
        )  # fmt: skip

    def _filled(self, number: int) -> Any:
        """A function that gives an example's topic, and for each step picture, no words, text and no complaint."""

        def fill() -> list[Any]:
            experience = self.offer.world.experience(TEST_SPLIT, number)
            steps = ((step.picture and step.picture(), "", step.text or "", "") for step in experience.steps)
            return [experience.topic, *(part for step in steps for part in step)]

        return fill

    def _checked(self, number: int) -> Any:
        """A function that leaves a good picture as it is, and takes a bad one away with a complaint."""

        def check(path: str | None) -> tuple[Any, str]:
            try:
                if path is not None:
                    GivenPicture(Path(path), number, self.playground.limits)()
            except InputError as error:
                return None, complaint(error)
            return gr.skip(), ""

        return check

    def _drawn(self, number: int) -> Any:
        """A function that draws a step's picture from words; where it cannot, it leaves the one that is there."""

        def draw(words: str) -> tuple[Image.Image | Any, str]:
            try:
                return drawn(words, number, side=self.offer.world.picture_size), ""
            except InputError as error:
                return gr.skip(), complaint(error)

        return draw

    def _of_strategy(self, name: str) -> list[Any]:
        """The numbers that a strategy sets."""
        settings = self.offer.strategies.get(name, self.playground.authors[0].own)
        return [getattr(settings, field) for field in (*self.sliders, "seed")]

    def write(self, given: dict[Component, Any], progress: gr.Progress = gr.Progress()) -> tuple[str, Any]:  # noqa: B008
        """What the button does.

        Args:
            given: values by what they were given in.
            progress: the page's bar.

        Returns:
            A complaint or none, and the poems; after a mistake the poems that are there stay.
        """
        topic = given[self.topic]
        steps = [self._given(step, given) for step in self.steps]
        try:
            settings = self.playground.settings(self.offer.strategies.get(given[self.strategy]), self._changes(given))
            texts = self.playground.write(
                topic, steps, settings, progress=lambda done, total, name: progress((done, total), desc=name)
            )
        except InputError as error:
            return complaint(error), gr.skip()
        return "", poems(topic, texts, steps=self.playground.steps)

    def _changes(self, given: dict[Component, Any]) -> dict[str, int | float]:
        """The numbers on the page, each of its field's own kind."""
        own = self.playground.authors[0].own
        if given[self.seed] is None:
            raise InputError("is missing; give a whole number", field="seed")
        numbers = {**self.sliders, "seed": self.seed}
        return {name: type(getattr(own, name))(given[number]) for name, number in numbers.items()}

    def _given(self, step: StepInputs, given: dict[Component, Any]) -> GivenStep:
        path = given[step.picture]
        return GivenStep(None if path is None else Path(path), given[step.text])
