// SPDX-License-Identifier: Apache-2.0
// Sequence numbers come first, because the pattern of the payload is a function of them: each octet depends on the
// sender's ISS and its place in the stream, so a retransmission repeats itself and a shifted copy is recognised.
#include "harness/run/compose.hpp"

#include <algorithm>

#include "harness/run/pattern.hpp"

namespace twinwire::run {
namespace {

using observe::Speaker;
using scenario::Key;
namespace kind = scenario::option_kind;

std::uint32_t value_of(const scenario::Field& field, const Sender& sender, const observe::LabelledPacket& labelled) {
  const auto& number = std::get<scenario::Number>(field.value);
  const auto value = observe::evaluate(number, field.key, sender.end, Speaker::Sender, labelled);
  if (!value) {
    throw CannotSend("this end does not know the value written for '" + std::string(scenario::name(field.key)) +
                     "': it has not received or sent what it is taken from");
  }
  return *value;
}

void fill_payload(const scenario::SegmentSpec& spec, const Sender& sender, const observe::LabelledPacket& labelled,
                  craft::Segment& segment) {
  const scenario::Field* data = spec.find(Key::Data);
  if (data != nullptr && std::holds_alternative<scenario::Text>(data->value)) {
    const std::string& text = std::get<scenario::Text>(data->value).octets;
    segment.payload.assign(text.begin(), text.end());
    return;
  }
  const scenario::Field* len = spec.find(Key::Len);
  const std::size_t length = len != nullptr ? value_of(*len, sender, labelled) : segment.payload.size();
  if (len == nullptr && data == nullptr) return;
  const std::uint32_t iss = sender.end.now().iss.value_or(sender.planned_iss);
  // `data=other`: a second pattern for the same place.
  const auto* word = data != nullptr ? std::get_if<scenario::Word>(&data->value) : nullptr;
  const std::uint32_t salt = iss ^ (word != nullptr && word->text == "other" ? 0xA5A5A5A5U : 0U);
  segment.payload = pattern_octets(salt, segment.seq - iss, length);
}

void put(std::vector<std::uint8_t>& out, std::uint32_t value, std::size_t octets) {
  for (std::size_t i = octets; i-- > 0;) out.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}

std::size_t value_width(std::uint8_t option) {
  switch (option) {
    case kind::Mss:
      return 2;
    case kind::WindowScale:
      return 1;
    default:
      return 4;
  }
}

void encode(const scenario::Option& option, const Sender& sender, const observe::LabelledPacket& labelled,
            std::vector<std::uint8_t>& out) {
  out.push_back(option.kind);
  if (option.kind == kind::Nop || option.kind == kind::Eol) return;
  const std::size_t length_at = out.size();
  out.push_back(0);
  if (option.raw) out.insert(out.end(), option.raw->begin(), option.raw->end());
  for (const auto& value : option.values) {
    put(out, static_cast<std::uint32_t>(std::get<scenario::Number>(value).offset), value_width(option.kind));
  }
  for (const auto& block : option.sack) {
    for (const auto* edge : {&block.left, &block.right}) {
      const auto value = observe::evaluate(*edge, Key::Ack, sender.end, Speaker::Sender, labelled);
      if (!value) throw CannotSend("this end cannot write a SACK block: it has received no SYN to count from");
      put(out, *value, 4);
    }
  }
  out[length_at] = static_cast<std::uint8_t>(out.size() - length_at + 1);
}

std::vector<std::uint8_t> default_options(const scenario::SegmentSpec& spec, const Sender& sender) {
  if ((spec.flags & scenario::flag::Syn) == 0 || sender.config.omit_mss) return {};
  const std::uint16_t mss = sender.config.announced_mss(sender.family);
  return {kind::Mss, 4, static_cast<std::uint8_t>(mss >> 8U), static_cast<std::uint8_t>(mss)};
}

/// Everything but sequence numbers and payload.
void fill_rest(const scenario::SegmentSpec& spec, const Sender& sender, const observe::LabelledPacket& labelled,
               craft::Segment& segment) {
  for (const auto& field : spec.fields) {
    switch (field.key) {
      case Key::Win:
        segment.window = static_cast<std::uint16_t>(value_of(field, sender, labelled));
        break;
      case Key::Urg:
        segment.urgent = static_cast<std::uint16_t>(value_of(field, sender, labelled));
        break;
      case Key::Ttl:
        segment.ttl = static_cast<std::uint8_t>(value_of(field, sender, labelled));
        break;
      case Key::Tos:
        segment.tos = static_cast<std::uint8_t>(value_of(field, sender, labelled));
        break;
      case Key::IpId:
        segment.ip_id = static_cast<std::uint16_t>(value_of(field, sender, labelled));
        break;
      case Key::Df:
        segment.df = value_of(field, sender, labelled) != 0;
        break;
      case Key::Reserved:
        segment.reserved = static_cast<std::uint8_t>(value_of(field, sender, labelled));
        break;
      case Key::Sport:
        segment.src_port = static_cast<std::uint16_t>(value_of(field, sender, labelled));
        break;
      case Key::Dport:
        segment.dst_port = static_cast<std::uint16_t>(value_of(field, sender, labelled));
        break;
      case Key::Checksum:
        segment.checksum = craft::Checksum::Wrong;
        break;
      case Key::Seq:
      case Key::Ack:
      case Key::Iss:
      case Key::Len:
      case Key::Data:
        break;  // filled before
    }
  }
  if (!spec.options) return;
  segment.options.clear();
  for (const auto& option : *spec.options) encode(option, sender, labelled, segment.options);
}

std::uint32_t initial_number(const scenario::SegmentSpec& spec, const Sender& sender,
                             const observe::LabelledPacket& labelled) {
  const scenario::Field* iss = spec.find(Key::Iss);
  if (iss != nullptr && std::holds_alternative<scenario::Number>(iss->value)) return value_of(*iss, sender, labelled);
  if (iss != nullptr) return sender.planned_iss;  // `iss=new`
  return sender.end.now().iss.value_or(sender.planned_iss);
}

}  // namespace

void compose(const scenario::SegmentSpec& spec, const Sender& sender, const observe::LabelledPacket& labelled,
             craft::Segment& segment) {
  const bool syn = (spec.flags & scenario::flag::Syn) != 0;
  const bool acknowledges = (spec.flags & scenario::flag::Ack) != 0;
  if (!syn) sender.end.assume_iss(sender.planned_iss);
  const scenario::Field* ack = spec.find(Key::Ack);
  if ((acknowledges || ack != nullptr) && !sender.end.now().irs) sender.end.assume_irs(sender.peer_planned_iss);
  const scenario::Field* seq = spec.find(Key::Seq);
  segment.flags = spec.flags;
  segment.seq = seq != nullptr ? value_of(*seq, sender, labelled)
                               : (syn ? initial_number(spec, sender, labelled) : sender.end.now().snd_nxt);
  segment.ack = ack != nullptr ? value_of(*ack, sender, labelled) : (acknowledges ? sender.end.now().rcv_nxt : 0);
  const unsigned shift = syn ? 0 : sender.end.announced_shift();
  segment.window = static_cast<std::uint16_t>(std::min<std::uint32_t>(sender.config.window >> shift, 65535));
  segment.options = default_options(spec, sender);
  fill_payload(spec, sender, labelled, segment);
  fill_rest(spec, sender, labelled, segment);
}

void compose_again(const wire::Packet& before, const scenario::SegmentSpec& overrides, const Sender& sender,
                   const observe::LabelledPacket& labelled, craft::Segment& segment) {
  const wire::Tcp& tcp = *before.tcp;
  segment.src_port = tcp.src_port;
  segment.dst_port = tcp.dst_port;
  segment.flags = overrides.flags != 0 ? overrides.flags : tcp.flags;
  segment.seq = tcp.seq;
  segment.ack = tcp.ack;
  segment.reserved = tcp.reserved;
  segment.window = tcp.window;
  segment.urgent = tcp.urgent;
  segment.options.assign(tcp.options.begin(), tcp.options.end());
  segment.payload.assign(tcp.payload.begin(), tcp.payload.end());
  segment.ttl = before.ttl;
  segment.tos = before.tos;
  segment.df = before.df;
  if (const auto* seq = overrides.find(Key::Seq)) segment.seq = value_of(*seq, sender, labelled);
  if (const auto* ack = overrides.find(Key::Ack)) segment.ack = value_of(*ack, sender, labelled);
  fill_payload(overrides, sender, labelled, segment);
  fill_rest(overrides, sender, labelled, segment);
}

}  // namespace twinwire::run
