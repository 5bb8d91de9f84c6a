// SPDX-License-Identifier: Apache-2.0
// Sequence numbers as a reader wants them: counted from the initial number of the connection on the wire where they
// were seen. After the client has forgotten a connection its numbers read "old+1", so that the leftovers of a lost
// connection can be told from the new one at a glance. A number that belongs to neither reads as hexadecimal.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "generator/wire/packet.hpp"
#include "harness/scenario/scenario.hpp"

namespace twinwire::report {

class Numbers {
 public:
  /// Where and whither a segment was seen.
  struct Seen {
    scenario::Party wire = scenario::Party::Client;
    bool from_client = true;        ///< the direction it travels in
    std::uint16_t client_port = 0;  ///< as the client's wire has it, whatever this wire shows
  };

  /// Learns initial numbers from a segment; call it before asking about that segment.
  void see(const Seen& seen, const wire::Tcp& segment);
  /// The client has lost the connection from this port.
  void forget(std::uint16_t client_port);

  std::string seq(const Seen& seen, std::uint32_t value) const { return text(seen, seen.from_client, value); }
  /// Also for the edges of SACK blocks.
  std::string ack(const Seen& seen, std::uint32_t value) const { return text(seen, !seen.from_client, value); }

 private:
  /// The initial numbers of one direction on one wire, the newest last.
  struct Origins {
    std::vector<std::uint32_t> initial;
    bool current = false;  ///< the last of them is that of the present connection
  };
  struct Key {
    scenario::Party wire;
    std::uint16_t client_port;
    bool from_client;
    auto operator<=>(const Key&) const = default;
  };

  void begin(const Key& key, std::uint32_t initial);
  std::string text(const Seen& seen, bool from_client, std::uint32_t value) const;

  std::map<Key, Origins> origins_;
};

}  // namespace twinwire::report
