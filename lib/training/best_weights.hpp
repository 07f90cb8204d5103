// For early stopping (Prechelt 1998): keeps the weights that did best on the validation images, and
// counts the measurements since. The trainer ends after `patience` of them.
#pragma once

#include <cstdint>
#include <functional>

#include "artifact/safetensors.hpp"
#include "core/config.hpp"

namespace unetflow {

class BestWeights {
 public:
  /// Keeps `weights`, measured at the end of `epoch`, if this is the first score or the best. A
  /// score that is not a number is the worst.
  void offer(double score, std::uint32_t epoch, const std::function<Tensors()>& weights);

  bool empty() const { return epoch_ < 0; }
  const Tensors& weights() const { return weights_; }
  std::int64_t epoch() const { return epoch_; }  ///< in which they were measured; -1 if empty
  int measurements_since() const { return measurements_since_; }

  /// All but the weights, for a checkpoint; and back, as far as the schema has checked it.
  Json progress() const;
  void restore(const Json& progress, Tensors weights);

 private:
  double score_ = 0;
  std::int64_t epoch_ = -1;
  int measurements_since_ = 0;
  Tensors weights_;
};

}  // namespace unetflow
