// SPDX-License-Identifier: Apache-2.0
// Writing appends text directly, key by key in a fixed order, so that equal transcripts give equal octets and a frame
// costs a microsecond; only texts go through the JSON library, which knows how to escape them. Reading trusts nothing:
// every line is parsed as one object, every key must be a known one of the right type and range, and the first that is
// not ends the reading with a message that names the line. Steps count from 1 in the file, as in every report, and from
// 0 in memory.
#include "harness/observe/transcript.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

namespace twinwire::observe {
namespace {

using Json = nlohmann::json;
using Kind = Event::Kind;

constexpr int file_format = 1;
/// Longer than any Ethernet frame, jumbo frames included, that a scenario can ask for.
constexpr std::size_t longest_frame = 65536;

constexpr std::array<std::pair<Kind, std::string_view>, 13> kinds{{{Kind::Begins, "begins"},
                                                                   {Kind::Passed, "passed"},
                                                                   {Kind::Sent, "sent"},
                                                                   {Kind::Refused, "refused"},
                                                                   {Kind::Received, "received"},
                                                                   {Kind::Carried, "carried"},
                                                                   {Kind::TimeUp, "time-up"},
                                                                   {Kind::Done, "done"},
                                                                   {Kind::NotReached, "not-reached"},
                                                                   {Kind::Failed, "failed"},
                                                                   {Kind::Closes, "closes"},
                                                                   {Kind::Says, "says"},
                                                                   {Kind::Evidence, "evidence"}}};

bool has_frame(Kind kind) {
  return kind == Kind::Sent || kind == Kind::Refused || kind == Kind::Received || kind == Kind::Carried;
}

/// Kinds that stand at one of the two ends.
bool has_wire(Kind kind) { return has_frame(kind) || kind == Kind::Says; }

std::string_view kind_name(Kind kind) {
  const auto found = std::ranges::find(kinds, kind, &std::pair<Kind, std::string_view>::first);
  return found->second;
}

// ---- writing ----

std::string json_text(std::string_view text) { return Json(text).dump(-1, ' ', true, Json::error_handler_t::replace); }

void append_hex(std::string& out, const std::vector<std::uint8_t>& octets) {
  static constexpr std::string_view digits = "0123456789abcdef";
  for (const std::uint8_t octet : octets) {
    out += digits[octet >> 4U];
    out += digits[octet & 0x0FU];
  }
}

void append_connection(std::string& out, const Connection& connection) {
  out += "{\"name\":" + json_text(connection.name) + ",\"client\":\"" + wire::to_string(connection.client) +
         "\",\"client_port\":" + std::to_string(connection.client_port) + ",\"server\":\"" +
         wire::to_string(connection.server) + "\",\"server_port\":" + std::to_string(connection.server_port) + "}";
}

void append_header(std::string& out, const Transcript& transcript) {
  out += "{\"format\":" + std::to_string(file_format) + ",\"scenario\":" + json_text(transcript.scenario) +
         ",\"cell\":" + json_text(transcript.cell) + ",\"family\":\"" + std::string(wire::name(transcript.family)) +
         "\",\"seed\":" + std::to_string(transcript.seed) + ",\"connections\":[";
  for (std::size_t i = 0; i < transcript.connections.size(); ++i) {
    if (i > 0) out += ',';
    append_connection(out, transcript.connections[i]);
  }
  out += "]}\n";
}

void append_event(std::string& out, const Event& event) {
  out += "{\"at\":" + std::to_string(event.at.time_since_epoch().count()) + ",\"kind\":\"";
  out += kind_name(event.kind);
  out += '"';
  if (has_wire(event.kind)) out += event.wire == Party::Server ? ",\"wire\":\"server\"" : ",\"wire\":\"client\"";
  if (event.step >= 0) out += ",\"step\":" + std::to_string(event.step + 1);
  if (event.packet != 0) out += ",\"packet\":" + std::to_string(event.packet);
  if (event.marker) out += ",\"marker\":true";
  if (!event.text.empty()) out += ",\"text\":" + json_text(event.text);
  if (event.kind == Kind::Says)
    out += ",\"facts\":" + Json(event.facts).dump(-1, ' ', true, Json::error_handler_t::replace);
  if (has_frame(event.kind)) {
    out += ",\"frame\":\"";
    append_hex(out, event.frame);
    out += '"';
  }
  out += "}\n";
}

// ---- reading ----

/// One line of the file as an object whose members are taken one by one; what was not taken in the end is unknown.
class Line {
 public:
  Line(std::string_view text, const std::string& where) : where_(where) {
    object_ = Json::parse(text, nullptr, false);
    if (!object_.is_object()) wrong("expected one JSON object");
  }
  Line(Json object, const std::string& where) : object_(std::move(object)), where_(where) {
    if (!object_.is_object()) wrong("expected one JSON object");
  }

  [[noreturn]] void wrong(const std::string& what) const { throw TranscriptError(where_ + ": " + what); }

  bool has(const char* key) const { return object_.contains(key); }

  std::string text(const char* key) {
    const Json value = take(key);
    if (!value.is_string()) wrong("\"" + std::string(key) + "\" must be a string");
    return value.get<std::string>();
  }

  std::int64_t integer(const char* key, std::int64_t least, std::int64_t most) {
    const Json value = take(key);
    const bool fits = value.is_number_unsigned()
                          ? value.get<std::uint64_t>() <= static_cast<std::uint64_t>(std::max<std::int64_t>(most, 0))
                          : value.is_number_integer();
    if (!fits || value.get<std::int64_t>() < least || value.get<std::int64_t>() > most) {
      wrong("\"" + std::string(key) + "\" must be a whole number from " + std::to_string(least) + " to " +
            std::to_string(most));
    }
    return value.get<std::int64_t>();
  }

  std::uint64_t unsigned_integer(const char* key) {
    const Json value = take(key);
    if (!value.is_number_unsigned()) wrong("\"" + std::string(key) + "\" must be a whole number, not negative");
    return value.get<std::uint64_t>();
  }

  /// Which of `words` stands there, as an index.
  std::size_t word(const char* key, std::initializer_list<std::string_view> words) {
    const std::string value = text(key);
    const auto found = std::ranges::find(words, value);
    if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
    std::string known;
    for (const std::string_view w : words) known += (known.empty() ? "\"" : ", \"") + std::string(w) + "\"";
    wrong("\"" + std::string(key) + "\" must be one of " + known);
  }

  Json array(const char* key) {
    Json value = take(key);
    if (!value.is_array()) wrong("\"" + std::string(key) + "\" must be an array");
    return value;
  }

  std::map<std::string, std::string> facts() {
    const Json value = take("facts");
    if (!value.is_object()) wrong("\"facts\" must be an object");
    std::map<std::string, std::string> facts;
    for (const auto& [name, fact] : value.items()) {
      if (!fact.is_string()) wrong("\"" + name + "\" in \"facts\" must be a string");
      facts[name] = fact.get<std::string>();
    }
    return facts;
  }

  void flag_true(const char* key) {
    if (take(key) != Json(true)) wrong("\"" + std::string(key) + "\" can only be true");
  }

  /// Everything must have been taken by now.
  void end() const {
    if (!object_.empty()) wrong("unknown key \"" + object_.begin().key() + "\"");
  }

 private:
  Json take(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) wrong("\"" + std::string(key) + "\" is missing");
    Json value = std::move(*found);
    object_.erase(found);
    return value;
  }

  Json object_;
  const std::string& where_;
};

std::optional<std::uint8_t> nibble(char digit) {
  if (digit >= '0' && digit <= '9') return static_cast<std::uint8_t>(digit - '0');
  if (digit >= 'a' && digit <= 'f') return static_cast<std::uint8_t>(digit - 'a' + 10);
  return std::nullopt;
}

std::vector<std::uint8_t> read_frame(Line& line) {
  const std::string hex = line.text("frame");
  if (hex.size() % 2 != 0 || hex.size() > 2 * longest_frame)
    line.wrong("\"frame\" must be pairs of hexadecimal digits");
  std::vector<std::uint8_t> frame;
  frame.reserve(hex.size() / 2);
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto high = nibble(hex[i]), low = nibble(hex[i + 1]);
    if (!high || !low) line.wrong("\"frame\" must be lower-case hexadecimal digits");
    frame.push_back(static_cast<std::uint8_t>((*high << 4U) | *low));
  }
  return frame;
}

Connection read_connection(Line line) {
  Connection connection;
  connection.name = line.text("name");
  const auto address = [&line](const char* key) {
    const auto parsed = wire::parse_address(line.text(key));
    if (!parsed) line.wrong("\"" + std::string(key) + "\" must be an IPv4 or IPv6 address");
    return *parsed;
  };
  connection.client = address("client");
  connection.client_port = static_cast<std::uint16_t>(line.integer("client_port", 0, 65535));
  connection.server = address("server");
  connection.server_port = static_cast<std::uint16_t>(line.integer("server_port", 0, 65535));
  line.end();
  return connection;
}

Transcript read_header(Line line, const std::string& where) {
  Transcript transcript;
  const auto format = line.integer("format", 0, std::numeric_limits<std::int32_t>::max());
  if (format != file_format)
    line.wrong("format " + std::to_string(format) + " is not known, only " + std::to_string(file_format));
  transcript.scenario = line.text("scenario");
  transcript.cell = line.text("cell");
  transcript.family = line.word("family", {"ipv4", "ipv6"}) == 0 ? wire::Family::Ipv4 : wire::Family::Ipv6;
  transcript.seed = line.unsigned_integer("seed");
  for (Json& connection : line.array("connections")) {
    transcript.connections.push_back(read_connection(Line(std::move(connection), where)));
  }
  line.end();
  return transcript;
}

Event read_event(Line line) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  constexpr std::int64_t most_steps = 1'000'000'000;
  Event event;
  event.at = time::Instant(time::Duration(line.integer("at", 0, most)));
  const std::string kind = line.text("kind");
  const auto found = std::ranges::find(kinds, kind, &std::pair<Kind, std::string_view>::second);
  if (found == kinds.end()) line.wrong("\"" + kind + "\" is no kind of event");
  event.kind = found->first;
  if (line.has("step")) event.step = static_cast<int>(line.integer("step", 1, most_steps)) - 1;
  if (line.has("packet")) event.packet = static_cast<int>(line.integer("packet", 1, most_steps));
  if (line.has("text")) event.text = line.text("text");
  if (has_wire(event.kind)) event.wire = line.word("wire", {"client", "server"}) == 0 ? Party::Client : Party::Server;
  if (event.kind == Kind::Says) event.facts = line.facts();
  if (has_frame(event.kind)) {
    if (line.has("marker")) {
      line.flag_true("marker");
      event.marker = true;
    }
    event.frame = read_frame(line);
  }
  line.end();
  return event;
}

}  // namespace

std::string to_json_lines(const Transcript& transcript) {
  std::size_t octets = 512;
  for (const Event& event : transcript.events) octets += 96 + event.text.size() + 2 * event.frame.size();
  std::string out;
  out.reserve(octets);
  append_header(out, transcript);
  for (const Event& event : transcript.events) append_event(out, event);
  return out;
}

Transcript from_json_lines(std::string_view text, const std::string& name) {
  std::optional<Transcript> transcript;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string where = name + ":" + std::to_string(number);
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) throw TranscriptError(where + ": the last line is cut off");
    Line line(text.substr(0, end), where);
    text.remove_prefix(end + 1);
    if (transcript) {
      transcript->events.push_back(read_event(std::move(line)));
    } else {
      transcript = read_header(std::move(line), where);
    }
  }
  if (!transcript) throw TranscriptError(name + ":1: expected the header of a transcript, found an empty file");
  return *std::move(transcript);
}

}  // namespace twinwire::observe
