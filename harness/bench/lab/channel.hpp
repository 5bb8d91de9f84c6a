// SPDX-License-Identifier: Apache-2.0
// Messages of any length, with open descriptors beside them, over a SOCK_SEQPACKET UNIX socket. Both the lab's client
// class and its helper talk through this.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/bench/lab/descriptor.hpp"

namespace twinwire::bench {

struct Message {
  std::string text;
  std::vector<Descriptor> descriptors;
};

class Channel {
 public:
  explicit Channel(Descriptor socket) : socket_(std::move(socket)) {}

  /// Sends the whole message; false if the other side is gone. Throws std::system_error for anything else.
  [[nodiscard]] bool send(const std::string& text, std::span<const int> descriptors = {});
  /// Waits for a whole message; nothing if the other side is gone.
  std::optional<Message> receive();
  int socket() const { return socket_.get(); }
  /// What the other side sees as the end of the conversation.
  void close() { socket_.reset(); }

 private:
  Descriptor socket_;
};

}  // namespace twinwire::bench
