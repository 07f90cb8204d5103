// A batch's way from the memory of the flow graph to the device that trains.
#pragma once

#include <ATen/ATen.h>
#include <c10/core/Event.h>

#include <array>
#include <memory_resource>
#include <optional>

#include "flow/batch.hpp"
#include "network/device.hpp"

namespace unetflow {

struct DeviceBatch {
  at::Tensor input;   ///< float32 [sample, channel, y, x]
  at::Tensor label;   ///< int64 [sample, y, x]
  at::Tensor weight;  ///< float32 [sample, y, x]
};

/// Copies batches to a GPU while it computes; on a processor, input and weight share the batch's
/// memory.
class BatchUpload {
 public:
  /// What the device computes from then on may use the batch, until the call after the next.
  DeviceBatch to(const Arithmetic& arithmetic, const Batch& batch);
  /// Waits until the last batch's memory on the host has been read, so that it can be written
  /// again.
  void wait();

 private:
  /// Memory on the device that batches are copied to in turn, one while another is in use.
  struct Place {
    at::Tensor input, label, weight;
    std::optional<c10::Event> used;  ///< the device has computed all that was launched with it
  };
  DeviceBatch copied(const Arithmetic& arithmetic, const DeviceBatch& host);

  std::array<Place, 2> places_;
  size_t current_ = 0;
  std::optional<c10::Stream> stream_;  // copies have one of their own
  std::optional<c10::Event> copied_;
};

/// Memory for batches: what a GPU reads while it computes is pinned.
std::pmr::memory_resource& batch_memory(at::Device device);

}  // namespace unetflow
