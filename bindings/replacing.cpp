// SPDX-License-Identifier: Apache-2.0
// Frame.replace: the frame is taken apart into its headers, the fields that are named are written where they stand, and
// it is put together again with its lengths and checksums. So what nobody named stays as it is, IPv4 options and flow
// label included; only Ethernet padding goes.
#include <algorithm>
#include <array>
#include <charconv>

#include "bindings/frame_object.hpp"
#include "generator/wire/checksum.hpp"

namespace twinwire::bindings {
namespace {

constexpr std::size_t tcp_header = 20, most_options = 40, largest_packet = 65535;

enum class Header : std::uint8_t { Ethernet, Ip, Ipv4, Ipv6, Tcp };

const char* name(Header header) {
  switch (header) {
    case Header::Ethernet:
      return "Ethernet";
    case Header::Ip:
      return "IP";
    case Header::Ipv4:
      return "IPv4";
    case Header::Ipv6:
      return "IPv6";
    case Header::Tcp:
      break;
  }
  return "TCP";
}

[[noreturn]] void refuse(const std::string& field, const std::string& expected, py::handle value) {
  throw py::value_error("'" + field + "' must be " + expected + ", and not " + std::string(py::repr(value)));
}

std::uint32_t number(const std::string& field, py::handle value, std::uint32_t largest) {
  const py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!index) throw py::error_already_set();
  int overflow = 0;
  const long long given = PyLong_AsLongLongAndOverflow(index.ptr(), &overflow);
  if (overflow != 0 || given < 0 || given > largest) refuse(field, "0 to " + std::to_string(largest), value);
  return static_cast<std::uint32_t>(given);
}

/// All arithmetic on sequence numbers is modulo 2**32 (RFC 9293 section 3.4).
std::uint32_t sequence_number(py::handle value) {
  const py::object index = py::reinterpret_steal<py::object>(PyNumber_Index(value.ptr()));
  if (!index) throw py::error_already_set();
  return static_cast<std::uint32_t>(PyLong_AsUnsignedLongLongMask(index.ptr()));
}

std::string text(const std::string& field, py::handle value) {
  if (!py::isinstance<py::str>(value)) refuse(field, "a text", value);
  return value.cast<std::string>();
}

std::vector<std::uint8_t> octets(const std::string& field, py::handle value) {
  auto given = octets_of(value);
  if (!given) throw py::type_error("'" + field + "' must be bytes, and not " + std::string(py::repr(value)));
  return std::move(*given);
}

std::uint16_t flag_bits(py::handle value) {
  const std::string words = text("flags", value);
  if (words == scenario::flags_text(0)) return 0;
  std::uint16_t bits = 0;
  for (std::size_t begin = 0, end = 0; begin <= words.size(); begin = end + 1) {
    end = std::min(words.find(',', begin), words.size());
    const std::string word = words.substr(begin, end - begin);
    std::uint16_t bit = 1;
    while (bit <= wire::tcp_flag::Ae && scenario::flags_text(bit) != word) bit = static_cast<std::uint16_t>(bit << 1U);
    if (bit > wire::tcp_flag::Ae) refuse("flags", "words such as 'SYN,ACK', or 'null'", value);
    bits |= bit;
  }
  return bits;
}

/// A frame in its parts. Of one without TCP `rest` is all behind the IP header, and of one without IP all behind the
/// Ethernet header.
struct Parts {
  wire::Packet packet;  ///< as the frame was; views it
  std::vector<std::uint8_t> ethernet, ip, tcp, options, rest;
  py::object checksum = py::str("right");
};

Parts take_apart(const FrameObject& frame) {
  if (!frame.packet()) throw py::value_error("this frame has no whole Ethernet header");
  Parts parts;
  parts.packet = *frame.packet();
  const auto take = [](wire::Bytes bytes) { return std::vector<std::uint8_t>(bytes.begin(), bytes.end()); };
  parts.ethernet = take(wire::Bytes(frame.event->frame).first(wire::ethernet_header));
  parts.rest = take(parts.packet.link_payload);
  if (!parts.packet.is_ip) return parts;
  const auto header = static_cast<std::size_t>(parts.packet.ip_payload.data() - parts.packet.link_payload.data());
  parts.ip = take(parts.packet.link_payload.first(header));
  parts.rest = take(parts.packet.ip_payload);
  if (!parts.packet.tcp) return parts;
  parts.tcp = take(parts.packet.ip_payload.first(tcp_header));
  parts.options = take(parts.packet.tcp->options);
  parts.rest = take(parts.packet.tcp->payload);
  return parts;
}

bool has(const Parts& parts, Header header) {
  switch (header) {
    case Header::Ethernet:
      return true;
    case Header::Ip:
      return parts.packet.is_ip;
    case Header::Ipv4:
    case Header::Ipv6:
      return parts.packet.is_ip && (parts.packet.src.family == wire::Family::Ipv4) == (header == Header::Ipv4);
    case Header::Tcp:
      break;
  }
  return parts.packet.tcp.has_value();
}

void put_mac(Parts& parts, const std::string& field, py::handle value) {
  const std::string word = text(field, value);
  wire::Mac mac;
  bool whole = word.size() == 17;
  for (std::size_t i = 0; whole && i < mac.octets.size(); ++i) {
    const char* const first = word.data() + i * 3;
    whole = std::from_chars(first, first + 2, mac.octets.at(i), 16).ptr == first + 2 && (i == 5 || first[2] == ':');
  }
  if (!whole) refuse(field, "an address such as '02:00:00:00:00:01'", value);
  std::ranges::copy(mac.octets, parts.ethernet.begin() + (field == "dst_mac" ? 0 : 6));
}

void put_address(Parts& parts, const std::string& field, py::handle value) {
  const auto address = wire::parse_address(text(field, value));
  const wire::Family family = parts.packet.src.family;
  if (!address || address->family != family) {
    refuse(field, family == wire::Family::Ipv4 ? "an IPv4 address" : "an IPv6 address", value);
  }
  if (parts.packet.fragment)
    throw py::value_error("'" + field + "': a fragment lacks the rest of what its checksum covers");
  (field == "src" ? parts.packet.src : parts.packet.dst) = *address;
  const std::size_t first = family == wire::Family::Ipv4 ? 12 : 8;
  const std::size_t length = address->bytes().size();
  std::ranges::copy(address->bytes(),
                    parts.ip.begin() + static_cast<std::ptrdiff_t>(first + (field == "src" ? 0 : length)));
}

void put_ttl(Parts& parts, const std::string& field, py::handle value) {
  parts.ip[parts.packet.src.family == wire::Family::Ipv4 ? 8 : 7] =
      static_cast<std::uint8_t>(number(field, value, 255));
}

void put_tos(Parts& parts, const std::string& field, py::handle value) {
  const std::uint32_t tos = number(field, value, 255);
  if (parts.packet.src.family == wire::Family::Ipv4) {
    parts.ip[1] = static_cast<std::uint8_t>(tos);
  } else {
    wire::store16(parts.ip, 0, static_cast<std::uint16_t>((wire::load16(parts.ip, 0) & 0xF00FU) | (tos << 4U)));
  }
}

void put_df(Parts& parts, const std::string&, py::handle value) {
  const std::uint16_t others = wire::load16(parts.ip, 6) & 0xBFFFU;
  wire::store16(parts.ip, 6, static_cast<std::uint16_t>(others | (value.cast<bool>() ? 0x4000U : 0U)));
}

void put_ipid(Parts& parts, const std::string& field, py::handle value) {
  wire::store16(parts.ip, 4, static_cast<std::uint16_t>(number(field, value, 0xFFFF)));
}

void put_flow_label(Parts& parts, const std::string& field, py::handle value) {
  wire::store32(parts.ip, 0, (wire::load32(parts.ip, 0) & 0xFFF00000U) | number(field, value, 0xFFFFF));
}

/// A field of 16 bits in the TCP header.
template <std::size_t at>
void put_word(Parts& parts, const std::string& field, py::handle value) {
  wire::store16(parts.tcp, at, static_cast<std::uint16_t>(number(field, value, 0xFFFF)));
}

template <std::size_t at>
void put_sequence_number(Parts& parts, const std::string&, py::handle value) {
  wire::store32(parts.tcp, at, sequence_number(value));
}

void put_flags(Parts& parts, const std::string& field, py::handle value) {
  const std::uint32_t bits = field == "flags" ? flag_bits(value) : number(field, value, 0x1FF);
  wire::store16(parts.tcp, 12, static_cast<std::uint16_t>((wire::load16(parts.tcp, 12) & 0xFE00U) | bits));
}

void append_option(std::vector<std::uint8_t>& options, std::uint32_t kind, wire::Bytes octets) {
  options.push_back(static_cast<std::uint8_t>(kind));
  if (kind <= 1) return;  // EOL and NOP have no length (RFC 9293 section 3.2)
  options.push_back(static_cast<std::uint8_t>(octets.size() + 2));
  options.insert(options.end(), octets.begin(), octets.end());
}

void put_options(Parts& parts, const std::string& field, py::handle value) {
  std::vector<std::uint8_t> options;
  if (auto raw = octets_of(value)) {
    options = std::move(*raw);
  } else {
    for (const py::handle item : py::iter(value)) {
      if (py::isinstance<TcpOptionObject>(item)) {
        const auto& option = item.cast<const TcpOptionObject&>();
        append_option(options, option.kind,
                      {reinterpret_cast<const std::uint8_t*>(option.octets.data()), option.octets.size()});
      } else if (py::isinstance<py::tuple>(item) && py::len(item) == 2) {
        const auto pair = py::reinterpret_borrow<py::tuple>(item);
        append_option(options, number("kind", pair[0], 255), octets("data", pair[1]));
      } else {
        throw py::type_error("'options' must be bytes, or TcpOptions or (kind, data) pairs, and not " +
                             std::string(py::repr(item)));
      }
    }
  }
  if (options.size() > most_options) refuse(field, "40 octets at most", value);
  options.resize((options.size() + 3) / 4 * 4);
  parts.options = std::move(options);
}

void put_mss(Parts& parts, const std::string& field, py::handle value) {
  constexpr std::size_t length = 4;
  const auto parsed = wire::parse_tcp_options(parts.options);
  const auto found = std::ranges::find_if(parsed, [](const wire::TcpOption& option) {
    return option.kind == scenario::option_kind::Mss && option.data.size() == 2;
  });
  auto at = parts.options.begin();
  if (found != parsed.end()) at += found->data.data() - parts.options.data() - 2;
  if (value.is_none()) {
    if (found != parsed.end()) parts.options.erase(at, at + length);
    return;
  }
  const std::uint32_t mss = number(field, value, 0xFFFF);
  const std::array<std::uint8_t, length> option{scenario::option_kind::Mss, length,
                                                static_cast<std::uint8_t>(mss >> 8U), static_cast<std::uint8_t>(mss)};
  if (found != parsed.end()) {
    std::ranges::copy(option, at);
  } else {
    if (parts.options.size() + length > most_options)
      refuse(field, "left out, for the options have 40 octets already", value);
    parts.options.insert(at, option.begin(), option.end());
  }
}

void put_payload(Parts& parts, const std::string& field, py::handle value) { parts.rest = octets(field, value); }

void put_checksum(Parts& parts, const std::string& field, py::handle value) {
  if (py::isinstance<py::str>(value)) {
    const auto word = value.cast<std::string>();
    if (word != "right" && word != "bad") refuse(field, "'right', 'bad' or a number", value);
  } else {
    number(field, value, 0xFFFF);
  }
  parts.checksum = py::reinterpret_borrow<py::object>(value);
}

struct Field {
  const char* name;
  Header header;
  void (*put)(Parts& parts, const std::string& field, py::handle value);
};

/// In the order in which they are written: the MSS is an option.
constexpr std::array fields{
    Field{"src_mac", Header::Ethernet, put_mac},
    Field{"dst_mac", Header::Ethernet, put_mac},
    Field{"src", Header::Ip, put_address},
    Field{"dst", Header::Ip, put_address},
    Field{"ttl", Header::Ip, put_ttl},
    Field{"tos", Header::Ip, put_tos},
    Field{"ipid", Header::Ipv4, put_ipid},
    Field{"df", Header::Ipv4, put_df},
    Field{"flow_label", Header::Ipv6, put_flow_label},
    Field{"sport", Header::Tcp, put_word<0>},
    Field{"dport", Header::Tcp, put_word<2>},
    Field{"seq", Header::Tcp, put_sequence_number<4>},
    Field{"ack", Header::Tcp, put_sequence_number<8>},
    Field{"flags", Header::Tcp, put_flags},
    Field{"flag_bits", Header::Tcp, put_flags},
    Field{"window", Header::Tcp, put_word<14>},
    Field{"urgent", Header::Tcp, put_word<18>},
    Field{"options", Header::Tcp, put_options},
    Field{"mss", Header::Tcp, put_mss},
    Field{"payload", Header::Tcp, put_payload},
    Field{"checksum", Header::Tcp, put_checksum},
};

void require_known(const py::kwargs& given) {
  for (const auto& [key, value] : given) {
    const auto word = key.cast<std::string>();
    if (std::ranges::any_of(fields, [&](const Field& field) { return field.name == word; })) continue;
    std::string known;
    for (const Field& field : fields) known += (known.empty() ? "" : ", ") + std::string(field.name);
    throw py::type_error("a frame has no field '" + word + "' that could be replaced; there are: " + known);
  }
}

/// Where in its header a protocol has a checksum over a pseudo-header; nothing if it has none.
std::optional<std::size_t> checksum_place(std::uint8_t protocol) {
  switch (protocol) {
    case wire::protocol::Tcp:
      return 16;
    case wire::protocol::Udp:
      return 6;
    case wire::protocol::Icmpv6:
      return 2;
    default:
      return std::nullopt;
  }
}

std::uint16_t wanted_checksum(const py::object& wanted, std::uint16_t right) {
  if (!py::isinstance<py::str>(wanted)) return wanted.cast<std::uint16_t>();
  return wanted.cast<std::string>() == "right" ? right : static_cast<std::uint16_t>(right ^ 0x5A5AU);
}

void put_checksum_right(const Parts& parts, std::span<std::uint8_t> segment) {
  const auto at = checksum_place(parts.packet.protocol);
  if (!at || parts.packet.fragment || segment.size() < *at + 2) return;
  const bool none = parts.packet.protocol == wire::protocol::Udp && wire::load16(segment, *at) == 0;  // RFC 768
  if (none) return;
  wire::store16(segment, *at, 0);
  const std::uint16_t right =
      wire::transport_checksum(parts.packet.src, parts.packet.dst, parts.packet.protocol, segment);
  const bool udp_zero = parts.packet.protocol == wire::protocol::Udp && right == 0;
  wire::store16(segment, *at, udp_zero ? 0xFFFFU : wanted_checksum(parts.checksum, right));
}

void put_ip_length(Parts& parts, std::size_t length) {
  const bool ipv4 = parts.packet.src.family == wire::Family::Ipv4;
  const std::size_t counted = ipv4 ? parts.ip.size() + length : length;
  if (counted > largest_packet) throw py::value_error("'payload' must fit a packet, which has 65535 octets at most");
  wire::store16(parts.ip, ipv4 ? 2 : 4, static_cast<std::uint16_t>(counted));
  if (!ipv4) return;
  wire::store16(parts.ip, 10, 0);
  wire::store16(parts.ip, 10, wire::checksum_finish(wire::checksum_add(0, parts.ip)));
}

std::vector<std::uint8_t> put_together(Parts parts) {
  std::vector<std::uint8_t> segment;
  if (parts.packet.tcp) {
    const std::size_t words = (tcp_header + parts.options.size()) / 4;
    parts.tcp[12] = static_cast<std::uint8_t>((parts.tcp[12] & 0xFU) | (words << 4U));
    segment = parts.tcp;
    segment.insert(segment.end(), parts.options.begin(), parts.options.end());
  }
  segment.insert(segment.end(), parts.rest.begin(), parts.rest.end());
  if (parts.packet.is_ip) {
    put_ip_length(parts, segment.size());
    put_checksum_right(parts, segment);
  }
  std::vector<std::uint8_t> frame = std::move(parts.ethernet);
  frame.insert(frame.end(), parts.ip.begin(), parts.ip.end());
  frame.insert(frame.end(), segment.begin(), segment.end());
  return frame;
}

}  // namespace

py::bytes replace(const FrameObject& frame, const py::kwargs& given) {
  require_known(given);
  Parts parts = take_apart(frame);
  for (const Field& field : fields) {
    if (!given.contains(field.name)) continue;
    if (!has(parts, field.header)) {
      throw py::value_error("'" + std::string(field.name) + "' cannot be replaced: this frame has no " +
                            name(field.header) + " header");
    }
    field.put(parts, field.name, given[field.name]);
  }
  return bytes_of(put_together(std::move(parts)));
}

}  // namespace twinwire::bindings
