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
