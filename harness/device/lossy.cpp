// SPDX-License-Identifier: Apache-2.0
// A bad line: of each TCP segment three dice decide whether it is lost, doubled or held back. A segment held back goes
// out after the next one of its direction, or after a millisecond if none comes. The dice are rolled for every segment,
// so one setting does not shift what another one hits. What is no TCP passes.
#include <array>
#include <optional>
#include <random>
#include <vector>

#include "generator/wire/packet.hpp"
#include "harness/device/middlebox.hpp"
#include "harness/device/settings.hpp"

namespace twinwire::device {

namespace {

constexpr std::string_view model_name = "lossy";
constexpr std::string_view known_settings = "drop, duplicate, reorder and seed";
constexpr auto longest_hold = std::chrono::milliseconds(1);
constexpr std::uint64_t per_mille = 1000;

struct Held {
  time::Instant due;
  std::vector<std::uint8_t> frame;
};

class Lossy final : public Middlebox {
 public:
  explicit Lossy(const Settings& settings) { configure(settings); }

  void on_frame(Party from, time::Instant now, wire::Bytes frame, const Emit& emit) override {
    const auto packet = wire::decode(frame);
    if (!packet || !packet->tcp) return emit(other(from), frame);
    const bool lost = hits(drop_);
    const bool doubled = hits(duplicate_);
    const bool delayed = hits(reorder_);
    auto& held = held_[static_cast<std::size_t>(from)];
    if (lost) {
      ++dropped_;
      return;
    }
    const bool holds = delayed && !held;
    if (!holds) emit(other(from), frame);
    if (doubled) duplicate(other(from), frame, emit);
    if (!holds) return release(from, emit);
    ++reordered_;
    held = Held{now + longest_hold, {frame.begin(), frame.end()}};
  }

  std::optional<time::Instant> deadline() const override {
    std::optional<time::Instant> first;
    for (const auto& held : held_) {
      if (held && (!first || held->due < *first)) first = held->due;
    }
    return first;
  }

  void on_time(time::Instant now, const Emit& emit) override {
    for (const Party from : {Party::Client, Party::Server}) {
      const auto& held = held_[static_cast<std::size_t>(from)];
      if (held && held->due <= now) release(from, emit);
    }
  }

  std::map<std::string, std::uint64_t> counters() const override {
    return {{"segments_dropped", dropped_}, {"segments_duplicated", duplicated_}, {"segments_reordered", reordered_}};
  }

  void configure(const Settings& settings) override {
    for (const auto& [key, value] : settings) {
      const Setting setting{model_name, key, value};
      if (key == "seed") {
        dice_.seed(read_number(setting));
      } else if (std::uint64_t* const chance = chance_of(key)) {
        *chance = read_number(setting, {.least = 0, .most = per_mille});
      } else {
        refuse_key(setting, known_settings);
      }
    }
  }

 private:
  std::uint64_t* chance_of(std::string_view key) {
    if (key == "drop") return &drop_;
    if (key == "duplicate") return &duplicate_;
    return key == "reorder" ? &reorder_ : nullptr;
  }

  /// The remainder and not a distribution of the library, which may differ from one library to the next.
  bool hits(std::uint64_t chance) { return dice_() % per_mille < chance; }

  void duplicate(Party toward, wire::Bytes frame, const Emit& emit) {
    ++duplicated_;
    emit(toward, frame);
  }

  void release(Party from, const Emit& emit) {
    auto& held = held_[static_cast<std::size_t>(from)];
    if (!held) return;
    const auto frame = std::move(held->frame);
    held.reset();
    emit(other(from), frame);
  }

  std::uint64_t drop_ = 0, duplicate_ = 0, reorder_ = 0;
  std::uint64_t dropped_ = 0, duplicated_ = 0, reordered_ = 0;
  std::mt19937_64 dice_;
  std::array<std::optional<Held>, 2> held_;  ///< by the end that sent it
};

}  // namespace

std::unique_ptr<Middlebox> make_lossy(const Settings& settings) { return std::make_unique<Lossy>(settings); }

}  // namespace twinwire::device
