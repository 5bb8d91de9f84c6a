// SPDX-License-Identifier: Apache-2.0
// Frames are read in batches with recvmmsg into buffers that are never freed, and stamped with the kernel's time of
// arrival, moved from the realtime clock onto the timeline's by their difference at the moment of reading. A send that
// fails with ENOBUFS or EAGAIN is tried again a few times, then reported as refused.
#include "generator/link/packet_socket.hpp"

#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <system_error>
#include <utility>
#include <vector>

namespace twinwire::link {
namespace {

constexpr std::size_t batch = 32;
constexpr std::size_t largest_frame = 9216 + 64;
constexpr int send_tries = 200;  // a full queue on veth empties within microseconds

time::Duration realtime_now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return std::chrono::seconds(now.tv_sec) + time::Duration(now.tv_nsec);
}

class PacketLink final : public Link {
 public:
  PacketLink(int socket, time::Timeline& timeline, std::size_t mtu)
      : timeline_(timeline), descriptor_(timeline.context(), socket), buffers_(batch), mtu_(mtu) {
    for (std::size_t i = 0; i < batch; ++i) {
      iovecs_[i] = {buffers_[i].octets.data(), buffers_[i].octets.size()};
      messages_[i].msg_hdr.msg_iov = &iovecs_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
    wait_for_frames();
  }

  Sent send(std::span<const std::uint8_t> frame) override {
    for (int attempt = 0; attempt < send_tries; ++attempt) {
      if (::send(descriptor_.native_handle(), frame.data(), frame.size(), 0) >= 0) return Sent::Yes;
      if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
        throw std::system_error(errno, std::generic_category(),
                                "a frame of " + std::to_string(frame.size()) + " octets could not be sent");
      }
    }
    return Sent::Refused;
  }

  void on_frame(Sink sink) override { sink_ = std::move(sink); }
  std::size_t mtu() const override { return mtu_; }

  void poll() override {
    while (read_batch() == batch) {
    }
  }

 private:
  struct Buffer {
    std::array<std::uint8_t, largest_frame> octets;
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
  };

  std::size_t read_batch() {
    for (std::size_t i = 0; i < batch; ++i) {
      messages_[i].msg_hdr.msg_control = buffers_[i].control.data();
      messages_[i].msg_hdr.msg_controllen = buffers_[i].control.size();
    }
    const int count = recvmmsg(descriptor_.native_handle(), messages_.data(), batch, MSG_DONTWAIT, nullptr);
    if (count <= 0) return 0;
    const time::Instant now = timeline_.now();
    const time::Duration realtime = realtime_now();
    for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
      if (sink_) sink_(arrival(messages_[i].msg_hdr, now, realtime), {buffers_[i].octets.data(), messages_[i].msg_len});
    }
    return static_cast<std::size_t>(count);
  }

  static time::Instant arrival(const msghdr& header, time::Instant now, time::Duration realtime) {
    const cmsghdr* control = CMSG_FIRSTHDR(&header);
    if (control == nullptr || control->cmsg_type != SO_TIMESTAMPNS) return now;
    timespec stamp{};
    std::memcpy(&stamp, CMSG_DATA(control), sizeof stamp);
    return now - (realtime - std::chrono::seconds(stamp.tv_sec) - time::Duration(stamp.tv_nsec));
  }

  void wait_for_frames() {
    descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
      if (error) return;  // only when the link goes
      poll();
      wait_for_frames();
    });
  }

  time::Timeline& timeline_;
  boost::asio::posix::stream_descriptor descriptor_;
  Sink sink_;
  std::vector<Buffer> buffers_;
  std::array<iovec, batch> iovecs_{};
  std::array<mmsghdr, batch> messages_{};
  std::size_t mtu_;
};

}  // namespace

std::unique_ptr<Link> make_packet_link(int socket, time::Timeline& timeline, std::size_t mtu) {
  return std::make_unique<PacketLink>(socket, timeline, mtu);
}

int open_packet_socket(const std::string& interface) {
  const auto fail = [&interface](const char* what) {
    throw std::system_error(errno, std::generic_category(), std::string(what) + " for interface " + interface);
  };
  const unsigned index = if_nametoindex(interface.c_str());
  if (index == 0) fail("no packet socket");
  // Protocol 0 hears nothing until bind() names one, so no frame of another interface slips in between.
  const int socket = ::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) fail("no packet socket");
  const int on = 1;
  const int buffer = 8 * 1024 * 1024;
  setsockopt(socket, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  setsockopt(socket, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
  if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer) != 0) {
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  }
  packet_mreq promiscuous{};
  promiscuous.mr_ifindex = static_cast<int>(index);
  promiscuous.mr_type = PACKET_MR_PROMISC;  // our ends have MAC addresses of their own; ends with the socket
  setsockopt(socket, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &promiscuous, sizeof promiscuous);
  sockaddr_ll address{};
  address.sll_family = AF_PACKET;
  address.sll_protocol = htons(ETH_P_ALL);
  address.sll_ifindex = static_cast<int>(index);
  if (bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    fail("a packet socket cannot be bound");
  return socket;
}

}  // namespace twinwire::link
