# SPDX-License-Identifier: Apache-2.0
"""Walking the cells of a pytest session.

The first test that needs a result has all cells of the session for the same bench walked side by side, and each test
that follows takes its own. Where a test may not run because of one before it (-x), or runs in another process
(xdist), each is walked by itself when its turn comes.
"""

from dataclasses import dataclass
from typing import Dict, List, Optional, Tuple

import pytest

from twinwire._core import Bench, Result, Scenario
from twinwire._errors import BenchError
from twinwire._lease import Lease


@dataclass(frozen=True)
class BenchKey:
    """What tells one bench of a session from another."""

    bench: str
    apply: Tuple[str, ...] = ()
    seed: Optional[int] = None

    def make(self) -> Bench:
        """The bench, not standing yet."""
        return Bench(self.bench, apply=list(self.apply), seed=self.seed)


@dataclass(frozen=True)
class Case:
    """One cell on one bench: what a test is about."""

    scenario: Scenario
    key: BenchKey
    jobs: int = 64


def changes_device(cell: Scenario) -> bool:
    """Whether the cell makes a change of the bench, which cells that are walked after it would find."""
    return any(need.startswith("apply:") for need in cell.needs)


def is_worker(config: pytest.Config) -> bool:
    """Whether this is one of several processes that share the tests."""
    return hasattr(config, "workerinput")


def case_of(item: pytest.Item) -> Optional[Case]:
    """The case that a test is about, if it is one of ours."""
    marker = item.get_closest_marker("twinwire")
    return marker.args[0] if marker and marker.args and isinstance(marker.args[0], Case) else None


class Benches:
    """The benches of this process; each stands from its first use to the end of the session.

    In what order pytest and xdist come to the cells nobody knows, and no verdict may hang on it. So cells that change
    the device have a second bench of the same kind, except on a real device, of which there is one.
    """

    def __init__(self, worker: bool) -> None:
        self._worker = worker
        self._benches: Dict[BenchKey, Bench] = {}
        self._changed: Dict[BenchKey, Bench] = {}
        self._leases: Dict[BenchKey, Lease] = {}
        self._refused: Dict[BenchKey, BenchError] = {}

    def get(self, key: BenchKey) -> Bench:
        """The bench, whether it stands or not. Raises UsageError and LoadError."""
        bench = self._benches.get(key)
        if bench is None or bench.closed:
            bench = self._benches[key] = key.make()
        return bench

    def end_ladders(self) -> None:
        """Lets go of what tests have sent by hand."""
        for bench in self._benches.values():
            bench.end()

    def shares_device(self, key: BenchKey) -> bool:
        """Whether other processes of the same test run want the very same device."""
        return self._worker and bool(self.get(key).interfaces)

    def leased(self, key: BenchKey) -> Bench:
        """The bench, and its interfaces for this process alone until the tests end."""
        bench = self.get(key)
        if bench.interfaces and key not in self._leases:
            self._leases[key] = Lease(bench.interfaces)
        return bench

    def walk(self, key: BenchKey, cells: List[Scenario], jobs: int) -> List[Result]:
        """Results in the order of the cells. Raises BenchError; at once if the bench could not be had before."""
        if key in self._refused:
            raise self._refused[key]
        try:
            if not self.get(key).interfaces:
                return self._walk_apart(key, cells, jobs)
            if not self.shares_device(key):
                return self.leased(key).run(cells, jobs=jobs)
            with Lease(self.get(key).interfaces), key.make() as bench:
                return bench.run(cells, jobs=jobs)
        except BenchError as error:
            # One that got somewhere before it was lost is worth another try.
            if not error.results:
                self._refused[key] = error
            raise

    def _walk_apart(self, key: BenchKey, cells: List[Scenario], jobs: int) -> List[Result]:
        results: Dict[bool, List[Result]] = {}
        for changing in (False, True):
            part = [cell for cell in cells if changes_device(cell) is changing]
            try:
                results[changing] = self._bench_for(key, changing).run(part, jobs=jobs) if part else []
            except BenchError as error:
                error.results = [*results.get(False, []), *error.results]
                raise
        walked = {changing: iter(part) for changing, part in results.items()}
        return [next(walked[changes_device(cell)]) for cell in cells]

    def _bench_for(self, key: BenchKey, changing: bool) -> Bench:
        if not changing:
            return self.get(key)
        bench = self._changed.get(key)
        if bench is None or bench.closed:
            bench = self._changed[key] = key.make()
        return bench

    def close(self) -> None:
        """Takes all benches down."""
        for bench in [*self._benches.values(), *self._changed.values()]:
            bench.close()
        for lease in self._leases.values():
            lease.release()


class Batches:
    """Results of cells that were walked before their turn."""

    def __init__(self, benches: Benches) -> None:
        self._benches = benches
        self._results: Dict[pytest.Item, Result] = {}

    def result(self, item: pytest.Item, case: Case) -> Result:
        """The result of a test's cell. Raises BenchError."""
        if item not in self._results:
            others = [other for other in _batch(item, case)[1:] if other not in self._results]
            self._walk([item, *others], case)
        # Taken away, so that a test that is run again is walked again.
        return self._results.pop(item)

    def _walk(self, items: List[pytest.Item], case: Case) -> None:
        cells = [_scenario(item) for item in items]
        try:
            self._results.update(zip(items, self._benches.walk(case.key, cells, case.jobs)))
        except BenchError as error:
            for item, cell in zip(items, cells):
                for result in error.results:
                    if isinstance(result, Result) and result.belongs_to(cell):
                        self._results[item] = result
            if items[0] not in self._results:
                raise


def _scenario(item: pytest.Item) -> Scenario:
    case = case_of(item)
    assert case is not None
    return case.scenario


def _one_by_one(config: pytest.Config) -> bool:
    """Whether a test decides if those behind it are run, or other processes run some of them."""
    return bool(is_worker(config) or config.getoption("maxfail", 0) or config.getoption("stepwise", False))


def _batch(item: pytest.Item, case: Case) -> List[pytest.Item]:
    """The test itself, and the selected ones behind it that can be walked with it."""
    items = item.session.items
    if _one_by_one(item.config) or item not in items:
        return [item]
    batch = [item]
    for other in items[items.index(item) + 1 :]:
        theirs = case_of(other)
        if theirs is None or (theirs.key, theirs.jobs) != (case.key, case.jobs):
            continue
        if not any(other.iter_markers("skip")) and not any(other.iter_markers("skipif")):
            batch.append(other)
    return batch
