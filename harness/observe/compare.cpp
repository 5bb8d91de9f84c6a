// SPDX-License-Identifier: Apache-2.0
// Field by field, each with its layer: what ends would notice as damage is integrity, what a polite device would have
// left alone is transparency. What the bench allows is still listed, marked as allowed.
#include <algorithm>
#include <cstdio>

#include "generator/wire/sequence.hpp"
#include "harness/observe/fields.hpp"
#include "harness/observe/matcher.hpp"

namespace twinwire::observe {
namespace {

class Changes {
 public:
  explicit Changes(const scenario::Allow& allow) : allow_(allow) {}

  void number(const std::string& field, std::uint64_t sent, std::uint64_t received, Layer layer) {
    if (sent != received) add(field, std::to_string(sent), std::to_string(received), layer, declared(field));
  }
  void add(const std::string& field, std::string sent, std::string received, Layer layer, bool allowed) {
    found_.push_back({field, std::move(sent), std::move(received), layer, allowed});
  }
  bool declared(const std::string& field) const { return std::ranges::count(allow_.fields, field) > 0; }
  std::vector<FieldChange> take() { return std::move(found_); }

 private:
  const scenario::Allow& allow_;
  std::vector<FieldChange> found_;
};

std::string hex(wire::Bytes bytes) {
  std::string text = "0x";
  for (const std::uint8_t octet : bytes) {
    std::array<char, 3> two{};
    std::snprintf(two.data(), two.size(), "%02x", octet);
    text += two.data();
  }
  return text;
}

std::string option_text(const wire::TcpOption& option) {
  if (option.kind == scenario::option_kind::Mss && option.data.size() == 2)
    return std::to_string(wire::load16(option.data, 0));
  return option.data.empty() ? "present" : hex(option.data);
}

/// SACK edges count in the numbers of the data that they acknowledge, so they move with ACK.
bool same_option(const wire::TcpOption& sent, const wire::TcpOption& received, std::uint32_t ack_shift) {
  if (sent.data.size() != received.data.size()) return false;
  if (sent.kind != scenario::option_kind::Sack) return std::ranges::equal(sent.data, received.data);
  for (std::size_t at = 0; at + 4 <= sent.data.size(); at += 4) {
    if (wire::load32(sent.data, at) - ack_shift != wire::load32(received.data, at)) return false;
  }
  return true;
}

void compare_options(const wire::Tcp& sent, const wire::Tcp& received, std::uint32_t ack_shift,
                     const scenario::Allow& allow, Changes& changes) {
  const auto before = wire::parse_tcp_options(sent.options);
  auto after = wire::parse_tcp_options(received.options);
  for (const auto& option : before) {
    const auto found = std::ranges::find(after, option.kind, &wire::TcpOption::kind);
    const bool padding = option.kind == scenario::option_kind::Nop;
    const bool free = changes.declared("options");
    if (found == after.end()) {
      if (!padding) changes.add(option_name(option.kind), option_text(option), "absent", Layer::Transparency, free);
      continue;
    }
    if (!same_option(option, *found, ack_shift)) {
      const bool mss = option.kind == scenario::option_kind::Mss;
      const bool lowered = mss && option.data.size() == 2 && found->data.size() == 2 &&
                           wire::load16(found->data, 0) < wire::load16(option.data, 0);
      const Layer layer = option.kind == scenario::option_kind::Sack ? Layer::Integrity : Layer::Transparency;
      changes.add(option_name(option.kind), option_text(option), option_text(*found), layer,
                  free || (lowered && allow.lower_mss));
    }
    after.erase(found);
  }
  for (const auto& option : after) {
    if (option.kind == scenario::option_kind::Nop) continue;
    changes.add(option_name(option.kind), "absent", option_text(option), Layer::Transparency,
                changes.declared("options"));
  }
}

void compare_ip(const wire::Packet& sent, const wire::Packet& received, const scenario::Allow& allow,
                Changes& changes) {
  using Ttl = scenario::Allow::Ttl;
  if (sent.ttl != received.ttl) {
    const bool fine = allow.ttl == Ttl::Any || (allow.ttl == Ttl::Decrement && received.ttl + 1 == sent.ttl);
    changes.add("ttl", std::to_string(sent.ttl), std::to_string(received.ttl), Layer::Transparency, fine);
  }
  changes.number("tos", sent.tos, received.tos, Layer::Transparency);
  changes.number("ipid", sent.ip_id, received.ip_id, Layer::Transparency);
  changes.number("df", sent.df ? 1 : 0, received.df ? 1 : 0, Layer::Transparency);
  changes.number("flowlabel", sent.flow_label, received.flow_label, Layer::Transparency);
  const auto address = [&](const char* field, const wire::Address& a, const wire::Address& b) {
    if (a != b) changes.add(field, to_string(a), to_string(b), Layer::Transparency, allow.translate_source);
  };
  address("src", sent.src, received.src);
  address("dst", sent.dst, received.dst);
  if (!received.ip_checksum_ok) changes.add("ip checksum", "right", "wrong", Layer::Integrity, false);
}

/// Sequence numbers have ten digits and mean nothing by themselves; by how much they moved does.
std::string moved(std::uint32_t sent, std::uint32_t received) {
  return "moved by " + std::to_string(wire::seq_distance(received, sent));
}

void compare_numbers(const wire::Tcp& sent, const wire::Tcp& received, const scenario::Allow& allow,
                     std::uint32_t seq_shift, std::uint32_t ack_shift, Changes& changes) {
  if (sent.seq != received.seq) {
    const bool constant = sent.seq + seq_shift == received.seq;
    changes.add("seq", "", moved(sent.seq, received.seq), constant ? Layer::Transparency : Layer::Integrity,
                constant && allow.shift_seq);
  }
  if (sent.has(wire::tcp_flag::Ack) && received.has(wire::tcp_flag::Ack) && sent.ack != received.ack) {
    const bool constant = sent.ack - ack_shift == received.ack;
    changes.add("ack", "", moved(sent.ack, received.ack), constant ? Layer::Transparency : Layer::Integrity,
                constant && allow.shift_seq);
  }
}

}  // namespace

std::vector<FieldChange> compare(const wire::Packet& sent, const wire::Packet& received, const scenario::Allow& allow,
                                 std::uint32_t seq_shift, std::uint32_t ack_shift) {
  Changes changes(allow);
  const wire::Tcp& s = *sent.tcp;
  const wire::Tcp& r = *received.tcp;
  compare_ip(sent, received, allow, changes);
  const auto port = [&](const char* field, std::uint16_t a, std::uint16_t b) {
    if (a != b) changes.add(field, std::to_string(a), std::to_string(b), Layer::Transparency, allow.translate_source);
  };
  port("sport", s.src_port, r.src_port);
  port("dport", s.dst_port, r.dst_port);
  compare_numbers(s, r, allow, seq_shift, ack_shift, changes);
  if (s.flags != r.flags) {
    constexpr std::uint16_t state =
        wire::tcp_flag::Syn | wire::tcp_flag::Ack | wire::tcp_flag::Fin | wire::tcp_flag::Rst;
    changes.add("flags", scenario::flags_text(s.flags), scenario::flags_text(r.flags),
                (s.flags & state) == (r.flags & state) ? Layer::Transparency : Layer::Integrity,
                changes.declared("flags"));
  }
  changes.number("reserved", s.reserved, r.reserved, Layer::Transparency);
  changes.number("win", s.window, r.window, Layer::Transparency);
  changes.number("urg", s.urgent, r.urgent, Layer::Transparency);
  changes.number("len", s.payload.size(), r.payload.size(), Layer::Integrity);
  if (s.payload.size() == r.payload.size() && !std::ranges::equal(s.payload, r.payload)) {
    changes.add("data", std::to_string(s.payload.size()) + " octets", "other octets", Layer::Integrity, false);
  }
  if (s.checksum_ok != r.checksum_ok) {
    changes.add("checksum", s.checksum_ok ? "right" : "wrong", r.checksum_ok ? "right" : "wrong", Layer::Integrity,
                false);
  }
  compare_options(s, r, ack_shift, allow, changes);
  return changes.take();
}

std::string_view name(Layer layer) {
  switch (layer) {
    case Layer::Progress:
      return "progress";
    case Layer::Integrity:
      return "integrity";
    case Layer::Transparency:
      return "transparency";
    case Layer::Harness:
      break;
  }
  return "harness";
}

}  // namespace twinwire::observe
