// A CUDA graph: work for a GPU that is recorded once and then launched as one. Launched one by one,
// the hundreds of kernels of a step keep the processor busy for about as long as the GPU.
#pragma once

#include <functional>
#include <memory>

namespace unetflow {

/// Records work and repeats it on the same memory. Tests have one that needs no GPU.
class Recorder {
 public:
  virtual ~Recorder() = default;
  /// Does `work` a few times, in which libraries choose algorithms and allocate, and records it the
  /// last time; `forget` frees what the work has left behind. What it reads and writes the last
  /// time is read and written by each replay. The work must not look at values, wait, or copy from
  /// the host. Throws what the work throws, and if it cannot be recorded; then nothing is.
  virtual void record(const std::function<void()>& work, const std::function<void()>& forget) = 0;
  virtual void replay() = 0;
};

/// Nothing if this program is built without CUDA's headers.
std::unique_ptr<Recorder> make_cuda_graph();

}  // namespace unetflow
