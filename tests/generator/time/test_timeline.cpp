// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "generator/time/timeline.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::time;
using namespace std::chrono_literals;

TEST_CASE("simulated time jumps to what is planned next", "[time]") {
  const auto timeline = make_simulated_timeline();
  Instant seen{};
  timeline->at(Instant(1h), [&] { seen = timeline->now(); });
  timeline->run([] { return false; });
  CHECK(seen == Instant(1h));
}

TEST_CASE("calls of the same instant come in the order planned", "[time]") {
  const auto timeline = make_simulated_timeline();
  std::vector<int> order;
  for (int i = 0; i < 5; ++i) timeline->at(Instant(1s), [&order, i] { order.push_back(i); });
  timeline->at(Instant(1ms), [&] { order.push_back(9); });
  timeline->run([] { return false; });
  CHECK(order == std::vector<int>{9, 0, 1, 2, 3, 4});
}

TEST_CASE("a cancelled call is not made, and cancelling twice does no harm", "[time]") {
  const auto timeline = make_simulated_timeline();
  bool called = false;
  const TimerId timer = timeline->at(Instant(1s), [&] { called = true; });
  timeline->cancel(timer);
  timeline->cancel(timer);
  timeline->run([] { return false; });
  CHECK_FALSE(called);
}

TEST_CASE("a call planned for the past comes now", "[time]") {
  const auto timeline = make_simulated_timeline();
  Instant seen{};
  timeline->at(Instant(2s), [&] { timeline->at(Instant(1s), [&] { seen = timeline->now(); }); });
  timeline->run([] { return false; });
  CHECK(seen == Instant(2s));
}

TEST_CASE("a real timeline makes its calls in order and stops when told", "[time]") {
  const auto timeline = make_real_timeline();
  std::vector<int> order;
  timeline->at(timeline->now() + 2ms, [&] { order.push_back(2); });
  timeline->at(timeline->now() + 1ms, [&] { order.push_back(1); });
  timeline->run([&] { return order.size() == 2; });
  CHECK(order == std::vector<int>{1, 2});
  CHECK(timeline->now() >= Instant(2ms));
}
