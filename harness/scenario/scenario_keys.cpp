// SPDX-License-Identifier: Apache-2.0
// The tables stand from the inside out, as each names those within it.
#include "harness/scenario/scenario_keys.hpp"

#include <algorithm>
#include <array>

#include "harness/scenario/population.hpp"

namespace twinwire::scenario {
namespace {

constexpr std::string_view family_words[] = {"ipv4", "ipv6"};
constexpr std::string_view omit_words[] = {"omit"};
constexpr std::string_view reversed_words[] = {"reversed"};
constexpr std::string_view limit_words[] = {"limit"};

// RFC 7323 section 2.3: a shift of 14 at most.
constexpr std::int64_t widest_window = 65'535LL << 14;
// No IP packet carries more; what is above the send MSS goes into the next segment anyhow.
constexpr std::int64_t largest_piece = 65'535;
// RFC 8446 section 5.1.
constexpr std::int64_t largest_record = 16'384;
// A ClientHello has at most 65,535 octets of extensions; cut into records of one octet it is six times as long.
constexpr std::int64_t largest_extensions = 65'535;
constexpr std::int64_t largest_hello = 400'000;
// Beyond 65,000 octets OpenSSL issues tickets with which no ClientHello can be built.
constexpr std::int64_t largest_ticket = 65'000;
constexpr std::int64_t most_early_data = 16'777'216;
// Names of a certificate: about 25 octets each, and OpenSSL takes 100 KB of certificates.
constexpr std::int64_t most_names = 4'000;

constexpr KeySpec segments_keys[] = {
    {"of", Type::IntegerOrIntegers, "octets of payload of each piece; the last size repeats", 1, largest_piece},
    {"every", Type::Duration, "the pause between two pieces"},
    {"octets", Type::Integer, "how many octets of the stream are cut like this", 1, 1'000'000'000},
    {"push", Type::Word, "which segments carry PSH", 0, 0, push_words},
    {"order", Type::IntegersOrWord, "the order in which the first data segments leave", 1, 1'000, reversed_words},
    {"twice", Type::Integers, "the data segments that leave two times in a row", 1, 100'000},
    {"overlap", Type::Integer, "octets of the segment before that each one repeats", 0, largest_piece},
    {"gap", Type::Duration, "the pause between segments sent out of order"}};
constexpr KeySpec records_keys[] = {
    {"of", Type::IntegerOrIntegers, "octets of payload of each record; the last size repeats", 1, largest_record},
    {"flush", Type::Boolean, "each record is a write of its own"}};
/// Of each ClientHello; a handshake that resumes a session may have others.
constexpr std::array hello_keys{
    KeySpec{"version", Type::Word, "the version that is offered", 0, 0, version_words},
    KeySpec{"also_older", Type::Boolean, "TLS 1.2 is offered beside 1.3"},
    KeySpec{"server_name", Type::String, "the server that is asked for; empty: no such extension"},
    KeySpec{"alpn", Type::Strings, "protocols that are offered"},
    KeySpec{"hello_bytes", Type::Integer, "octets of the ClientHello on the wire", 64, largest_hello},
    KeySpec{"pad", Type::Word, "where octets are added to reach hello_bytes", 0, 0, padding_words},
    KeySpec{"sni_offset", Type::Integer, "octets put before server_name", 0, largest_extensions},
    KeySpec{"key_share_bytes", Type::Integer, "octets of the key share of a made-up group", 0, largest_extensions},
    KeySpec{"groups", Type::Strings, "OpenSSL's names of groups, in order"},
    KeySpec{"early_data", Type::Integer, "octets of early data", 0, most_early_data},
    KeySpec{
        "records", Type::IntegersOrTable, "how its handshake messages are cut", 1, largest_record, {}, records_keys}};
constexpr std::array session_keys{
    KeySpec{"certificate_names", Type::Integer, "names in a client certificate; 0: no certificate", 0, most_names},
    KeySpec{"resume", Type::Word, "what a session is resumed by", 0, 0, resume_words},
    KeySpec{"resuming", Type::Table, "what is different when a session is resumed", 0, 0, {}, hello_keys},
    KeySpec{"raw", Type::String, "the name of a ClientHello that no library would make"}};
constexpr auto client_tls_keys = [] {
  std::array<KeySpec, hello_keys.size() + session_keys.size()> keys{};
  std::copy(session_keys.begin(), session_keys.end(), std::copy(hello_keys.begin(), hello_keys.end(), keys.begin()));
  return keys;
}();
constexpr KeySpec server_tls_keys[] = {
    {"versions", Type::WordOrWords, "the versions that it speaks", 0, 0, version_words},
    {"names", Type::StringOrStrings, "the names in its certificate"},
    {"tickets", Type::Boolean, "sessions are kept in tickets; else by the server"},
    {"ticket_bytes", Type::Integer, "octets put into each ticket", 0, largest_ticket},
    {"ticket_count", Type::Integer, "tickets sent after a TLS 1.3 handshake", 0, 200},
    {"session_lifetime", Type::Duration, "how long a session can be resumed"},
    {"alpn", Type::Strings, "protocols that it takes"},
    {"groups", Type::Strings, "OpenSSL's names of groups, in order"},
    {"key_share_bytes", Type::Integer, "octets of the client's made-up key share", 0, largest_extensions},
    {"ask_for_certificate", Type::Boolean, "the client is asked for a certificate"},
    {"early_data", Type::Integer, "the most early data that it takes", 0, most_early_data},
    {"records", Type::IntegersOrTable, "how its handshake messages are cut", 1, largest_record, {}, records_keys}};
constexpr KeySpec file_keys[] = {{"text", Type::String, "the text of the file"}};

constexpr std::array end_keys{
    KeySpec{"port", Type::Integer, "the TCP port", 1, 65'535},
    KeySpec{"mtu", Type::Integer, "octets of an IP packet", 68, 9'000},
    KeySpec{"mss", Type::IntegerOrWord, "the MSS option in SYN and SYN-ACK", 1, 65'535, omit_words},
    KeySpec{"window", Type::Integer, "octets announced, before scaling", 0, widest_window},
    KeySpec{"timestamps", Type::Boolean, "timestamps are offered"},
    KeySpec{"sack", Type::Boolean, "selective acknowledgments are offered"},
    KeySpec{"challenge_acks", Type::Boolean, "challenge ACKs are sent"},
    KeySpec{"segments",
            Type::IntegersOrTable,
            "how what it sends is cut into segments",
            1,
            largest_piece,
            {},
            segments_keys},
    KeySpec{"program", Type::StringOrStrings, "a program that is this end, and its arguments"},
    KeySpec{"files", Type::TableOf, "texts written into the program's folder", 0, 0, {}, file_keys},
    KeySpec{"needs", Type::Strings, "programs that must be installed"},
    KeySpec{"package", Type::String, "the package that brings them"}};

constexpr auto with_tls(Keys tls) {
  std::array<KeySpec, end_keys.size() + 1> keys{};
  std::copy(end_keys.begin(), end_keys.end(), keys.begin());
  keys.back() = {"tls", Type::Table, "how it speaks TLS", 0, 0, {}, tls};
  return keys;
}
constexpr auto client_keys = with_tls(client_tls_keys);
constexpr auto server_keys = with_tls(server_tls_keys);

constexpr KeySpec value_keys[] = {{"value", Type::IntegerOrString, "a value of the ladder"}};
constexpr KeySpec part_keys[] = {{"part", Type::String, "a ladder that 'do' walks"}};
// More clients, or more sessions of each kind, tell no more, and take long to walk.
constexpr std::int64_t most_clients = 1'000'000;
constexpr std::int64_t most_sessions = 10'000;
constexpr std::int64_t most_parts = 1'000;
constexpr std::int64_t largest_scale = 3'600;

constexpr KeySpec kinds_keys[] = {{"id", Type::Integer, "parts that hold sessions of TLS 1.2 by ID", 0, most_parts},
                                  {"ticket", Type::Integer, "parts that hold tickets of TLS 1.2", 0, most_parts},
                                  {"psk", Type::Integer, "parts that hold sessions of TLS 1.3", 0, most_parts},
                                  {"early-data", Type::Integer, "parts that send early data too", 0, most_parts},
                                  {"fresh", Type::Integer, "parts that hold no session", 0, most_parts}};
constexpr KeySpec returns_keys[] = {{"distribution", Type::Word, "how intervals are spread", 0, 0, distribution_words},
                                    {"mean", Type::Duration, "the interval, on average or always"},
                                    {"least", Type::Duration, "the shortest interval"},
                                    {"most", Type::Duration, "the longest interval"}};
constexpr KeySpec policy_keys[] = {
    {"name", Type::String, "what the report calls it", 0, 0, {}, {}, Need::Required},
    {"lifetime", Type::Duration, "how long a session lives at the server", 0, 0, {}, {}, Need::Required},
    {"lowered_to", Type::Duration, "how long a session lives that is issued after the lowering"},
    {"lowered_before", Type::Duration, "how long before the change; left out: at the change"},
    {"forgets", Type::Boolean, "the server forgets its sessions at that moment"}};
constexpr KeySpec population_keys[] = {
    {"clients", Type::Integer, "how many clients there are", 1, most_clients, {}, {}, Need::Required},
    {"kinds", Type::Table, "what clients hold, in parts of all", 0, 0, {}, kinds_keys, Need::Required},
    {"returns", Type::Table, "how long after its last connection a client comes back", 0, 0, {}, returns_keys},
    {"change", Type::String, "a named change of the bench", 0, 0, {}, {}, Need::Required},
    {"before", Type::Duration, "how long the clients come before the change", 0, 0, {}, {}, Need::Required},
    {"after", Type::Duration, "how long they are watched after it", 0, 0, {}, {}, Need::Required},
    {"minute", Type::Duration, "what the curve counts by"},
    {"keeps_broken", Type::Boolean, "a session is offered again whose resumption was broken off"},
    {"policy", Type::Tables, "what is done with the lifetime of sessions", 0, 0, {}, policy_keys, Need::Required},
    {"sessions", Type::Integer, "how many of each kind are measured on the bench", 1, most_sessions},
    {"walked", Type::Boolean, "all connections are walked on the bench"},
    {"scale", Type::Integer, "what all durations are divided by", 1, largest_scale}};

constexpr KeySpec any_keys[] = {{"any", Type::Anything, ""}};
constexpr KeySpec script_keys[] = {{"ladder", Type::String, "the lines of the scenario", 0, 0, {}, {}, Need::Required},
                                   {"values", Type::TableOf, "values for the ladder", 0, 0, {}, value_keys},
                                   {"parts", Type::TableOf, "ladders that 'do' walks", 0, 0, {}, part_keys}};
constexpr KeySpec all_keys[] = {
    {"format", Type::Anything, "1"},
    {"title", Type::String, "one sentence that states the behaviour", 0, 0, {}, {}, Need::Required},
    {"why", Type::String, "what goes wrong for whom if it does not hold"},
    {"references", Type::Strings, "RFCs and sections"},
    {"tags", Type::Strings, "words to select by"},
    {"family", Type::Word, "the only family in which it makes sense", 0, 0, family_words},
    {"requires", Type::Strings, "capabilities of the bench"},
    {"exclusive", Type::Boolean, "it runs alone on the bench"},
    {"extends", Type::String, "a parent file"},
    {"client", Type::Table, "settings of the client", 0, 0, {}, client_keys},
    {"server", Type::Table, "settings of the server", 0, 0, {}, server_keys},
    {"script", Type::Table, "what happens", 0, 0, {}, script_keys},
    {"matrix", Type::TableOf, "values to multiply by", 0, 0, {}, any_keys},
    {"sweep", Type::TableOf, "the value whose limit is searched", 0, 0, {}, any_keys},
    {"population", Type::Table, "clients that come back over a change of the bench", 0, 0, {}, population_keys},
    {"expect", Type::TableOf, "outcomes of labelled lines and acts", 0, 0, {}, any_keys}};

constexpr KeySpec search[] = {
    {"from", Type::IntegerOrString, "the lowest value, which should pass", 0, 0, {}, {}, Need::Required},
    {"to", Type::IntegerOrString, "the highest value", 0, 0, {}, {}, Need::Required},
    {"find", Type::Word, "what is searched", 0, 0, limit_words, {}, Need::Required}};
constexpr KeySpec across[] = {{"values", Type::Anything, "an array of values"}};

}  // namespace

Keys scenario_keys() { return all_keys; }
Keys search_keys() { return search; }
Keys across_keys() { return across; }

}  // namespace twinwire::scenario
