#include "training/best_weights.hpp"

namespace unetflow {

void BestWeights::offer(double score, std::uint32_t epoch, const Tensors& weights) {
  if (!empty() && !(score > score_)) {
    ++measurements_since_;
    return;
  }
  score_ = score;
  epoch_ = epoch;
  measurements_since_ = 0;
  weights_ = weights;
}

Json BestWeights::progress() const {
  return {{"score", score_}, {"epoch", epoch_}, {"measurements_since", measurements_since_}};
}

void BestWeights::restore(const Json& progress, Tensors weights) {
  progress.at("score").get_to(score_);
  progress.at("epoch").get_to(epoch_);
  progress.at("measurements_since").get_to(measurements_since_);
  weights_ = std::move(weights);
}

}  // namespace unetflow
