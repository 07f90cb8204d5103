#include "training/device_batch.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "every_device.hpp"

namespace unetflow {
namespace {

class BatchUploads : public EveryDevice {};
INSTANTIATE_ON_EVERY_DEVICE(BatchUploads);

constexpr Index kInput = 6, kOutput = 4;

Batch batch_of(Index size, float first, std::pmr::memory_resource& memory) {
  Batch batch(&memory);
  batch.size = size;
  batch.channels = 1;
  batch.input_size = kInput;
  batch.output_size = kOutput;
  batch.input.resize(static_cast<size_t>(size * kInput * kInput));
  batch.weight.resize(static_cast<size_t>(size * kOutput * kOutput));
  batch.label.assign(batch.weight.size(), static_cast<std::uint8_t>(first));
  std::iota(batch.input.begin(), batch.input.end(), first);
  std::iota(batch.weight.begin(), batch.weight.end(), -first);
  return batch;
}

/// Of whole and short batches, of which each may be written again once it was waited for.
TEST_P(BatchUploads, GiveTheDeviceWhatTheBatchHolds) {
  const Arithmetic arithmetic{.device = device()};
  auto& memory = batch_memory(device());
  BatchUpload upload;
  float first = 1;
  for (const Index size : {2, 1, 3, 3, 2, 3}) {
    Batch batch = batch_of(size, first, memory);
    const DeviceBatch moved = upload.to(arithmetic, batch);
    upload.wait();
    if (!device().is_cpu()) std::fill(batch.input.begin(), batch.input.end(), 0.F);
    EXPECT_EQ(moved.input.device().type(), device().type());
    EXPECT_EQ(moved.input.sizes(), (std::vector<std::int64_t>{size, 1, kInput, kInput}));
    const auto counted = [](float from, std::int64_t count) {
      return at::arange(count, at::kFloat) + from;
    };
    EXPECT_TRUE(moved.input.to(at::kCPU).flatten().equal(counted(first, moved.input.numel())));
    EXPECT_TRUE(moved.weight.to(at::kCPU).flatten().equal(counted(-first, moved.weight.numel())));
    EXPECT_EQ(moved.label.scalar_type(), at::kLong);
    EXPECT_TRUE(moved.label.eq(static_cast<std::int64_t>(first)).all().item<bool>());
    if (!device().is_cpu()) {
      // With one channel, too: the first convolution computes in the layout that strides tell.
      EXPECT_EQ(moved.input.suggest_memory_format(), arithmetic.layout);
    }
    ++first;
  }
}

}  // namespace
}  // namespace unetflow
