// SPDX-License-Identifier: Apache-2.0
// SEGMENT ARRIVES (RFC 9293 section 3.10.7), one function for each group of states that the RFC treats together.
#pragma once

#include "generator/tcp/options.hpp"
#include "generator/tcp/tcb.hpp"

namespace twinwire::tcp {

void segment_arrives(Tcb& tcb, const wire::Tcp& segment, Instant now, Output& output);

/// Section 3.10.7.4: SYN-RECEIVED and all synchronized states.
void arrives_otherwise(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output);
/// Section 3.10.7.2.
void arrives_in_listen(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output);

enum class Continue : std::uint8_t { No, Yes };
/// Section 3.10.7.4, fifth step: whether the sixth follows.
Continue check_ack(Tcb& tcb, const wire::Tcp& segment, const Options& options, Instant now, Output& output);
/// Section 3.10.7.4, eighth step.
void process_fin(Tcb& tcb, const wire::Tcp& segment, Instant now);

}  // namespace twinwire::tcp
