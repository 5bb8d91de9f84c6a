// SPDX-License-Identifier: Apache-2.0
// A message is cut into packets of at most 64 kB, because a UNIX socket refuses packets above its send buffer. The
// first octet of each packet says whether more follow. Descriptors travel with the last one.
#include "harness/bench/lab/channel.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace twinwire::bench {
namespace {

constexpr std::size_t max_chunk = std::size_t{64} * 1024;
constexpr std::size_t max_descriptors = 8;
constexpr char more_follow = '+';
constexpr char last = '.';

/// Room for one control message that carries descriptors.
struct ControlBuffer {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(max_descriptors * sizeof(int))> octets{};
};

bool gone(int error) { return error == EPIPE || error == ECONNRESET; }

bool send_packet(int socket, std::string& packet, std::span<const int> descriptors) {
  iovec part{packet.data(), packet.size()};
  ControlBuffer control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = control.octets.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* message = CMSG_FIRSTHDR(&header);
    message->cmsg_level = SOL_SOCKET;
    message->cmsg_type = SCM_RIGHTS;
    message->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(message), descriptors.data(), descriptors.size_bytes());
  }
  while (sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    if (gone(errno)) return false;
    throw std::system_error(errno, std::generic_category(), "sending to the other side of the lab");
  }
  return true;
}

void take_descriptors(msghdr& header, std::vector<Descriptor>& into) {
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr; message = CMSG_NXTHDR(&header, message)) {
    if (message->cmsg_level != SOL_SOCKET || message->cmsg_type != SCM_RIGHTS) continue;
    std::array<int, max_descriptors> numbers{};
    const std::size_t count = (message->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    std::memcpy(numbers.data(), CMSG_DATA(message), count * sizeof(int));
    for (std::size_t index = 0; index < count; ++index) into.emplace_back(numbers[index]);
  }
}

/// The octets of one packet, none if the other side is gone.
std::size_t receive_packet(int socket, std::vector<char>& buffer, std::vector<Descriptor>& descriptors) {
  iovec part{buffer.data(), buffer.size()};
  ControlBuffer control;
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.octets.data();
  header.msg_controllen = control.octets.size();
  ssize_t size = 0;
  while ((size = recvmsg(socket, &header, MSG_CMSG_CLOEXEC)) < 0) {
    if (errno == EINTR) continue;
    if (gone(errno)) return 0;
    throw std::system_error(errno, std::generic_category(), "receiving from the other side of the lab");
  }
  take_descriptors(header, descriptors);
  return static_cast<std::size_t>(size);
}

}  // namespace

bool Channel::send(const std::string& text, std::span<const int> descriptors) {
  std::size_t done = 0;
  std::string packet;
  do {
    const std::size_t size = std::min(max_chunk, text.size() - done);
    const bool ends = done + size == text.size();
    packet.assign(1, ends ? last : more_follow);
    packet.append(text, done, size);
    if (!send_packet(socket_.get(), packet, ends ? descriptors : std::span<const int>{})) return false;
    done += size;
  } while (done < text.size());
  return true;
}

std::optional<Message> Channel::receive() {
  Message message;
  std::vector<char> buffer(max_chunk + 1);
  while (true) {
    const std::size_t size = receive_packet(socket_.get(), buffer, message.descriptors);
    if (size == 0) return std::nullopt;
    message.text.append(buffer.data() + 1, size - 1);
    if (buffer.front() == last) return message;
  }
}

}  // namespace twinwire::bench
