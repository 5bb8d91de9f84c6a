// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "generator/link/cable.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace std::chrono_literals;

TEST_CASE("a frame comes out of the other plug after the cable's delay", "[link]") {
  const auto timeline = time::make_simulated_timeline();
  const auto [left, right] = link::make_cable(*timeline, 5us, 1500);
  std::vector<std::uint8_t> heard;
  time::Instant at{};
  right->on_frame([&](time::Instant when, std::span<const std::uint8_t> frame) {
    heard.assign(frame.begin(), frame.end());
    at = when;
  });
  const std::vector<std::uint8_t> frame{1, 2, 3};
  CHECK(left->send(frame) == link::Sent::Yes);
  CHECK(heard.empty());
  timeline->run([] { return false; });
  CHECK(heard == frame);
  CHECK(at == time::Instant(5us));
}

TEST_CASE("a frame towards a plug that is gone is lost without harm", "[link]") {
  const auto timeline = time::make_simulated_timeline();
  auto [left, right] = link::make_cable(*timeline, 5us, 1500);
  int heard = 0;
  right->on_frame([&](time::Instant, std::span<const std::uint8_t>) { ++heard; });
  const std::vector<std::uint8_t> frame{1};
  left->send(frame);
  right.reset();
  timeline->run([] { return false; });
  CHECK(heard == 0);
}
