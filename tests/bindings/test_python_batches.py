# SPDX-License-Identifier: Apache-2.0
"""Benches of a pytest session, with benches that are lost and devices that are shared."""

import types

import pytest
from twinwire_package import PASSES

import twinwire
from twinwire import _batches
from twinwire._batches import Batches, BenchKey, Benches, Case

KEY = BenchKey("simulation")


class FakeBench:
    """Stands for a bench between real interfaces; notes what is done, and loses itself as often as told."""

    def __init__(self, notes, interfaces=(), losses=()):
        self.notes, self.interfaces, self.closed = notes, list(interfaces), False
        self.losses = losses

    def run(self, cells, jobs):
        self.notes.append(f"run {len(cells)}")
        with twinwire.Bench("simulation") as real:
            results = real.run(cells, jobs=jobs)
        if self.losses:
            self.closed = True
            raise twinwire.BenchError("the cable is out", results[: self.losses.pop(0)])
        return results

    def close(self):
        self.notes.append("close")
        self.closed = True

    def __enter__(self):
        self.notes.append("open")
        return self

    def __exit__(self, *_):
        self.close()


class FakeLease:
    def __init__(self, interfaces):
        NOTES.append("lease " + " ".join(interfaces))

    def release(self):
        NOTES.append("release")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.release()


NOTES = []


@pytest.fixture
def notes(monkeypatch):
    NOTES.clear()
    monkeypatch.setattr(_batches, "Lease", FakeLease)
    return NOTES


@pytest.fixture
def cells(write_scenario):
    return twinwire.load(write_scenario("one", PASSES), write_scenario("two", PASSES))


class FakeItem:
    """As much of a test as a batch looks at."""

    class config:
        @staticmethod
        def getoption(name, default=None):
            return default

    def __init__(self, case, items):
        self.case, self.session = case, self
        self.items = items
        items.append(self)

    def get_closest_marker(self, name):
        return types.SimpleNamespace(args=(self.case,))

    def iter_markers(self, name):
        return iter(())


def items_of(cells):
    items = []
    for cell in cells:
        FakeItem(Case(cell, KEY), items)
    return items


def test_several_processes_lease_a_real_device_for_one_walk_only(notes, cells, monkeypatch):
    monkeypatch.setattr(BenchKey, "make", lambda key: FakeBench(notes, ["eth1", "eth2"]))
    benches = Benches(worker=True)
    assert all(benches.walk(KEY, cells, 64))
    assert notes == ["lease eth1 eth2", "open", "run 4", "close", "release"]


def test_one_process_keeps_its_device_until_the_end(notes, cells, monkeypatch):
    monkeypatch.setattr(BenchKey, "make", lambda key: FakeBench(notes, ["eth1", "eth2"]))
    benches = Benches(worker=False)
    for _ in range(2):
        benches.walk(KEY, cells, 64)
    benches.close()
    assert notes == ["lease eth1 eth2", "run 4", "run 4", "close", "release"]


def test_benches_of_this_machines_own_making_are_not_leased(notes, cells, monkeypatch):
    monkeypatch.setattr(BenchKey, "make", lambda key: FakeBench(notes))
    Benches(worker=True).walk(KEY, cells, 64)
    assert notes == ["run 4"]


def test_what_was_over_before_the_bench_was_lost_counts(notes, cells, monkeypatch):
    losses = [2]
    monkeypatch.setattr(BenchKey, "make", lambda key: FakeBench(notes, losses=losses))
    batches = Batches(Benches(worker=False))
    items = items_of(cells)
    names = [batches.result(item, item.case).name for item in items]
    assert names == [cell.name for cell in cells]
    # The rest is walked on a bench that is brought up anew.
    assert notes == ["run 4", "run 2"]


def test_a_bench_that_cannot_be_had_is_asked_for_once(notes, cells, monkeypatch):
    losses = [0, 0, 0, 0]
    monkeypatch.setattr(BenchKey, "make", lambda key: FakeBench(notes, losses=losses))
    batches = Batches(Benches(worker=False))
    for item in items_of(cells):
        with pytest.raises(twinwire.BenchError, match="the cable is out"):
            batches.result(item, item.case)
    assert notes == ["run 4"]


def test_cells_that_change_the_device_have_a_bench_of_their_own(notes, cells, write_scenario, monkeypatch):
    monkeypatch.setattr(BenchKey, "make", lambda key: FakeBench(notes))
    changing = twinwire.load(write_scenario("changes", 'device applies "inspection"\nclient connects'))
    benches = Benches(worker=False)
    results = benches.walk(KEY, [changing[0], *cells, changing[1]], 64)
    benches.close()
    assert [result.name for result in results] == ["changes-ipv4", *(cell.name for cell in cells), "changes-ipv6"]
    assert notes == ["run 4", "run 2", "close", "close"]


def test_a_real_device_is_one_and_walks_all_cells_in_one_go(notes, cells, write_scenario, monkeypatch):
    monkeypatch.setattr(BenchKey, "make", lambda key: FakeBench(notes, ["eth1", "eth2"]))
    changing = twinwire.load(write_scenario("changes", 'device applies "inspection"\nclient connects'))
    Benches(worker=False).walk(KEY, [*changing, *cells], 64)
    assert notes == ["lease eth1 eth2", "run 6"]


def test_what_a_changing_cell_left_behind_no_later_test_finds(tmp_path, write_scenario):
    lab = tmp_path / "lab.toml"
    lab.write_text(
        'format = 1\nextends = "simulation.toml"\n[apply.worse]\nmodel = { allow-challenge-ack = "no" }\n', encoding="utf-8"
    )
    changing = twinwire.load(write_scenario("changes", 'device applies "worse"\nclient connects'))
    for worker in (False, True):
        benches = Benches(worker=worker)
        for cells in (changing, twinwire.load("tcp/challenge-ack/syn-in-established"), changing):
            assert all(benches.walk(BenchKey(str(lab)), cells, 64))
        benches.close()


def test_results_of_both_benches_count_when_one_is_lost(notes, cells, write_scenario, monkeypatch):
    made = []

    def make(key):
        made.append(FakeBench(notes, losses=[1] if made else []))
        return made[-1]

    monkeypatch.setattr(BenchKey, "make", make)
    changing = twinwire.load(write_scenario("changes", 'device applies "inspection"\nclient connects'))
    with pytest.raises(twinwire.BenchError) as lost:
        Benches(worker=False).walk(KEY, [*changing, *cells], 64)
    assert [result.name for result in lost.value.results] == [*(cell.name for cell in cells), "changes-ipv4"]


def test_a_result_is_handed_over_once(notes, cells, monkeypatch):
    monkeypatch.setattr(BenchKey, "make", lambda key: FakeBench(notes))
    batches = Batches(Benches(worker=False))
    items = items_of(cells)
    for item in [items[0], items[0], items[1]]:
        assert batches.result(item, item.case)
    # A test that is run again is walked again, and no other.
    assert notes == ["run 4", "run 1"]
