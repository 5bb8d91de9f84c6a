// SPDX-License-Identifier: Apache-2.0
// A new libnftables context for every text: it opens its netlink socket in the namespace of the moment and keeps no
// cache that a process of the device could have made stale. One text is one batch, which the kernel takes whole or not
// at all. The text goes through a file, since libnftables 1.0.6 quotes the first line in every error if the text comes
// from a buffer.
#include "harness/bench/lab/helper/ruleset.hpp"

#include <nftables/libnftables.h>

#include <fstream>
#include <memory>
#include <stdexcept>

namespace twinwire::bench {

namespace {

/// In the current directory, which is the device's; nft names it in its errors.
constexpr const char* file_name = "ruleset.nft";

void write_ruleset(const std::string& text) {
  std::ofstream out(file_name);
  out << text << std::flush;
  if (!out) throw std::runtime_error("the device's nft ruleset could not be written to its private directory");
}

}  // namespace

void load_ruleset(const std::string& text) {
  if (text.empty()) return;
  write_ruleset(text);
  const std::unique_ptr<nft_ctx, decltype(&nft_ctx_free)> context(nft_ctx_new(NFT_CTX_DEFAULT), &nft_ctx_free);
  if (!context) throw std::runtime_error("libnftables could not be set up");
  nft_ctx_buffer_error(context.get());
  nft_ctx_buffer_output(context.get());
  if (nft_run_cmd_from_filename(context.get(), file_name) == 0) return;
  std::string said = nft_ctx_get_error_buffer(context.get());
  while (!said.empty() && said.back() == '\n') said.pop_back();
  throw std::runtime_error("the device's nft ruleset was refused: " + said);
}

}  // namespace twinwire::bench
