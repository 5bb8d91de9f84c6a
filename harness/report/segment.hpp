// SPDX-License-Identifier: Apache-2.0
// A frame in tcpdump's words, as the ladder writes them: "SYN,ACK seq=0 ack=1 win=65535 <mss 1460>".
#pragma once

#include <map>
#include <string>

#include "generator/wire/packet.hpp"
#include "harness/report/numbers.hpp"

namespace twinwire::report {

/// Words frames one after the other, in the order of the one clock, because what is worth saying depends on what was
/// said: a window is written when it changes.
class Wording {
 public:
  std::string words(const Numbers::Seen& seen, const wire::Packet& packet);
  void forget(std::uint16_t client_port) { numbers_.forget(client_port); }

 private:
  struct Speaker {
    scenario::Party wire;
    std::uint16_t client_port;
    bool from_client;
    auto operator<=>(const Speaker&) const = default;
  };
  std::string tcp_words(const Numbers::Seen& seen, const wire::Tcp& segment);
  std::string options_words(const Numbers::Seen& seen, const wire::Tcp& segment) const;

  Numbers numbers_;
  std::map<Speaker, std::uint16_t> windows_;
};

}  // namespace twinwire::report
