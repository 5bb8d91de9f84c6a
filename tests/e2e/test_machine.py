# SPDX-License-Identifier: Apache-2.0
"""What a run does to the machine: it needs no root, leaves nothing behind, and gives two borrowed interfaces back as they were."""

import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest
from twinwire_program import PROGRAM, SOURCE, environment, results

NOBODY = 65534
FAST = ("-k", "not slow")


@pytest.fixture
def installed(tmp_path_factory):
    """The program laid out as it is installed, where every user can read it."""
    prefix = tmp_path_factory.mktemp("prefix")
    for folder in [prefix, *prefix.parents]:
        if folder.stat().st_uid == os.getuid() and folder != pathlib.Path("/"):
            folder.chmod(folder.stat().st_mode | 0o055)
    for folder in ("bin", "libexec/twinwire", "share/twinwire"):
        (prefix / folder).mkdir(parents=True)
    shutil.copy(PROGRAM, prefix / "bin" / "twinwire")
    shutil.copy(helper(), prefix / "libexec" / "twinwire" / "twinwire-lab")
    shutil.copytree(SOURCE / "scenarios", prefix / "share" / "twinwire" / "scenarios")
    shutil.copytree(SOURCE / "harness" / "bench" / "builtin", prefix / "share" / "twinwire" / "benches")
    return prefix


def helper():
    return next(path for path in PROGRAM.parent.parent.rglob("twinwire-lab") if path.is_file())


@pytest.fixture
def playground(tmp_path_factory):
    folder = tmp_path_factory.mktemp("user")
    folder.chmod(0o777)
    return folder


def as_user(*words):
    """The call as an ordinary user: this one, or nobody where the tests run as root."""
    if os.getuid() != 0:
        return [str(word) for word in words]
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *map(str, words)]


def family_of(pid):
    """All descendants of a process, by its children and theirs."""
    found = []
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            for child in map(int, task.read_text().split()):
                found += [child, *family_of(child)]
        except OSError:
            pass
    return found


def alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds=10.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


@pytest.mark.parametrize("bench", ["nftables", "openvswitch"])
def test_an_ordinary_user_runs_the_catalogue_and_leaves_nothing_behind(installed, playground, bench):
    call = subprocess.Popen(
        as_user(installed / "bin" / "twinwire", "run", "--bench", bench, "-o", playground / "out", *FAST),
        cwd=playground,
        env=environment(HOME=str(playground)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    seen = set()
    while call.poll() is None:
        seen |= set(family_of(call.pid))
        time.sleep(0.01)
    assert call.returncode == (0 if bench == "nftables" else 1), call.stderr.read()
    assert len(results(playground / "out")["results"]) >= 80
    assert seen, "the helper was never seen"
    assert wait_until(lambda: not any(map(alive, seen)))
    assert sorted(path.name for path in playground.iterdir()) == ["out"]


@pytest.mark.parametrize("bench, processes", [("nftables", 2), ("openvswitch", 4)])
def test_nothing_survives_a_run_that_is_killed(installed, playground, bench, processes):
    call = subprocess.Popen(
        as_user(installed / "bin" / "twinwire", "run", "--bench", bench, "-o", playground / "out", "--repeat", "1000", *FAST),
        cwd=playground,
        env=environment(HOME=str(playground)),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    events = playground / "out" / "events.jsonl"
    try:
        assert wait_until(lambda: events.exists() and "cell-finished" in events.read_text(), 30)
        family = family_of(call.pid)
        assert len(family) >= processes
    finally:
        call.send_signal(signal.SIGKILL)
        call.wait()
    assert wait_until(lambda: not any(map(alive, family))), "a process outlived the run"


def in_new_network(*words):
    """Runs a shell script in a network namespace of its own, as root of it."""
    unshare = ["unshare", "--net"] if os.getuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    return [*unshare, *map(str, words)]


def test_two_prepared_interfaces_serve_as_the_bench_and_get_their_offloads_back(playground):
    bench = playground / "lab.toml"
    bench.write_text(
        'format = 1\nworld = "nics"\nprofile = "transparent"\nordered = true\n'
        '[client]\ninterface = "left"\naddress = ["198.18.1.2/24", "2001:2:0:1::2/64"]\n'
        '[server]\ninterface = "right"\naddress = ["198.18.1.3/24", "2001:2:0:1::3/64"]\n'
        '[device]\nkind = "external"\nlayer = 2\n',
        encoding="utf-8",
    )
    script = f"""
set -e
ip link add left type veth peer name right
sysctl -qw net.ipv6.conf.left.disable_ipv6=1 net.ipv6.conf.right.disable_ipv6=1
ip link set left up; ip link set right up
features() {{ ethtool -k left | grep -E '^(tx-checksumming|tcp-segmentation-offload|generic-receive-offload)'; }}
before=$(features)
{PROGRAM} run {SOURCE / "scenarios"} --bench {bench} -o {playground / "out"} -k 'not slow' >/dev/null
test "$before" = "$(features)"
echo "$before" | grep -q 'tcp-segmentation-offload: on'
"""
    done = subprocess.run(
        in_new_network("bash", "-c", script), env=environment(), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    outcome = results(playground / "out")["results"]
    assert sum(r["verdict"] == "pass" for r in outcome) >= 80
    assert {r["verdict"] for r in outcome} <= {"pass", "skip"}
