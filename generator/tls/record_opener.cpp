// SPDX-License-Identifier: Apache-2.0
// Key and IV follow from the traffic secret by HKDF-Expand-Label (RFC 8446 section 7.3); both are shorter than one
// block of the hash, so that one HMAC gives each. The nonce of a record is the IV with the sequence number over its end
// (section 5.3), the additional data is the header that the record must have had (section 5.2). Of what is opened, the
// handshake messages are stepped through: behind a KeyUpdate the sender uses another key.
#include "generator/tls/record_opener.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>

namespace twinwire::tls {
namespace {

constexpr std::size_t iv_bytes = 12;   // of all three suites, RFC 8446 section 5.3
constexpr std::size_t tag_bytes = 16;  // likewise, RFC 5116 section 5
constexpr std::size_t random_bytes = 32;
constexpr std::uint8_t key_update = 24;  // RFC 8446 section 4

struct Suite {
  std::uint16_t number;
  const EVP_CIPHER* (*cipher)();
  const EVP_MD* (*hash)();
};
// RFC 8446 appendix B.4.
constexpr std::array<Suite, 3> suites{{{0x1301, EVP_aes_128_gcm, EVP_sha256},
                                       {0x1302, EVP_aes_256_gcm, EVP_sha384},
                                       {0x1303, EVP_chacha20_poly1305, EVP_sha256}}};

/// RFC 8446 section 7.1, with an empty context; at most one block of the hash.
std::vector<std::uint8_t> expand_label(const EVP_MD* hash, wire::Bytes secret, std::string_view label,
                                       std::size_t length) {
  const std::string full = "tls13 " + std::string(label);
  std::vector<std::uint8_t> input{0, static_cast<std::uint8_t>(length), static_cast<std::uint8_t>(full.size())};
  input.insert(input.end(), full.begin(), full.end());
  input.push_back(0);  // no context
  input.push_back(1);  // the first block (RFC 5869 section 2.3)
  std::vector<std::uint8_t> block(EVP_MAX_MD_SIZE);
  if (HMAC(hash, secret.data(), static_cast<int>(secret.size()), input.data(), input.size(), block.data(), nullptr) ==
      nullptr) {
    return {};
  }
  block.resize(length);
  return block;
}

std::optional<std::uint8_t> digit(char character) {
  if (character >= '0' && character <= '9') return static_cast<std::uint8_t>(character - '0');
  if (character >= 'a' && character <= 'f') return static_cast<std::uint8_t>(character - 'a' + 10);
  if (character >= 'A' && character <= 'F') return static_cast<std::uint8_t>(character - 'A' + 10);
  return std::nullopt;
}

std::optional<std::vector<std::uint8_t>> read_hexadecimal(std::string_view text) {
  if (text.empty() || text.size() % 2 != 0) return std::nullopt;
  std::vector<std::uint8_t> octets;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    const auto high = digit(text[at]);
    const auto low = digit(text[at + 1]);
    if (!high || !low) return std::nullopt;
    octets.push_back(static_cast<std::uint8_t>(*high << 4U | *low));
  }
  return octets;
}

/// Up to the next space, which is taken away as well.
std::string_view take_field(std::string_view& line) {
  const std::size_t end = std::min(line.find(' '), line.size());
  const std::string_view field = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return field;
}

}  // namespace

std::optional<KeyLogLine> read_key_log_line(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  const std::string_view label = take_field(line);
  auto client_random = read_hexadecimal(take_field(line));
  auto secret = read_hexadecimal(line);
  if (label.empty() || label.front() == '#' || !client_random || !secret) return std::nullopt;
  if (client_random->size() != random_bytes) return std::nullopt;
  return KeyLogLine{std::string(label), std::move(*client_random), std::move(*secret)};
}

void RecordOpener::Release::operator()(EVP_CIPHER_CTX* cipher) const { EVP_CIPHER_CTX_free(cipher); }

RecordOpener::RecordOpener(Cipher cipher, std::vector<std::uint8_t> write_iv)
    : cipher_(std::move(cipher)), write_iv_(std::move(write_iv)) {}
RecordOpener::~RecordOpener() = default;
RecordOpener::RecordOpener(RecordOpener&&) noexcept = default;
RecordOpener& RecordOpener::operator=(RecordOpener&&) noexcept = default;

std::variant<RecordOpener, RecordOpener::Refusal> RecordOpener::make(std::uint16_t cipher_suite, wire::Bytes secret) {
  const auto* const suite = std::ranges::find(suites, cipher_suite, &Suite::number);
  if (suite == suites.end()) return Refusal::UnknownSuite;
  const EVP_MD* const hash = suite->hash();
  if (secret.size() != static_cast<std::size_t>(EVP_MD_get_size(hash))) return Refusal::SecretSize;
  const EVP_CIPHER* const algorithm = suite->cipher();
  const auto key_bytes = static_cast<std::size_t>(EVP_CIPHER_get_key_length(algorithm));
  const auto key = expand_label(hash, secret, "key", key_bytes);
  auto write_iv = expand_label(hash, secret, "iv", iv_bytes);
  Cipher cipher(EVP_CIPHER_CTX_new());
  if (!cipher || key.empty() || write_iv.empty() ||
      EVP_DecryptInit_ex2(cipher.get(), algorithm, key.data(), write_iv.data(), nullptr) != 1) {
    return Refusal::NoCipher;
  }
  return RecordOpener(std::move(cipher), std::move(write_iv));
}

std::variant<RecordOpener::Opened, RecordOpener::Closed> RecordOpener::open(wire::Bytes payload) {
  if (key_updated_) return Closed::KeyUpdated;
  auto inner = decrypt(payload);
  if (!inner) return Closed::NotAuthentic;
  ++sequence_;
  while (!inner->empty() && inner->back() == 0) inner->pop_back();
  if (inner->empty()) return Closed::WithoutContent;
  Opened opened{inner->back(), std::move(*inner)};
  opened.content.pop_back();
  if (opened.type == wire::tls_content::Handshake) watch_for_key_update(opened.content);
  return opened;
}

std::optional<std::vector<std::uint8_t>> RecordOpener::decrypt(wire::Bytes payload) {
  if (payload.size() <= tag_bytes || payload.size() > UINT16_MAX) return std::nullopt;
  std::vector<std::uint8_t> nonce = write_iv_;
  for (std::size_t octet = 0; octet < sizeof sequence_; ++octet) {
    nonce[iv_bytes - 1 - octet] ^= static_cast<std::uint8_t>(sequence_ >> (8 * octet));
  }
  std::array<std::uint8_t, 5> header{wire::tls_content::ApplicationData, 3, 3};
  wire::store16(header, 3, static_cast<std::uint16_t>(payload.size()));
  const wire::Bytes text = payload.first(payload.size() - tag_bytes);
  std::array<std::uint8_t, tag_bytes> tag{};
  std::ranges::copy(payload.last(tag_bytes), tag.begin());
  std::vector<std::uint8_t> inner(text.size());
  int size = 0;
  ERR_set_mark();  // that a record does not open is no error that a later caller should be told
  const bool authentic =
      EVP_DecryptInit_ex2(cipher_.get(), nullptr, nullptr, nonce.data(), nullptr) == 1 &&
      EVP_DecryptUpdate(cipher_.get(), nullptr, &size, header.data(), static_cast<int>(header.size())) == 1 &&
      EVP_DecryptUpdate(cipher_.get(), inner.data(), &size, text.data(), static_cast<int>(text.size())) == 1 &&
      EVP_CIPHER_CTX_ctrl(cipher_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(tag_bytes), tag.data()) == 1 &&
      EVP_DecryptFinal_ex(cipher_.get(), inner.data() + size, &size) == 1;
  ERR_pop_to_mark();
  return authentic ? std::optional(std::move(inner)) : std::nullopt;
}

void RecordOpener::watch_for_key_update(wire::Bytes content) {
  while (const auto message = messages_.take(content)) {
    if (message->type == key_update) key_updated_ = true;
  }
}

}  // namespace twinwire::tls
