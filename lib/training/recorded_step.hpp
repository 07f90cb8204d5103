// A step's forward and backward pass, recorded once and replayed for all batches of its size.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "network/network.hpp"
#include "training/device_batch.hpp"
#include "training/recorder.hpp"

namespace unetflow {

class RecordedStep {
 public:
  /// A batch on the device and the key of its dropout -> its loss. Adds the gradients of the loss /
  /// `parts` to the parameters'.
  using Compute =
      std::function<at::Tensor(const DeviceBatch&, std::uint64_t key, std::int64_t parts)>;
  /// `recorder` may be nullptr: then nothing is recorded.
  RecordedStep(Network& network, Compute compute, std::unique_ptr<Recorder> recorder);

  /// The same as `compute`. Batches of `whole` samples are recorded; smaller ones, such as the last
  /// of an epoch, are computed kernel by kernel, and so are all if recording fails, of which `say`
  /// gets a line. The loss is valid until the next call; gradients are until the parameters' are
  /// dropped.
  at::Tensor run(const DeviceBatch& batch, std::uint64_t key, std::int64_t whole,
                 std::int64_t parts, const std::function<void(const std::string& line)>& say);

 private:
  void record(const DeviceBatch& first);
  void replay(const DeviceBatch& batch, std::uint64_t key, std::int64_t parts);

  Network& network_;
  Compute compute_;
  std::unique_ptr<Recorder> recorder_;
  // The recorded work reads and writes these, always in the same memory.
  DeviceBatch batch_;
  DropoutMasks masks_;
  at::Tensor loss_;
  std::vector<at::Tensor> gradients_;
  std::vector<at::Tensor> sums_;  // of the gradients of several batches
};

}  // namespace unetflow
