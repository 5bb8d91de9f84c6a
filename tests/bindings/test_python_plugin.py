# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin, run by pytest itself in a process of its own."""

import importlib.util
import json
import subprocess
import sys
import time
import xml.etree.ElementTree

import pytest
from twinwire_package import FAILS, PACKAGE, PASSES, command_line, scenario_text

pytest_plugins = "pytester"

has_xdist = pytest.mark.skipif(importlib.util.find_spec("xdist") is None, reason="pytest-xdist is not installed")
DROPPED = "fail: the client's ACK"
GENERATED = 'import twinwire\n\ntest_firewall = twinwire.scenarios("scenarios", bench="simulation")\n'
# Says which cells each call of the walk was given.
SPY = """
from twinwire import _batches
walk = _batches.Benches.walk
def spy(self, key, cells, jobs):
    with open("walked.txt", "a") as file:
        print(*[cell.name for cell in cells], file=file)
    return walk(self, key, cells, jobs)
_batches.Benches.walk = spy
"""


@pytest.fixture
def project(pytester, monkeypatch):
    """A folder with two scenarios of two cells each, and pytest for it."""
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    class Project:
        path = pytester.path

        def write(self, name, text):
            path = pytester.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return path

        def scenario(self, name, ladder, **more):
            return self.write(f"scenarios/{name}.toml", scenario_text(ladder, **more))

        def pytest(self, *words):
            return pytester.runpytest_subprocess("-p", "no:cacheprovider", *words, timeout=300)

        def properties(self):
            """From the JUnit file: the properties of each test."""
            root = xml.etree.ElementTree.parse(self.path / "junit.xml").getroot()
            return {
                case.get("name"): {p.get("name"): p.get("value") for p in case.iter("property")}
                for case in root.iter("testcase")
            }

    made = Project()
    made.scenario("passes", PASSES)
    made.scenario("stray/fails", FAILS, tags='"stray-segment", "test"')
    return made


def roads(project):
    project.write("test_firewall.py", GENERATED)
    return {"function": ["test_firewall.py"], "files": ["--twinwire", "--twinwire-bench=simulation", "scenarios"]}


@pytest.mark.parametrize("road", ["function", "files"])
def test_a_failure_shows_the_ladder_and_no_traceback(project, road):
    result = project.pytest(*roads(project)[road])
    result.assert_outcomes(passed=2, failed=2)
    text = result.stdout.str()
    result.stdout.fnmatch_lines([f"{DROPPED} died in the device"])
    assert "FAIL   stray/fails  ipv4" in text
    assert "why it matters: The test wants to know." in text
    assert "Traceback" not in text and "_outcomes.py" not in text and "pytest_plugin.py" not in text


def test_ids_are_stable_and_name_the_cell(project):
    roads(project)
    project.scenario("sizes", PASSES, extra='family = "ipv4"\n[matrix]\n"client.mtu" = [590, 1500]')
    lines = project.pytest("--collect-only", "-q", "test_firewall.py").outlines
    assert [line for line in lines if "::" in line] == [
        f"test_firewall.py::test_firewall[{name}]"
        for name in (
            "passes-ipv4", "passes-ipv6", "sizes[590]-ipv4", "sizes[1500]-ipv4", "stray/fails-ipv4", "stray/fails-ipv6"
        )
    ]  # fmt: skip
    lines = project.pytest("--collect-only", "-q", "--twinwire", "scenarios").outlines
    assert "scenarios/sizes.toml::sizes[590]-ipv4" in lines
    assert "scenarios/stray/fails.toml::stray/fails-ipv6" in lines
    chosen = project.pytest("--twinwire", "--twinwire-bench=simulation", "scenarios/sizes.toml::sizes[590]-ipv4")
    chosen.assert_outcomes(passed=1)


def test_without_the_option_no_file_is_collected(project):
    project.pytest("scenarios").assert_outcomes()


def test_only_scenarios_are_collected(project):
    project.write("pyproject.toml", '[project]\nname = "x"\n')
    project.write("lab.toml", 'format = 1\nextends = "simulation.toml"\n[allow]\nttl = "decrement"\n')
    project.write("known.toml", "format = 1\n[[issue]]\n")
    project.write("_parent.toml", scenario_text(PASSES))
    project.pytest("--twinwire", "--twinwire-bench=simulation", ".").assert_outcomes(passed=2, failed=2)


@pytest.mark.parametrize("road", ["function", "files"])
def test_only_what_is_selected_is_walked_and_side_by_side(project, road):
    project.write("conftest.py", SPY)
    project.pytest(*roads(project)[road], "-k", "passes").assert_outcomes(passed=2, deselected=2)
    assert (project.path / "walked.txt").read_text().splitlines() == ["passes-ipv4 passes-ipv6"]


def test_after_the_first_failure_nothing_is_walked(project):
    project.write("conftest.py", SPY)
    project.scenario("a-fails", FAILS)
    project.pytest(*roads(project)["function"], "-x").assert_outcomes(failed=1)
    assert (project.path / "walked.txt").read_text().splitlines() == ["a-fails-ipv4"]


def test_a_test_that_is_skipped_is_not_walked(project):
    project.write(
        "conftest.py",
        SPY + "import pytest\n"
        "def pytest_collection_modifyitems(items):\n"
        "    items[-1].add_marker(pytest.mark.skip(reason='not today'))\n",
    )
    project.pytest(*roads(project)["function"]).assert_outcomes(passed=2, failed=1, skipped=1)
    assert "stray/fails-ipv6" not in (project.path / "walked.txt").read_text()


def test_tags_are_markers(project):
    roads(project)
    project.write("pytest.ini", "[pytest]\naddopts = --strict-markers\n")
    project.pytest("test_firewall.py", "-m", "stray-segment").assert_outcomes(failed=2, deselected=2)
    project.pytest("test_firewall.py", "-m", "twinwire and not stray-segment").assert_outcomes(passed=2, deselected=2)


def test_a_tag_never_means_something_to_pytest(project):
    project.scenario("skipped", PASSES, tags='"skip", "xfail"')
    project.pytest(*roads(project)["function"]).assert_outcomes(passed=4, failed=2)


def test_settings_go_to_the_loader(project):
    project.write("test_mtu.py", GENERATED.replace("bench=", "client__mtu=590, bench="))
    project.pytest("test_mtu.py", "-k", "passes").assert_outcomes(passed=2, deselected=2)
    project.write("test_mtu.py", GENERATED.replace("bench=", "client__mut=590, bench="))
    result = project.pytest("test_mtu.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*client.mut*"])
    assert "Traceback" not in result.stdout.str() and "_loading.py" not in result.stdout.str()


@pytest.mark.parametrize("road", ["function", "files"])
def test_a_mistake_in_a_file_is_an_error_with_its_place_only(project, road):
    bad = project.scenario("bad", "client --> sever : SYN")
    result = project.pytest(*roads(project)[road])
    told = command_line("list", bad, cwd=project.path).stderr
    for line in told.splitlines():
        assert line in result.stdout.str()
    assert "did you mean" in told
    assert "_loading.py" not in result.stdout.str() and "pytest_plugin.py" not in result.stdout.str()
    assert result.ret != 0


def test_a_bench_that_cannot_be_had_is_an_error_and_no_failure(project):
    project.write(
        "gone.toml",
        'format = 1\nworld = "nics"\nprofile = "strict"\n'
        '[client]\ninterface = "twnone0"\naddress = ["198.18.1.2/24", "2001:2:0:1::2/64"]\n'
        '[server]\ninterface = "twnone1"\naddress = ["198.18.1.3/24", "2001:2:0:1::3/64"]\n'
        '[device]\nkind = "external"\nlayer = 2\n',
    )
    project.write("test_gone.py", GENERATED.replace('"simulation"', '"gone.toml"'))
    for words in (["test_gone.py"], ["--twinwire", "--twinwire-bench=gone.toml", "scenarios"]):
        result = project.pytest(*words)
        result.assert_outcomes(errors=4)
        result.stdout.fnmatch_lines(["there is no interface 'twnone0' on this machine"])
        assert "During handling" not in result.stdout.str()
        assert "Traceback" not in result.stdout.str() and "_batches.py" not in result.stdout.str()


def test_what_the_bench_lacks_is_skipped_with_the_reason(project):
    project.scenario("changes", 'client connects\ndevice applies "unheard-of"')
    result = project.pytest(*roads(project)["function"], "-rs", "--junitxml=junit.xml")
    result.assert_outcomes(passed=2, failed=2, skipped=2)
    result.stdout.fnmatch_lines(["SKIPPED*test_firewall.py*: this bench knows no change 'unheard-of'"])
    assert project.properties()["test_firewall[changes-ipv4]"]["verdict"] == "skip"


def test_junit_has_scenario_cell_and_verdict(project):
    project.pytest(*roads(project)["function"], "--junitxml=junit.xml")
    assert project.properties()["test_firewall[stray/fails-ipv4]"] == {
        "scenario": "stray/fails", "cell": "", "family": "ipv4", "verdict": "fail"
    }  # fmt: skip


KNOWN = """format = 1
[[issue]]
id = "FW-7"
scenario = "stray/fails"
text = "the client's ACK"
expires = 2999-12-31
owner = "firewall team"
"""


def test_a_known_issue_is_an_expected_failure_with_its_reason(project):
    project.write("known.toml", KNOWN)
    result = project.pytest(*roads(project)["function"], "--twinwire-known=known.toml", "-rx", "--junitxml=junit.xml")
    result.assert_outcomes(passed=2, xfailed=2)
    assert result.ret == 0
    result.stdout.fnmatch_lines(["*known issue FW-7 (until 2999-12-31, firewall team): fail: *"])
    assert project.properties()["test_firewall[stray/fails-ipv4]"]["verdict"] == "fail"


@pytest.mark.parametrize(
    ("change", "outcomes", "line"),
    [
        (("2999-12-31", "2020-01-01"), {"failed": 2}, "known issue FW-7 (until 2020-01-01, firewall team) excuses nothing*"),
        (("the client's ACK", "a RST"), {"failed": 2}, "known issue FW-7 * is another one: 'a RST' is not *"),
        (("stray/fails", "passes"), {"failed": 4}, "*known issue FW-7 * passed unexpectedly*"),
        (("stray/fails", "stray/gone"), {"failed": 2}, "FW-7 (until 2999-12-31, firewall team): stray/gone"),
        (('text', 'family = "ipv6"\ntext'), {"failed": 1, "xfailed": 1}, "*"),
        (('text', 'cell = "590"\ntext'), {"failed": 2}, "FW-7 (until*"),
    ],
    ids=["expired", "other-text", "passes", "no-scenario", "one-family", "no-cell"],
)  # fmt: skip
def test_a_known_issue_excuses_no_more_than_it_says(project, change, outcomes, line):
    project.write("known.toml", KNOWN.replace(*change, 1))
    result = project.pytest(*roads(project)["function"], "--twinwire-known=known.toml")
    counts = {"passed": 2, "failed": 0, "xfailed": 0, **outcomes}
    counts["passed"] = 4 - counts["failed"] - counts["xfailed"]
    result.assert_outcomes(**counts)
    result.stdout.fnmatch_lines([line])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("format = 2\n", "known.toml: format must be 1"),
        (KNOWN.replace("owner", "woner"), "issue 1: there is no key 'woner'"),
        (KNOWN.replace('owner = "firewall team"', ""), "issue 1: the key 'owner' is missing"),
        (KNOWN.replace("2999-12-31", '"soon"'), "issue 1: expires must be a date"),
        (KNOWN.replace("the client's ACK", ""), "issue 1: text must not be empty"),
        ("format = ", "known.toml: "),
        (None, "known.toml: No such file or directory"),
    ],
)
def test_a_mistake_in_the_known_issues_is_told_before_anything_runs(project, text, told):
    if text is not None:
        project.write("known.toml", text)
    result = project.pytest(*roads(project)["function"], "--twinwire-known=known.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: *{told.replace('[', '[[]')}*"])


def test_what_did_not_pass_is_kept(project):
    project.pytest(*roads(project)["function"], "--twinwire-keep=kept")
    assert sorted(path.name for path in (project.path / "kept/simulation").iterdir()) == [
        "stray.fails-ipv4.jsonl", "stray.fails-ipv4.txt", "stray.fails-ipv6.jsonl", "stray.fails-ipv6.txt"
    ]  # fmt: skip
    assert "the client's ACK" in (project.path / "kept/simulation/stray.fails-ipv4.txt").read_text(encoding="utf-8")
    header = (project.path / "kept/simulation/stray.fails-ipv4.jsonl").read_text(encoding="utf-8").splitlines()[0]
    assert json.loads(header)["scenario"] == "stray/fails"


def test_the_fixtures_give_bench_device_and_run(project):
    project.write(
        "test_own.py",
        "def test_run(twinwire_run, twinwire_bench, twinwire_device):\n"
        "    assert twinwire_bench.name == 'simulation' and twinwire_device.kind == 'model'\n"
        "    assert all(twinwire_run('scenarios/passes.toml', client__mtu=590))\n"
        "def test_check(twinwire_run):\n"
        "    for result in twinwire_run('scenarios/stray/fails.toml'):\n"
        "        result.check()\n",
    )
    result = project.pytest("test_own.py", "--twinwire-bench=simulation", "--junitxml=junit.xml")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*AssertionError: FAIL   fails  ipv4*"])
    assert project.properties()["test_check"]["scenario"] == "fails"


def test_what_one_test_has_sent_by_hand_is_not_the_next_ones_business(project):
    project.write(
        "test_two.py",
        "def test_first(twinwire_bench):\n"
        "    twinwire_bench.client.send('SYN')\n"
        "    twinwire_bench.server.expect('SYN')\n"
        "    twinwire_bench.server.send('SYN,ACK')\n\n"
        "def test_second(twinwire_bench):\n"
        "    assert twinwire_bench.crossings() == []\n"
        "    twinwire_bench.client.expect_nothing()\n"
        "    twinwire_bench.server.expect(twinwire_bench.client.send('ACK'))\n",
    )
    result = project.pytest("--twinwire-bench", "simulation")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["E*missing: line 1, client --? server : ACK; it died in the device: absence proved by a marker"])
    result.stdout.no_fnmatch_line("*SYN,ACK seq=*")


def test_the_bench_of_the_configuration_is_used_and_the_command_line_wins(project):
    project.write("pytest.ini", "[pytest]\ntwinwire_bench = simulation\n")
    project.write("test_name.py", "def test_name(twinwire_bench):\n    assert twinwire_bench.name == 'simulation'\n")
    project.pytest("test_name.py").assert_outcomes(passed=1)
    project.pytest("test_name.py", "--twinwire-bench=accumulating-simulation").assert_outcomes(failed=1)


def test_a_change_of_the_bench_that_it_does_not_know_is_told(project):
    result = project.pytest(*roads(project)["files"], "--twinwire-apply=unheard-of")
    assert "knows no such change" in result.stdout.str()
    assert result.ret != 0


@has_xdist
def test_known_issues_that_match_nothing_are_told_once_by_all_processes(project):
    project.write("known.toml", KNOWN + KNOWN.split("\n", 1)[1].replace("stray/fails", "gone").replace("FW-7", "FW-8"))
    result = project.pytest(*roads(project)["function"], "--twinwire-known=known.toml", "-n", "2")
    result.assert_outcomes(passed=2, xfailed=2)
    assert result.stdout.str().count("FW-8") == 1


def waits_for_a_lock(process):
    """As the kernel sees it."""
    with open("/proc/locks", encoding="ascii") as locks:
        return any(line.split()[1:3] == ["->", "FLOCK"] and str(process.pid) in line.split() for line in locks)


def test_a_lease_is_for_one_process_at_a_time(tmp_path):
    program = (
        "import sys, tempfile; tempfile.tempdir = sys.argv[1]\n"
        "from twinwire._lease import Lease\n"
        "with Lease(['b', 'a']):\n"
        "    print('begins', flush=True); sys.stdin.readline(); print('ends', flush=True)\n"
    )

    def start():
        return subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path)], env={"PYTHONPATH": str(PACKAGE)},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    first = start()
    assert first.stdout.readline() == "begins\n"
    second = start()
    second.stdin.write("\n")
    second.stdin.flush()
    deadline = time.monotonic() + 60
    while not waits_for_a_lock(second) and second.poll() is None and time.monotonic() < deadline:
        pass
    assert waits_for_a_lock(second)
    assert first.communicate("\n", timeout=30)[0] == "ends\n"
    assert second.communicate(timeout=30)[0] == "begins\nends\n"
    # A process that is killed keeps nothing.
    third = start()
    assert third.stdout.readline() == "begins\n"
    third.kill()
    third.wait()
    assert start().communicate("\n", timeout=30)[0] == "begins\nends\n"
