// A training step of a U-Net on one 572 x 572 picture in a bare loop: nothing but the network, the
// loss and the optimiser on tensors that stay the same. What the trainer adds is measured against
// it.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "network/device.hpp"
#include "network/loss.hpp"
#include "network/memory.hpp"
#include "network/network.hpp"
#include "network/optimiser.hpp"

namespace unetflow {
namespace {

void training_step(benchmark::State& state, bool bfloat16, at::MemoryFormat layout) {
  keep_freed_memory();
  NetworkConfig config;
  config.width = static_cast<int>(state.range(0));
  const auto network = make_network(config, 1);
  network->to(at::kCPU, layout);
  Optimiser optimiser({}, *network);
  const at::Tensor input = at::rand({1, 1, 572, 572});
  const at::Tensor label = at::randint(2, {1, 388, 388}, at::kLong);
  const at::Tensor weight = at::rand({1, 388, 388});
  std::int64_t number = 0;
  const auto step = [&] {
    at::Tensor loss;
    {
      const Autocast autocast(at::kCPU, bfloat16);
      loss = segmentation_loss({}, network->forward(input, {}), label, weight);
    }
    loss.backward();
    optimiser.step(0.001, number++);
  };
  step();  // the first one allocates
  for (auto _ : state) step();
}

void bm_float32(benchmark::State& state) {
  training_step(state, false, fastest_layout(at::kCPU, false));
}
void bm_float32_contiguous(benchmark::State& state) {
  training_step(state, false, at::MemoryFormat::Contiguous);
}
void bm_float32_channels_last(benchmark::State& state) {
  training_step(state, false, at::MemoryFormat::ChannelsLast);
}
void bm_bfloat16(benchmark::State& state) {
  if (!computes_bfloat16_natively(at::kCPU)) {
    return state.SkipWithError("this processor has no bfloat16");
  }
  training_step(state, true, fastest_layout(at::kCPU, true));
}
void bm_dropout(benchmark::State& state) {
  const at::Tensor values = at::ones({1, 1024, 28, 28}).contiguous(at::MemoryFormat::ChannelsLast);
  std::uint64_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(dropped(values, 0.5, ++key));
}

BENCHMARK(bm_float32)
    ->Name("training_step/float32")
    ->Arg(32)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(bm_float32_contiguous)
    ->Name("training_step/float32_contiguous")
    ->Arg(32)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(bm_float32_channels_last)
    ->Name("training_step/float32_channels_last")
    ->Arg(32)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(bm_bfloat16)
    ->Name("training_step/bfloat16")
    ->Arg(32)
    ->Arg(64)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();
BENCHMARK(bm_dropout)->Name("dropout/1024x28x28")->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace unetflow
