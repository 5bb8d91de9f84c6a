// SPDX-License-Identifier: Apache-2.0
// Kernel settings of the network namespace that the process is in.
#pragma once

#include <map>
#include <string>

namespace twinwire::bench {

/// `name` as sysctl(8) takes it: dots between the parts, and a slash for a dot within one. Throws std::runtime_error.
void set_sysctl(const std::string& name, const std::string& value);
void set_sysctls(const std::map<std::string, std::string>& settings);

}  // namespace twinwire::bench
