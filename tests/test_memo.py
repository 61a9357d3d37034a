"""What was made once is not made again, whatever it is."""

from xai_bench.memo import Memo


def test_each_key_is_made_once_and_none_is_a_value_too() -> None:
    memo, made = Memo(), []

    def make() -> None:
        made.append(1)

    for _ in range(2):
        assert memo("key", make) is None
        assert memo(("another", 1), lambda: 7) == 7
    assert made == [1]
