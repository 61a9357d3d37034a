"""What a † means, in words."""

from xai_bench.report.flag_words import flag_words


def test_what_is_not_told_and_what_is_reversed_are_two_things() -> None:
    assert flag_words("") == ""
    assert flag_words("sign") == "does not tell apart a map from its reverse"
    assert flag_words("noise, amplitude reversed, sign") == (
        "does not tell apart the truth from noise, or a map from its reverse; "
        "takes the wrong way round the truth from |z|"
    )
    assert flag_words("of my own") == "does not tell apart of my own"
