# SPDX-License-Identifier: Apache-2.0
"""The life of a Bench: when it stands, when it ends, and who else runs meanwhile."""

import gc
import os
import select
import signal
import subprocess
import sys
import threading
import time

import pytest
from twinwire_package import FAILS, PASSES, environment, scenario_text

import twinwire
from twinwire import Verdict


@pytest.fixture
def cells(write_scenario):
    return twinwire.load(write_scenario("passes", PASSES))


def test_one_scenario_gives_a_result_and_several_a_list_in_their_order(cells):
    with twinwire.Bench("simulation") as bench:
        assert bench.run(cells[0]).family == "ipv4"
        assert [result.family for result in bench.run(reversed(cells))] == ["ipv6", "ipv4"]
        assert bench.run([]) == []
        assert bench.run(cells[0]).belongs_to(cells[0])


def test_a_bench_stands_from_its_first_use(cells):
    bench = twinwire.Bench("simulation")
    assert bench.run(cells[0])
    bench.close()
    bench.close()
    assert bench.closed
    for use in (lambda: bench.run(cells), lambda: bench.apply("x"), bench.counters, bench.open):
        with pytest.raises(twinwire.UsageError, match="the bench 'simulation' is closed"):
            use()


def test_a_bench_says_what_it_is(cells):
    bench = twinwire.Bench("simulation", seed=7)
    assert (bench.name, bench.world, bench.profile, bench.seed) == ("simulation", "simulation", "strict", 7)
    assert (bench.device.name, bench.device.kind, bench.device.changes) == ("simulation", "model", ["failover", "inspection", "no-inspection"])
    assert bench.interfaces == []
    assert bench.skip_reason(cells[0]) is None
    assert repr(bench) == "<Bench simulation>"


def test_what_a_bench_cannot_walk_is_skipped_with_the_reason(write_scenario):
    cells = twinwire.load(write_scenario("changes", 'client connects\ndevice applies "unheard-of"'))
    with twinwire.Bench("simulation") as bench:
        reason = bench.skip_reason(cells[0])
        results = bench.run(cells)
    assert reason == "this bench knows no change 'unheard-of'"
    assert [result.verdict for result in results] == [Verdict.SKIP] * 2
    assert results[0].reason == reason and not results[0]
    assert results[0].frames == [] and results[0].transits == [] and results[0].transcript() == ""
    assert reason in results[0].explain()


def test_a_change_that_does_not_exist_is_refused(cells):
    with twinwire.Bench("simulation") as bench:
        for apply in (bench.apply, bench.device.apply):
            with pytest.raises(twinwire.BenchError, match="knows no change 'x'"):
                apply("x")
        assert bench.run(cells[0])


def test_a_change_changes_the_device(tmp_path):
    file = tmp_path / "lab.toml"
    file.write_text(
        'format = 1\nextends = "simulation.toml"\n[apply.drops-challenge-acks]\n'
        'model = { allow-challenge-ack = "no" }\n',
        encoding="utf-8",
    )
    [cell, *_] = twinwire.load("tcp/challenge-ack/syn-in-established")
    with twinwire.Bench(file) as bench:
        assert bench.device.changes == ["drops-challenge-acks", "failover", "inspection", "no-inspection"]
        assert bench.run(cell)
        bench.device.apply("drops-challenge-acks")
        assert bench.run(cell).verdict is Verdict.FAIL
    with twinwire.Bench(file, apply=["drops-challenge-acks"]) as bench:
        assert not bench.run(cell)


def test_what_a_ladder_changes_no_other_cell_of_the_same_run_finds(tmp_path, write_scenario):
    file = tmp_path / "lab.toml"
    file.write_text(
        'format = 1\nextends = "simulation.toml"\n[apply.worse]\nmodel = { allow-challenge-ack = "no" }\n', encoding="utf-8"
    )
    changing = twinwire.load(write_scenario("changes", 'device applies "worse"\nclient connects'))
    challenge = "client connects\nclient forgets\nclient --> server : SYN\nclient <-- server : ACK\nclient --> server : RST seq=seg.ack"
    others = twinwire.load(write_scenario("alone", challenge, extra="exclusive = true"))
    with twinwire.Bench(file) as bench:
        assert all(bench.run([*changing, *others]))
        # The next run does.
        assert not any(bench.run(others))


def test_jobs_are_one_to_a_thousand(cells):
    with twinwire.Bench("simulation") as bench:
        for jobs in (0, 1001):
            with pytest.raises(twinwire.UsageError, match="is not in 1 to 1000"):
                bench.run(cells, jobs=jobs)
        assert all(bench.run(cells, jobs=1, baseline=False))


def test_without_the_baseline_a_fault_of_ours_is_blamed_on_the_device(write_scenario):
    cells = twinwire.load(write_scenario("wrong", "client --? server : SYN @syn", extra='[expect]\nsyn = "dropped"'))
    with twinwire.Bench("simulation") as bench:
        assert bench.run(cells[0]).verdict is Verdict.ERROR
        assert bench.run(cells[0], baseline=False).verdict is Verdict.FAIL


def test_the_same_seed_gives_the_same_packets(cells):
    def walk(seed):
        with twinwire.Bench("simulation", seed=seed) as bench:
            return [frame.data for frame in bench.run(cells[0]).frames]

    assert walk(3) == walk(3)
    assert walk(3) != walk(4)


def test_a_bench_that_cannot_be_had_is_an_error_with_the_reason(tmp_path):
    file = tmp_path / "nics.toml"
    file.write_text(
        'format = 1\nworld = "nics"\nprofile = "strict"\n[client]\ninterface = "twnone0"\naddress = ["198.18.1.2/24"]\n'
        '[server]\ninterface = "twnone1"\naddress = ["198.18.1.3/24"]\n[device]\nkind = "external"\nlayer = 2\n',
        encoding="utf-8",
    )
    bench = twinwire.Bench(file)
    assert bench.interfaces == ["twnone0", "twnone1"]
    with pytest.raises(twinwire.BenchError, match="twnone0") as caught, bench:
        pass
    assert caught.value.results == []


def test_a_bench_that_nobody_closes_ends_with_its_last_name(live):
    bench = twinwire.Bench(live)
    bench.open()
    helpers = _children()
    assert helpers
    del bench
    gc.collect()
    assert not set(helpers) & set(_children())


def test_other_threads_run_while_a_bench_walks(write_scenario, live):
    cells = twinwire.load(write_scenario("waits", "client connects\nwait 1s\nclient closes"))
    bench = twinwire.Bench(live)
    bench.open()
    walked = []
    thread = threading.Thread(target=lambda: walked.extend(bench.run(cells)))
    thread.start()
    turns = 0
    refused = None
    while thread.is_alive():
        turns += 1
        if turns == 1000:
            with pytest.raises(twinwire.UsageError) as refused:
                bench.run(cells)
    thread.join()
    bench.close()
    assert all(walked) and len(walked) == 2
    assert turns > 1000
    assert "is in use by another thread" in str(refused.value)


def test_ctrl_c_ends_a_walk_and_leaves_the_bench_to_its_owner(tmp_path, live):
    # The client's program says that it runs, so the walk has come to it.
    os.mkfifo(tmp_path / "begun")
    says_so = f'[client]\nprogram = ["sh", "-c", "echo begun > {tmp_path}/begun; exec sleep 300"]'
    path = tmp_path / "runs.toml"
    path.write_text(scenario_text("client runs", extra=f'family = "ipv4"\n{says_so}\n'), encoding="utf-8")
    program = (
        # Whoever starts the tests in the background may have SIGINT ignored.
        "import signal, sys, twinwire\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"bench = twinwire.Bench({live!r})\n"
        "try:\n    print(bench.run(twinwire.load(sys.argv[1])))\n"
        "except KeyboardInterrupt:\n    print('interrupted', bench.closed, flush=True)\n"
    )
    begun = os.open(tmp_path / "begun", os.O_RDWR)
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(path)], env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        ready, _, _ = select.select([begun, child.stdout], [], [], 60)
        assert ready == [begun], "it ended, or never came to the program"
        interrupted = time.monotonic()
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    finally:
        child.kill()
        os.close(begun)
    assert (out, child.returncode) == ("interrupted False\n", 0), err
    assert time.monotonic() - interrupted < 20


def _children():
    with open(f"/proc/self/task/{threading.get_native_id()}/children", encoding="ascii") as children:
        return children.read().split()
