// SPDX-License-Identifier: Apache-2.0
// When clients come.
#include <algorithm>
#include <map>
#include <numeric>

#include "harness/cutover/draws.hpp"
#include "tests/harness/cutover/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::cutover;
using namespace twinwire::cutover::test;
using namespace std::chrono_literals;

namespace {

using Distribution = scenario::Returns::Distribution;

std::map<std::uint32_t, std::vector<Duration>> by_client(const std::vector<Visit>& all) {
  std::map<std::uint32_t, std::vector<Duration>> times;
  for (const Visit& visit : all) times[visit.client].push_back(visit.at);
  return times;
}

std::vector<Duration> intervals(const std::vector<Visit>& all) {
  std::vector<Duration> between;
  for (const auto& [client, times] : by_client(all)) {
    for (std::size_t i = 1; i < times.size(); ++i) between.push_back(times[i] - times[i - 1]);
  }
  return between;
}

Duration mean(const std::vector<Duration>& all) {
  return std::accumulate(all.begin(), all.end(), Duration{}) / static_cast<std::int64_t>(all.size());
}

}  // namespace

// Reference values of splitmix64 for the seed 1234567, as its author's program prints them.
TEST_CASE("numbers are those of splitmix64", "[cutover][draws]") {
  CHECK(mix(1234567 + 0x9E3779B97F4A7C15U) == 6457827717110365317U);
  CHECK(mix(1234567 + 2 * 0x9E3779B97F4A7C15U) == 3203168211198807973U);
}

TEST_CASE("numbers below an end stay below it and reach all of it", "[cutover][draws]") {
  Draws draws(1, 2);
  std::map<std::uint64_t, int> seen;
  for (int i = 0; i < 1000; ++i) ++seen[draws.below(std::uint64_t{5})];
  CHECK(seen.size() == 5);
  CHECK(seen.rbegin()->first == 4);
  CHECK(draws.below(std::uint64_t{0}) == 0);
}

TEST_CASE("clients are divided among the kinds as their parts say", "[cutover][visits]") {
  Population population = population_of(10, ClientKind::SessionId);
  population.shares = {1, 1, 2, 0, 1};
  std::map<ClientKind, int> count;
  for (std::uint32_t client = 0; client < 10; ++client) ++count[kind_of(population, client)];
  CHECK(count ==
        std::map<ClientKind, int>{
            {ClientKind::SessionId, 2}, {ClientKind::Ticket, 2}, {ClientKind::Psk, 4}, {ClientKind::Fresh, 2}});
  population.clients = 3;
  count.clear();
  for (std::uint32_t client = 0; client < 3; ++client) ++count[kind_of(population, client)];
  CHECK(count == std::map<ClientKind, int>{{ClientKind::SessionId, 1}, {ClientKind::Ticket, 1}, {ClientKind::Psk, 1}});
}

TEST_CASE("a fixed interval brings a client back after exactly that", "[cutover][visits]") {
  Population population = population_of(50, ClientKind::Ticket);
  population.returns.mean = 10min;
  const std::vector<Visit> all = visits(population, 7);
  CHECK(all.size() == std::size_t{50} * 18);
  CHECK(std::ranges::is_sorted(all, {}, &Visit::at));
  for (const Duration between : intervals(all)) CHECK(between == 10min);
  for (const auto& [client, times] : by_client(all)) {
    CHECK(times.front() >= -2h);
    CHECK(times.front() < -2h + 10min);
    CHECK(times.back() < 1h);
    CHECK(times.back() >= 50min);
  }
  // The first visits are spread: a fifth of the interval each has some.
  std::map<std::int64_t, int> fifths;
  for (const auto& [client, times] : by_client(all)) ++fifths[(times.front() + 2h) / 2min];
  CHECK(fifths.size() == 5);
}

TEST_CASE("uniform intervals lie within their bounds and use all of them", "[cutover][visits]") {
  Population population = population_of(300, ClientKind::Ticket);
  population.returns = {Distribution::Uniform, {}, 2min, 10min};
  const std::vector<Duration> between = intervals(visits(population, 1));
  CHECK(*std::ranges::min_element(between) >= 2min);
  CHECK(*std::ranges::max_element(between) <= 10min);
  CHECK(*std::ranges::min_element(between) < 2min + 5s);
  CHECK(*std::ranges::max_element(between) > 10min - 5s);
  CHECK(mean(between) > 5min + 50s);
  CHECK(mean(between) < 6min + 10s);
}

TEST_CASE("exponential intervals have their mean, and e^-1 of them are longer", "[cutover][visits]") {
  Population population = population_of(500, ClientKind::Psk);
  population.returns = {Distribution::Exponential, 1min, {}, {}};
  const std::vector<Duration> between = intervals(visits(population, 3));
  REQUIRE(between.size() > 80'000);
  CHECK(mean(between) > 59s);
  CHECK(mean(between) < 61s);
  const auto longer = std::ranges::count_if(between, [](Duration one) { return one > 1min; });
  CHECK(longer > static_cast<std::int64_t>(between.size()) * 36 / 100);
  CHECK(longer < static_cast<std::int64_t>(between.size()) * 38 / 100);
}

TEST_CASE("a seed gives its visits again, and another one others", "[cutover][visits]") {
  Population population = population_of(100, ClientKind::Psk);
  population.returns = {Distribution::Exponential, 10min, {}, {}};
  const auto same = [](const std::vector<Visit>& one, const std::vector<Visit>& other) {
    return std::ranges::equal(one, other,
                              [](const Visit& a, const Visit& b) { return a.at == b.at && a.client == b.client; });
  };
  const std::vector<Visit> first = visits(population, 42);
  CHECK(same(first, visits(population, 42)));
  CHECK_FALSE(same(first, visits(population, 43)));
  // A client comes when it comes, however many others there are.
  population.clients = 50;
  CHECK(by_client(visits(population, 42))[20] == by_client(first)[20]);
}

// Pinned, so that another library or compiler cannot change what a seed means.
TEST_CASE("the visits of a seed are the same everywhere", "[cutover][visits]") {
  Population population = population_of(1, ClientKind::Psk);
  population.before = 10min;
  population.after = 10min;
  population.returns = {Distribution::Exponential, 5min, {}, {}};
  std::vector<std::int64_t> milliseconds;
  for (const Visit& visit : visits(population, 1)) milliseconds.push_back(visit.at / 1ms);
  CHECK(milliseconds == std::vector<std::int64_t>{-519011, -333971, -273428, 261439});
}
