// The widest vector that kernels are compiled for, which decides how rows are padded.
#pragma once

#include "core/arithmetic.hpp"

namespace unetflow {

/// 8-bit lanes of the widest vector: rows are padded to a multiple of it.
inline constexpr Index kLanes = 64;

/// 16-bit lanes of the widest vector: each smoothing weight is stored that many times (splatted).
inline constexpr Index kSplat = 32;

}  // namespace unetflow
