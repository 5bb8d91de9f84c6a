// SPDX-License-Identifier: Apache-2.0
// The client's octet stream is put together from what it sent, the server's from what came out at its wire. Behind a
// proxy these are streams of two connections; a CONNECT request and its blank line stand before the hello on the first.
#include "harness/judge/hello.hpp"

#include <algorithm>
#include <string_view>

#include "harness/observe/streams.hpp"

namespace twinwire::judge {
namespace {

using observe::Party;
using observe::Stream;

/// Where the octets behind a CONNECT request begin; 0 if there is none.
std::size_t behind_connect(const std::vector<std::uint8_t>& octets) {
  const std::string_view text(reinterpret_cast<const char*>(octets.data()), octets.size());
  if (!text.starts_with("CONNECT ")) return 0;
  const std::size_t end = text.find("\r\n\r\n");
  return end == std::string_view::npos ? octets.size() : end + 4;
}

std::uint16_t port_in(const std::map<std::string, std::string>& facts, const char* name) {
  const auto found = facts.find(name);
  return found == facts.end() ? std::uint16_t{0} : static_cast<std::uint16_t>(std::stoul("0" + found->second));
}

/// Segments of `stream` that bring new octets between `from` and `to`.
std::vector<const Stream::Piece*> pieces_of(const Stream& stream, std::size_t from, std::size_t to) {
  std::vector<const Stream::Piece*> pieces;
  for (const auto& piece : stream.pieces) {
    if (piece.new_octets && piece.offset < to && piece.offset + piece.length > from) pieces.push_back(&piece);
  }
  return pieces;
}

std::uint32_t largest(const std::vector<const Stream::Piece*>& pieces) {
  std::uint32_t most = 0;
  for (const auto* piece : pieces) most = std::max(most, piece->length);
  return most;
}

}  // namespace

std::size_t HelloPassage::packets() const {
  if (payload_per_segment == 0) return packets_sent;
  const std::size_t cut_anew = (octets + payload_per_segment - 1) / payload_per_segment;
  return packets_received == 0 ? packets_sent : std::max(packets_received, cut_anew);
}

std::optional<HelloPassage> hello_passage(const observe::Transcript& transcript, const scenario::BenchSpec& bench,
                                          std::uint16_t client_port, std::uint16_t asked_port, std::uint16_t peer_port,
                                          std::uint16_t server_port) {
  const bool direct = bench.path.kind == scenario::PathSpec::Kind::Direct;
  const Stream sent = observe::stream_of(transcript, Party::Client, Party::Client, client_port, asked_port);
  const Stream came = observe::stream_of(transcript, Party::Server, Party::Client, peer_port, server_port);
  // Who cut the segments had the SYN,ACK: the client, or the proxy, whose wire is the server's.
  const Stream answer = direct ? observe::stream_of(transcript, Party::Client, Party::Server, client_port, asked_port)
                               : observe::stream_of(transcript, Party::Server, Party::Server, peer_port, server_port);
  const std::size_t begin = behind_connect(sent.octets);
  const wire::Bytes stream = wire::Bytes(sent.octets).subspan(begin);
  const auto hello = wire::read_client_hello(stream);
  if (!hello) return std::nullopt;
  HelloPassage passage;
  passage.hello = *hello;
  passage.sent.assign(stream.begin(), stream.begin() + static_cast<std::ptrdiff_t>(hello->wire_bytes));
  const std::size_t got = std::min(came.octets.size(), hello->wire_bytes);
  passage.received.assign(came.octets.begin(), came.octets.begin() + static_cast<std::ptrdiff_t>(got));
  const auto departed = pieces_of(sent, begin, begin + hello->wire_bytes);
  const auto arrived = pieces_of(came, 0, hello->wire_bytes);
  passage.packets_sent = departed.size();
  passage.packets_received = arrived.size();
  passage.payload_per_segment = largest(direct || arrived.empty() ? departed : arrived);
  passage.timestamps = (direct ? sent : came).syn_timestamps && answer.syn_timestamps;
  passage.syn_ack_seen = answer.syn;
  passage.syn_ack_mss = answer.syn_mss;
  passage.octets = hello->wire_bytes;
  if (!departed.empty()) {
    passage.begun = transcript.events[departed.front()->event].at;
    passage.span = transcript.events[departed.back()->event].at - transcript.events[departed.front()->event].at;
  }
  return passage;
}

Sayings sayings(const observe::Transcript& transcript, int step) {
  Sayings said;
  for (const auto& event : transcript.events) {
    if (event.step != step) continue;
    if (event.kind == observe::Event::Kind::Evidence) said.log.push_back(event.text);
    if (event.kind != observe::Event::Kind::Says) continue;
    if (event.facts.contains("program")) {
      said.program = event.facts;
    } else {
      (event.wire == Party::Client ? said.client : said.server) = event.facts;
    }
  }
  return said;
}

std::string saw(const std::map<std::string, std::string>& end) {
  const auto fact = [&](const char* name) {
    const auto found = end.find(name);
    return found == end.end() ? std::string() : found->second;
  };
  if (end.contains("alert-received")) return "alert " + fact("alert-received");
  if (fact("tcp") == "reset") return "RST";
  if (fact("tls") == "complete") return "handshake complete";
  if (end.contains("fin")) return "FIN";
  return "nothing";
}

std::optional<HelloPassage> hello_of_step(const observe::Transcript& transcript, const scenario::BenchSpec& bench,
                                          const scenario::Scenario& scenario, int index) {
  const auto& act = std::get<scenario::Act>(scenario.steps[static_cast<std::size_t>(index)].what);
  const Sayings said = sayings(transcript, index);
  const bool of_program = std::holds_alternative<scenario::Runs>(act.what);
  // Of several connections of a program it is the last that is asked about, and whose ends have spoken last.
  for (auto last = transcript.connections.rbegin(); last != transcript.connections.rend(); ++last) {
    const observe::Connection& connection = *last;
    if (!of_program && connection.name != act.who.port) continue;
    const std::uint16_t asked = bench.path.asks_device() ? bench.path.port : connection.server_port;
    auto passage = hello_passage(transcript, bench, connection.client_port, asked, port_in(said.server, "peer-port"),
                                 port_in(said.server, "port"));
    const auto flight = said.client.find("first-flight");
    if (passage && !passage->hello.whole && flight != said.client.end())
      passage->octets = std::max<std::size_t>(passage->octets, std::stoul("0" + flight->second));
    return passage;
  }
  return std::nullopt;
}

}  // namespace twinwire::judge
