// SPDX-License-Identifier: Apache-2.0
// What has to change so that a ClientHello passes, computed from what was measured where it fails. For a packet limit
// the usual remedy, size over 590, is too small: 590 octets is the whole frame, of which 14 are Ethernet, 20 (IPv6: 40)
// IP, 20 TCP and 12 more its timestamps. What counts is the payload: 536, or 524 with timestamps.
#include <algorithm>

#include "harness/limits/kinds.hpp"
#include "harness/limits/limits.hpp"

namespace twinwire::limits {
namespace {

constexpr std::uint64_t ethernet_header = 14, ipv4_header = 20, ipv6_header = 40, tcp_header = 20;
/// Ten octets and two of padding (RFC 7323 appendix A).
constexpr std::uint64_t timestamps_option = 12;
constexpr std::uint64_t usual_mtu = 1500;
constexpr std::uint64_t largest_plaintext = 16384;  ///< of a record (RFC 8446 section 5.1)

std::uint64_t quotient_up(std::uint64_t dividend, std::uint64_t divisor) { return (dividend + divisor - 1) / divisor; }

std::string quotient_text(std::uint64_t dividend, std::uint64_t divisor) {
  return "ceil(" + std::to_string(dividend) + " / " + std::to_string(divisor) +
         ") = " + std::to_string(quotient_up(dividend, divisor));
}

std::uint64_t headers(const Observation& seen, Timestamps timestamps) {
  const std::uint64_t ip = seen.family == wire::Family::Ipv6 ? ipv6_header : ipv4_header;
  return ethernet_header + ip + tcp_header + (timestamps == Timestamps::Present ? timestamps_option : 0);
}

std::string headers_text(const Observation& seen, Timestamps timestamps) {
  const bool ipv6 = seen.family == wire::Family::Ipv6;
  return std::string(ipv6 ? "14 + 40 + " : "14 + 20 + ") + (timestamps == Timestamps::Present ? "32" : "20");
}

/// The point to compute from: the first failing one where the limit shows best. Segments are full there.
const Point* failing_point(const Finding& finding) {
  Explanation explanation;
  explanation.kind = finding.kind;
  const Line* line = showing(explanation, finding.lines);
  return line == nullptr ? nullptr : &*line->boundary.fails;
}

void advise_larger_limit(const Observation& seen, std::uint64_t wanted, std::vector<std::string>& lines) {
  const std::uint64_t payload = seen.payload_per_segment;
  const bool stamped = seen.timestamps == Timestamps::Present;
  const std::string hello = "a ClientHello of " + amount(Kind::Octets, wanted);
  lines.push_back(hello + " needs a limit of " + amount(Kind::Packets, quotient_up(wanted, payload)) + ": " +
                  quotient_text(wanted, payload) + " at " + std::to_string(payload) + " octets of payload per segment" +
                  (stamped ? ", with TCP timestamps" : ", without TCP timestamps"));
  const std::uint64_t other =
      stamped ? payload + timestamps_option : payload - std::min(payload - 1, timestamps_option);
  lines.push_back((stamped ? "without" : "with") + std::string(" TCP timestamps a full segment has ") +
                  std::to_string(other) + " octets of payload: " + quotient_text(wanted, other));
  const std::uint64_t frame = payload + headers(seen, seen.timestamps);
  const std::uint64_t needed = quotient_up(wanted, payload);
  if (quotient_up(wanted, frame) >= needed) return;
  lines.push_back("size / " + std::to_string(frame) + " is too small, " + quotient_text(wanted, frame) + ": " +
                  std::to_string(frame) + " is the whole frame, " + headers_text(seen, seen.timestamps) +
                  " octets of headers and " + std::to_string(payload) + " of payload");
}

void advise_larger_segments(const Observation& seen, std::uint64_t wanted, std::uint64_t limit,
                            std::vector<std::string>& lines) {
  const std::uint64_t option = seen.timestamps == Timestamps::Present ? timestamps_option : 0;
  const std::uint64_t payload = quotient_up(wanted, limit);
  const std::uint64_t mss = payload + option;
  const std::uint64_t largest = usual_mtu - (headers(seen, Timestamps::Absent) - ethernet_header);
  if (mss > largest) {
    lines.push_back("no MSS would make it fit: " + amount(Kind::Packets, limit) + " of " +
                    std::to_string(largest - option) + " octets, with an MTU of 1500, carry " +
                    amount(Kind::Octets, limit * (largest - option)));
    return;
  }
  lines.push_back("or an MSS of at least " + std::to_string(mss) +
                  " in the server's SYN,ACK and an MTU that carries it: " + quotient_text(wanted, limit) +
                  " octets per segment" +
                  (option > 0 ? ", and 12 for the timestamps, which the MSS includes (RFC 6691)" : ""));
}

void advise_packets(const Point& point, std::uint64_t wanted, std::uint64_t limit, std::vector<std::string>& lines) {
  if (point.seen.payload_per_segment == 0) return;
  if (quotient_up(wanted, point.seen.payload_per_segment) <= limit) return;
  advise_larger_limit(point.seen, wanted, lines);
  advise_larger_segments(point.seen, wanted, limit, lines);
}

void advise_octets(std::uint64_t wanted, std::uint64_t limit, std::vector<std::string>& lines) {
  if (wanted <= limit) return;
  lines.push_back("a ClientHello of " + amount(Kind::Octets, wanted) +
                  " needs a limit of as many octets, or must lose " + amount(Kind::Octets, wanted - limit) +
                  "; other segments do not help");
}

void advise_records(const Point& point, std::uint64_t wanted, std::uint64_t limit, std::vector<std::string>& lines) {
  constexpr std::uint64_t record_header = 5;
  const Observation& seen = point.seen;
  if (seen.records == 0) return;
  const std::uint64_t record =
      seen.octets_per_record > 0 ? seen.octets_per_record : quotient_up(seen.octets, seen.records);
  if (quotient_up(wanted, record) <= limit) return;
  lines.push_back("a ClientHello of " + amount(Kind::Octets, wanted) + " needs a limit of " +
                  amount(Kind::Records, quotient_up(wanted, record)) + ": " + quotient_text(wanted, record) + " at " +
                  std::to_string(record) + " octets per record");
  const std::uint64_t largest = largest_plaintext + record_header;
  if (quotient_up(wanted, largest) <= limit)
    lines.push_back("or records of at least " + std::to_string(quotient_up(wanted, limit)) + " octets");
  else
    lines.push_back("no record size would make it fit: a record has at most " + std::to_string(largest) + " octets");
}

void advise_time(const Finding& finding, const Point& point, std::uint64_t wanted, std::vector<std::string>& lines) {
  const Observation& seen = point.seen;
  if (seen.packets < 2 || seen.payload_per_segment == 0 || finding.duration) return;
  const std::uint64_t segments = quotient_up(wanted, seen.payload_per_segment);
  const std::uint64_t pause =
      static_cast<std::uint64_t>(std::max<std::int64_t>(seen.span.count(), 0)) / (seen.packets - 1);
  const std::uint64_t needs = pause * (segments - 1);
  if (needs <= *finding.limit) return;
  lines.push_back("a ClientHello of " + amount(Kind::Octets, wanted) + " in " + amount(Kind::Packets, segments) + ", " +
                  duration_words(pause) + " apart, needs a limit of more than " + duration_words(needs));
  lines.push_back("or pauses below " + duration_words(*finding.fails_at / (segments - 1)));
}

}  // namespace

std::vector<std::string> advise(const Finding& finding, std::uint64_t wanted_octets) {
  std::vector<std::string> lines;
  if (!finding.limit || wanted_octets == 0) return lines;
  const Point* point = failing_point(finding);
  if (point == nullptr) return lines;
  if (finding.kind == Kind::Packets) advise_packets(*point, wanted_octets, *finding.limit, lines);
  if (finding.kind == Kind::Octets) advise_octets(wanted_octets, *finding.limit, lines);
  if (finding.kind == Kind::Records) advise_records(*point, wanted_octets, *finding.limit, lines);
  if (finding.kind == Kind::Time) advise_time(finding, *point, wanted_octets, lines);
  return lines;
}

}  // namespace twinwire::limits
