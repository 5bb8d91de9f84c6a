// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <iterator>

#include "generator/wire/http_connect.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using wire::ConnectAnswer;
using State = wire::ConnectAnswer::State;

namespace {

wire::Bytes octets(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

ConnectAnswer read(std::string_view text) {
  ConnectAnswer answer;
  answer.take(octets(text));
  return answer;
}

ConnectAnswer read_octet_by_octet(std::string_view text) {
  ConnectAnswer answer;
  for (const char octet : text) answer.take(octets({&octet, 1}));
  return answer;
}

}  // namespace

// ---- The request ----

TEST_CASE("a tunnel is asked for by authority, and Host says the same", "[wire][connect][rfc9110]") {
  CHECK(wire::connect_request("www.example.com", 443) ==
        "CONNECT www.example.com:443 HTTP/1.1\r\nHost: www.example.com:443\r\n\r\n");
  CHECK(wire::connect_request("198.18.0.2", 8443) ==
        "CONNECT 198.18.0.2:8443 HTTP/1.1\r\nHost: 198.18.0.2:8443\r\n\r\n");
}

TEST_CASE("an IPv6 address stands in brackets", "[wire][connect][rfc3986]") {
  const std::string wanted = "CONNECT [2001:2::1]:443 HTTP/1.1\r\nHost: [2001:2::1]:443\r\n\r\n";
  CHECK(wire::connect_request("2001:2::1", 443) == wanted);
  CHECK(wire::connect_request("[2001:2::1]", 443) == wanted);
}

TEST_CASE("nothing is asked for a host that would break the request line", "[wire][connect]") {
  CHECK_FALSE(wire::connect_request("", 443));
  CHECK_FALSE(wire::connect_request("a b", 443));
  CHECK_FALSE(wire::connect_request("a\r\nX: y", 443));
  CHECK_FALSE(wire::connect_request("user@host", 443));
  CHECK_FALSE(wire::connect_request("host/path", 443));
}

// ---- The answer ----

TEST_CASE("the head is taken and not one octet of the tunnel behind it", "[wire][connect][rfc9110]") {
  const std::string head = "HTTP/1.1 200 Connection established\r\n\r\n";
  ConnectAnswer answer;
  CHECK(answer.take(octets(head + "\x16\x03\x03")) == head.size());
  CHECK(answer.state() == State::Whole);
  CHECK(answer.status() == 200);
  CHECK(answer.reason() == "Connection established");
  CHECK(answer.head_bytes() == head.size());
  CHECK(answer.opened());
  CHECK(answer.take(octets("more")) == 0);
}

TEST_CASE("any 2xx opens the tunnel, whatever length its fields promise", "[wire][connect][rfc9110]") {
  // RFC 9110 section 9.3.6: Content-Length and Transfer-Encoding of a 2xx answer to CONNECT are to be ignored.
  const auto answer = read("HTTP/1.1 204 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n");
  CHECK(answer.state() == State::Whole);
  CHECK(answer.opened());
  CHECK_FALSE(read("HTTP/1.1 302 Found\r\n\r\n").opened());
  CHECK_FALSE(read("HTTP/1.1 200 not whole\r\n").opened());
}

TEST_CASE("every prefix of an answer needs more, and the whole of it none", "[wire][connect]") {
  const std::string text =
      "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"a\"\r\nX:\r\n\r\n";
  for (std::size_t length = 0; length < text.size(); ++length) {
    INFO(length);
    CHECK(read(text.substr(0, length)).state() == State::NeedsMore);
  }
  const auto answer = read_octet_by_octet(text);
  CHECK(answer.state() == State::Whole);
  CHECK(answer.status() == 407);
  CHECK(answer.head_bytes() == text.size());
}

TEST_CASE("what RFC 9112 lets a recipient bear is borne", "[wire][connect][rfc9112]") {
  struct Row {
    const char* text;
    int status;
    const char* reason;
  };
  const Row row = GENERATE(Row{"HTTP/1.1 200 OK\nA: b\n\n", 200, "OK"},              // section 2.2: LF alone
                           Row{"HTTP/1.1 200\r\n\r\n", 200, ""},                     // section 4: no reason
                           Row{"HTTP/1.1 200 \r\n\r\n", 200, ""},                    // section 4: an empty one
                           Row{"HTTP/1.0 200 OK\r\n\r\n", 200, "OK"},                // section 2.3
                           Row{"HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n", 200, "OK"},  // section 5.2: folded
                           Row{"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", 200, "OK"},       // section 5.1
                           Row{"HTTP/1.1 502 \xc3\xa9t\xc3\xa9\r\n\r\n", 502, "\xc3\xa9t\xc3\xa9"});  // obs-text
  INFO(row.text);
  const auto answer = read(row.text);
  CHECK(answer.state() == State::Whole);
  CHECK(answer.status() == row.status);
  CHECK(answer.reason() == row.reason);
}

TEST_CASE("interim answers are read over", "[wire][connect][rfc9110]") {
  const std::string text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
  CHECK(read(text).state() == State::NeedsMore);
  const auto answer = read(text + "HTTP/1.1 503 Busy\r\n\r\n");
  CHECK(answer.state() == State::Whole);
  CHECK(answer.status() == 503);
  CHECK(answer.reason() == "Busy");
  CHECK(answer.head_bytes() == text.size() + 21);
}

TEST_CASE("what is not HTTP is known at its first wrong octet", "[wire][connect][rfc9112]") {
  struct Row {
    const char* text;
    std::size_t taken;
  };
  const Row row = GENERATE(Row{"\x16\x03\x01\x02", 1},                       // a TLS record
                           Row{"SSH-2.0-x", 1},                              //
                           Row{"HTTP/2.0 200 OK", 6},                        // another major version
                           Row{"HTTP/1.1 2OO OK", 11},                       // letters in the status code
                           Row{"HTTP/1.1 2000 OK", 13},                      // four digits
                           Row{"HTTP/1.1 099 low\r\n\r\n", 18},              // no class
                           Row{"HTTP/1.1\r\n\r\n", 10},                      // no status code
                           Row{"\r\nHTTP/1.1 200 OK\r\n", 2},                // only servers bear an empty line first
                           Row{"HTTP/1.1 200 O\x01K\r\n", 15},               // control character
                           Row{"HTTP/1.1 200 OK\rA: b\r\n", 17},             // section 2.2: CR without LF
                           Row{"HTTP/1.1 200 OK\r\n A: b\r\n", 24},          // section 2.2: white space before fields
                           Row{"HTTP/1.1 200 OK\r\nno colon\r\n", 27},       // section 5
                           Row{"HTTP/1.1 200 OK\r\n: empty name\r\n", 31});  // section 5
  INFO(row.text);
  ConnectAnswer answer;
  CHECK(answer.take(octets(row.text)) == row.taken);
  CHECK(answer.state() == State::NotHttp);
  CHECK_FALSE(answer.opened());
}

TEST_CASE("a head longer than 64 KiB is refused, one of exactly that length is not", "[wire][connect]") {
  const std::string begin = "HTTP/1.1 200 OK\r\nA: ", end = "\r\n\r\n";
  const auto of_length = [&](std::size_t length) {
    return begin + std::string(length - begin.size() - end.size(), 'x') + end;
  };
  CHECK(read(of_length(65536)).state() == State::Whole);
  const auto longer = read(of_length(65537));
  CHECK(longer.state() == State::NotHttp);
  CHECK(longer.head_bytes() == 65536);
}

TEST_CASE("the corpus of the CONNECT answer is read the same at once and octet by octet", "[wire][connect][corpus]") {
  const std::filesystem::path corpus = std::filesystem::path(TWINWIRE_SOURCE_DIR) / "tests/fuzz/corpus/connect_answer";
  int files = 0, whole = 0;
  for (const auto& entry : std::filesystem::directory_iterator(corpus)) {
    INFO(entry.path().string());
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto at_once = read(text), slowly = read_octet_by_octet(text);
    CHECK(at_once.state() == slowly.state());
    CHECK(at_once.status() == slowly.status());
    CHECK(at_once.head_bytes() == slowly.head_bytes());
    ++files;
    if (at_once.state() == State::Whole) ++whole;
  }
  CHECK(files >= 13);
  CHECK(whole >= 5);
}
