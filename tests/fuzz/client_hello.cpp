// SPDX-License-Identifier: Apache-2.0
// The hello that a stream begins with: no count may be larger than the stream, the name stands where its offset says,
// and what has been read of a whole hello stays the same when more octets follow.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "generator/wire/tls.hpp"

namespace {

using namespace twinwire;

void expect(bool holds) {
  if (!holds) std::abort();
}

/// A name need not lie in one record, so only its first octet has one place.
void check(const wire::ClientHello& hello, wire::Bytes stream) {
  expect(hello.wire_bytes <= stream.size());
  expect(hello.records > 0 && hello.message_bytes > 0);
  expect(hello.message_bytes + 5 * hello.records == hello.wire_bytes);
  expect(hello.extensions.size() * 4 <= hello.extension_bytes && hello.extension_bytes < hello.message_bytes);
  expect(hello.ticket_bytes <= hello.extension_bytes && hello.psk_identity_bytes <= hello.extension_bytes);
  expect(hello.random.size() == 32 || hello.random.empty());
  expect(!hello.whole || hello.message_bytes >= 4);
  if (hello.server_name && !hello.server_name->empty()) {
    expect(hello.server_name_offset > 5 && hello.server_name_offset < hello.wire_bytes);
    expect(stream[hello.server_name_offset] == static_cast<std::uint8_t>(hello.server_name->front()));
  } else {
    expect(hello.server_name_offset == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  const wire::Bytes stream(octets, size);
  const auto hello = wire::read_client_hello(stream);
  const auto answer = wire::read_server_hello(stream);
  expect(!hello || !answer);
  if (answer) expect(answer->wire_bytes <= size && (answer->random.size() == 32 || answer->random.empty()));
  if (!hello) return 0;
  check(*hello, stream);
  if (!hello->whole) return 0;
  const auto alone = wire::read_client_hello(stream.first(hello->wire_bytes));
  expect(alone && alone->whole && alone->wire_bytes == hello->wire_bytes && alone->extensions == hello->extensions);
  const auto less = wire::read_client_hello(stream.first(hello->wire_bytes - 1));
  expect(!less || !less->whole);
  return 0;
}
