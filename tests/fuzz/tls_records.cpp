// SPDX-License-Identifier: Apache-2.0
// A stream of TLS records: every record lies inside the stream, one behind the other, and only the last may be cut off.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "generator/wire/tls.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* octets, std::size_t size) {
  using namespace twinwire;
  const wire::Bytes stream(octets, size);
  std::size_t end = 0;
  bool cut_off = false;
  for (const wire::TlsRecord& record : wire::read_tls_records(stream)) {
    if (cut_off || record.offset != end || record.payload.data() != octets + record.offset + 5) std::abort();
    end = record.offset + 5 + record.payload.size();
    cut_off = !record.whole;
  }
  if (end > size || (cut_off && end != size)) std::abort();
  const auto alert = wire::read_plain_alert(stream);
  if (alert && (cut_off || end != size || *alert != octets[size - 1])) std::abort();
  return 0;
}
