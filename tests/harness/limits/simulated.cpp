// SPDX-License-Identifier: Apache-2.0
// A device that resets does so as soon as it has seen too much, so the client has sent no more than that and what was
// under way; one with an octet limit goes by the length that the first record announces.
#include "tests/harness/limits/simulated.hpp"

#include <algorithm>

namespace twinwire::test {
namespace {

constexpr std::uint64_t initial_window = 10;  ///< segments (RFC 6928)
constexpr time::Duration round_trip = std::chrono::microseconds(40);

std::int64_t plain(const std::string& value) {
  const std::int64_t number = std::stoll(value);
  if (value.ends_with("ms")) return number * 1'000'000;
  if (value.ends_with("us")) return number * 1'000;
  if (value.ends_with("s")) return number * 1'000'000'000;
  return number;
}

Flight flight(const SimulatedDevice& device, const limits::Settings& settings) {
  Flight out = device.usual;
  for (const auto& [path, value] : settings) {
    const std::int64_t number = plain(value);
    if (path == hello_bytes) out.octets = static_cast<std::uint64_t>(number) + device.more_octets;
    if (path == segments_of) out.payload = static_cast<std::uint64_t>(number);
    if (path == records_of) out.record = static_cast<std::uint64_t>(number);
    if (path == segments_every) out.pause = time::Duration(number);
  }
  return out;
}

bool beyond(const SimulatedDevice& device, const Flight& sent) {
  switch (device.kind) {
    case limits::Kind::Octets:
      return sent.octets > device.limit;
    case limits::Kind::Packets:
      return sent.packets() > device.limit;
    case limits::Kind::Records:
      return sent.records() > device.limit;
    case limits::Kind::Time:
      return sent.span() > time::Duration(static_cast<std::int64_t>(device.limit));
    case limits::Kind::None:
    case limits::Kind::Unclear:
      break;
  }
  return false;
}

/// Segments that the client has sent when the RST comes.
std::uint64_t sent_until_reset(const SimulatedDevice& device, const Flight& sent) {
  std::uint64_t reached = 1;
  if (device.kind == limits::Kind::Packets) reached = device.limit + 1;
  if (device.kind == limits::Kind::Records) reached = device.limit * sent.record / sent.payload + 1;
  if (device.kind == limits::Kind::Time) reached = device.limit / static_cast<std::uint64_t>(sent.pause.count()) + 1;
  if (sent.pause.count() == 0) reached = std::max(reached, initial_window);
  return std::min(reached, sent.packets());
}

}  // namespace

scenario::Sweep hello_sweep() {
  scenario::Sweep sweep;
  sweep.search.path = hello_bytes;
  sweep.search.from = 256;
  sweep.search.to = 65'600;
  return sweep;
}

scenario::SweepAxis across(const std::string& path, std::vector<std::string> values) {
  scenario::SweepAxis axis;
  axis.path = path;
  axis.values = std::move(values);
  return axis;
}

limits::Observation walk(const SimulatedDevice& device, const limits::Settings& settings, std::mt19937& random) {
  std::uniform_int_distribution<unsigned> percent(0, 99);
  const Flight sent = flight(device, settings);
  limits::Observation seen;
  seen.settled = percent(random) >= device.inconclusive_percent;
  if (!seen.settled) {
    seen.verdict = "the device was losing packets";
    return seen;
  }
  seen.passed = !(beyond(device, sent) && percent(random) < device.fails_percent);
  seen.octets = sent.octets;
  seen.timestamps = device.timestamps;
  seen.family = device.family;
  const bool cut_short = !seen.passed && device.answer == SimulatedDevice::Answer::Resets;
  seen.packets = cut_short ? sent_until_reset(device, sent) : sent.packets();
  seen.records = cut_short ? std::min((seen.packets * sent.payload + sent.record - 1) / sent.record, sent.records())
                           : sent.records();
  seen.payload_per_segment = static_cast<std::uint32_t>(std::min(sent.payload, sent.octets));
  seen.octets_per_record = static_cast<std::uint32_t>(std::min(sent.record, sent.octets));
  seen.span = sent.pause * static_cast<std::int64_t>(seen.packets - 1) + std::chrono::microseconds(percent(random));
  seen.client_saw = seen.server_saw = "handshake complete";
  if (!seen.passed) {
    seen.client_saw = cut_short ? "RST" : "nothing";
    seen.server_saw = "nothing";
    if (cut_short) seen.failed_after = round_trip + seen.span;
    if (cut_short && device.kind == limits::Kind::Time)
      seen.failed_after = round_trip + time::Duration(static_cast<std::int64_t>(device.limit));
  }
  return seen;
}

limits::Finding search(const scenario::Sweep& sweep, const SimulatedDevice& device, std::mt19937& random, unsigned most,
                       std::optional<std::uint64_t> wanted) {
  limits::Finder finder(sweep, wanted);
  for (unsigned probes = 0; probes < most; ++probes) {
    const std::optional<limits::Settings> settings = finder.next();
    if (!settings) break;
    finder.add(walk(device, *settings, random));
  }
  return finder.result();
}

limits::Finding search(const scenario::Sweep& sweep, const SimulatedDevice& device) {
  std::mt19937 random(1);
  return search(sweep, device, random);
}

}  // namespace twinwire::test
