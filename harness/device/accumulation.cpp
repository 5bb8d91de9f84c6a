// SPDX-License-Identifier: Apache-2.0
// For each segment with data: count it, and refuse it if there were too many; put its octets in order and read on in
// the hello; refuse it if the hello has become too large, has begun too many records, or has no server_name where that
// is looked for. Only then ask whether the hello is whole: the segment that breaks a limit does so even if the hello
// ends in it.
#include "harness/device/accumulation.hpp"

#include "harness/device/settings.hpp"

namespace twinwire::device {
namespace {

std::string above(const std::string& what, std::uint64_t count, std::uint64_t most) {
  return "too many " + what + " " + std::to_string(count) + " max " + std::to_string(most);
}

bool is_above(std::uint64_t count, const std::optional<std::uint64_t>& most) { return most && count > *most; }

}  // namespace

Accumulation::Outcome Accumulation::take(const AccumulationLimits& limits, std::int64_t offset, wire::Bytes payload) {
  ++packets_;
  if (refused_before_reading(limits, offset, payload)) return Outcome::Refused;
  if (stream_.fit(offset, payload.size()) == Reassembly::Fit::TooFar) return Outcome::Unqueued;
  hello_.read(stream_.add(offset, payload));
  if (hello_.state() == HelloReader::State::Other) return Outcome::Other;
  if (refused_after_reading(limits)) return Outcome::Refused;
  return hello_.state() == HelloReader::State::Whole ? Outcome::Whole : Outcome::Gathering;
}

void Accumulation::restart_stream() {
  stream_ = {};
  hello_ = {};
}

bool Accumulation::refuse(Cause cause, std::string words) {
  refusal_ = Refusal{cause, std::move(words)};
  return true;
}

bool Accumulation::refused_before_reading(const AccumulationLimits& limits, std::int64_t offset, wire::Bytes payload) {
  if (is_above(packets_, limits.packets)) {
    return refuse(Cause::TooManyPackets, above("packets", packets_, *limits.packets));
  }
  if (limits.order == Order::Required && offset > in_order()) {
    return refuse(Cause::OutOfOrder,
                  "out of order, octet " + std::to_string(offset) + " before octet " + std::to_string(in_order()));
  }
  if (limits.server_name == NamePlace::FirstPacket && lacks_name_in_first_packet(offset, payload)) {
    return refuse(Cause::NoServerName, "without server_name in the first packet");
  }
  if (stream_.fit(offset, payload.size()) == Reassembly::Fit::TooMuch) {
    const auto end = static_cast<std::uint64_t>(offset) + payload.size();
    return refuse(Cause::TooManyOctets, above("octets", end, Reassembly::most_octets));
  }
  return false;
}

bool Accumulation::refused_after_reading(const AccumulationLimits& limits) {
  if (is_above(hello_.wire_bytes(), limits.octets)) {
    return refuse(Cause::TooManyOctets, above("octets", hello_.wire_bytes(), *limits.octets));
  }
  if (is_above(hello_.records(), limits.records)) {
    return refuse(Cause::TooManyRecords, above("records", hello_.records(), *limits.records));
  }
  if (limits.server_name == NamePlace::FirstRecord && lacks_name_in_first_record()) {
    return refuse(Cause::NoServerName, "without server_name in the first record");
  }
  return false;
}

bool Accumulation::lacks_name_in_first_packet(std::int64_t offset, wire::Bytes payload) const {
  if (in_order() > 0 || stream_.fit(offset, payload.size()) == Reassembly::Fit::Old) return false;
  if (offset > 0) return true;
  HelloReader alone;
  alone.read(payload.subspan(static_cast<std::size_t>(-offset)));
  return alone.state() == HelloReader::State::Reading && !has_server_name(alone.message());
}

bool Accumulation::lacks_name_in_first_record() const {
  if (hello_.state() == HelloReader::State::Whole && hello_.records() == 1) return false;
  const auto bytes = hello_.first_record_bytes();
  return bytes && !has_server_name(hello_.message().first(*bytes));
}

Refusal too_long(time::Duration most) { return {Cause::TooLong, "too long, not whole after " + to_text(most)}; }

}  // namespace twinwire::device
