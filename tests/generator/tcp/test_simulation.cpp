// SPDX-License-Identifier: Apache-2.0
// Ten thousand connections, no two alike, over channels that lose, reorder and duplicate.
#include "tests/generator/tcp/simulation.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::test;
using namespace std::chrono_literals;

namespace {

/// Of a long stream the last size, which repeats, is not tiny: ten thousand connections are to take seconds.
std::vector<std::uint32_t> random_cuts(Random& random, std::uint32_t octets) {
  std::vector<std::uint32_t> sizes(random.below(5));
  for (auto& size : sizes) size = 1 + random.below(random.chance(300) ? 3 : 2000);
  if (!sizes.empty() && octets > 500) sizes.back() += 100;
  return sizes;
}

tcp::Policy random_policy(Random& random) {
  tcp::Policy policy;
  policy.send_mss = random.chance(800);
  policy.mss = static_cast<std::uint16_t>(100 + random.below(1361));
  policy.mtu = random.chance(200) ? 590 : 1500;
  policy.ipv6 = random.chance(300);
  policy.window_scaling = random.chance(500);
  policy.timestamps = random.chance(500);
  policy.sack = random.chance(500);
  policy.receive_buffer = random.chance(300) ? 600 + random.below(3000) : 20'000 + random.below(180'000);
  policy.send_buffer = 1 + random.below(50'000);
  policy.ack_delay = random.chance(300) ? 40ms : 0ms;
  policy.retries = 60;  // none is to be given up
  policy.push = static_cast<tcp::Push>(random.below(3));
  if (random.chance(300)) policy.cuts.octets = random.below(5000);
  if (random.chance(100)) policy.cuts.every = std::chrono::milliseconds(random.below(5));
  return policy;
}

Application random_application(Random& random) {
  Application app;
  app.policy = random_policy(random);
  app.iss = static_cast<std::uint32_t>(random.next());
  if (random.chance(200)) app.iss = 0xFFFFFF00U + random.below(256);  // the numbers wrap on the way
  app.octets = random.chance(100) ? 0 : random.below(random.chance(50) ? 40'000 : 4'000);
  app.policy.cuts.sizes = random_cuts(random, app.octets);
  app.read_at_most = 1 + random.below(3000);
  if (random.chance(200)) {
    app.between_reads = std::chrono::milliseconds(10 + random.below(300));
    app.read_at_most += 500;
  }
  return app;
}

Experiment random_experiment(std::uint64_t seed) {
  Random random(seed ^ 0xA5A5A5A5U);
  Experiment experiment;
  experiment.seed = seed;
  experiment.channel = {random.below(100), random.below(100), random.below(200), 1ms * (1 + random.below(50))};
  experiment.opening = random.chance(150) ? Opening::Simultaneous : Opening::ActivePassive;
  experiment.closing = random.chance(500) ? Closing::AfterPeer : Closing::AfterSending;
  experiment.ends = {random_application(random), random_application(random)};
  return experiment;
}

/// Says what is wrong, with the seed; nothing if the connection was a good one.
std::string fault_of(const Experiment& experiment, const Result& result) {
  std::string text;
  for (std::size_t i = 0; i < 2; ++i) {
    const EndResult& end = result.ends[i];
    const bool all = end.received == experiment.ends[1 - i].octets;
    const bool closed = end.state == tcp::State::Closed && end.ending == tcp::Ending::None && end.peer_finished;
    if (all && end.exact && closed) continue;
    text += "seed " + std::to_string(experiment.seed) + ": end " + std::to_string(i) + " received " +
            std::to_string(end.received) + " of " + std::to_string(experiment.ends[1 - i].octets) +
            (end.exact ? " octets" : " octets, not all of them right") + ", state " +
            std::string(tcp::name(end.state)) + ", ending " + std::to_string(static_cast<int>(end.ending)) + ", " +
            std::to_string(result.segments) + " segments\n";
  }
  return text;
}

}  // namespace

TEST_CASE("ten thousand random connections over a bad channel are octet-exact and closed", "[tcp][simulation]") {
  std::uint32_t zero_windows = 0, simultaneous = 0, segments = 0;
  std::string faults;
  for (std::uint64_t seed = 0; seed < 10'000; ++seed) {
    const Experiment experiment = random_experiment(seed);
    const Result result = simulate(experiment);
    faults += fault_of(experiment, result);
    zero_windows += result.zero_windows > 0 ? 1 : 0;
    simultaneous += experiment.opening == Opening::Simultaneous ? 1 : 0;
    segments += result.segments;
  }
  CHECK(faults == "");
  // That the draw had in it what it is meant to try.
  CHECK(zero_windows > 200);
  CHECK(simultaneous > 1000);
  CHECK(segments > 300'000);
}

TEST_CASE("the same seed gives the same segments at the same times", "[tcp][simulation]") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const Experiment experiment = random_experiment(seed);
    REQUIRE(simulate(experiment).trace == simulate(experiment).trace);
  }
  CHECK(simulate(random_experiment(1)).trace != simulate(random_experiment(2)).trace);
}

TEST_CASE("over a good channel nothing is sent twice", "[tcp][simulation]") {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Experiment experiment = random_experiment(seed);
    experiment.channel = {0, 0, 0, 5ms};
    for (auto& end : experiment.ends) {
      end.policy.receive_buffer = 100'000;
      end.between_reads = 0ms;
    }
    const Result result = simulate(experiment);
    CHECK(fault_of(experiment, result) == "");
    CHECK(result.resets == 0);
  }
}
