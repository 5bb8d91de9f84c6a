// SPDX-License-Identifier: Apache-2.0
// ClientHellos of exact sizes for the tests of the models, with nothing in them but what a device looks at.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace twinwire::test {

using Octets = std::vector<std::uint8_t>;

struct HelloShape {
  std::size_t wire_bytes = 400;                ///< with all record headers
  std::string server_name = "server.example";  ///< empty: none
  std::size_t before_server_name = 0;          ///< octets of an extension in front of it
  std::vector<std::size_t> records{};          ///< payload of each record; the last one takes the rest
};

/// Throws std::invalid_argument if the shape is too small for what it shall hold.
Octets write_hello(const HelloShape& shape);

/// Pieces of `size` octets, the last one shorter.
std::vector<Octets> cut(const Octets& stream, std::size_t size);

}  // namespace twinwire::test
