// Where a network is sure of the opposite of what is annotated: one of the two is wrong there.
#pragma once

#include <cstdint>
#include <vector>

#include "image/box.hpp"
#include "image/view.hpp"

namespace unetflow {

struct Contradiction {
  bool annotated = false;  ///< as foreground; the network says background, or the reverse
  std::int64_t area = 0;   ///< px
  double probability = 0;  ///< of foreground, mean over the area
  double loss = 0;         ///< cross-entropy, the sum over the area
  Box box;
};

/// The 4-connected places where the annotated side, foreground or not, has a probability of at most
/// 1 - `sure`, the largest loss first. Those nowhere 3 px thick are left out: they are borders
/// drawn a little aside, of which every annotation is full. Pixels that are not annotated
/// contradict nothing. Both planes have one size.
std::vector<Contradiction> contradictions(Plane<const std::uint8_t> label,
                                          Plane<const float> foreground, double sure);

}  // namespace unetflow
