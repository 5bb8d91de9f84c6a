// SPDX-License-Identifier: Apache-2.0
// A literal `seq` counts from the initial number of whoever speaks, a literal `ack` from the other's; everything else
// is as written. Names carry the 32-bit value, so they stay right when the connection that they came from is forgotten.
#include "harness/observe/fields.hpp"

#include <algorithm>

namespace twinwire::observe {
namespace {

using scenario::Key;
using Base = scenario::Number::Base;

std::optional<std::uint32_t> literal_origin(Key key, const Variables& v, Speaker speaker) {
  const bool own = (key == Key::Seq) == (speaker == Speaker::Sender);
  if (key == Key::Seq || key == Key::Ack) return own ? v.iss : v.irs;
  return 0U;
}

std::optional<std::uint32_t> variable(Base base, const Variables& v) {
  switch (base) {
    case Base::SndNxt:
      return v.snd_nxt;
    case Base::SndUna:
      return v.snd_una;
    case Base::SndWnd:
      return v.snd_wnd;
    case Base::RcvNxt:
      return v.rcv_nxt;
    case Base::RcvWnd:
      return v.rcv_wnd;
    case Base::Iss:
      return v.iss;
    case Base::Irs:
      return v.irs;
    case Base::SegSeq:
      return v.seg_seq;
    case Base::SegAck:
      return v.seg_ack;
    case Base::SegLen:
      return v.seg_len;
    case Base::Literal:
    case Base::Label:
      break;
  }
  return std::nullopt;
}

std::optional<std::uint32_t> labelled_value(const scenario::Number& number, const LabelledPacket& labelled) {
  static constexpr std::array keys{Key::Seq, Key::Ack, Key::Win,  Key::Len,   Key::Urg,  Key::Ttl,
                                   Key::Tos, Key::Df,  Key::IpId, Key::Sport, Key::Dport};
  const auto packet = labelled(number.label);
  const auto key =
      std::find_if(keys.begin(), keys.end(), [&](Key k) { return scenario::name(k) == number.label_field; });
  if (!packet || key == keys.end()) return std::nullopt;
  return field_value(*packet, *key);
}

bool in_range(std::uint32_t value, const scenario::Range& range, Key key, const End& end, Speaker speaker) {
  // Sequence numbers wrap, so a range of them is measured from where its literals count.
  const auto origin = literal_origin(key, end.now(), speaker);
  if (!origin) return false;
  const auto relative = static_cast<std::int64_t>(static_cast<std::uint32_t>(value - *origin));
  return (!range.low || relative >= *range.low) && (!range.high || relative <= *range.high);
}

std::uint32_t big_endian(wire::Bytes bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t octet : bytes) value = (value << 8U) | octet;
  return value;
}

bool value_holds(const std::variant<scenario::Number, scenario::Range>& wanted, std::uint32_t value) {
  if (const auto* range = std::get_if<scenario::Range>(&wanted)) {
    return (!range->low || value >= *range->low) && (!range->high || value <= *range->high);
  }
  return static_cast<std::uint32_t>(std::get<scenario::Number>(wanted).offset) == value;
}

bool sack_holds(const scenario::Option& option, wire::Bytes data, const End& end, const LabelledPacket& labelled) {
  if (data.size() != option.sack.size() * 8) return false;
  for (std::size_t i = 0; i < option.sack.size(); ++i) {
    // The edges are numbers of the octets that the receiver of this segment sent, like ACK.
    const auto left = evaluate(option.sack[i].left, Key::Ack, end, Speaker::Receiver, labelled);
    const auto right = evaluate(option.sack[i].right, Key::Ack, end, Speaker::Receiver, labelled);
    if (left != wire::load32(data, i * 8) || right != wire::load32(data, i * 8 + 4)) return false;
  }
  return true;
}

bool option_data_holds(const scenario::Option& option, wire::Bytes data, const End& end,
                       const LabelledPacket& labelled) {
  if (option.raw)
    return std::ranges::equal(data, *option.raw, {}, {}, [](char c) { return static_cast<std::uint8_t>(c); });
  if (option.kind == scenario::option_kind::Sack) return sack_holds(option, data, end, labelled);
  const std::size_t width = option.values.empty() ? 0 : data.size() / option.values.size();
  for (std::size_t i = 0; i < option.values.size(); ++i) {
    if (!value_holds(option.values[i], big_endian(data.subspan(i * width, width)))) return false;
  }
  return true;
}

}  // namespace

std::optional<std::uint32_t> evaluate(const scenario::Number& number, Key key, const End& end, Speaker speaker,
                                      const LabelledPacket& labelled) {
  const auto added = static_cast<std::uint32_t>(number.offset);
  if (number.base == Base::Label) {
    const auto value = labelled_value(number, labelled);
    return value ? std::optional(*value + added) : std::nullopt;
  }
  if (number.old && !end.old()) return std::nullopt;
  const Variables& v = number.old ? *end.old() : end.now();
  const auto base = number.base == Base::Literal ? literal_origin(key, v, speaker) : variable(number.base, v);
  return base ? std::optional(*base + added) : std::nullopt;
}

std::optional<std::uint32_t> field_value(const wire::Packet& packet, Key key) {
  const wire::Tcp& tcp = *packet.tcp;
  switch (key) {
    case Key::Seq:
      return tcp.seq;
    case Key::Ack:
      return tcp.ack;
    case Key::Win:
      return tcp.window;
    case Key::Len:
      return static_cast<std::uint32_t>(tcp.payload.size());
    case Key::Urg:
      return tcp.urgent;
    case Key::Ttl:
      return packet.ttl;
    case Key::Tos:
      return packet.tos;
    case Key::Df:
      return packet.df ? 1U : 0U;
    case Key::IpId:
      return packet.ip_id;
    case Key::Reserved:
      return tcp.reserved;
    case Key::Sport:
      return tcp.src_port;
    case Key::Dport:
      return tcp.dst_port;
    case Key::Iss:
    case Key::Data:
    case Key::Checksum:
      break;
  }
  return std::nullopt;
}

bool holds(const scenario::Field& field, const wire::Packet& packet, const End& end, Speaker speaker,
           const LabelledPacket& labelled) {
  if (field.key == Key::Checksum) return packet.tcp->checksum_ok == field.negated;  // `checksum=bad`
  if (const auto* text = std::get_if<scenario::Text>(&field.value)) {
    const bool same = std::ranges::equal(packet.tcp->payload, text->octets, {}, {},
                                         [](char c) { return static_cast<std::uint8_t>(c); });
    return same != field.negated;
  }
  const auto value = field_value(packet, field.key);
  if (!value) return false;
  if (const auto* range = std::get_if<scenario::Range>(&field.value)) {
    return in_range(*value, *range, field.key, end, speaker) != field.negated;
  }
  if (const auto* number = std::get_if<scenario::Number>(&field.value)) {
    const auto wanted = evaluate(*number, field.key, end, speaker, labelled);
    return wanted && (*wanted == *value) != field.negated;
  }
  return false;
}

bool holds(const scenario::Option& option, const wire::Packet& packet, const End& end, Speaker,
           const LabelledPacket& labelled) {
  for (const auto& found : wire::parse_tcp_options(packet.tcp->options)) {
    if (found.kind != option.kind) continue;
    if (option.removed) return false;
    if (option_data_holds(option, found.data, end, labelled)) return true;
  }
  return option.removed;
}

bool is_as_written(const wire::Packet& packet, const scenario::SegmentSpec& spec, const End& end,
                   const LabelledPacket& labelled) {
  if (!packet.tcp || packet.tcp->flags != spec.flags) return false;
  for (const auto& field : spec.fields) {
    if (!holds(field, packet, end, Speaker::Receiver, labelled)) return false;
  }
  if (!spec.options) return true;
  if (spec.options->empty()) return packet.tcp->options.empty();
  return std::ranges::all_of(
      *spec.options, [&](const auto& option) { return holds(option, packet, end, Speaker::Receiver, labelled); });
}

std::string option_name(std::uint8_t kind) {
  switch (kind) {
    case scenario::option_kind::Eol:
      return "eol";
    case scenario::option_kind::Nop:
      return "nop";
    case scenario::option_kind::Mss:
      return "mss";
    case scenario::option_kind::WindowScale:
      return "wscale";
    case scenario::option_kind::SackPermitted:
      return "sackOK";
    case scenario::option_kind::Sack:
      return "sack";
    case scenario::option_kind::Timestamps:
      return "ts";
    case scenario::option_kind::FastOpen:
      return "tfo";
    default:
      return "kind " + std::to_string(kind);
  }
}

}  // namespace twinwire::observe
