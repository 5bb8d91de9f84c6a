// SPDX-License-Identifier: Apache-2.0
// The head is read line by line, as RFC 9112 section 2.2 has it: a line ends with CRLF or with LF alone; any other CR
// makes it no HTTP, and so does white space between the status line and the first field. A field that is folded over
// several lines (section 5.2) is let pass, and so are a status line without a reason and white space before a field's
// colon. What cannot become a status line any more is refused at its first wrong octet, so that a TLS record in place
// of an answer is known at once.
#include "generator/wire/http_connect.hpp"

#include <algorithm>

namespace twinwire::wire {
namespace {

constexpr std::size_t longest_head = 65536;  // ours: RFC 9112 sets none; proxies stop at 8 to 64 KiB
// What a status line begins with, as a pattern: '#' is a digit. RFC 9112 section 4.
constexpr std::string_view status_pattern = "HTTP/1.# ###";

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alphanumeric(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_white(char c) { return c == ' ' || c == '\t'; }
/// VCHAR, obs-text, SP and HTAB: what may stand in a reason or in a field's value (RFC 9110 section 5.5).
bool is_text(char c) { return is_white(c) || (static_cast<unsigned char>(c) > ' ' && c != '\x7f'); }
/// tchar (RFC 9110 section 5.6.2)
bool is_token(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool begins_a_status_line(std::string_view line) {
  const std::size_t length = std::min(line.size(), status_pattern.size());
  for (std::size_t i = 0; i < length; ++i) {
    if (status_pattern[i] == '#' ? !is_digit(line[i]) : line[i] != status_pattern[i]) return false;
  }
  return line.size() <= status_pattern.size() || line[status_pattern.size()] == ' ';
}

bool is_field(std::string_view line) {
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return false;
  while (colon > 0 && is_white(line[colon - 1])) --colon;
  const std::string_view name = line.substr(0, colon);
  return !name.empty() && std::ranges::all_of(name, is_token);
}

/// The octets of uri-host (RFC 3986 section 3.2.2), an address in brackets included.
bool may_stand_in_host(char c) {
  return is_alphanumeric(c) || std::string_view("-._~!$&'()*+,;=%:[]").find(c) != std::string_view::npos;
}

}  // namespace

std::optional<std::string> connect_request(std::string_view host, std::uint16_t port) {
  if (host.empty() || !std::ranges::all_of(host, may_stand_in_host)) return std::nullopt;
  const bool bare_ipv6 = host.find(':') != std::string_view::npos && host.front() != '[';
  const std::string authority =
      (bare_ipv6 ? "[" + std::string(host) + "]" : std::string(host)) + ":" + std::to_string(port);
  return "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n\r\n";
}

std::size_t ConnectAnswer::take(Bytes octets) {
  std::size_t taken = 0;
  while (taken < octets.size() && state_ == State::NeedsMore) take_octet(static_cast<char>(octets[taken++]));
  return taken;
}

void ConnectAnswer::take_octet(char octet) {
  ++head_bytes_;
  if (octet == '\n') {
    if (!line_.empty() && line_.back() == '\r') line_.pop_back();
    end_line();
    line_.clear();
  } else {
    const bool bare_cr = !line_.empty() && line_.back() == '\r';
    line_.push_back(octet);
    const bool possible = octet == '\r' || (is_text(octet) && (in_fields_ || begins_a_status_line(line_)));
    if (bare_cr || !possible) state_ = State::NotHttp;
  }
  if (state_ == State::NeedsMore && head_bytes_ >= longest_head) state_ = State::NotHttp;
}

void ConnectAnswer::end_line() {
  if (!in_fields_) {
    in_fields_ = read_status_line(line_);
    if (!in_fields_) state_ = State::NotHttp;
  } else if (line_.empty()) {
    in_fields_ = false;
    has_field_ = false;
    if (!interim()) state_ = State::Whole;
  } else if (is_white(line_.front())) {
    if (!has_field_) state_ = State::NotHttp;
  } else {
    has_field_ = true;
    if (!is_field(line_)) state_ = State::NotHttp;
  }
}

bool ConnectAnswer::read_status_line(std::string_view line) {
  if (line.size() < status_pattern.size() || !begins_a_status_line(line)) return false;
  int status = 0;
  for (const char digit : line.substr(status_pattern.size() - 3, 3)) status = status * 10 + (digit - '0');
  if (status < 100) return false;
  status_ = status;
  reason_ = line.substr(std::min(line.size(), status_pattern.size() + 1));
  return true;
}

}  // namespace twinwire::wire
