#include "training/recorded_step.hpp"

#include <utility>

namespace unetflow {
namespace {

/// The parameters' gradients, which have none then. Empty if they had none.
std::vector<at::Tensor> taken_gradients(const Network& network) {
  std::vector<at::Tensor> gradients;
  for (const auto& parameter : network.parameters()) {
    at::Tensor gradient = std::exchange(parameter.value.mutable_grad(), {});
    if (gradient.defined()) gradients.push_back(std::move(gradient));
  }
  return gradients;
}

void give_gradients(const Network& network, const std::vector<at::Tensor>& gradients) {
  auto gradient = gradients.begin();
  for (const auto& parameter : network.parameters()) {
    if (gradient == gradients.end()) return;
    if (parameter.value.requires_grad()) parameter.value.mutable_grad() = *gradient++;
  }
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

RecordedStep::RecordedStep(Network& network, Compute compute, std::unique_ptr<Recorder> recorder)
    : network_(network), compute_(std::move(compute)), recorder_(std::move(recorder)) {}

at::Tensor RecordedStep::run(const DeviceBatch& batch, std::uint64_t key, std::int64_t whole,
                             std::int64_t parts,
                             const std::function<void(const std::string&)>& say) {
  if (!recorder_ || batch.input.size(0) != whole) return compute_(batch, key, parts);
  if (gradients_.empty()) {
    const auto earlier = taken_gradients(network_);
    try {
      record(batch);
    } catch (const std::exception& error) {
      if (say) {
        say("a step cannot be recorded as a CUDA graph, so training is slower than it could be: " +
            first_line(error.what()));
      }
      recorder_.reset();
      network_.drop_by(nullptr);
      taken_gradients(network_);
    }
    give_gradients(network_, earlier);
    if (!recorder_) return compute_(batch, key, parts);
  }
  replay(batch, key, parts);
  return loss_;
}

void RecordedStep::record(const DeviceBatch& first) {
  batch_ = {first.input.clone(), first.label.clone(), first.weight.clone()};
  loss_ = at::zeros({}, first.weight.options());
  recorder_->record(
      [this] {
        network_.drop_by(&masks_);
        loss_.copy_(compute_(batch_, 0, 1));
        network_.drop_by(nullptr);
      },
      [this] { taken_gradients(network_); });
  // There were none before, so the recorded work writes them instead of adding to them.
  gradients_ = taken_gradients(network_);
}

void RecordedStep::replay(const DeviceBatch& batch, std::uint64_t key, std::int64_t parts) {
  masks_.draw(network_.config().dropout, key);
  batch_.input.copy_(batch.input, true);
  batch_.label.copy_(batch.label, true);
  batch_.weight.copy_(batch.weight, true);
  auto sums = taken_gradients(network_);
  recorder_->replay();
  if (parts == 1) return give_gradients(network_, gradients_);
  if (sums.empty()) {  // the first batch of its group
    if (sums_.empty()) {
      for (const auto& gradient : gradients_) sums_.push_back(at::zeros_like(gradient));
    }
    at::_foreach_zero_(sums_);
    sums = sums_;
  }
  at::_foreach_add_(sums, gradients_, 1 / static_cast<double>(parts));
  give_gradients(network_, sums);
}

}  // namespace unetflow
