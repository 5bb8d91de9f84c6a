// SPDX-License-Identifier: Apache-2.0
// Every recipe begins with the same hello, as a client for TLS 1.2 and 1.3 makes it, and changes what its name says.
// Numbers that should be random are drawn by SplitMix64 from a hash of the name, so that a hello is the same each time.
#include <algorithm>
#include <string>

#include "generator/tls/raw_hello.hpp"

namespace twinwire::tls {
namespace {

// Extensions (IANA, TLS ExtensionType Values).
constexpr std::uint16_t server_name_type = 0, supported_groups_type = 10, point_formats_type = 11,
                        signature_algorithms_type = 13, alpn_type = 16, padding_type = 21,
                        extended_master_secret_type = 23, supported_versions_type = 43, psk_modes_type = 45,
                        key_share_type = 51, encrypted_client_hello_type = 0xFE0D;
// Groups (IANA, TLS Supported Groups).
constexpr std::uint16_t secp256r1 = 23, secp384r1 = 24, x25519 = 29, x25519_mlkem768 = 0x11EC;

constexpr std::size_t x25519_bytes = 32;
/// A point of P-256 that is always valid: the base point (SP 800-186 section 3.2.1.3), uncompressed.
constexpr std::array<std::uint8_t, 65> p256_point{
    0x04, 0x6B, 0x17, 0xD1, 0xF2, 0xE1, 0x2C, 0x42, 0x47, 0xF8, 0xBC, 0xE6, 0xE5, 0x63, 0xA4, 0x40, 0xF2,
    0x77, 0x03, 0x7D, 0x81, 0x2D, 0xEB, 0x33, 0xA0, 0xF4, 0xA1, 0x39, 0x45, 0xD8, 0x98, 0xC2, 0x96, 0x4F,
    0xE3, 0x42, 0xE2, 0xFE, 0x1A, 0x7F, 0x9B, 0x8E, 0xE7, 0xEB, 0x4A, 0x7C, 0x0F, 0x9E, 0x16, 0x2B, 0xCE,
    0x33, 0x57, 0x6B, 0x31, 0x5E, 0xCE, 0xCB, 0xB6, 0x40, 0x68, 0x37, 0xBF, 0x51, 0xF5};

/// FNV-1a, then SplitMix64.
class Numbers {
 public:
  explicit Numbers(std::string_view name) {
    for (const char letter : name) state_ = (state_ ^ static_cast<std::uint8_t>(letter)) * 0x100000001B3U;
  }
  Octets draw(std::size_t count) {
    Octets octets(count);
    std::ranges::generate(octets, [this] { return static_cast<std::uint8_t>(next() >> 56U); });
    return octets;
  }

 private:
  std::uint64_t next() {
    std::uint64_t value = state_ += 0x9E3779B97F4A7C15U;
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9U;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBU;
    return value ^ (value >> 31U);
  }
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

void append16(Octets& octets, std::size_t value) {
  octets.push_back(static_cast<std::uint8_t>(value >> 8U));
  octets.push_back(static_cast<std::uint8_t>(value));
}

void append(Octets& octets, wire::Bytes more) { octets.insert(octets.end(), more.begin(), more.end()); }

Octets behind_length8(Octets vector) {
  vector.insert(vector.begin(), static_cast<std::uint8_t>(vector.size()));
  return vector;
}

Octets behind_length16(const Octets& vector) {
  Octets octets;
  append16(octets, vector.size());
  append(octets, vector);
  return octets;
}

Octets numbers16(const std::vector<std::uint16_t>& numbers) {
  Octets octets;
  for (const std::uint16_t number : numbers) append16(octets, number);
  return octets;
}

struct Share {
  std::uint16_t group;
  Octets key;
};

Octets key_shares(const std::vector<Share>& shares) {
  Octets list;
  for (const Share& share : shares) {
    append16(list, share.group);
    append(list, behind_length16(share.key));
  }
  return behind_length16(list);
}

/// A server_name extension with these host names (RFC 6066 section 3).
Octets server_names(const std::vector<std::string>& names) {
  Octets list;
  for (const std::string& name : names) {
    list.push_back(0);
    append(list, behind_length16(Octets(name.begin(), name.end())));
  }
  return behind_length16(list);
}

Octets protocols(const std::vector<std::string>& names) {
  Octets list;
  for (const std::string& name : names) append(list, behind_length8(Octets(name.begin(), name.end())));
  return behind_length16(list);
}

/// What a recipe works with.
struct Draft {
  RawHello hello;
  Numbers numbers;
  std::string server_name;

  /// The extension of this type, which the plain hello has.
  Octets& extension(std::uint16_t type) {
    return std::ranges::find(hello.extensions, type, &RawExtension::type)->octets;
  }
  void add(std::uint16_t type, Octets octets) { hello.extensions.push_back({type, std::move(octets)}); }
  void name(std::string server) { extension(server_name_type) = server_names({std::move(server)}); }
  void session_id(std::size_t size) { hello.session_id = numbers.draw(size); }
};

void make_plain(Draft& draft) {
  RawHello& hello = draft.hello;
  std::ranges::copy(draft.numbers.draw(hello.random.size()), hello.random.begin());
  draft.session_id(32);
  hello.cipher_suites = {0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8};
  draft.add(server_name_type, server_names({draft.server_name}));
  draft.add(extended_master_secret_type, {});
  draft.add(supported_groups_type, behind_length16(numbers16({x25519, secp256r1, secp384r1})));
  draft.add(point_formats_type, {1, 0});
  draft.add(signature_algorithms_type, behind_length16(numbers16({0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501})));
  draft.add(psk_modes_type, {1, 1});
  draft.add(supported_versions_type, behind_length8(numbers16({0x0304, 0x0303})));
  draft.add(key_share_type, key_shares({{x25519, draft.numbers.draw(x25519_bytes)}}));
}

/// RFC 8701: values that mean nothing, wherever a client offers a list.
void add_grease(Draft& draft) {
  draft.hello.cipher_suites.insert(draft.hello.cipher_suites.begin(), 0x0A0A);
  draft.extension(supported_groups_type) = behind_length16(numbers16({0x1A1A, x25519, secp256r1, secp384r1}));
  draft.extension(supported_versions_type) = behind_length8(numbers16({0x2A2A, 0x0304, 0x0303}));
  draft.extension(key_share_type) = key_shares({{0x1A1A, {0}}, {x25519, draft.numbers.draw(x25519_bytes)}});
  draft.extension(signature_algorithms_type) = behind_length16(numbers16({0x3A3A, 0x0403, 0x0804, 0x0401}));
  draft.extension(psk_modes_type) = {2, 0x0B, 1};
  draft.add(alpn_type, protocols({"\x4A\x4A", "h2", "http/1.1"}));
  draft.hello.extensions.insert(draft.hello.extensions.begin(), RawExtension{0x5A5A, {}});
  draft.add(0x6A6A, {0});
}

/// The share of ML-KEM-768 comes first (draft-ietf-tls-ecdhe-mlkem); polynomials of zeros pass its check of the modulus
/// (FIPS 203 section 7.2).
void add_post_quantum_share(Draft& draft) {
  Octets hybrid(1152, 0);
  append(hybrid, draft.numbers.draw(32 + x25519_bytes));
  draft.extension(supported_groups_type) = behind_length16(numbers16({x25519_mlkem768, x25519, secp256r1, secp384r1}));
  draft.extension(key_share_type) = key_shares({{x25519_mlkem768, hybrid}, {x25519, draft.numbers.draw(x25519_bytes)}});
}

/// An outer encrypted_client_hello as a client makes it up: HKDF-SHA256, AES-128-GCM, a key, a payload (RFC 9849).
void add_made_up_ech(Draft& draft, std::size_t payload) {
  Octets octets{0, 0, 1, 0, 1, draft.numbers.draw(1)[0]};
  append(octets, behind_length16(draft.numbers.draw(x25519_bytes)));
  append(octets, behind_length16(draft.numbers.draw(payload)));
  draft.add(encrypted_client_hello_type, std::move(octets));
}

/// As much as the two vectors may hold that have 65,535 octets each, with some room left for a parser's own limit.
void make_huge(Draft& draft) {
  std::vector<std::uint16_t>& suites = draft.hello.cipher_suites;
  while (suites.size() < 32'000) suites.push_back(static_cast<std::uint16_t>(0xD100 + suites.size() % 0x0E00));
  draft.add(padding_type, Octets(60'000, 0));
}

struct Recipe {
  std::string_view name, about;
  void (*change)(Draft& draft);
};

constexpr Recipe recipes[] = {
    {"plain", "nothing special", [](Draft&) {}},
    {"two-key-shares", "shares for X25519 and P-256",
     [](Draft& draft) {
       draft.extension(key_share_type) = key_shares(
           {{x25519, draft.numbers.draw(x25519_bytes)}, {secp256r1, {p256_point.begin(), p256_point.end()}}});
     }},
    {"post-quantum-key-shares", "shares for X25519MLKEM768 and X25519, as browsers send them", add_post_quantum_share},
    {"grease", "values that mean nothing in every list (RFC 8701)", add_grease},
    {"made-up-ech", "an encrypted_client_hello that hides nothing, 250 octets of payload",
     [](Draft& draft) { add_made_up_ech(draft, 250); }},
    {"large-made-up-ech", "the same with 4,000 octets of payload", [](Draft& draft) { add_made_up_ech(draft, 4000); }},
    {"reversed-extensions", "the usual extensions from last to first",
     [](Draft& draft) { std::ranges::reverse(draft.hello.extensions); }},
    {"duplicate-extension", "supported_groups twice (wrong)",
     [](Draft& draft) { draft.add(supported_groups_type, Octets(draft.extension(supported_groups_type))); }},
    {"empty-last-extension", "the last extension has no octets",
     [](Draft& draft) {
       std::vector<RawExtension>& extensions = draft.hello.extensions;
       std::rotate(extensions.begin(), extensions.begin() + 2, extensions.end());
     }},
    {"many-extensions", "200 unknown extensions before the usual ones",
     [](Draft& draft) {
       std::vector<RawExtension>& extensions = draft.hello.extensions;
       for (std::uint16_t i = 0; i < 200; ++i)
         extensions.insert(extensions.begin() + i, RawExtension{static_cast<std::uint16_t>(0x8000 + i), {}});
     }},
    {"many-cipher-suites", "200 unknown suites before the usual ones",
     [](Draft& draft) {
       std::vector<std::uint16_t>& suites = draft.hello.cipher_suites;
       for (std::uint16_t i = 0; i < 200; ++i)
         suites.insert(suites.begin() + i, static_cast<std::uint16_t>(0xD100 + i));
     }},
    {"no-extensions", "none at all, as in TLS 1.2 before RFC 5246 was extended",
     [](Draft& draft) { draft.hello.extensions.clear(); }},
    {"two-server-names", "two host names in one server_name (wrong)",
     [](Draft& draft) {
       draft.extension(server_name_type) = server_names({draft.server_name, "second.example"});
     }},
    {"two-server-name-extensions", "server_name twice, with two names (wrong)",
     [](Draft& draft) { draft.add(server_name_type, server_names({"second.example"})); }},
    {"no-server-name", "no server_name",
     [](Draft& draft) { draft.hello.extensions.erase(draft.hello.extensions.begin()); }},
    {"empty-server-name", "a host name of no octets (wrong)", [](Draft& draft) { draft.name(""); }},
    {"long-server-name", "a host name of 255 octets",
     [](Draft& draft) {
       std::string name(255 - std::min<std::size_t>(draft.server_name.size(), 254) - 1, 'a');
       for (std::size_t dot = 63; dot < name.size(); dot += 64) name[dot] = '.';
       draft.name(name + "." + draft.server_name.substr(0, 254));
     }},
    {"upper-case-server-name", "the host name in capitals",
     [](Draft& draft) {
       std::string name = draft.server_name;
       for (char& letter : name)
         letter = letter >= 'a' && letter <= 'z' ? static_cast<char>(letter - 'a' + 'A') : letter;
       draft.name(name);
     }},
    {"server-name-with-dot", "a dot at the end of the host name (wrong)",
     [](Draft& draft) { draft.name(draft.server_name + "."); }},
    {"address-as-server-name", "an IPv4 address for a host name (wrong)",
     [](Draft& draft) { draft.name("192.0.2.1"); }},
    {"session-id-0", "no session ID", [](Draft& draft) { draft.session_id(0); }},
    {"session-id-1", "a session ID of 1 octet", [](Draft& draft) { draft.session_id(1); }},
    {"session-id-31", "a session ID of 31 octets", [](Draft& draft) { draft.session_id(31); }},
    {"session-id-33", "a session ID of 33 octets (wrong)", [](Draft& draft) { draft.session_id(33); }},
    {"session-id-255", "a session ID of 255 octets (wrong)", [](Draft& draft) { draft.session_id(255); }},
    {"trailing-octets", "16 octets behind the extensions (wrong)",
     [](Draft& draft) { draft.hello.trailing = Octets(16, 0); }},
    {"missing-octet", "the last extension lacks its last octet (wrong)", [](Draft& draft) { draft.hello.missing = 1; }},
    {"missing-extension", "the message ends in the middle of the extensions (wrong)",
     [](Draft& draft) { draft.hello.missing = 60; }},
    {"empty-record-first", "a record without payload before the hello (wrong in TLS 1.3)",
     [](Draft& draft) {
       draft.hello.pieces = {0, 16'384};
     }},
    {"empty-record-inside", "a record without payload in the middle of the hello (wrong in TLS 1.3)",
     [](Draft& draft) {
       draft.hello.pieces = {100, 0, 16'384};
     }},
    {"cut-message-header", "the first record has three of the four octets of the message's header",
     [](Draft& draft) {
       draft.hello.pieces = {3, 16'384};
     }},
    {"long-record", "a record of 16,385 octets of payload (wrong)",
     [](Draft& draft) {
       draft.add(padding_type, Octets(17'000, 0));
       draft.hello.pieces = {16'385};
     }},
    {"record-version-0300", "the record says SSL 3.0", [](Draft& draft) { draft.hello.record_version = 0x0300; }},
    {"record-version-0302", "the record says TLS 1.1", [](Draft& draft) { draft.hello.record_version = 0x0302; }},
    {"record-version-0303", "the record says TLS 1.2", [](Draft& draft) { draft.hello.record_version = 0x0303; }},
    {"record-version-0304", "the record says TLS 1.3", [](Draft& draft) { draft.hello.record_version = 0x0304; }},
    {"record-version-03ff", "the record says a version that there is not",
     [](Draft& draft) { draft.hello.record_version = 0x03FF; }},
    {"legacy-version-0304", "the hello says TLS 1.3 where it should say 1.2",
     [](Draft& draft) { draft.hello.legacy_version = 0x0304; }},
    {"future-version", "a version after 1.3 is offered before it",
     [](Draft& draft) {
       draft.extension(supported_versions_type) = behind_length8(numbers16({0x0305, 0x0304, 0x0303}));
     }},
    {"huge", "some 125,000 octets, which is near what the lengths of a hello can say", make_huge},
    {"sslv2", "the hello of SSL 2.0 that asks for TLS 1.2 (RFC 5246 appendix E.2)",
     [](Draft& draft) {
       draft.hello.format = HelloFormat::Sslv2;
       draft.hello.session_id.clear();
     }},
};

const Recipe& recipe(std::string_view name) {
  const auto* found = std::ranges::find(recipes, name, &Recipe::name);
  if (found != std::end(recipes)) return *found;
  std::string known;
  for (const Recipe& each : recipes) known += (known.empty() ? "" : ", ") + std::string(each.name);
  throw TlsError("there is no ClientHello named \"" + std::string(name) + "\"; there are " + known);
}

}  // namespace

RawHello raw_hello(std::string_view name, std::string_view server_name) {
  const Recipe& found = recipe(name);
  Draft draft{{}, Numbers(name), std::string(server_name)};
  make_plain(draft);
  found.change(draft);
  return std::move(draft.hello);
}

std::vector<std::string_view> raw_hello_names() {
  std::vector<std::string_view> names;
  for (const Recipe& each : recipes) names.push_back(each.name);
  return names;
}

std::string_view raw_hello_about(std::string_view name) { return recipe(name).about; }

}  // namespace twinwire::tls
