"""What is given is checked before anybody writes to it."""

import socket
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from omegaconf import open_dict

from mmtg.decoding.settings import DecodingSettings
from mmtg.errors import InputError
from mmtg.playground.offer import offer_from
from mmtg.playground.pictures import Limits
from mmtg.playground.serving import check_address, check_gradio
from mmtg.playground.writing import GivenStep, Playground, load_playground

OWN = DecodingSettings(
    samples=2, top_k=5, top_p=0.5, temperature=0.7, repetition_penalty=1.0, penalty="standard", seed=3, batch_size=8
)
LIMITS = Limits(max_pixels=100, max_bytes=1000, max_text=20)


@dataclass
class Author:
    """Writes down what it is asked to write."""

    steps: int = 5
    own: DecodingSettings = OWN
    asked: list = field(default_factory=list)

    def __post_init__(self):
        self.checkpoint = Path(f"{self.steps}.ckpt")
        self.system = SimpleNamespace(layout=SimpleNamespace(steps=self.steps), name="author")

    def write(self, experience, settings, *, batch_sizes):
        self.asked.append((experience, settings))


@pytest.fixture
def playground():
    return Playground([Author(), Author()], LIMITS, batch_sizes={})


def test_every_system_writes_to_the_same_experience_with_the_same_changes(playground):
    told = []
    settings = playground.settings(None, {"temperature": 1.5, "samples": 1})
    playground.write(" moon ", [GivenStep(text=" a ")], settings, progress=lambda *state: told.append(state))
    for author in playground.authors:
        [(experience, own)] = author.asked
        assert (experience.topic, [step.text for step in experience.steps]) == ("moon", ["a", None, None, None, None])
        assert (own.temperature, own.samples, own.top_k) == (1.5, 1, OWN.top_k)
    assert told == [(0, 2, "author"), (1, 2, "author")]


@pytest.mark.parametrize(
    ("topic", "steps", "what"),
    [
        ("  ", [], "^topic: is empty"),
        ("m" * 21, [], "^topic: has 21 characters, more than the 20 allowed$"),
        ("moon", [GivenStep(), GivenStep(text="m" * 21)], "^step 2: text: has 21 characters"),
        ("moon", [GivenStep(), GivenStep(), GivenStep(Path("absent.png"))], "^step 3: picture: there is no such"),
        ("moon", [GivenStep()] * 6, "^steps: has 6, at most 5"),
    ],
)
def test_what_is_wrong_is_named_and_nobody_writes(playground, topic, steps, what):
    with pytest.raises(InputError, match=what):
        playground.write(topic, steps, playground.settings(None, {}))
    assert not any(author.asked for author in playground.authors)


def test_settings_out_of_range_are_named(playground):
    with pytest.raises(InputError, match=r"decoding\.temperature"):
        playground.settings(None, {"temperature": 0})


def test_systems_of_different_steps_are_not_mixed():
    with pytest.raises(InputError, match=r"^3\.ckpt: has 3 steps, 5\.ckpt has 5"):
        Playground([Author(), Author(steps=3)], LIMITS, batch_sizes={})


def test_a_rehearsal_is_drawn_as_each_checkpoint_would(playground):
    playground.rehearse("experience")
    assert [author.asked for author in playground.authors] == [[("experience", OWN)]] * 2


@pytest.mark.parametrize("checkpoint", ["[]", "3", "[a.ckpt,3]"])
def test_checkpoints_are_names(composed, checkpoint):
    with pytest.raises(InputError, match=r"task\.checkpoint"):
        load_playground(composed("task=play", f"task.checkpoint={checkpoint}"))


def test_the_offer_is_the_configured_one(composed):
    offer = offer_from(composed("task=play", "task.checkpoint=z", "task.examples=2", "data.world.seed=9"), steps=3)
    assert (offer.examples, offer.world.seed, offer.world.steps) == (2, 9, 3)
    greedy = composed("task=play", "decoding=greedy").decoding
    assert offer.strategies["greedy"] == DecodingSettings(**greedy)


def test_sliders_that_set_nothing_are_named(composed):
    config = composed("task=play", "task.checkpoint=z")
    with open_dict(config):
        config.task.sliders["moon"] = config.task.sliders.samples
    with pytest.raises(InputError, match=r"task\.sliders\.moon: is no field of decoding"):
        offer_from(config, steps=5)
    with pytest.raises(InputError, match=r"task\.sliders\.top_k: must have low < high"):
        offer_from(composed("task=play", "task.checkpoint=z", "task.sliders.top_k.high=0"), steps=5)


def test_without_gradio_it_is_said_how_to_get_it(monkeypatch):
    monkeypatch.setattr("mmtg.playground.serving.find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"pip install -e '\.\[play\]'"):
        check_gradio()


def test_addresses_that_cannot_be_had_are_named():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"task\.port={port}: cannot be had"):
            check_address("127.0.0.1", port)
    check_address("127.0.0.1", None)
    for host, number in (("192.0.2.1", None), ("127.0.0.1", 70000)):
        with pytest.raises(InputError, match="cannot be had"):
            check_address(host, number)
