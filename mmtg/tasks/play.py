"""A web page on this machine: topic, pictures and texts to poems."""

from omegaconf import DictConfig

from mmtg.playground.offer import offer_from
from mmtg.playground.serving import check_address, check_gradio, served, wait_for_ctrl_c
from mmtg.playground.writing import load_playground
from mmtg.world.world import TEST_SPLIT


def play(config: DictConfig) -> None:
    """Serves the page for the systems of ``task.checkpoint`` until Ctrl-C.

    Args:
        config: the whole configuration.

    Raises:
        InputError: Gradio is missing, a checkpoint cannot be had, or the address.
    """
    task = config.task
    check_gradio()
    check_address(task.host, task.port)
    playground = load_playground(config)
    offer = offer_from(config, steps=playground.steps)
    playground.rehearse(offer.world.experience(TEST_SPLIT, 0))
    with served(playground, offer, host=task.host, port=task.port, open_browser=task.open_browser) as address:
        print(f"{address}  (Ctrl-C ends it)", flush=True)
        wait_for_ctrl_c()
