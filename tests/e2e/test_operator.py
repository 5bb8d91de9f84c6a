# SPDX-License-Identifier: Apache-2.0
"""Changes that a person makes: the run asks on its terminal and goes on when Enter is pressed."""

import os
import pty
import select
import subprocess
import sys
import time

from twinwire_program import PROGRAM, environment, results

QUESTION = "Commit the policy with inspection on"
ASKS = f'[apply.inspection]\nask = "{QUESTION}"\nmodel = {{ allow-challenge-ack = "no" }}\n'
LADDER = 'client connects\ndevice applies "inspection"\nclient sends 10\nclient closes'

# The child makes the terminal its own before it becomes the program.
TAKES_TERMINAL = "import fcntl, os, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


class AtATerminal:
    """The program on a terminal of its own, whose other end this is."""

    def __init__(self, folder, *words):
        self.master, slave = pty.openpty()
        self.said = ""
        self.running = subprocess.Popen(
            [sys.executable, "-c", TAKES_TERMINAL, str(PROGRAM), *map(str, words)],
            cwd=folder, env=environment(), stdin=slave, stdout=slave, stderr=slave,
        )  # fmt: skip
        os.close(slave)

    def read_until(self, text, patience=60):
        deadline = time.monotonic() + patience
        while text not in self.said and time.monotonic() < deadline:
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            try:
                self.said += os.read(self.master, 4096).decode()
            except OSError:  # the other side is closed
                break
        assert text in self.said, self.said

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        self.read_until("results in ")
        code = self.running.wait(timeout=60)
        os.close(self.master)
        return code


def test_the_run_goes_on_when_enter_is_pressed(scenario, bench, tmp_path):
    path = scenario("asks", LADDER, extra='family = "ipv4"')
    program = AtATerminal(tmp_path, "run", path, "--bench", bench("lab", rest=ASKS), "-o", "out")
    program.read_until(f"{QUESTION}, then press Enter:")
    assert program.running.poll() is None
    program.type("\n")
    assert program.end() == 0
    assert [r["verdict"] for r in results(tmp_path / "out")["results"]] == ["pass"]


def test_without_a_terminal_the_cell_is_an_error_that_says_what_would_help(scenario, bench, tmp_path):
    path = scenario("asks", LADDER, extra='family = "ipv4"')
    done = subprocess.run(
        [str(PROGRAM), "run", str(path), "--bench", str(bench("lab", rest=ASKS)), "-o", "out"],
        cwd=tmp_path, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60, check=False,
        start_new_session=True,
    )  # fmt: skip
    assert done.returncode == 1
    (result,) = results(tmp_path / "out")["results"]
    assert result["verdict"] == "error"
    said = " ".join(f["text"] for f in result["findings"])
    assert f"nobody can be asked to do this: {QUESTION}. Expected a terminal, or `commands`" in said


def test_ctrl_c_ends_the_run_while_it_asks(scenario, bench, tmp_path):
    path = scenario("asks", LADDER, extra='family = "ipv4"')
    scenario("z-later", 'device applies "inspection"', extra='family = "ipv4"')
    program = AtATerminal(tmp_path, "run", path.parent, "--bench", bench("lab", rest=ASKS), "-o", "out")
    program.read_until(f"{QUESTION}, then press Enter:")
    program.type("\x03")
    assert program.end() == 2
    document = results(tmp_path / "out")
    assert document["interrupted"] is True
    assert {r["verdict"] for r in document["results"]} <= {"inconclusive", "skip"}
    assert program.said.count("press Enter") == 1
