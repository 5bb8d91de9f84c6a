// SPDX-License-Identifier: Apache-2.0
// A provider inside the process with one key type, one key encapsulation and one TLS group made of them. A key is so
// many random octets; encapsulation draws the answer at random, and the secret is its first 32 octets, so that both
// ends have it. Where OpenSSL has a real group of that size, the real one is used. OpenSSL hands a provider no argument
// when it loads it, so the size of the share stands in the provider's name.
#include "generator/tls/made_up_group.hpp"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

namespace twinwire::tls {
namespace {

constexpr std::string_view name_prefix = "twinwire-share-";
constexpr const char* algorithm_name = "TWINWIRE-SHARE";
constexpr const char* properties = "provider=twinwire";
constexpr std::size_t secret_bytes = 32;
constexpr std::uint32_t largest_share = 65'000;

/// What is real has its own size of answer and its own number (IANA, TLS Supported Groups).
struct RealGroup {
  std::uint32_t share_bytes, answer_bytes;
  std::uint16_t code;
  const char* name;
};
constexpr std::array<RealGroup, 6> real_groups{{
    {800, 768, 0x0200, "MLKEM512"},
    {1184, 1088, 0x0201, "MLKEM768"},
    {1568, 1568, 0x0202, "MLKEM1024"},
    {1216, 1120, 0x11EC, "X25519MLKEM768"},
    {1249, 1153, 0x11EB, "SecP256r1MLKEM768"},
    {1665, 1665, 0x11ED, "SecP384r1MLKEM1024"},
}};
constexpr std::uint16_t private_groups = 0xFE00;  ///< and 255 more (RFC 8446 section 4.2.7)

const RealGroup* real_group(std::uint32_t share_bytes) {
  const auto* found = std::ranges::find(real_groups, share_bytes, &RealGroup::share_bytes);
  return found == real_groups.end() ? nullptr : found;
}

/// Whether OpenSSL has the group itself: it does from 3.5 on.
bool is_known(const RealGroup& group) {
  EVP_KEM* kem = EVP_KEM_fetch(nullptr, group.name, nullptr);
  EVP_KEM_free(kem);
  ERR_clear_error();
  return kem != nullptr;
}

/// What OpenSSL hands back in every call.
struct Provider {
  std::string group;
  std::uint32_t share_bytes = 0;
  std::uint32_t code = 0;
  unsigned int security_bits = 192;
  int lowest_tls = 0x0304, highest_tls = 0, no_dtls = -1;
  unsigned int is_kem = 1;
};

struct Key {
  const Provider* provider = nullptr;
  Octets share;
};

/// A call of the provider's table, in the one form that they are all given in.
template <class Function>
OSSL_DISPATCH entry(int number, Function* function) {
  return {number, reinterpret_cast<void (*)()>(function)};
}
constexpr OSSL_DISPATCH table_end{0, nullptr};

Octets random_octets(std::size_t count) {
  Octets octets(count);
  if (RAND_bytes(octets.data(), static_cast<int>(count)) != 1) octets.clear();
  return octets;
}

// Key management (provider-keymgmt(7)).

void* new_key(void* provider) { return new Key{static_cast<const Provider*>(provider), {}}; }
void free_key(void* key) { delete static_cast<Key*>(key); }

int has(const void* key, int selection) {
  const bool asks_for_share = (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0;
  return !asks_for_share || !static_cast<const Key*>(key)->share.empty() ? 1 : 0;
}

int match(const void* one, const void* other, int) {
  return static_cast<const Key*>(one)->share == static_cast<const Key*>(other)->share ? 1 : 0;
}

int get_key_params(void* argument, OSSL_PARAM params[]) {
  const auto& key = *static_cast<const Key*>(argument);
  const auto set = [&](const char* name, std::size_t value) {
    OSSL_PARAM* param = OSSL_PARAM_locate(params, name);
    return param == nullptr || OSSL_PARAM_set_size_t(param, value) == 1;
  };
  const std::uint32_t share = key.provider->share_bytes;
  OSSL_PARAM* encoded = OSSL_PARAM_locate(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);
  const bool given =
      encoded == nullptr || OSSL_PARAM_set_octet_string(encoded, key.share.data(), key.share.size()) == 1;
  return given && set(OSSL_PKEY_PARAM_BITS, std::size_t{share} * 8) &&
                 set(OSSL_PKEY_PARAM_SECURITY_BITS, key.provider->security_bits) &&
                 set(OSSL_PKEY_PARAM_MAX_SIZE, std::max(share, answer_bytes(share)))
             ? 1
             : 0;
}

const OSSL_PARAM* gettable_key_params(void*) {
  static const std::array<OSSL_PARAM, 5> params{
      {OSSL_PARAM_size_t(OSSL_PKEY_PARAM_BITS, nullptr), OSSL_PARAM_size_t(OSSL_PKEY_PARAM_SECURITY_BITS, nullptr),
       OSSL_PARAM_size_t(OSSL_PKEY_PARAM_MAX_SIZE, nullptr),
       OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, nullptr, 0), OSSL_PARAM_END}};
  return params.data();
}

/// A peer's share is taken if it has the size that this group's shares have.
int set_key_params(void* argument, const OSSL_PARAM params[]) {
  auto& key = *static_cast<Key*>(argument);
  const OSSL_PARAM* encoded = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY);
  if (encoded == nullptr) return 1;
  if (encoded->data_type != OSSL_PARAM_OCTET_STRING || encoded->data_size != key.provider->share_bytes) return 0;
  const auto* octets = static_cast<const std::uint8_t*>(encoded->data);
  key.share.assign(octets, octets + encoded->data_size);
  return 1;
}

const OSSL_PARAM* settable_key_params(void*) {
  static const std::array<OSSL_PARAM, 2> params{
      {OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, nullptr, 0), OSSL_PARAM_END}};
  return params.data();
}

/// The making of a key; without a share, of parameters only.
struct Generation {
  const Provider* provider;
  bool with_share;
};

void* begin_generation(void* provider, int selection, const OSSL_PARAM[]) {
  return new Generation{static_cast<const Provider*>(provider), (selection & OSSL_KEYMGMT_SELECT_KEYPAIR) != 0};
}
int set_generation_params(void*, const OSSL_PARAM[]) { return 1; }
const OSSL_PARAM* settable_generation_params(void*, void*) {
  static const std::array<OSSL_PARAM, 2> params{
      {OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, nullptr, 0), OSSL_PARAM_END}};
  return params.data();
}
void* generate(void* argument, OSSL_CALLBACK*, void*) {
  const auto& generation = *static_cast<const Generation*>(argument);
  auto key = std::make_unique<Key>(Key{generation.provider, {}});
  if (generation.with_share) {
    key->share = random_octets(generation.provider->share_bytes);
    if (key->share.empty()) return nullptr;
  }
  return key.release();
}
void end_generation(void* generation) { delete static_cast<Generation*>(generation); }

// Key encapsulation (provider-kem(7)).

struct Encapsulation {
  const Key* key;
};

void* new_encapsulation(void*) { return new Encapsulation{nullptr}; }
void free_encapsulation(void* encapsulation) { delete static_cast<Encapsulation*>(encapsulation); }
int begin_encapsulation(void* encapsulation, void* key, const OSSL_PARAM[]) {
  static_cast<Encapsulation*>(encapsulation)->key = static_cast<const Key*>(key);
  return 1;
}

/// Without a place for the octets the caller wants to know their numbers only.
int encapsulate(void* argument, unsigned char* answer, std::size_t* answer_size, unsigned char* secret,
                std::size_t* secret_size) {
  const Provider& provider = *static_cast<const Encapsulation*>(argument)->key->provider;
  const std::size_t size = answer_bytes(provider.share_bytes);
  if (answer != nullptr) {
    const Octets octets = random_octets(size);
    if (octets.empty() || *answer_size < size || *secret_size < secret_bytes) return 0;
    std::ranges::copy(octets, answer);
    std::copy_n(octets.begin(), secret_bytes, secret);
  }
  *answer_size = size;
  *secret_size = secret_bytes;
  return 1;
}

int decapsulate(void* argument, unsigned char* secret, std::size_t* secret_size, const unsigned char* answer,
                std::size_t answer_size) {
  const Provider& provider = *static_cast<const Encapsulation*>(argument)->key->provider;
  if (answer_size != answer_bytes(provider.share_bytes)) return 0;
  if (secret != nullptr) std::copy_n(answer, secret_bytes, secret);
  *secret_size = secret_bytes;
  return 1;
}

// The provider (provider-base(7)).

const OSSL_ALGORITHM* algorithms(void*, int operation, int* no_cache) {
  static const std::array<OSSL_DISPATCH, 14> key_management{
      entry(OSSL_FUNC_KEYMGMT_NEW, new_key),
      entry(OSSL_FUNC_KEYMGMT_FREE, free_key),
      entry(OSSL_FUNC_KEYMGMT_HAS, has),
      entry(OSSL_FUNC_KEYMGMT_MATCH, match),
      entry(OSSL_FUNC_KEYMGMT_GET_PARAMS, get_key_params),
      entry(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, gettable_key_params),
      entry(OSSL_FUNC_KEYMGMT_SET_PARAMS, set_key_params),
      entry(OSSL_FUNC_KEYMGMT_SETTABLE_PARAMS, settable_key_params),
      entry(OSSL_FUNC_KEYMGMT_GEN_INIT, begin_generation),
      entry(OSSL_FUNC_KEYMGMT_GEN_SET_PARAMS, set_generation_params),
      entry(OSSL_FUNC_KEYMGMT_GEN_SETTABLE_PARAMS, settable_generation_params),
      entry(OSSL_FUNC_KEYMGMT_GEN, generate),
      entry(OSSL_FUNC_KEYMGMT_GEN_CLEANUP, end_generation),
      table_end};
  static const std::array<OSSL_DISPATCH, 7> encapsulation{entry(OSSL_FUNC_KEM_NEWCTX, new_encapsulation),
                                                          entry(OSSL_FUNC_KEM_FREECTX, free_encapsulation),
                                                          entry(OSSL_FUNC_KEM_ENCAPSULATE_INIT, begin_encapsulation),
                                                          entry(OSSL_FUNC_KEM_ENCAPSULATE, encapsulate),
                                                          entry(OSSL_FUNC_KEM_DECAPSULATE_INIT, begin_encapsulation),
                                                          entry(OSSL_FUNC_KEM_DECAPSULATE, decapsulate),
                                                          table_end};
  static const std::array<OSSL_ALGORITHM, 2> keys{
      {{algorithm_name, properties, key_management.data(), nullptr}, {nullptr, nullptr, nullptr, nullptr}}};
  static const std::array<OSSL_ALGORITHM, 2> kems{
      {{algorithm_name, properties, encapsulation.data(), nullptr}, {nullptr, nullptr, nullptr, nullptr}}};
  *no_cache = 0;
  if (operation == OSSL_OP_KEYMGMT) return keys.data();
  if (operation == OSSL_OP_KEM) return kems.data();
  return nullptr;
}

/// The group as TLS knows it (provider-base(7), "TLS-GROUP Capability").
int capabilities(void* argument, const char* capability, OSSL_CALLBACK* tell, void* told) {
  if (std::string_view(capability) != "TLS-GROUP") return 0;
  auto& provider = *static_cast<Provider*>(argument);
  std::string algorithm = algorithm_name;
  const std::array<OSSL_PARAM, 11> params{
      {OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_NAME, provider.group.data(), provider.group.size() + 1),
       OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_NAME_INTERNAL, provider.group.data(),
                              provider.group.size() + 1),
       OSSL_PARAM_utf8_string(OSSL_CAPABILITY_TLS_GROUP_ALG, algorithm.data(), algorithm.size() + 1),
       OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_ID, &provider.code),
       OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_SECURITY_BITS, &provider.security_bits),
       OSSL_PARAM_uint(OSSL_CAPABILITY_TLS_GROUP_IS_KEM, &provider.is_kem),
       OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MIN_TLS, &provider.lowest_tls),
       OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MAX_TLS, &provider.highest_tls),
       OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MIN_DTLS, &provider.no_dtls),
       OSSL_PARAM_int(OSSL_CAPABILITY_TLS_GROUP_MAX_DTLS, &provider.no_dtls), OSSL_PARAM_END}};
  return tell(params.data(), told);
}

void unload(void* provider) { delete static_cast<Provider*>(provider); }

std::string provider_name(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core) {
  for (; core->function_id != 0; ++core) {
    if (core->function_id != OSSL_FUNC_CORE_GET_PARAMS) continue;
    char* name = nullptr;
    std::array<OSSL_PARAM, 2> params{{OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_CORE_PROV_NAME, &name, 0), OSSL_PARAM_END}};
    if (OSSL_FUNC_core_get_params(core)(handle, params.data()) == 1 && name != nullptr) return name;
  }
  return {};
}

int initialise(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core, const OSSL_DISPATCH** functions,
               void** argument) {
  static const std::array<OSSL_DISPATCH, 4> provider_functions{
      entry(OSSL_FUNC_PROVIDER_TEARDOWN, unload), entry(OSSL_FUNC_PROVIDER_QUERY_OPERATION, algorithms),
      entry(OSSL_FUNC_PROVIDER_GET_CAPABILITIES, capabilities), table_end};
  auto provider = std::make_unique<Provider>();
  provider->group = provider_name(handle, core);
  if (!provider->group.starts_with(name_prefix)) return 0;
  const std::string_view digits = std::string_view(provider->group).substr(name_prefix.size());
  std::from_chars(digits.data(), digits.data() + digits.size(), provider->share_bytes);
  provider->code = group_code(provider->share_bytes);
  *functions = provider_functions.data();
  *argument = provider.release();
  return 1;
}

}  // namespace

std::uint32_t answer_bytes(std::uint32_t share_bytes) {
  const RealGroup* real = real_group(share_bytes);
  return real == nullptr ? share_bytes : real->answer_bytes;
}

std::uint16_t group_code(std::uint32_t share_bytes) {
  const RealGroup* real = real_group(share_bytes);
  return real == nullptr ? static_cast<std::uint16_t>(private_groups + share_bytes % 256) : real->code;
}

GroupLibrary::GroupLibrary(std::uint32_t share_bytes) {
  if (share_bytes == 0) return;
  if (share_bytes < secret_bytes || share_bytes > largest_share) {
    throw TlsError("a key share cannot have " + std::to_string(share_bytes) + " octets: " +
                   std::to_string(secret_bytes) + " to " + std::to_string(largest_share) + " are possible");
  }
  if (const RealGroup* real = real_group(share_bytes); real != nullptr && is_known(*real)) {
    group_ = real->name;
    return;
  }
  group_ = std::string(name_prefix) + std::to_string(share_bytes);
  library_.reset(OSSL_LIB_CTX_new());
  require(OSSL_PROVIDER_add_builtin(library_.get(), group_.c_str(), initialise), "a group cannot be made");
  made_up_.reset(OSSL_PROVIDER_load(library_.get(), group_.c_str()));
  if (!made_up_) refuse("a group cannot be made");
  usual_.reset(OSSL_PROVIDER_load(library_.get(), "default"));
  if (!usual_) refuse("OpenSSL's usual algorithms cannot be loaded");
}

std::string GroupLibrary::groups(const std::vector<std::string>& others) const {
  std::string list = group_;
  // Named always, so that the size of a hello does not depend on the version of OpenSSL: from 3.5 on its own list
  // begins with a post-quantum group, whose share alone has 1216 octets.
  static const std::vector<std::string> usual{"X25519", "P-256", "X448", "P-521", "P-384"};
  for (const std::string& group : others.empty() ? usual : others) {
    list += (list.empty() ? "" : ":") + group;
  }
  return list;
}

}  // namespace twinwire::tls
