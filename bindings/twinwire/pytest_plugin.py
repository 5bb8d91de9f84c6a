# SPDX-License-Identifier: Apache-2.0
"""The pytest plugin: scenarios as tests.

Two roads lead to a test. A function made by twinwire.scenarios() is parametrised with the cells it names, and with
--twinwire each scenario file that pytest comes across is collected. Either way a test bears the marker `twinwire` with
its case, and the case is all that the rest of the plugin looks at.
"""

import contextlib
import datetime
import os
import pathlib
import re
from typing import Any, Callable, Iterable, Iterator, List, Optional, Tuple, Union

import pytest

from twinwire import _core, _known
from twinwire._batches import Batches, BenchKey, Benches, Case, case_of, is_worker
from twinwire._core import Bench, Device, Result, Scenario
from twinwire._errors import Error
from twinwire._generated import Request
from twinwire._lease import Lease
from twinwire._loading import Name, load
from twinwire._outcomes import Outcome, keep, record
from twinwire._words import Verdict

DEFAULT_BENCH = "nftables"
UNMATCHED = "twinwire_unmatched_issues"
#: Markers that mean something to pytest, or to us; a tag of that name is none.
RESERVED = {"filterwarnings", "parametrize", "skip", "skipif", "twinwire", "usefixtures", "xfail"}


class Session:
    """What the plugin holds from pytest's start to its end."""

    def __init__(self, config: pytest.Config) -> None:
        self.benches = Benches(is_worker(config))
        self.batches = Batches(self.benches)
        self.keep: Optional[str] = config.getoption("twinwire_keep")
        bench = config.getoption("twinwire_bench") or config.getini("twinwire_bench") or DEFAULT_BENCH
        self.key = BenchKey(str(bench), tuple(config.getoption("twinwire_apply")))
        known = config.getoption("twinwire_known")
        self.issues: List[_known.KnownIssue] = _known.read(known) if known else []
        #: Those that no collected cell is about.
        self.unmatched = list(self.issues)

    def meet(self, scenario: Scenario) -> None:
        """A cell has been collected."""
        where = (scenario.id, scenario.cell, scenario.family)
        self.unmatched = [issue for issue in self.unmatched if not issue.is_about(*where)]

    def outcome(self, item: pytest.Item, case: Case) -> Outcome:
        """Walks the cell of a test, unless it was walked already. Raises BenchError."""
        result = self.batches.result(item, case)
        record(item, result)
        keep(self.keep, self.benches.get(case.key).name, result)
        return Outcome(result, self.issues, datetime.date.today())


SESSION = pytest.StashKey[Session]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options begin with --twinwire."""
    group = parser.getgroup("twinwire", "firewalls, NATs, proxies: what they do to every packet")
    add = group.addoption
    add("--twinwire", action="store_true", default=False, help="collect scenario files (.toml) in what is named")
    add("--twinwire-bench", metavar="BENCH", help=f"bench file, or name of a built-in bench (default: {DEFAULT_BENCH})")
    add("--twinwire-apply", metavar="CHANGE", action="append", default=[], help="change of the bench to begin with")
    add("--twinwire-known", metavar="FILE", help="known issues: failures that are expected until a date")
    add("--twinwire-keep", metavar="DIR", help="keep ladders and transcripts of what did not pass")
    parser.addini("twinwire_bench", "bench file, or name of a built-in bench, unless --twinwire-bench is given")


def pytest_configure(config: pytest.Config) -> None:
    """Reads what the options name, so that a mistake there is the first thing that is said."""
    config.addinivalue_line("markers", "twinwire(case): walks a scenario on a bench")
    try:
        config.stash[SESSION] = Session(config)
    except Error as error:
        raise pytest.UsageError(str(error)) from error


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Takes the benches down."""
    plugin = session.config.stash.get(SESSION, None)
    if plugin is None:
        return
    plugin.benches.close()
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[UNMATCHED] = [str(issue) for issue in plugin.unmatched]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of xdist has ended; all workers have collected the same cells."""
    plugin = node.config.stash[SESSION]
    unmatched = getattr(node, "workeroutput", {}).get(UNMATCHED)
    if unmatched is not None:
        plugin.unmatched = [issue for issue in plugin.unmatched if str(issue) in unmatched]


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Known issues that are about nothing."""
    unmatched = config.stash[SESSION].unmatched
    if unmatched and not is_worker(config):
        terminalreporter.section("twinwire: known issues that no collected scenario is about")
        for issue in unmatched:
            terminalreporter.line(f"{issue}: {issue.scenario}")


def _marks(config: pytest.Config, case: Case) -> List[pytest.MarkDecorator]:
    """The case itself, the scenario's tags, and why the bench cannot walk it."""
    plugin = config.stash[SESSION]
    plugin.meet(case.scenario)
    marks = [pytest.mark.twinwire(case)]
    registered = {re.split(r"[:(]", line)[0].strip() for line in config.getini("markers")}
    for tag in set(case.scenario.tags) - RESERVED:
        if tag not in registered:
            config.addinivalue_line("markers", f"{tag}: tag of scenarios")
        marks.append(getattr(pytest.mark, tag))
    reason = plugin.benches.get(case.key).skip_reason(case.scenario)
    if reason is not None:
        marks.append(pytest.mark.skip(reason=reason))
    return marks


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    """A test that is skipped from the start has its properties too."""
    for item in items:
        case = case_of(item)
        if case is None or not any(item.iter_markers("skip")):
            continue
        scenario = case.scenario
        for name in ("id", "cell", "family"):
            item.user_properties.append(("scenario" if name == "id" else name, getattr(scenario, name)))
        item.user_properties.append(("verdict", str(Verdict.SKIP)))


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """What is wrong with a bench is its own message, without a traceback of ours."""
    try:
        yield
    except Error as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None


def _walked(item: pytest.Item, case: Case) -> Outcome:
    """Called while a test is set up, so that a bench that cannot be had is an error and no failure of the test."""
    with _told():
        return item.config.stash[SESSION].outcome(item, case)


# Functions made by twinwire.scenarios().


def _beside(folder: str, name: str) -> str:
    path = os.path.join(folder, name)
    return path if os.path.exists(path) else name


def _cases(request: Request, default: BenchKey) -> List[Case]:
    key = default
    if request.bench is not None:
        bench = os.fspath(request.bench)
        is_path = "/" in bench or bench.endswith(".toml")
        key = BenchKey(_beside(request.folder, bench) if is_path else bench, request.apply, request.seed)
    elif request.apply or request.seed is not None:
        key = BenchKey(default.bench, (*default.apply, *request.apply), request.seed)
    names = [_beside(request.folder, os.fspath(name)) for name in request.names]
    return [Case(cell, key, request.jobs) for cell in load(*names, **request.settings)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One case for each cell."""
    request = getattr(metafunc.function, "twinwire_request", None)
    if not isinstance(request, Request):
        return
    config = metafunc.config
    try:
        cases = _cases(request, config.stash[SESSION].key)
        parameters = [pytest.param(case, id=case.scenario.name, marks=_marks(config, case)) for case in cases]
    except Error as error:
        raise pytest.Collector.CollectError(str(error)) from error
    metafunc.parametrize("_twinwire_case", parameters)


@pytest.fixture
def _twinwire_case() -> None:
    """Replaced by each case."""


@pytest.fixture
def _twinwire_outcome(request: pytest.FixtureRequest, _twinwire_case: Case) -> Outcome:
    return _walked(request.node, _twinwire_case)


# Scenario files.


def _looks_like_scenario(path: pathlib.Path) -> bool:
    """A file of ours that is neither a bench nor known issues; a scenario with a mistake must not be overlooked."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if not re.search(r"^\s*format\s*=", text, re.MULTILINE):
        return False
    other = r"^\s*(world\s*=|applied\s*=|\[(device|path|behind|allow)\]|\[apply\.|\[\[issue\]\])"
    return not re.search(other, text, re.MULTILINE)


def _named(config: pytest.Config) -> List[pathlib.Path]:
    return [(config.invocation_params.dir / argument.split("::")[0]).resolve() for argument in config.args]


def _root_of(config: pytest.Config, path: pathlib.Path) -> str:
    """The folder that ids count from: the one that was named, as for `twinwire run FOLDER`."""
    for folder in _named(config):
        if folder.is_dir() and path.is_relative_to(folder):
            return str(folder)
    return str(path.parent)


def pytest_collect_file(file_path: pathlib.Path, parent: pytest.Collector) -> Optional["ScenarioFile"]:
    """With --twinwire, every scenario; files that begin with "_" are there to be extended only."""
    config = parent.config
    if not config.getoption("twinwire") or file_path.suffix != ".toml":
        return None
    found = not file_path.name.startswith("_") and _looks_like_scenario(file_path)
    return ScenarioFile.from_parent(parent, path=file_path) if found or file_path.resolve() in _named(config) else None


class ScenarioFile(pytest.File):
    """A scenario file; its cells are tests."""

    def collect(self) -> Iterable["ScenarioItem"]:
        """Loads it with the id that the command line gives it."""
        key = self.config.stash[SESSION].key
        file, root = _core.find_files([str(self.path)])[0]
        # Inside the catalogue ids count from the catalogue.
        if root == os.path.dirname(file):
            root = _root_of(self.config, pathlib.Path(file))
        for cell in _core.load_file(file, root, {}):
            case = Case(cell, key)
            item = ScenarioItem.from_parent(self, name=cell.name, case=case)
            for mark in _marks(self.config, case):
                item.add_marker(mark)
            yield item

    def repr_failure(  # type: ignore[override]  # as in pytest itself: a collector has no style
        self, excinfo: pytest.ExceptionInfo[BaseException]
    ) -> Any:
        """A mistake in the file is its own message."""
        return str(excinfo.value) if isinstance(excinfo.value, Error) else super().repr_failure(excinfo)


class ScenarioItem(pytest.Item):
    """One cell of a scenario file."""

    def __init__(self, *, case: Case, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._case = case
        self._outcome: Optional[Outcome] = None

    def setup(self) -> None:
        """Walks it."""
        self._outcome = _walked(self, self._case)

    def runtest(self) -> None:
        """Judges."""
        assert self._outcome is not None
        self._outcome.settle()

    def teardown(self) -> None:
        """Frames are many; nothing of them is kept."""
        self._outcome = None

    def reportinfo(self) -> Tuple["os.PathLike[str]", Optional[int], str]:
        """The file, and the cell's name."""
        return self.path, 0, self.name


# Fixtures.


def _bench_scope(fixture_name: str, config: pytest.Config) -> Any:
    """A real device is leased for one test only where several processes want it."""
    plugin = config.stash[SESSION]
    try:
        return "function" if plugin.benches.shares_device(plugin.key) else "session"
    except Error:
        return "session"  # the fixture itself says what is wrong


@pytest.fixture(scope=_bench_scope)
def twinwire_bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """The Bench of --twinwire-bench, standing; one for each process."""
    plugin = request.config.stash[SESSION]
    with contextlib.ExitStack() as ends:
        with _told():
            if plugin.benches.shares_device(plugin.key):
                ends.enter_context(Lease(plugin.benches.get(plugin.key).interfaces))
                bench = ends.enter_context(plugin.key.make())
            else:
                bench = plugin.benches.leased(plugin.key)
                bench.open()
        yield bench


@pytest.fixture(autouse=True)
def _twinwire_ladder(request: pytest.FixtureRequest) -> Iterator[None]:
    """What one test has sent is not the next one's business."""
    yield
    if "twinwire_bench" in request.fixturenames:
        request.config.stash[SESSION].benches.end_ladders()


@pytest.fixture
def twinwire_device(twinwire_bench: Bench) -> Device:
    """What stands between the wires of twinwire_bench: its name, its changes, its counters."""
    return twinwire_bench.device


@pytest.fixture
def twinwire_run(request: pytest.FixtureRequest, twinwire_bench: Bench) -> Callable[..., Union[Result, List[Result]]]:
    """Walks scenarios on twinwire_bench: `twinwire_run("tcp/reset/exact", client__mtu=590)`.

    Given a Scenario it returns a Result; given a name, or several Scenarios, a list of Results. The test is skipped if
    the bench can walk none of them. Names and settings are those of twinwire.load().
    """
    plugin = request.config.stash[SESSION]

    def run(scenarios: Union[Name, Scenario, List[Scenario]], **settings: Any) -> Union[Result, List[Result]]:
        cells = load(scenarios, **settings) if isinstance(scenarios, (str, os.PathLike)) else scenarios
        walked = twinwire_bench.run(cells)
        results = walked if isinstance(walked, list) else [walked]
        for result in results:
            record(request.node, result)
            keep(plugin.keep, twinwire_bench.name, result)
        if results and all(result.verdict is Verdict.SKIP for result in results):
            pytest.skip(results[0].reason)
        return walked

    return run
