# SPDX-License-Identifier: Apache-2.0
"""Frame.replace: what is named changes, lengths and checksums follow, and all else stays octet by octet."""

import ipaddress
import struct

import pytest
from twinwire_package import PASSES

import twinwire
from twinwire import Frame, TcpOption
from twinwire._fields import FrameFields


@pytest.fixture
def frames(write_scenario):
    """The SYN and the 100 octets of data of one connection, as the client sent them."""

    def frames(family):
        [cell] = twinwire.load(write_scenario("cell", PASSES, extra=f'family = "{family}"\n'))
        with twinwire.Bench("simulation") as bench:
            sent = [frame for frame in bench.run(cell).frames if frame.direction == "sent"]
        return sent[0], next(frame for frame in sent if frame.payload)

    return frames


@pytest.fixture(params=["ipv4", "ipv6"])
def syn_and_data(request, frames):
    return frames(request.param)


def ones_complement_sum(octets):
    octets += b"\0" * (len(octets) % 2)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def headers(octets):
    """The IP header and the TCP segment, held against their lengths and checksums (RFC 791, RFC 8200, RFC 9293)."""
    if octets[14] >> 4 == 4:
        ip, segment = octets[14:34], octets[34:]
        assert int.from_bytes(ip[2:4], "big") == len(octets) - 14
        assert ones_complement_sum(ip) == 0xFFFF
        pseudo = ip[12:20] + struct.pack("!HH", 6, len(segment))
    else:
        ip, segment = octets[14:54], octets[54:]
        assert int.from_bytes(ip[4:6], "big") == len(segment)
        pseudo = ip[8:40] + struct.pack("!II", len(segment), 6)
    return ip, segment, ones_complement_sum(pseudo + segment) == 0xFFFF


def test_nothing_replaced_is_the_same_frame(syn_and_data):
    for frame in syn_and_data:
        assert frame.replace() == frame.data


def test_each_number_is_written_where_it_stands(syn_and_data):
    _, data = syn_and_data
    ip, tcp, right = headers(data.replace(
        ttl=7, tos=0xB9, sport=1, dport=65535, seq=0x01020304, ack=0x05060708, window=0x1234, urgent=0x5678, flags="FIN,PSH,ACK",
    ))  # fmt: skip
    assert right
    assert struct.unpack("!HHIIHHxxH", tcp[:20]) == (1, 65535, 0x01020304, 0x05060708, 0x5019, 0x1234, 0x5678)
    assert tcp[20:] == data.payload
    if ip[0] >> 4 == 4:
        assert (ip[8], ip[1]) == (7, 0xB9)
    else:
        assert (ip[7], int.from_bytes(ip[:2], "big") >> 4 & 0xFF) == (7, 0xB9)


def test_what_is_not_named_stays(syn_and_data):
    syn, _ = syn_and_data
    changed = syn.replace(ttl=1)
    places = {i for i, (old, new) in enumerate(zip(syn.data, changed, strict=True)) if old != new}
    assert places <= ({22, 24, 25} if syn.data[14] >> 4 == 4 else {21})


def test_addresses_are_in_the_checksums(frames):
    for family, src, dst in (("ipv4", "192.0.2.1", "203.0.113.77"), ("ipv6", "2001:db8::1", "2001:db8:ffff::2")):
        _, data = frames(family)
        ip, _, right = headers(data.replace(src=src, dst=dst, src_mac="02:AB:cd:00:00:01", dst_mac="ff:ff:ff:ff:ff:ff"))
        packed = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
        assert right and ip.endswith(packed)
    octets = data.replace(src_mac="02:AB:cd:00:00:01")
    assert octets[6:12].hex() == "02abcd000001" and octets[:6] == data.data[:6]


def test_fields_of_one_family(frames):
    syn, _ = frames("ipv4")
    ip, _, _ = headers(syn.replace(ipid=0xBEEF, df=False))
    assert ip[4:8] == b"\xbe\xef\0\0"
    assert headers(syn.replace(df=True))[0][6:8] == b"\x40\0"
    syn, _ = frames("ipv6")
    ip, _, right = headers(syn.replace(flow_label=0xABCDE))
    assert right and ip[:4] == b"\x60\x0a\xbc\xde"
    for field in ("ipid", "df"):
        with pytest.raises(ValueError, match=f"'{field}' cannot be replaced: this frame has no IPv4 header"):
            syn.replace(**{field: 1})


def test_sequence_numbers_are_modulo_two_to_the_32(syn_and_data):
    syn, _ = syn_and_data
    for given, written in ((2**32 + 5, 5), (-1, 2**32 - 1), (2**70 + 9, 9)):
        assert headers(syn.replace(seq=given))[1][4:8] == written.to_bytes(4, "big")
        assert headers(syn.replace(ack=given))[1][8:12] == written.to_bytes(4, "big")


def test_flags_are_words_or_bits(syn_and_data):
    syn, _ = syn_and_data
    for words, bits in (("null", 0), ("RST", 4), ("SYN,ACK", 0x12), ("ACK,SYN", 0x12), ("AE,CWR,ECE,URG", 0x1E0)):
        for octets in (syn.replace(flags=words), syn.replace(flag_bits=bits)):
            _, tcp, right = headers(octets)
            assert right and int.from_bytes(tcp[12:14], "big") & 0xFFF == bits
    for words in ("", "SIN", "syn", "SYN, ACK", "SYN,", "SYN,null"):
        with pytest.raises(ValueError, match="'flags' must be words such as 'SYN,ACK', or 'null', and not"):
            syn.replace(flags=words)


def test_reserved_bits_stay(syn_and_data):
    syn, _ = syn_and_data
    octets = bytearray(syn.data)
    octets[14 + (20 if syn.data[14] >> 4 == 4 else 40) + 12] |= 0x0E
    _, tcp, right = headers(Frame(octets).replace(flags="RST"))
    assert right and tcp[12:14] == bytes([tcp[12] & 0xF0 | 0x0E, 0x04])


def test_a_payload_of_another_length(syn_and_data):
    _, data = syn_and_data
    for payload in (b"", b"odd", bytearray(1400), memoryview(b"view")):
        _, tcp, right = headers(data.replace(payload=payload))
        assert right and tcp[20:] == bytes(payload)
    with pytest.raises(ValueError, match="65535 octets at most"):
        data.replace(payload=bytes(65530))


def test_options_are_padded_and_counted(syn_and_data):
    syn, data = syn_and_data
    options = [TcpOption(2, b"\x05\xb4"), TcpOption(1), (3, b"\x07")]
    _, tcp, right = headers(syn.replace(options=options))
    assert right and tcp[12] >> 4 == 7
    assert tcp[20:] == b"\x02\x04\x05\xb4\x01\x03\x03\x07"
    assert headers(syn.replace(options=b"\x03\x03\x07"))[1][20:] == b"\x03\x03\x07\0"
    assert headers(syn.replace(options=[]))[1][12] >> 4 == 5
    _, tcp, right = headers(data.replace(options=[(8, bytes(8))]))
    assert right and tcp[20:32] == b"\x08\x0a" + bytes(10) and tcp[32:] == data.payload
    assert syn.replace(options=syn.options) == syn.data
    with pytest.raises(ValueError, match="'options' must be 40 octets at most"):
        syn.replace(options=bytes(41))


def test_the_mss_is_changed_in_its_place_added_or_taken_away(syn_and_data):
    syn, _ = syn_and_data
    options = [(1, b""), (2, b"\x05\xb4"), (1, b""), (1, b""), (1, b"")]
    _, tcp, right = headers(syn.replace(options=options, mss=536))
    assert right and tcp[20:] == b"\x01\x02\x04\x02\x18\x01\x01\x01"
    assert headers(syn.replace(options=options, mss=None))[1][20:] == b"\x01\x01\x01\x01"
    _, tcp, right = headers(syn.replace(options=[(3, b"\x07")], mss=1400))
    assert right and tcp[20:] == b"\x02\x04\x05\x78\x03\x03\x07\0"
    assert headers(syn.replace(options=b"", mss=None))[1][12] >> 4 == 5
    with pytest.raises(ValueError, match="'mss' must be left out"):
        syn.replace(options=b"\x01" * 40, mss=1400)


def test_a_checksum_is_wrong_only_where_that_is_asked_for(syn_and_data):
    syn, _ = syn_and_data
    assert not headers(syn.replace(checksum="bad"))[2]
    assert headers(syn.replace(checksum="right"))[2]
    assert headers(syn.replace(checksum=0x1234))[1][16:18] == b"\x12\x34"
    assert syn.replace(checksum=syn.checksum) == syn.data
    # One that came wrong is put right, unless it is given as it came.
    damaged = Frame(syn.replace(checksum="bad"))
    assert headers(damaged.replace(ttl=9))[2]
    assert not headers(damaged.replace(ttl=9, checksum=damaged.checksum))[2]


def test_the_names_are_those_that_the_types_have(syn_and_data):
    syn, _ = syn_and_data
    with pytest.raises(TypeError, match="a frame has no field 'port' that could be replaced; there are: ") as caught:
        syn.replace(port=1)
    names = str(caught.value).split("there are: ")[1].split(", ")
    assert names == list(FrameFields.__annotations__)
    assert set(names) <= set(dir(Frame))


@pytest.mark.parametrize(("field", "value", "error", "message"), [
    ("ttl", 256, ValueError, "'ttl' must be 0 to 255, and not 256"),
    ("ttl", -1, ValueError, "'ttl' must be 0 to 255, and not -1"),
    ("sport", 2**80, ValueError, "'sport' must be 0 to 65535"),
    ("flag_bits", 512, ValueError, "'flag_bits' must be 0 to 511"),
    ("flow_label", 2**20, ValueError, "'flow_label' must be 0 to 1048575"),
    ("mss", 65536, ValueError, "'mss' must be 0 to 65535"),
    ("window", 1.5, TypeError, "cannot be interpreted as an integer"),
    ("seq", "5", TypeError, "cannot be interpreted as an integer"),
    ("src", "198.18.1.2", ValueError, "'src' must be an IPv6 address, and not '198.18.1.2'"),
    ("dst", 7, ValueError, "'dst' must be a text, and not 7"),
    ("src_mac", "02:00:00:00:00", ValueError, "'src_mac' must be an address such as '02:00:00:00:00:01'"),
    ("dst_mac", "02:00:00:00:00:0g", ValueError, "'dst_mac' must be an address such as"),
    ("payload", "text", TypeError, "'payload' must be bytes, and not 'text'"),
    ("options", [7], TypeError, "'options' must be bytes, or TcpOptions or .* and not 7"),
    ("options", 7, TypeError, "not iterable"),
    ("options", [(300, b"")], ValueError, "'kind' must be 0 to 255, and not 300"),
    ("checksum", "wrong", ValueError, "'checksum' must be 'right', 'bad' or a number"),
    ("checksum", 65536, ValueError, "'checksum' must be 0 to 65535"),
])  # fmt: skip
def test_a_value_that_a_field_cannot_have(frames, field, value, error, message):
    syn, _ = frames("ipv6")
    with pytest.raises(error, match=message):
        syn.replace(**{field: value})


def test_frames_without_tcp(frames):
    syn, _ = frames("ipv4")
    # A UDP datagram (RFC 768) in the SYN's Ethernet and IP headers, with the checksum of its pseudo-header.
    udp = struct.pack("!HHHH", 53, 5353, 12, 0) + b"abcd"
    ip = bytearray(syn.data[14:34])
    ip[2:4], ip[9], ip[10:12] = (20 + len(udp)).to_bytes(2, "big"), 17, b"\0\0"

    def with_checksums(ip, udp):
        pseudo = bytes(ip[12:20]) + struct.pack("!HH", 17, len(udp))
        checksum = 0xFFFF - ones_complement_sum(pseudo + udp)
        return ip, udp[:6] + checksum.to_bytes(2, "big") + udp[8:]

    ip, udp = with_checksums(ip, udp)
    ip[10:12] = (0xFFFF - ones_complement_sum(bytes(ip))).to_bytes(2, "big")
    datagram = Frame(syn.data[:14] + bytes(ip) + udp)
    assert (datagram.protocol, datagram.sport) == (17, None)
    moved = datagram.replace(src="192.0.2.9", ttl=3)
    assert moved[26:30] == bytes([192, 0, 2, 9]) and moved[22] == 3
    assert ones_complement_sum(moved[26:34] + struct.pack("!HH", 17, 12) + moved[34:]) == 0xFFFF
    # Without a checksum it stays without one.
    without = Frame(datagram.data[:40] + b"\0\0" + datagram.data[42:])
    assert without.replace(src="192.0.2.9")[40:42] == b"\0\0"
    with pytest.raises(ValueError, match="'sport' cannot be replaced: this frame has no TCP header"):
        datagram.replace(sport=1)
    arp = Frame(syn.data[:12] + b"\x08\x06" + bytes(28))
    assert arp.replace(src_mac="02:00:00:00:00:09")[6:12] == bytes.fromhex("020000000009")
    with pytest.raises(ValueError, match="'ttl' cannot be replaced: this frame has no IP header"):
        arp.replace(ttl=1)


def test_a_fragment_keeps_its_addresses(frames):
    syn, _ = frames("ipv4")
    octets = bytearray(syn.data)
    octets[20:22] = b"\x20\0"  # MF
    fragment = Frame(bytes(octets))
    assert fragment.fragment
    with pytest.raises(ValueError, match="'src': a fragment lacks the rest"):
        fragment.replace(src="192.0.2.1")
    assert fragment.replace(ttl=5)[34:] == fragment.data[34:]


def test_a_frame_can_be_made_of_octets(syn_and_data):
    syn, _ = syn_and_data
    frame = Frame(syn.replace(sport=7, mss=1400), wire="server")
    assert (frame.sport, frame.mss, frame.flags, frame.checksum_ok) == (7, 1400, "SYN", True)
    assert (frame.wire, frame.direction, frame.at, frame.step) == ("server", "sent", 0, 0)
    assert Frame(bytearray(frame.data)).wire == "client"
    assert Frame(b"").src_mac is None and len(Frame(b"")) == 0
    with pytest.raises(ValueError, match="this frame has no whole Ethernet header"):
        Frame(b"").replace(ttl=1)
    with pytest.raises(TypeError, match="a frame is made of bytes, and not of 'text'"):
        Frame("text")
    with pytest.raises(ValueError, match="a wire is 'client' or 'server', not 'left'"):
        Frame(b"", wire="left")
