// A training step of a U-Net on one 572 x 572 picture in a bare loop: nothing but the network, the
// loss and the optimiser on tensors that stay the same. What the trainer adds is measured against
// it.
#include <ATen/ATen.h>
#include <benchmark/benchmark.h>

#include "convolution/convolution.hpp"
#include "core/memory.hpp"
#include "network/architecture.hpp"
#include "network/device.hpp"
#include "network/loss.hpp"
#include "network/network.hpp"
#include "training/optimiser.hpp"

namespace unetflow {
namespace {

void training_step(benchmark::State& state, const Arithmetic& arithmetic,
                   const char* normalisation = "none") {
  retain_freed_memory();
  NetworkConfig config;
  config.width = static_cast<int>(state.range(0));
  config.normalisation = normalisation;
  const auto network = make_network(config, 1);
  network->to(arithmetic);
  Optimiser optimiser({}, *network);
  const at::Tensor input = at::rand({1, 1, 572, 572}).contiguous(arithmetic.layout);
  const at::Tensor label = at::randint(2, {1, 388, 388}, at::kLong);
  const at::Tensor weight = at::rand({1, 388, 388});
  std::int64_t number = 0;
  const auto step = [&] {
    at::Tensor loss;
    {
      const Autocast autocast(at::kCPU, arithmetic.bfloat16);
      loss = segmentation_loss({}, network->forward(input, {}), label, weight);
    }
    loss.backward();
    optimiser.step(0.001, number++);
  };
  step();  // the first one allocates
  for (auto _ : state) step();
}

void bm_float32(benchmark::State& state) {
  training_step(state, choose_arithmetic("cpu", "float32", "auto"));
}
void bm_float32_direct(benchmark::State& state) {
  training_step(state, choose_arithmetic("cpu", "float32", "direct"));
}
void bm_group(benchmark::State& state) {
  training_step(state, choose_arithmetic("cpu", "float32", "auto"), "group");
}
void bm_group_direct(benchmark::State& state) {
  training_step(state, choose_arithmetic("cpu", "float32", "direct"), "group");
}
void bm_float32_contiguous(benchmark::State& state) {
  training_step(state, {.layout = at::MemoryFormat::Contiguous});
}
void bm_float32_channels_last(benchmark::State& state) {
  training_step(state, {.layout = at::MemoryFormat::ChannelsLast});
}
void bm_bfloat16(benchmark::State& state) {
  if (!computes_bfloat16_natively(at::kCPU)) {
    return state.SkipWithError("this processor has no bfloat16");
  }
  training_step(state, choose_arithmetic("cpu", "bfloat16", "auto"));
}

/// One of the U-Net's convolutions: channels in and out, side of the input.
template <bool winograd, bool backward>
void bm_convolution(benchmark::State& state) {
  retain_freed_memory();
  const auto in = state.range(0), out = state.range(1), side = state.range(2);
  const at::Tensor input = at::randn({1, in, side, side}).requires_grad_();
  const at::Tensor weight = at::randn({out, in, 3, 3}).requires_grad_();
  const at::Tensor bias = at::randn({out}).requires_grad_();
  const auto forward = [&] {
    return winograd ? winograd_convolution(input, weight, bias, 0)
                    : at::conv2d(input, weight, bias);
  };
  at::Tensor output = forward();
  const at::Tensor gradient = at::ones_like(output);
  for (auto _ : state) {
    if (backward) {
      output.backward(gradient, true);
    } else {
      output = forward();
    }
  }
  const auto products =
      static_cast<double>((backward ? 2 : 1) * 9 * in * out * gradient.size(2) * gradient.size(3));
  state.counters["direct_flop/s"] =
      benchmark::Counter(2 * products, benchmark::Counter::kIsIterationInvariantRate);
}
void convolutions(benchmark::internal::Benchmark* b) {
  b->Args({16, 16, 570})->Args({64, 64, 570})->Args({128, 128, 282})->Args({256, 256, 138});
  b->Args({512, 512, 66})->Args({1024, 1024, 30})->Args({1024, 512, 56})->Args({128, 64, 392});
  b->Unit(benchmark::kMillisecond)->UseRealTime();
}
BENCHMARK(bm_convolution<true, false>)->Name("convolution/winograd/forward")->Apply(convolutions);
BENCHMARK(bm_convolution<false, false>)->Name("convolution/direct/forward")->Apply(convolutions);
BENCHMARK(bm_convolution<true, true>)->Name("convolution/winograd/backward")->Apply(convolutions);
BENCHMARK(bm_convolution<false, true>)->Name("convolution/direct/backward")->Apply(convolutions);

void bm_dropout(benchmark::State& state) {
  const at::Tensor values = at::ones({1, 1024, 28, 28}).contiguous(at::MemoryFormat::ChannelsLast);
  std::uint64_t key = 0;
  for (auto _ : state) benchmark::DoNotOptimize(dropped(values, 0.5, ++key));
}

/// Widths of the shipped pipelines, and of the paper.
void widths(benchmark::internal::Benchmark* b) {
  for (const int width : {12, 16, 24, 32, 64}) b->Arg(width);
  b->Unit(benchmark::kMillisecond)->UseRealTime();
}
BENCHMARK(bm_float32)->Name("training_step/float32")->Apply(widths);
BENCHMARK(bm_float32_direct)->Name("training_step/float32_direct")->Apply(widths);
BENCHMARK(bm_group)->Name("training_step/float32_group")->Apply(widths);
BENCHMARK(bm_group_direct)->Name("training_step/float32_group_direct")->Apply(widths);
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
BENCHMARK(bm_bfloat16)->Name("training_step/bfloat16")->Apply(widths);
BENCHMARK(bm_dropout)->Name("dropout/1024x28x28")->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace unetflow
