// SPDX-License-Identifier: Apache-2.0
// One line of the ladder at a time: parties, arrows, flags, fields, numbers, options.
#include "tests/harness/scenario/support.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire::scenario;
using namespace twinwire::scenario::test;
using Base = Number::Base;

namespace {

Number number_of(const SegmentSpec& spec, Key key) { return std::get<Number>(spec.find(key)->value); }
std::string word_of(const SegmentSpec& spec, Key key) { return std::get<Word>(spec.find(key)->value).text; }
std::int64_t value_of(const Option& option, std::size_t at = 0) {
  return std::get<Number>(option.values.at(at)).offset;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------
// Arrows and parties

TEST_CASE("the head of the arrow tells who speaks, its shape what must happen", "[scenario][ladder]") {
  struct Row {
    std::string arrow;
    Party from;
    Crossing crossing;
  };
  const std::vector<Row> rows{{"-->", Party::Client, Crossing::Must},    {"<--", Party::Server, Crossing::Must},
                              {"--x", Party::Client, Crossing::MustNot}, {"x--", Party::Server, Crossing::MustNot},
                              {"--?", Party::Client, Crossing::May},     {"?--", Party::Server, Crossing::May},
                              {"~~>", Party::Client, Crossing::Around},  {"<~~", Party::Server, Crossing::Around}};
  for (const Row& row : rows) {
    INFO(row.arrow);
    const Packet packet = packet_of("client " + row.arrow + " server : ACK");
    CHECK(packet.from.party == row.from);
    CHECK(packet.to.party == (row.from == Party::Client ? Party::Server : Party::Client));
    CHECK(packet.crossing == row.crossing);
  }
}

TEST_CASE("the device stands on either side of an arrow", "[scenario][ladder]") {
  CHECK(packet_of("client <-- device : RST").from.party == Party::Device);
  CHECK(packet_of("client x-- device : RST").crossing == Crossing::MustNot);
  CHECK(packet_of("client ?-- device : RST").crossing == Crossing::May);
  CHECK(packet_of("device --> server : SYN").to.party == Party::Server);
  CHECK(packet_of("device <-- server : SYN,ACK").from.party == Party::Server);
  CHECK(packet_of("client --> device : SYN").to.party == Party::Device);
  CHECK(packet_of("server --> device : SYN,ACK").from.party == Party::Server);
}

TEST_CASE("a port is a number, a name, any or the default one", "[scenario][ladder]") {
  CHECK(packet_of("client --> server : SYN").from.port.empty());
  CHECK(packet_of("client.5000 --> server : SYN").from.port == "5000");
  CHECK(packet_of("client.good-one --> server.other : SYN").from.port == "good-one");
  CHECK(packet_of("client.good-one --> server.other : SYN").to.port == "other");
  CHECK(packet_of("client.* --> server : SYN").from.port == "*");
  CHECK(packet_of("client.080 --> server : SYN").from.port == "80");
}

// ---------------------------------------------------------------------------------------------------------------------
// Flags and fields

TEST_CASE("flags are joined by commas, and null is none", "[scenario][ladder]") {
  CHECK(segment_of("client --> server : SYN").flags == flag::Syn);
  CHECK(segment_of("client <-- server : SYN,ACK").flags == (flag::Syn | flag::Ack));
  CHECK(segment_of("client --> server : FIN,PSH,URG,ECE,CWR,AE,RST").flags ==
        (flag::Fin | flag::Psh | flag::Urg | flag::Ece | flag::Cwr | flag::Ae | flag::Rst));
  CHECK(segment_of("client --> server : null").flags == 0);
  CHECK(flags_text(flag::Syn | flag::Ack) == "SYN,ACK");
  CHECK(flags_text(flag::Psh | flag::Ack) == "PSH,ACK");
  CHECK(flags_text(flag::Fin | flag::Ack) == "FIN,ACK");
  CHECK(flags_text(0) == "null");
}

TEST_CASE("every field is read with its key", "[scenario][ladder]") {
  const SegmentSpec spec = segment_of(
      "client --> server : ACK seq=1 ack=2 win=3 len=4 urg=5 iss=6 ttl=7 tos=0x08 df reserved=1 sport=9 dport=10");
  CHECK(number_of(spec, Key::Seq).offset == 1);
  CHECK(number_of(spec, Key::Ack).offset == 2);
  CHECK(number_of(spec, Key::Win).offset == 3);
  CHECK(number_of(spec, Key::Len).offset == 4);
  CHECK(number_of(spec, Key::Urg).offset == 5);
  CHECK(number_of(spec, Key::Iss).offset == 6);
  CHECK(number_of(spec, Key::Ttl).offset == 7);
  CHECK(number_of(spec, Key::Tos).offset == 8);
  CHECK(number_of(spec, Key::Df).offset == 1);
  CHECK(number_of(spec, Key::Reserved).offset == 1);
  CHECK(number_of(spec, Key::Sport).offset == 9);
  CHECK(number_of(spec, Key::Dport).offset == 10);
  CHECK(spec.find(Key::IpId) == nullptr);
  CHECK(number_of(segment_of("client --> server : ACK df=0"), Key::Df).offset == 0);
  CHECK(number_of(segment_of("client --> server : ACK ipid=11", "family = \"ipv4\""), Key::IpId).offset == 11);
}

TEST_CASE("some fields take words", "[scenario][ladder]") {
  CHECK(word_of(segment_of("client --> server : SYN iss=new"), Key::Iss) == "new");
  CHECK(word_of(segment_of("client --> server : SYN checksum=bad"), Key::Checksum) == "bad");
  CHECK(word_of(segment_of("client --> server : ACK len=5 data=other"), Key::Data) == "other");
}

TEST_CASE("data is a string with escapes, or a value that is one", "[scenario][ladder]") {
  const auto octets = [](const SegmentSpec& spec) { return std::get<Text>(spec.find(Key::Data)->value).octets; };
  CHECK(octets(segment_of(R"(client --> server : ACK data="GET /\r\n\x00\"#")")) == std::string("GET /\r\n\0\"#", 10));
  CHECK(octets(segment_of("client --> server : ACK data=hello", "[script.values]\nhello = \"abc\"")) == "abc");
}

TEST_CASE("a number is a variable or a literal with at most one term", "[scenario][ladder]") {
  struct Row {
    std::string text;
    Base base;
    std::int64_t offset;
    bool old;
  };
  const std::vector<Row> rows{{"1001", Base::Literal, 1001, false},
                              {"-10", Base::Literal, -10, false},
                              {"0x10", Base::Literal, 16, false},
                              {"1000+1", Base::Literal, 1001, false},
                              {"snd.nxt", Base::SndNxt, 0, false},
                              {"snd.una-1", Base::SndUna, -1, false},
                              {"snd.wnd+1", Base::SndWnd, 1, false},
                              {"rcv.nxt+1000", Base::RcvNxt, 1000, false},
                              {"rcv.wnd", Base::RcvWnd, 0, false},
                              {"iss+1", Base::Iss, 1, false},
                              {"irs", Base::Irs, 0, false},
                              {"seg.seq", Base::SegSeq, 0, false},
                              {"seg.ack", Base::SegAck, 0, false},
                              {"seg.len", Base::SegLen, 0, false},
                              {"old.snd.nxt-70000", Base::SndNxt, -70000, true},
                              {"old.iss", Base::Iss, 0, true}};
  for (const Row& row : rows) {
    INFO(row.text);
    const Number number = number_of(segment_of("client --> server : ACK seq=" + row.text), Key::Seq);
    CHECK(number.base == row.base);
    CHECK(number.offset == row.offset);
    CHECK(number.old == row.old);
  }
}

TEST_CASE("a number may be a field of a labelled packet", "[scenario][ladder]") {
  const Number number = number_of(
      segment_of("client --> server : SYN @first-syn\nclient --> server : ACK seq=@first-syn.seq+5"), Key::Seq);
  CHECK(number.base == Base::Label);
  CHECK(number.label == "first-syn");
  CHECK(number.label_field == "seq");
  CHECK(number.offset == 5);
}

TEST_CASE("ranges and != stand where arrival is judged", "[scenario][ladder]") {
  const SegmentSpec spec = segment_of("client <-- device : RST win=..10 seq=5..  ttl!=64 len=1..2");
  CHECK_FALSE(std::get<Range>(spec.find(Key::Win)->value).low);
  CHECK(std::get<Range>(spec.find(Key::Win)->value).high == 10);
  CHECK(std::get<Range>(spec.find(Key::Seq)->value).low == 5);
  CHECK_FALSE(std::get<Range>(spec.find(Key::Seq)->value).high);
  CHECK(spec.find(Key::Ttl)->negated);
  CHECK(std::get<Range>(spec.find(Key::Len)->value).high == 2);
}

// ---------------------------------------------------------------------------------------------------------------------
// Values of [script.values]

TEST_CASE("a value stands for a number, a term or an end of a range", "[scenario][values]") {
  const std::string values = "[script.values]\nfar = 3000000\nfar-away = 5\nlow = 68";
  const auto seq = [&](const std::string& text) {
    return number_of(segment_of("client --> server : ACK seq=" + text, values), Key::Seq);
  };
  CHECK(seq("far").offset == 3000000);
  CHECK(seq("snd.nxt+far").offset == 3000000);
  CHECK(seq("snd.nxt-far").offset == -3000000);
  CHECK(seq("far-away").offset == 5);
  CHECK(seq("far-away-1").offset == 4);
  CHECK(seq("far-1").offset == 2999999);
  const SegmentSpec judged = segment_of("client <-- device : SYN <mss low..1300>", values);
  CHECK(std::get<Range>(judged.options->front().values.front()).low == 68);
  CHECK(value_of(segment_of("client --> server : SYN <mss low>", values).options->front()) == 68);
  CHECK(packet_of("client --> server : ACK x far-away", values).repeat.most == 5);
}

TEST_CASE("a value whose text is a number of the ladder stands for all of it", "[scenario][values]") {
  const auto iss = [](const std::string& text) {
    return segment_of("client --> server : SYN iss=choice", "[script.values]\nchoice = \"" + text + "\"");
  };
  CHECK(word_of(iss("new"), Key::Iss) == "new");
  CHECK(number_of(iss("old.snd.nxt+1000"), Key::Iss).base == Base::SndNxt);
  CHECK(number_of(iss("old.snd.nxt+1000"), Key::Iss).old);
  CHECK(number_of(iss("old.snd.nxt+1000"), Key::Iss).offset == 1000);
}

// ---------------------------------------------------------------------------------------------------------------------
// Options

TEST_CASE("options are written in tcpdump's words", "[scenario][options]") {
  const auto options = *segment_of("client --> server : SYN <mss 1460,sackOK,ts val 1 ecr 0,nop,wscale 7,eol>").options;
  REQUIRE(options.size() == 6);
  CHECK(options[0].kind == option_kind::Mss);
  CHECK(value_of(options[0]) == 1460);
  CHECK(options[1].kind == option_kind::SackPermitted);
  CHECK(options[2].kind == option_kind::Timestamps);
  CHECK(value_of(options[2], 0) == 1);
  CHECK(value_of(options[2], 1) == 0);
  CHECK(options[3].kind == option_kind::Nop);
  CHECK(options[4].kind == option_kind::WindowScale);
  CHECK(value_of(options[4]) == 7);
  CHECK(options[5].kind == option_kind::Eol);
}

TEST_CASE("no options written and none at all are two things", "[scenario][options]") {
  CHECK_FALSE(segment_of("client --> server : SYN").options);
  CHECK(segment_of("client --> server : SYN <>").options->empty());
  CHECK(segment_of("client --> server : SYN < >").options->empty());
}

TEST_CASE("a SACK option has as many blocks as it says, of any numbers", "[scenario][options]") {
  const Option sack =
      segment_of("client <-- server : ACK <nop,nop,sack 2 {1001:1501}{rcv.nxt+1:rcv.nxt+101}>").options->at(2);
  REQUIRE(sack.sack.size() == 2);
  CHECK(sack.sack[0].left.offset == 1001);
  CHECK(sack.sack[0].right.offset == 1501);
  CHECK(sack.sack[1].left.base == Base::RcvNxt);
  CHECK(sack.sack[1].right.offset == 101);
}

TEST_CASE("a cookie and options of any kind are written as octets", "[scenario][options]") {
  const auto options = *segment_of("client --> server : SYN <tfo 01020304,kind 253 0xcafe,kind 253,tfo>").options;
  REQUIRE(options.size() == 4);
  CHECK(options[0].kind == option_kind::FastOpen);
  CHECK(options[0].raw == std::string("\x01\x02\x03\x04"));
  CHECK(options[1].kind == 253);
  CHECK(options[1].raw == std::string("\xca\xfe"));
  CHECK(options[2].raw == std::string());
  CHECK(options[3].raw == std::string());
}

TEST_CASE("exactly 40 octets of options are allowed", "[scenario][options]") {
  const std::string full = "<mss 1460,sackOK,ts val 1 ecr 0,nop,wscale 7,kind 253 0x" + std::string(36, '0');
  CHECK(segment_of("client --> server : SYN " + full + ">").options->size() == 6);
  CHECK_THAT(mistake_in(file_with("client --> server : SYN " + full + "00>")), ContainsSubstring("take 41 octets"));
}
