// SPDX-License-Identifier: Apache-2.0
// An entry is found by its original tuple, that of the first packet before any translation, so a masqueraded connection
// is found by the client's own address. The tuple is tried from both ends, since the server may have sent the first
// packet.
#include "harness/bench/lab/helper/conntrack.hpp"

#include <netinet/in.h>
#include <netlink/addr.h>
#include <netlink/errno.h>
#include <netlink/netfilter/ct.h>
#include <netlink/netfilter/nfnl.h>
#include <netlink/netlink.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace twinwire::bench {
namespace {

struct Release {
  void operator()(nl_sock* socket) const { nl_socket_free(socket); }
  void operator()(nfnl_ct* entry) const { nfnl_ct_put(entry); }
  void operator()(nl_addr* address) const { nl_addr_put(address); }
};

int family_of(const wire::Address& address) { return address.family == wire::Family::Ipv4 ? AF_INET : AF_INET6; }

std::unique_ptr<nl_addr, Release> netlink_address(const wire::Address& address) {
  const auto bytes = address.bytes();
  return std::unique_ptr<nl_addr, Release>(nl_addr_build(family_of(address), bytes.data(), bytes.size()));
}

/// libnl's number of the tuple that is not the reply's.
constexpr int original = 0;

void set_original_tuple(nfnl_ct* entry, const wire::Address& source, std::uint16_t source_port,
                        const wire::Address& target, std::uint16_t target_port) {
  nfnl_ct_set_family(entry, static_cast<std::uint8_t>(family_of(source)));
  nfnl_ct_set_proto(entry, IPPROTO_TCP);
  nfnl_ct_set_src(entry, original, netlink_address(source).get());
  nfnl_ct_set_dst(entry, original, netlink_address(target).get());
  nfnl_ct_set_src_port(entry, original, source_port);
  nfnl_ct_set_dst_port(entry, original, target_port);
}

void delete_entry(nl_sock* socket, const nfnl_ct* entry) {
  const int error = nfnl_ct_del(socket, entry, 0);
  if (error == 0 || error == -NLE_OBJ_NOTFOUND) return;
  throw std::runtime_error(std::string("the connection tracking entry could not be deleted: ") + nl_geterror(error));
}

}  // namespace

void forget_connection(const ForgetRequest& tuple) {
  const std::unique_ptr<nl_sock, Release> socket(nl_socket_alloc());
  if (const int error = nfnl_connect(socket.get()); error != 0) {
    throw std::runtime_error(std::string("connection tracking cannot be reached by netlink: ") + nl_geterror(error));
  }
  const std::unique_ptr<nfnl_ct, Release> from_client(nfnl_ct_alloc());
  set_original_tuple(from_client.get(), tuple.client, tuple.client_port, tuple.server, tuple.server_port);
  delete_entry(socket.get(), from_client.get());
  const std::unique_ptr<nfnl_ct, Release> from_server(nfnl_ct_alloc());
  set_original_tuple(from_server.get(), tuple.server, tuple.server_port, tuple.client, tuple.client_port);
  delete_entry(socket.get(), from_server.get());
}

}  // namespace twinwire::bench
