// SPDX-License-Identifier: Apache-2.0
// OpenSSL asks an old-style method first, whatever library context a caller uses, which is the one way to give all of
// them the same numbers. The numbers are those of splitmix64: fast, and of no worth for secrets.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include "generator/tls/openssl.hpp"

namespace twinwire::tls {
namespace {

std::uint64_t state = 0;

std::uint64_t next() {
  state += 0x9E3779B97F4A7C15ULL;
  std::uint64_t z = state;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31U);
}

int fill(unsigned char* octets, int count) {
  std::uint64_t word = 0;
  for (int i = 0; i < count; ++i) {
    if (i % 8 == 0) word = next();
    octets[i] = static_cast<unsigned char>(word);
    word >>= 8U;
  }
  return 1;
}

int is_ready() { return 1; }

}  // namespace

void seed_randomness(std::uint64_t seed) {
  static const RAND_METHOD method{nullptr, fill, nullptr, nullptr, fill, is_ready};
  state = seed;
  require(RAND_set_rand_method(&method), "random numbers cannot be seeded");
}

}  // namespace twinwire::tls
