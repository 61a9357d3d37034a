"""Names of layers become words, told apart where numbers tell them apart."""

import pytest

from xai_bench.report.figures.layer_words import group_words, layer_words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("encoder.0.conv", "encoder 0, convolution"),
        ("block3.conv2.1", "block 3, convolution 2"),
        ("transition.8", "transition 8"),
        ("bias_head", "bias head"),
        ("fc", "last layer"),
        ("gate1", "gate 1"),
        ("7", "7"),
    ],
)
def test_words_of_a_layer(name: str, words: str) -> None:
    assert layer_words(name) == words


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("conv3.1 to conv3.0", "convolution 3"),
        ("block3.conv2.1 to block3.conv1.0", "block 3, convolution 2 to convolution 1"),
        ("bias_head to transition.8", "bias head to transition 8"),
        ("head", "head"),
    ],
)
def test_words_of_a_group(name: str, words: str) -> None:
    assert group_words(name) == words
