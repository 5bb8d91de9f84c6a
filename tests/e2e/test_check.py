# SPDX-License-Identifier: Apache-2.0
"""`check`: one message per bad file, and no crash."""

import re

import pytest

from twinwire_program import SOURCE

BAD = sorted(path for path in (SOURCE / "tests/harness/scenario").glob("bad*/**/*.toml") if not path.name.startswith("_"))


def test_there_are_bad_files_enough():
    assert len(BAD) >= 40


@pytest.mark.parametrize("path", BAD, ids=lambda path: str(path.relative_to(SOURCE / "tests/harness/scenario")))
def test_a_bad_file_gives_one_message_and_exit_code_4(twinwire, path):
    ended = twinwire("check", path)
    assert ended.code == 4, ended.err
    assert ended.out == "1 file: 1 with a mistake\n"
    # Exactly one line names a place; what follows it is the source line and the caret.
    places = re.findall(r"^\S+\.toml:\d+:\d+: .+$", ended.err, re.MULTILINE)
    assert len(places) == 1, ended.err


def test_all_bad_files_at_once_give_one_message_each(twinwire):
    ended = twinwire("check", *BAD)
    assert ended.code == 4
    assert len(re.findall(r"^\S+\.toml:\d+:\d+: ", ended.err, re.MULTILINE)) == len(BAD)


def test_the_catalogue_and_the_built_in_benches_have_no_mistake(twinwire):
    ended = twinwire("check", SOURCE / "scenarios", SOURCE / "harness/bench/builtin")
    assert ended.code == 0, ended.err
    assert ended.err == ""
    assert ended.out.endswith(": no mistake\n")


def test_a_file_that_is_not_there_is_one_message(twinwire):
    ended = twinwire("check", "not-there.toml")
    assert ended.code == 4
    assert len(ended.err.strip().splitlines()) == 1
