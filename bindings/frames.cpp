// SPDX-License-Identifier: Apache-2.0
// A Frame is an event and its frame decoded, whose views point into the event. What a header does not have is None.
#include <pybind11/stl.h>

#include "bindings/frame_object.hpp"
#include "harness/judge/words.hpp"

namespace twinwire::bindings {
namespace {

using observe::Event;

const char* direction(const Event& event) {
  switch (event.kind) {
    case Event::Kind::Sent:
      return "sent";
    case Event::Kind::Refused:
      return "refused";
    case Event::Kind::Carried:
      return "carried";
    default:
      return "received";
  }
}

bool has_frame(const Event& event) {
  return event.kind == Event::Kind::Sent || event.kind == Event::Kind::Refused || event.kind == Event::Kind::Received ||
         event.kind == Event::Kind::Carried;
}

/// A value of the Ethernet header, None if there is no whole one.
template <typename Read>
auto of_link(Read read) {
  return [read](const FrameObject& frame) -> py::object {
    return frame.packet() ? py::cast(read(*frame.packet())) : py::none();
  };
}

/// The same of the IP header, and of the IPv4 and IPv6 headers.
template <typename Read>
auto of_ip(Read read) {
  return [read](const FrameObject& frame) -> py::object {
    return frame.packet() && frame.packet()->is_ip ? py::cast(read(*frame.packet())) : py::none();
  };
}

template <typename Read>
auto of_family(wire::Family family, Read read) {
  return [family, read](const FrameObject& frame) -> py::object {
    const bool has = frame.packet() && frame.packet()->is_ip && frame.packet()->src.family == family;
    return has ? py::cast(read(*frame.packet())) : py::none();
  };
}

template <typename Read>
auto of_tcp(Read read) {
  return [read](const FrameObject& frame) -> py::object {
    return frame.packet() && frame.packet()->tcp ? py::cast(read(*frame.packet()->tcp)) : py::none();
  };
}

std::vector<TcpOptionObject> options(const wire::Tcp& tcp) {
  std::vector<TcpOptionObject> out;
  for (const wire::TcpOption& option : wire::parse_tcp_options(tcp.options))
    out.push_back({option.kind, std::string(option.data.begin(), option.data.end())});
  return out;
}

std::optional<int> mss(const wire::Tcp& tcp) {
  for (const wire::TcpOption& option : wire::parse_tcp_options(tcp.options)) {
    if (option.kind == scenario::option_kind::Mss && option.data.size() == 2)
      return option.data[0] * 256 + option.data[1];
  }
  return std::nullopt;
}

py::object payload(const FrameObject& frame) {
  return frame.packet() && frame.packet()->tcp ? bytes_of(frame.packet()->tcp->payload) : py::object(py::none());
}

std::string repr(const FrameObject& frame) {
  std::string text = "<Frame " + std::string(direction(*frame.event)) +
                     (frame.event->wire == scenario::Party::Client ? " client" : " server");
  if (frame.packet() && frame.packet()->tcp) {
    const wire::Tcp& tcp = *frame.packet()->tcp;
    text += " " + scenario::flags_text(tcp.flags) + " seq=" + std::to_string(tcp.seq) +
            " ack=" + std::to_string(tcp.ack) + " len=" + std::to_string(tcp.payload.size());
  }
  return text + ">";
}

FrameObject make_frame(py::handle octets, const std::string& wire) {
  auto given = octets_of(octets);
  if (!given) throw py::type_error("a frame is made of bytes, and not of " + std::string(py::repr(octets)));
  if (wire != "client" && wire != "server") throw py::value_error("a wire is 'client' or 'server', not '" + wire + "'");
  auto event = std::make_shared<Event>();
  event->kind = Event::Kind::Sent;
  event->wire = wire == "client" ? scenario::Party::Client : scenario::Party::Server;
  event->frame = std::move(*given);
  return FrameObject(std::move(event));
}

void add_place(py::class_<FrameObject>& frame) {
  frame.def(py::init(&make_frame), py::arg("data"), py::kw_only(), py::arg("wire") = "client")
      .def_property_readonly(
          "wire", [](const FrameObject& f) { return judge::party(f.event->wire); }, "Whose wire: 'client' or 'server'.")
      .def_property_readonly(
          "direction", [](const FrameObject& f) { return direction(*f.event); },
          "'sent' by our end there, 'received' by it, 'carried' past the device, or 'refused' by our own socket.")
      .def_property_readonly(
          "at", [](const FrameObject& f) { return seconds(f.event->at.time_since_epoch()); },
          "Seconds on the bench's one clock, which is zero when the bench comes up.")
      .def_property_readonly(
          "step", [](const FrameObject& f) { return f.event->step + 1; },
          "The ladder's line that it belongs to, counted from 1; 0: none.")
      .def_property_readonly(
          "data", [](const FrameObject& f) { return bytes_of(f.event->frame); }, "The octets, Ethernet header first.")
      .def("replace", replace,
           "The octets of the frame with fields of Ethernet, IP or TCP changed, named as the attributes here: "
           "frame.replace(ttl=63, mss=1400). Lengths and checksums come out right, unless checksum is 'bad' or a "
           "number. seq and ack are taken modulo 2**32; mss=None takes the option away; options are bytes, or a list "
           "of TcpOptions or (kind, data) pairs. Raises TypeError for a name that there is none of, and ValueError for "
           "a value that the field cannot have or a frame that lacks the header.")
      .def("__bytes__", [](const FrameObject& f) { return bytes_of(f.event->frame); })
      .def("__len__", [](const FrameObject& f) { return f.event->frame.size(); })
      .def("__repr__", repr);
}

void add_ip(py::class_<FrameObject>& frame) {
  using wire::Family;
  using wire::Packet;
  frame
      .def_property_readonly("src_mac", of_link([](const Packet& p) { return wire::to_string(p.src_mac); }),
                             "Ethernet source, '02:00:00:00:00:01'.")
      .def_property_readonly("dst_mac", of_link([](const Packet& p) { return wire::to_string(p.dst_mac); }),
                             "Ethernet destination.")
      .def_property_readonly("ether_type", of_link([](const Packet& p) { return p.ether_type; }), "EtherType.")
      .def_property_readonly("src", of_ip([](const Packet& p) { return wire::to_string(p.src); }), "IP source address.")
      .def_property_readonly("dst", of_ip([](const Packet& p) { return wire::to_string(p.dst); }),
                             "IP destination address.")
      .def_property_readonly("protocol", of_ip([](const Packet& p) { return p.protocol; }),
                             "IP protocol; IPv6: that of the upper layer.")
      .def_property_readonly("ttl", of_ip([](const Packet& p) { return p.ttl; }), "TTL or Hop Limit, 0 to 255.")
      .def_property_readonly("tos", of_ip([](const Packet& p) { return p.tos; }),
                             "TOS or Traffic Class with ECN, 0 to 255.")
      .def_property_readonly("fragment", of_ip([](const Packet& p) { return p.fragment; }),
                             "Whether it is a part of a datagram.")
      .def_property_readonly("ipid", of_family(Family::Ipv4, [](const Packet& p) { return p.ip_id; }),
                             "IPv4 Identification.")
      .def_property_readonly("df", of_family(Family::Ipv4, [](const Packet& p) { return p.df; }),
                             "IPv4 Don't Fragment.")
      .def_property_readonly("ip_checksum_ok",
                             of_family(Family::Ipv4, [](const Packet& p) { return p.ip_checksum_ok; }),
                             "Whether the checksum of the IPv4 header is right.")
      .def_property_readonly("flow_label", of_family(Family::Ipv6, [](const Packet& p) { return p.flow_label; }),
                             "IPv6 Flow Label.");
}

void add_tcp(py::class_<FrameObject>& frame) {
  using wire::Tcp;
  frame.def_property_readonly("sport", of_tcp([](const Tcp& t) { return t.src_port; }), "TCP source port.")
      .def_property_readonly("dport", of_tcp([](const Tcp& t) { return t.dst_port; }), "TCP destination port.")
      .def_property_readonly("seq", of_tcp([](const Tcp& t) { return t.seq; }),
                             "SEG.SEQ as it stands on the wire (RFC 9293 section 3.1).")
      .def_property_readonly("ack", of_tcp([](const Tcp& t) { return t.ack; }), "SEG.ACK as it stands on the wire.")
      .def_property_readonly("flags", of_tcp([](const Tcp& t) { return scenario::flags_text(t.flags); }),
                             "'SYN,ACK' in the ladder's words; 'null' for none.")
      .def_property_readonly("flag_bits", of_tcp([](const Tcp& t) { return t.flags; }),
                             "The nine flags as in the header; FIN is 1, AE 256.")
      .def_property_readonly("window", of_tcp([](const Tcp& t) { return t.window; }), "Window in the header, unscaled.")
      .def_property_readonly("checksum", of_tcp([](const Tcp& t) { return t.checksum; }), "TCP checksum.")
      .def_property_readonly("checksum_ok", of_tcp([](const Tcp& t) { return t.checksum_ok; }),
                             "Whether the TCP checksum is right.")
      .def_property_readonly("urgent", of_tcp([](const Tcp& t) { return t.urgent; }), "Urgent pointer.")
      .def_property_readonly("options", of_tcp(options), "TCP options in their order, up to the first malformed one.")
      .def_property_readonly("mss", of_tcp(mss), "Value of the MSS option, octets; None without one.")
      .def_property_readonly("payload", payload, "The octets behind the TCP header.");
}

}  // namespace

py::bytes bytes_of(wire::Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::optional<std::vector<std::uint8_t>> octets_of(py::handle object) {
  if (PyObject_CheckBuffer(object.ptr()) == 0) return std::nullopt;
  Py_buffer view{};
  if (PyObject_GetBuffer(object.ptr(), &view, PyBUF_SIMPLE) != 0) throw py::error_already_set();
  const auto* first = static_cast<const std::uint8_t*>(view.buf);
  std::vector<std::uint8_t> octets(first, first + view.len);
  PyBuffer_Release(&view);
  return octets;
}

py::object frame_object(EventPointer event) { return py::cast(FrameObject(std::move(event))); }

EventPointer event_of(const py::handle& frame) {
  return py::isinstance<FrameObject>(frame) ? frame.cast<const FrameObject&>().event : nullptr;
}

py::list frames_of(const RecordPointer& record) {
  py::list frames;
  for (const Event& event : record->transcript.events) {
    if (has_frame(event) && !event.marker) frames.append(frame_object({record, &event}));
  }
  return frames;
}

void add_frames(py::module_& module) {
  py::class_<TcpOptionObject>(module, "TcpOption", "One TCP option (RFC 9293 section 3.2).")
      .def(py::init([](std::uint8_t kind, const py::bytes& octets) {
             return TcpOptionObject{kind, octets};
           }),
           py::arg("kind"), py::arg("data") = py::bytes())
      .def_readonly("kind", &TcpOptionObject::kind, "Kind, 0 to 255.")
      .def_property_readonly(
          "data", [](const TcpOptionObject& option) { return py::bytes(option.octets); },
          "What stands behind kind and length.")
      .def("__repr__", [](const TcpOptionObject& option) {
        return "<TcpOption kind=" + std::to_string(option.kind) + " octets=" + std::to_string(option.octets.size()) +
               ">";
      });
  py::class_<FrameObject> frame(
      module, "Frame",
      "A frame on one of the two wires. Fields of headers that it does not have are None. One that is made here "
      "of octets, Ethernet header first, was 'sent' on that wire at 0.");
  add_place(frame);
  add_ip(frame);
  add_tcp(frame);
}

}  // namespace twinwire::bindings
