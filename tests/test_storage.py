"""A file or folder is whole or not there, and what cannot be read is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.no_regular_files import NO_FILES
from tests.results.disk import files_of_100_bytes
from xai_bench import storage
from xai_bench.errors import InputError, OutputError

COLUMNS = {"name": "str", "score": "float64", "n": "int64"}
TABLE = pd.DataFrame({"name": ["NA", "", "b"], "score": [0.5, None, 2.0], "n": [1, 2, 3]})


def _names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


class TestWriting:
    @pytest.mark.parametrize("content", ["naïve\n", b"\x00\xff"])
    def test_a_file_and_its_folder(self, tmp_path: Path, content: str | bytes) -> None:
        path = tmp_path / "new" / "file"
        storage.write_file(path, "what was there before, and longer")
        storage.write_file(path, content)
        assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
        assert _names(tmp_path) == ["new", "new/file"]

    def test_two_writers_do_not_meet(self, tmp_path: Path) -> None:
        path = tmp_path / "file"
        with storage.new_file(path) as first, storage.new_file(path) as second:
            assert first != second
            first.write_text("first")
            second.write_text("second")
            assert not path.exists()
        assert path.read_text() == "first", "the one that ended last"
        with (
            storage.new_folder(tmp_path / "folder") as first,
            storage.new_folder(tmp_path / "other") as second,
        ):
            assert first.is_dir()
            assert second.is_dir()
        assert _names(tmp_path) == ["file", "folder", "other"]

    @pytest.mark.parametrize("new", [storage.new_file, storage.new_folder])
    def test_an_interruption_leaves_what_was_there(self, tmp_path: Path, new: Any) -> None:
        storage.write_file(tmp_path / "file", "old")
        target = tmp_path / ("file" if new is storage.new_file else "folder")

        def interrupted() -> None:
            with new(target) as temporary:
                (temporary / "part" if temporary.is_dir() else temporary).write_text("half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            interrupted()
        assert _names(tmp_path) == ["file"]
        assert (tmp_path / "file").read_text() == "old"

    def test_a_folder_with_folders_comes_whole(self, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        with storage.new_folder(tmp_path / "empty") as temporary:
            storage.write_file(temporary / "a" / "b", "c")
        assert _names(tmp_path) == ["empty", "empty/a", "empty/a/b"]

    def test_a_folder_in_use_is_left_alone(self, tmp_path: Path) -> None:
        storage.write_file(tmp_path / "used" / "file", "mine")
        with (
            pytest.raises(OutputError, match=r"^cannot write .*/used: Directory not empty$"),
            storage.new_folder(tmp_path / "used") as temporary,
        ):
            (temporary / "file").write_text("theirs")
        assert _names(tmp_path) == ["used", "used/file"]
        assert (tmp_path / "used/file").read_text() == "mine"

    def test_a_full_disk_is_one_line_and_leaves_nothing(self, tmp_path: Path) -> None:
        message = r"^cannot write .*/file: File too large$"
        with pytest.raises(OutputError, match=message), files_of_100_bytes():
            storage.write_file(tmp_path / "file", "x" * 101)
        assert _names(tmp_path) == []

    @pytest.mark.parametrize("new", [storage.new_file, storage.new_folder])
    def test_a_place_below_a_file(self, tmp_path: Path, new: Any) -> None:
        (tmp_path / "file").touch()
        with (
            pytest.raises(OutputError, match=r"^cannot write .*/file/x: Not a directory$"),
            new(tmp_path / "file" / "x"),
        ):
            pass

    def test_what_can_be_written_is_asked_without_writing(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        (tmp_path / "nowhere").symlink_to(tmp_path / "absent")
        for good in (tmp_path, tmp_path / "new" / "folder"):
            storage.check_writable(good)
        for bad in ("file", "file/x/y", "nowhere", "nowhere/x", "x" * 300):
            with pytest.raises(OutputError, match=r"^cannot write .*: [A-Z][a-z ]+$"):
                storage.check_writable(tmp_path / bad)
        assert _names(tmp_path) == ["file", "nowhere"]

    def test_what_has_no_number_of_the_system_says_what_it_says(self, tmp_path: Path) -> None:
        message = r"^cannot write .*: parquet is full$"
        with pytest.raises(OutputError, match=message), storage.writing(tmp_path):
            raise OSError("parquet is full")


class TestReading:
    def test_an_object(self, tmp_path: Path) -> None:
        (tmp_path / "f.json").write_text('{"a": [1]}')
        assert storage.read_json(tmp_path / "f.json", "make it") == {"a": [1]}

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b'{"a": [1', "Expecting ',' delimiter: line 1 column 9"),
            (b"", "Expecting value"),
            (b"\xff{}", "'utf-8' codec can't decode"),
            (b"[1]", "it holds a list where an object belongs"),
            (b'"a"', "it holds text where an object belongs"),
            (b"1", "it holds a number where an object belongs"),
            (b"true", "it holds true or false where an object belongs"),
            (b"null", "it holds nothing where an object belongs"),
        ],
    )
    def test_what_is_no_object_is_named(self, tmp_path: Path, content: bytes, why: str) -> None:
        (tmp_path / "f.json").write_bytes(content)
        with pytest.raises(InputError) as error:
            storage.read_json(tmp_path / "f.json", "make it")
        message = str(error.value)
        assert message.startswith(f"{tmp_path / 'f.json'} cannot be read: {why}")
        assert message.endswith("; make it")
        assert "\n" not in message

    @pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
    def test_a_table_of_these_columns_and_types(self, tmp_path: Path, name: str) -> None:
        _write(TABLE.assign(more=1), tmp_path / name)
        found = storage.read_table(tmp_path / name, COLUMNS, "make it")
        assert list(found.columns) == list(COLUMNS)
        assert found["name"].tolist() == ["NA", "", "b"], "text is never NaN"
        assert found["score"].isna().tolist() == [False, True, False]
        assert found["n"].dtype == "int64"

    @pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
    def test_a_column_that_older_files_lack_has_what_is_said_of_it(
        self, tmp_path: Path, name: str
    ) -> None:
        absent: dict[str, str | float] = {"n": 7, "name": "none"}
        _write(TABLE.drop(columns="n"), tmp_path / name)
        found = storage.read_table(tmp_path / name, COLUMNS, "make it", absent=absent)
        assert found["n"].tolist() == [7, 7, 7]
        assert found["name"].tolist() == ["NA", "", "b"], "what is there stays"
        with pytest.raises(InputError, match="no column n"):
            storage.read_table(tmp_path / name, COLUMNS, "make it", absent={"name": "none"})

    @pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
    @pytest.mark.parametrize(
        ("table", "why"),
        [
            (TABLE.drop(columns=["score", "n"]), "no column score, n; make it"),
            (TABLE.assign(score=["0.5", "much", "1"]), "could not convert string to float: 'much'"),
            (TABLE.assign(n=["1", "some", "3"]), "invalid literal for int"),
        ],
    )
    def test_a_table_of_another_schema_is_named(
        self, tmp_path: Path, name: str, table: pd.DataFrame, why: str
    ) -> None:
        _write(table, tmp_path / name)
        with pytest.raises(InputError) as error:
            storage.read_table(tmp_path / name, COLUMNS, "make it")
        assert str(error.value).startswith(f"{tmp_path / name} cannot be read: {why}")
        assert str(error.value).endswith("; make it")

    @pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
    def test_a_truncated_table_is_named(self, tmp_path: Path, name: str) -> None:
        _write(TABLE, tmp_path / name)
        content = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(content[: len(content) // 2])
        with pytest.raises(InputError, match=rf"{name} cannot be read: .*; make it$"):
            storage.read_table(tmp_path / name, COLUMNS, "make it")

    @pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
    def test_text_that_is_none_is_named(self, tmp_path: Path, name: str) -> None:
        _write(TABLE.assign(name="a long needle"), tmp_path / name)
        content = (tmp_path / name).read_bytes()
        assert b"needle" in content
        (tmp_path / name).write_bytes(content.replace(b"needle", b"n\xffedle"))
        with pytest.raises(InputError, match=rf"{name} cannot be read: .*; make it$"):
            _read(tmp_path / name)

    @pytest.mark.parametrize("name", ["f.json", "t.csv", "t.parquet"])
    def test_what_is_gone_is_named(self, tmp_path: Path, name: str) -> None:
        with pytest.raises(InputError, match=rf"{name} is not there; make it$"):
            _read(tmp_path / name)

    @pytest.mark.parametrize("make", NO_FILES)
    @pytest.mark.parametrize("name", ["f.json", "t.csv", "t.parquet"])
    def test_a_pipe_and_a_device_are_not_read(
        self, tmp_path: Path, name: str, make: Callable[[Path], None]
    ) -> None:
        make(tmp_path / name)
        with pytest.raises(InputError, match=rf"{name} .* it is no regular file; make it$"):
            _read(tmp_path / name)

    @pytest.mark.parametrize("name", ["f.json", "t.csv", "t.parquet"])
    def test_a_folder_is_no_file(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).mkdir()
        with pytest.raises(InputError, match=rf"{name} cannot be read: .*; make it$"):
            _read(tmp_path / name)


def _write(table: pd.DataFrame, path: Path) -> None:
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, index=False)


def _read(path: Path) -> None:
    if path.suffix == ".json":
        storage.read_json(path, "make it")
    else:
        storage.read_table(path, COLUMNS, "make it")
