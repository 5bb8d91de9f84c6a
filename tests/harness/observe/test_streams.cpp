// SPDX-License-Identifier: Apache-2.0
#include "harness/observe/streams.hpp"
#include "tests/harness/observe/frames.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using observe::Stream;
using scenario::Party;
using test::Tape;
namespace flag = wire::tcp_flag;

namespace {

craft::Segment text(std::uint32_t seq, const std::string& octets) {
  craft::Segment made = Tape::client_segment(flag::Ack, seq, 501);
  made.payload.assign(octets.begin(), octets.end());
  return made;
}

Stream sent(const Tape& tape) { return observe::stream_of(tape.transcript, Party::Client, Party::Client, 5000, 443); }

Stream arrived(const Tape& tape) {
  return observe::stream_of(tape.transcript, Party::Server, Party::Client, 5000, 443);
}

std::string words(const Stream& stream) { return {stream.octets.begin(), stream.octets.end()}; }

}  // namespace

// ---- One stream ----

TEST_CASE("what one end sends and what comes out are two streams, each from its own SYN", "[streams][rfc6528]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.received(Party::Server, Tape::client_segment(flag::Syn, 70100));
  tape.sent(0, Party::Client, text(101, "hello "));
  tape.sent(0, Party::Client, text(107, "world"));
  tape.received(Party::Server, text(70101, "hello "));
  CHECK(words(sent(tape)) == "hello world");
  CHECK(words(arrived(tape)) == "hello ");
  CHECK(sent(tape).syn);
  CHECK_FALSE(sent(tape).fin);
  CHECK(arrived(tape).pieces == std::vector<Stream::Piece>{{4, 0, 6, true}});
}

TEST_CASE("both directions of one connection are told apart", "[streams]") {
  Tape tape;
  tape.sent(0, Party::Client, text(101, "question"));
  auto answer = Tape::server_segment(flag::Ack, 501, 109);
  answer.payload = {'n', 'o'};
  tape.sent(0, Party::Server, answer);
  tape.received(Party::Client, answer);
  CHECK(words(sent(tape)) == "question");
  CHECK(words(observe::stream_of(tape.transcript, Party::Client, Party::Server, 5000, 443)) == "no");
  CHECK(words(observe::stream_of(tape.transcript, Party::Server, Party::Server, 5000, 443)) == "no");
  CHECK(words(observe::stream_of(tape.transcript, Party::Client, Party::Client, 5001, 443)).empty());
}

TEST_CASE("segments are put in order by their numbers, across the wrap too", "[streams]") {
  const std::uint32_t iss = GENERATE(100U, 0xFFFFFFFFU, 0xFFFFFFFCU);
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, iss));
  tape.sent(0, Party::Client, text(iss + 7, "ghi"));
  tape.sent(0, Party::Client, text(iss + 4, "def"));
  CHECK(words(sent(tape)).empty());
  tape.sent(0, Party::Client, text(iss + 1, "abc"));
  const Stream stream = sent(tape);
  CHECK(words(stream) == "abcdefghi");
  CHECK(stream.pieces == std::vector<Stream::Piece>{{1, 6, 3, true}, {2, 3, 3, true}, {3, 0, 3, true}});
}

TEST_CASE("a stream ends at its first hole, and pieces beyond it are still listed", "[streams]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.sent(0, Party::Client, text(101, "abc"));
  tape.sent(0, Party::Client, text(110, "xyz"));
  auto end = text(113, "");
  end.flags |= flag::Fin;
  tape.sent(0, Party::Client, end);
  const Stream stream = sent(tape);
  CHECK(words(stream) == "abc");
  CHECK(stream.pieces.size() == 2);
  CHECK_FALSE(stream.fin);  // it stands behind the hole
}

TEST_CASE("where segments overlap the octets that came first stay", "[streams]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  SECTION("behind the end of the stream") {
    tape.sent(0, Party::Client, text(101, "abcd"));
    tape.sent(0, Party::Client, text(103, "XXef"));
    CHECK(words(sent(tape)) == "abcdef");
  }
  SECTION("beyond a hole, over two islands") {
    tape.sent(0, Party::Client, text(103, "c"));
    tape.sent(0, Party::Client, text(105, "e"));
    tape.sent(0, Party::Client, text(102, "bXdXf"));
    tape.sent(0, Party::Client, text(101, "aYYYYYg"));
    CHECK(words(sent(tape)) == "abcdefg");
  }
}

TEST_CASE("a retransmission brings no new octets", "[streams]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.sent(0, Party::Client, text(104, "def"));
  tape.sent(0, Party::Client, text(104, "def"));  // beyond a hole
  tape.sent(0, Party::Client, text(101, "abc"));
  tape.sent(0, Party::Client, text(101, "abc"));
  tape.sent(0, Party::Client, text(106, "fg"));  // the first half is old
  const Stream stream = sent(tape);
  CHECK(words(stream) == "abcdefg");
  std::vector<bool> fresh;
  for (const auto& piece : stream.pieces) fresh.push_back(piece.new_octets);
  CHECK(fresh == std::vector<bool>{true, false, true, false, true});
}

TEST_CASE("a keep-alive's octet before the stream is no part of it", "[streams][rfc9293]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.sent(0, Party::Client, text(100, "?"));
  tape.sent(0, Party::Client, text(100, "?abc"));
  CHECK(words(sent(tape)) == "abc");
  CHECK(sent(tape).pieces == std::vector<Stream::Piece>{{2, 0, 3, true}});
}

TEST_CASE("octets in a SYN are the first of the stream", "[streams][rfc7413]") {
  Tape tape;
  auto syn = text(100, "early");
  syn.flags = flag::Syn;
  tape.sent(0, Party::Client, syn);
  tape.sent(0, Party::Client, text(106, " late"));
  CHECK(words(sent(tape)) == "early late");
}

TEST_CASE("FIN and RST are told, FIN only when nothing before it is missing", "[streams]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  auto last = text(101, "abc");
  last.flags |= flag::Fin;
  tape.sent(0, Party::Client, last);
  CHECK(sent(tape).fin);
  CHECK_FALSE(sent(tape).rst);
  CHECK_FALSE(arrived(tape).syn);
  tape.received(Party::Server, Tape::client_segment(flag::Rst, 104));
  CHECK(arrived(tape).rst);
  CHECK(arrived(tape).octets.empty());
}

TEST_CASE("what the SYN offers is told per wire", "[streams][rfc9293]") {
  Tape tape;
  auto syn = Tape::client_segment(flag::Syn, 100);
  syn.options = {2, 4, 5, 0xb4, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0};
  tape.sent(0, Party::Client, syn);
  syn.options = {8, 10, 0, 0, 0, 1, 0, 0, 0, 0};
  tape.received(Party::Server, syn);
  CHECK(sent(tape).syn_mss == 1460);
  CHECK(sent(tape).syn_timestamps);
  CHECK_FALSE(arrived(tape).syn_mss);
  CHECK(arrived(tape).syn_timestamps);
}

TEST_CASE("the same SYN again changes nothing, another one begins anew", "[streams]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  tape.sent(0, Party::Client, text(101, "first"));
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  CHECK(words(sent(tape)) == "first");
  tape.sent(0, Party::Client, text(107, "island"));
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 9000));
  tape.sent(0, Party::Client, text(9001, "second"));
  CHECK(words(sent(tape)) == "second");
  CHECK(sent(tape).pieces.size() == 1);
}

TEST_CASE("a segment with a wrong checksum is no part of the stream", "[streams]") {
  Tape tape;
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  auto wrong = text(101, "abc");
  wrong.checksum = craft::Checksum::Wrong;
  tape.sent(0, Party::Client, wrong);
  CHECK(words(sent(tape)).empty());
}

TEST_CASE("what was carried past the device was said by one end and heard by the other", "[streams]") {
  Tape tape;
  tape.sent(0, Party::Server, text(101, "abc"));
  tape.transcript.events.back().kind = observe::Event::Kind::Carried;  // handed to the server
  CHECK(words(sent(tape)) == "abc");
  CHECK(words(arrived(tape)) == "abc");
}

// ---- All connections ----

TEST_CASE("connections are listed by wire, in order of their first frames", "[streams]") {
  Tape tape;
  tape.marker(Party::Client, 7);
  tape.sent(0, Party::Client, Tape::client_segment(flag::Syn, 100));
  auto own = Tape::client_segment(flag::Syn, 4000);  // the proxy's connection to the server
  own.src = *wire::parse_address("198.18.0.254");
  own.src_port = 40001;
  tape.received(Party::Server, own);
  auto answer = Tape::server_segment(flag::Syn | flag::Ack, 500, 4001);
  answer.dst = own.src;
  answer.dst_port = 40001;
  tape.sent(0, Party::Server, answer);
  tape.received(Party::Client, Tape::server_segment(flag::Syn | flag::Ack, 900, 101));
  own.src_port = 40002;
  tape.received(Party::Server, own);

  const auto near = observe::connections_on(tape.transcript, Party::Client);
  REQUIRE(near.size() == 1);
  CHECK(near[0].ends.client_port == 5000);
  CHECK(near[0].ends.server_port == 443);
  CHECK(near[0].event == 2);
  const auto far = observe::connections_on(tape.transcript, Party::Server);
  REQUIRE(far.size() == 2);
  CHECK(far[0].ends.client == own.src);
  CHECK(far[0].ends.client_port == 40001);
  CHECK(far[0].event == 3);
  CHECK(far[1].ends.client_port == 40002);
}
