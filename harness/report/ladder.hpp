// SPDX-License-Identifier: Apache-2.0
// The ladder as a picture: the client's wire left, the server's right, the device in the middle. An arrow that crosses
// is a packet that crossed; one that ends in the middle died there; one that begins there was made by the device.
#pragma once

#include <vector>

#include "harness/report/look.hpp"
#include "harness/report/rows.hpp"

namespace twinwire::report {

std::vector<TextLine> ladder(const std::vector<Row>& rows, const std::vector<observe::Connection>& connections,
                             Charset charset);

}  // namespace twinwire::report
