# SPDX-License-Identifier: Apache-2.0
"""The simulation is the same on every run with the same seed."""

import os
import re
import signal
import subprocess
import time

from twinwire_program import PROGRAM, environment, results

WAITS = "client connects\nwait 60s\nclient --> server : PSH,ACK len=1"


def transcripts(folder):
    return {path.name: path.read_bytes() for path in sorted((folder / "transcripts").iterdir())}


def test_the_same_seed_gives_the_same_transcripts_byte_for_byte(twinwire, tmp_path):
    for name in ("one", "two"):
        # Apart from TLS, whose keys and random numbers are OpenSSL's own.
        twinwire("run", "--bench", "simulation", "--seed", "7", "-o", name, "-k", "not tls")
    assert len(transcripts(tmp_path / "one")) >= 80
    assert transcripts(tmp_path / "one") == transcripts(tmp_path / "two")


def test_another_seed_gives_other_transcripts(twinwire, tmp_path):
    twinwire("run", "--bench", "simulation", "--seed", "7", "-o", "one")
    twinwire("run", "--bench", "simulation", "--seed", "8", "-o", "two")
    one, two = transcripts(tmp_path / "one"), transcripts(tmp_path / "two")
    assert one.keys() == two.keys()
    assert all(one[name] != two[name] for name in one)


def test_an_hour_passes_in_a_moment(twinwire, scenario):
    begun = time.monotonic()
    ended = twinwire("run", scenario("hour", "client connects\nwait 1h\nclient --? server : PSH,ACK len=1"), "--bench", "simulation")
    assert time.monotonic() - begun < 5
    assert re.search(r"pass +hour +ipv4 +36\d\d\.\d\d s", ended.out), ended.out


def interrupted_run(scenario, folder, send, bench):
    """Two cells: one ends at once, the other waits a minute of real time; the signal comes when the first has ended."""
    scenario("a-quick", "client connects")
    scenario("b-slow", WAITS)
    words = [str(PROGRAM), "run", "scenarios", "--bench", bench, "-o", "out", "-k", "ipv4"]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(words, cwd=folder, env=environment(), start_new_session=True, **pipes) as process:
        first = process.stdout.readline()
        if first:
            send(process)
        out, err = process.communicate(timeout=30)
        return process.returncode, first + out, err


def check_interruption(folder, code, out, err):
    assert code == 2, out + err
    document = results(folder / "out")
    assert document["interrupted"] is True
    verdict = {r["scenario"]: r["verdict"] for r in document["results"]}
    assert verdict["a-quick"] == "pass"
    assert verdict["b-slow"] in ("inconclusive", "skip")
    assert "interrupted" in out


def test_ctrl_c_keeps_what_was_found(scenario, tmp_path, live_bench):
    # A terminal sends the signal to the whole group: the bench must survive it until the results are written.
    begun = time.monotonic()
    check_interruption(tmp_path, *interrupted_run(scenario, tmp_path, lambda p: os.killpg(p.pid, signal.SIGINT), live_bench))
    assert time.monotonic() - begun < 20


def test_sigterm_does_the_same(scenario, tmp_path, live_bench):
    check_interruption(tmp_path, *interrupted_run(scenario, tmp_path, lambda p: p.terminate(), live_bench))
