// SPDX-License-Identifier: Apache-2.0
// Deviations: what a correct end would not do by itself, each by its name, between an endpoint and its wire. Only
// segments with payload are touched; everything else passes at once and in its place.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "generator/tcp/endpoint.hpp"

namespace twinwire::tcp {

/// Numbers count the data segments of the stream from 1; retransmissions by the endpoint are not counted again.
struct Deviations {
  /// The order in which the first of them leave: {2, 1} sends the second before the first. They are held until all that
  /// are named are there, or `patience` is over. Empty: as they come.
  std::vector<std::uint32_t> order{};
  /// All that the endpoint sends in one go, last first. The go is over when expires() is called at the same instant,
  /// which deadline() asks for.
  bool reversed = false;
  std::vector<std::uint32_t> twice{};  ///< these leave two times in a row
  /// Octets of the segment before that each one repeats at its beginning. It grows by them: whoever wants it to keep
  /// within the MTU cuts the stream smaller by as much.
  std::uint32_t overlap = 0;
  time::Duration gap{};  ///< pause between the segments that are sent out of order
  time::Duration patience = std::chrono::milliseconds(5);
};

class Shaper final : public Output {
 public:
  /// The clock is told by at(); `onward` must outlive the shaper.
  Shaper(Deviations deviations, Output& onward);
  ~Shaper() override;
  Shaper(const Shaper&) = delete;
  Shaper& operator=(const Shaper&) = delete;

  /// The time of what is transmitted next.
  void at(time::Instant now);
  void transmit(const Segment& segment) override;
  std::optional<time::Instant> deadline() const;
  void expires(time::Instant now);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace twinwire::tcp
