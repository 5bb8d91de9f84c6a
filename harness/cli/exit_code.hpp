// SPDX-License-Identifier: Apache-2.0
// What the program tells the shell: pytest's codes, and one more.
#pragma once

#include "harness/report/result.hpp"

namespace twinwire::cli::exit_code {

inline constexpr int AsExpected = 0;
inline constexpr int Failed = 1;       ///< a cell failed, or is an error
inline constexpr int Interrupted = 2;  ///< what was found until then is kept
inline constexpr int Internal = 3;     ///< our own fault
inline constexpr int Usage = 4;        ///< bad command line, scenario or bench
inline constexpr int Nothing = 5;  ///< nothing was selected, or the bench suits nothing of it: all cells were skipped
inline constexpr int NoVerdict =
    6;  ///< the bench could not be had, or only inconclusive results: says nothing about the device

int of(const report::RunResult& run);

}  // namespace twinwire::cli::exit_code
