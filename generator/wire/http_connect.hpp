// SPDX-License-Identifier: Apache-2.0
// HTTP CONNECT (RFC 9110 section 9.3.6): what is written to ask an explicit proxy for a tunnel, and the head of its
// answer, read as it comes. Reading never throws, and takes no octet beyond the head: what follows is the tunnel's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "generator/wire/bytes.hpp"

namespace twinwire::wire {

/// The request for a tunnel to `host`, a name or an address; an IPv6 address with or without its brackets. Nothing if
/// it is empty or holds an octet that cannot stand in a host (RFC 3986 section 3.2.2).
std::optional<std::string> connect_request(std::string_view host, std::uint16_t port);

/// The answer's head, as far as it has come. Interim answers (1xx, RFC 9110 section 15.2) are read over.
class ConnectAnswer {
 public:
  enum class State : std::uint8_t {
    NeedsMore,
    Whole,    ///< up to the empty line; status() and reason() are those of the final answer
    NotHttp,  ///< this is no answer of HTTP/1.x, or its head is longer than 64 KiB
  };

  /// Takes the octets that came next; how many of them belong to the head. Less than all: the head is whole, or this
  /// is not HTTP.
  std::size_t take(Bytes octets);

  State state() const { return state_; }
  int status() const { return status_; }  ///< 0 as long as no status line has been read
  const std::string& reason() const { return reason_; }
  /// Octets of the head that have been taken, interim answers included.
  std::size_t head_bytes() const { return head_bytes_; }
  /// The tunnel stands: any 2xx (RFC 9110 section 9.3.6).
  bool opened() const { return state_ == State::Whole && status_ / 100 == 2; }

 private:
  void take_octet(char octet);
  void end_line();
  bool read_status_line(std::string_view line);
  bool interim() const { return status_ / 100 == 1 && status_ != 101; }

  State state_ = State::NeedsMore;
  int status_ = 0;
  std::string reason_;
  std::size_t head_bytes_ = 0;
  std::string line_;        ///< the line that is being read, without its end
  bool in_fields_ = false;  ///< the status line has been read
  bool has_field_ = false;  ///< so has a field line
};

}  // namespace twinwire::wire
