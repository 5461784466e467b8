"""What is said of single pictures: posts with comments, captions, questions."""

from mmtg.world import alphabet
from mmtg.world.captions import WorldCaption, write_captions
from mmtg.world.posts import WorldPost, write_post
from mmtg.world.questions import WorldQuestion, all_answers, ask
from mmtg.world.scenes import draw_scene


class Talk:
    """A world's posts, captions and questions, pure functions of its seed, the name of a split and an index.

    Attributes:
        seed: names the world, >= 0.
        picture_size: width and height of pictures in pixels.
    """

    seed: int
    picture_size: int

    def post(self, split: str, index: int) -> WorldPost:
        """A short text with a picture it does not speak of, and comments that mostly speak of the picture.

        Args:
            split: name of the split.
            index: place in the split, >= 0.

        Returns:
            The post.

        Raises:
            InputError: the index is negative.
        """
        return write_post(draw_scene("post", self.seed, self.picture_size, split, index))

    def captioned(self, split: str, index: int) -> WorldCaption:
        """A picture with five captions.

        Args:
            split: name of the split.
            index: place in the split, >= 0.

        Returns:
            The picture and its captions.

        Raises:
            InputError: the index is negative.
        """
        return write_captions(draw_scene("captioned", self.seed, self.picture_size, split, index))

    def question(self, split: str, index: int) -> WorldQuestion:
        """A question about a picture with the answers of ten annotators.

        Args:
            split: name of the split.
            index: place in the split, >= 0.

        Returns:
            The question and its answers.

        Raises:
            InputError: the index is negative.
        """
        return ask(draw_scene("question", self.seed, self.picture_size, split, index), self.seed)

    def answers(self) -> list[str]:
        """Every answer that can be given to a question, sorted."""
        return all_answers()

    def post_characters(self) -> list[str]:
        """All characters of posts, comments, captions, questions and answers, and those of poems, sorted."""
        return alphabet.post_characters()
