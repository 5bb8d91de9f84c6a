// SPDX-License-Identifier: Apache-2.0
// Programs for the ends of a bench, and taps that note what they say.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "generator/wire/bytes.hpp"
#include "harness/bench/bench.hpp"

namespace twinwire::test {

inline constexpr std::uint16_t program_port = 8080;

using Words = std::map<std::string, std::string>;

/// An HTTP server that says "hello from {name}".
scenario::Program hello_server();
/// Fetches that, with further arguments if there are any.
scenario::Program curl(const std::vector<std::string>& arguments = {});
/// Words for a server's program at its own address.
Words words_for(const bench::Bench& bench, wire::Family family);
/// Serves the bench until it is so; whether it was within 15 seconds.
bool serve_until(bench::Bench& bench, const std::function<bool()>& so);
/// Serves the bench until the program has ended; its status. Throws if it does not.
int run_to_its_end(bench::Bench& bench, bench::Running& program);

/// Into the kernel of that end, or out of it.
enum class Direction : std::uint8_t { In, Out };

struct Heard {
  scenario::Party end{};
  Direction direction{};
  time::Instant at;
  wire::Address from;
  std::uint16_t from_port = 0;
  std::uint16_t flags = 0;
  std::uint32_t seq = 0;
};

/// All segments that are heard at the two ends while this lives.
class Taps {
 public:
  explicit Taps(bench::Bench& bench);
  ~Taps();
  Taps(const Taps&) = delete;
  Taps& operator=(const Taps&) = delete;

  std::vector<Heard> of(scenario::Party end, Direction direction) const;
  bool all_checksums_ok() const { return all_checksums_ok_; }

 private:
  void note(scenario::Party end, Direction direction, time::Instant at, wire::Bytes frame);

  bench::Bench& bench_;
  std::vector<Heard> heard_;
  bool all_checksums_ok_ = true;
};

}  // namespace twinwire::test
