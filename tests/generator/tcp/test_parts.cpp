// SPDX-License-Identifier: Apache-2.0
// The parts that an endpoint is made of: options, sequence ranges, stream buffers.
#include <vector>

#include "generator/tcp/options.hpp"
#include "generator/tcp/sequence_ranges.hpp"
#include "generator/tcp/stream_buffer.hpp"
#include "tests/support/catch.hpp"

using namespace twinwire;
using namespace twinwire::tcp;

namespace {

using Octets = std::vector<std::uint8_t>;
using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

std::pmr::memory_resource& heap = *std::pmr::new_delete_resource();

struct Ranges : SequenceRanges {
  Ranges() = default;
  Ranges(const Ranges&) = delete;
  Ranges& operator=(const Ranges&) = delete;
  ~Ranges() { clear(heap); }
  Pairs pairs() const {
    Pairs found;
    for (const auto& range : all()) found.emplace_back(range.begin, range.end);
    return found;
  }
};

struct Buffer : StreamBuffer {
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { release(heap); }
};

Octets text(wire::Bytes octets) { return {octets.begin(), octets.end()}; }

}  // namespace

TEST_CASE("options are laid out as they are read", "[tcp][rfc9293-3.2]") {
  OptionWriter writer;
  writer.mss(1460);
  writer.sack_permitted();
  writer.timestamps({0x01020304, 0x05060708});
  writer.window_scale(7);
  // mss 1460, nop, nop, sackOK, nop, nop, TS, nop, wscale 7
  CHECK(text(writer.octets()) == Octets{2, 4, 0x05, 0xb4, 1, 1, 4, 2, 1, 1, 8, 10, 1, 2, 3, 4, 5, 6, 7, 8, 1, 3, 3, 7});
  const Options options = read_options(writer.octets());
  CHECK(options.mss == 1460);
  CHECK(options.sack_permitted);
  CHECK(options.timestamps->ts_val == 0x01020304);
  CHECK(options.timestamps->ts_ecr == 0x05060708);
  CHECK(options.shift == 7);
}

TEST_CASE("options of a wrong length are not there, and what is cut off ends the list", "[tcp][rfc9293-3.1][must-7]") {
  CHECK_FALSE(read_options(Octets{2, 3, 5}).mss);                           // MSS of one octet
  CHECK_FALSE(read_options(Octets{2, 1, 5, 180}).mss);                      // length below two
  CHECK_FALSE(read_options(Octets{2, 4, 5}).mss);                           // cut off
  CHECK_FALSE(read_options(Octets{2}).mss);                                 // no length
  CHECK_FALSE(read_options(Octets{0, 2, 4, 5, 180}).mss);                   // behind the end of the list
  CHECK(read_options(Octets{254, 3, 9, 1, 2, 4, 5, 180}).mss);              // behind one that is not known
  CHECK(read_options(Octets{5, 9, 0, 0, 0, 0, 0, 0, 0}).sack_blocks == 0);  // SACK of seven octets
}

TEST_CASE("as many SACK blocks are written as there is room for", "[tcp][rfc2018-3]") {
  const std::vector<SequenceRange> blocks(5, {1, 2});
  OptionWriter plain;
  plain.sack(blocks);
  CHECK(read_options(plain.octets()).sack_blocks == 4);
  OptionWriter stamped;
  stamped.timestamps({});
  stamped.sack(blocks);
  CHECK(read_options(stamped.octets()).sack_blocks == 3);
  CHECK(stamped.octets().size() == 40);
  stamped.sack(blocks);
  CHECK(stamped.octets().size() == 40);
}

TEST_CASE("ranges join what overlaps or touches", "[tcp][rfc2018-4]") {
  Ranges ranges;
  ranges.add({10, 20}, heap);
  ranges.add({40, 50}, heap);
  ranges.add({25, 30}, heap);
  CHECK(ranges.pairs() == Pairs{{10, 20}, {25, 30}, {40, 50}});
  CHECK(ranges.octets() == 25);
  ranges.add({20, 25}, heap);
  CHECK(ranges.pairs() == Pairs{{10, 30}, {40, 50}});
  ranges.add({12, 13}, heap);
  ranges.add({5, 45}, heap);
  CHECK(ranges.pairs() == Pairs{{5, 50}});
  ranges.add({60, 60}, heap);
  CHECK(ranges.pairs() == Pairs{{5, 50}});
}

TEST_CASE("ranges go on across the largest number", "[tcp][rfc9293-3.4]") {
  Ranges ranges;
  ranges.add({5, 9}, heap);
  ranges.add({0xFFFFFFF0U, 2}, heap);
  CHECK(ranges.pairs() == Pairs{{0xFFFFFFF0U, 2}, {5, 9}});
  ranges.remove_below(1, heap);
  CHECK(ranges.pairs() == Pairs{{1, 2}, {5, 9}});
  ranges.remove_below(9, heap);
  CHECK(ranges.empty());
}

TEST_CASE("many ranges are kept in order", "[tcp]") {
  Ranges ranges;
  for (std::uint32_t i = 100; i > 0; --i) ranges.add({i * 10, i * 10 + 5}, heap);
  CHECK(ranges.all().size() == 100);
  CHECK(ranges.octets() == 500);
  ranges.add({0, 2000}, heap);
  CHECK(ranges.pairs() == Pairs{{0, 2000}});
}

TEST_CASE("a stream buffer gives back what was put in, however it moves", "[tcp]") {
  Buffer buffer;
  Octets expected;
  std::uint8_t next = 0;
  for (std::size_t round = 0; round < 200; ++round) {
    Octets piece(1 + round * 37 % 300);
    for (auto& octet : piece) octet = next++;
    buffer.append(piece, heap);
    expected.insert(expected.end(), piece.begin(), piece.end());
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(expected.size(), round * 53 % 290));
    REQUIRE(text(buffer.view(0, buffer.size())) == expected);
    buffer.drop_front(count, heap);
    expected.erase(expected.begin(), expected.begin() + count);
  }
  buffer.drop_front(buffer.size(), heap);
  CHECK(buffer.size() == 0);
}

TEST_CASE("octets behind a gap belong to the stream when it is closed", "[tcp]") {
  Buffer buffer;
  buffer.append(Octets{1, 2}, heap);
  buffer.place(4, Octets{5, 6}, heap);
  CHECK(buffer.size() == 2);
  buffer.drop_front(1, heap);
  buffer.place(1, Octets{3, 4}, heap);
  buffer.extend(5);
  CHECK(text(buffer.view(0, 5)) == Octets{2, 3, 4, 5, 6});
}
