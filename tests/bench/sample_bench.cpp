// What a training sample costs on one core: tiles of the paper's sizes (572 in, 388 out), then
// weight maps against size and number of cells. Bytes/s count each byte that is read or written
// once.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cmath>
#include <filesystem>
#include <variant>

#include "image/mirror.hpp"
#include "image/picture_format.hpp"
#include "phantom/phantom.hpp"
#include "sample/augment.hpp"
#include "sample/tile_grid.hpp"
#include "sample/weight_map.hpp"
#include "segmentation/components.hpp"

namespace unetflow {
namespace {

constexpr Index kInput = 572, kOutput = 388;

/// A real image if the data are beside the project, else a phantom.
const LabelledPicture& picture() {
  static const LabelledPicture whole = [] {
    const auto folder = std::filesystem::path(UNETFLOW_SOURCE_DIR) / "../shared/data/EM_2012/train";
    Phantom source;
    if (std::filesystem::exists(folder)) {
      const auto read = [](const std::filesystem::path& file) {
        return std::get<Picture<std::uint8_t>>(png_format().open(file, "")->read(0).values);
      };
      source = {read(folder / "image/0.png"), read(folder / "label/0.png")};
    } else {
      PhantomConfig config;
      config.size = 512;
      source = make_phantom(config, 0);
    }
    const Index height = source.image.height, width = source.image.width;
    LabelledPicture result{{1, height, width}, {height, width}, {}};
    for (std::size_t i = 0; i < source.image.values.size(); ++i) {
      result.input.values[i] = static_cast<float>(source.image.values[i]) / 255;
      result.label.values[i] = source.label.values[i] > 0;
    }
    return result;
  }();
  return whole;
}

LabelledPicture memory(Index channels = 1) {
  return {{channels, kInput, kInput}, {kOutput, kOutput}, {}};
}

LabelledPicture tile() {
  LabelledPicture result = memory();
  cut_tile(picture().view(), {62, 62}, result.buffer());
  return result;
}

/// Every augmentation off.
AugmentConfig nothing() {
  AugmentConfig config;
  config.of<Elastic>().probability = 0;
  return config;
}

void run_augment(benchmark::State& state, const AugmentConfig& config) {
  const LabelledPicture in = tile();
  LabelledPicture out = in;
  AugmentWorkspace workspace;
  std::uint64_t sample = 0;
  for (auto _ : state) {
    augment(config, 0, ++sample, in.view(), out.buffer(), workspace);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}

void deformation(benchmark::State& state) {
  AugmentConfig config = nothing();
  config.of<Elastic>().probability = 1;
  run_augment(state, config);
}
void rigid(benchmark::State& state) {
  AugmentConfig config = nothing();
  config.of<Rigid>().probability = 1;
  run_augment(state, config);
}
void noise(benchmark::State& state) {
  AugmentConfig config = nothing();
  config.of<Noise>().probability = 1;
  run_augment(state, config);
}
void gamma_change(benchmark::State& state) {
  AugmentConfig config = nothing();
  config.of<Gamma>().probability = 1;
  run_augment(state, config);
}
void flips(benchmark::State& state) {
  AugmentConfig config = nothing();
  config.of<Flips>().probability = 1;
  run_augment(state, config);
}
void all_augmentations(benchmark::State& state) {
  AugmentConfig config;
  for_each_augmentation(config.augmentations, [](auto& kind) { kind.probability = 1; });
  run_augment(state, config);
}
BENCHMARK(deformation)->Unit(benchmark::kMillisecond);
BENCHMARK(rigid)->Unit(benchmark::kMillisecond);
BENCHMARK(noise)->Unit(benchmark::kMillisecond);
BENCHMARK(gamma_change)->Unit(benchmark::kMillisecond);
BENCHMARK(flips)->Unit(benchmark::kMillisecond);
BENCHMARK(all_augmentations)->Unit(benchmark::kMillisecond);

void weight_map_of_tile(benchmark::State& state) {
  const LabelledPicture in = tile();
  Picture<float> weights(kOutput, kOutput);
  WeightMapWorkspace workspace;
  for (auto _ : state) {
    weight_map({}, 2, in.label.plane(), {}, weights.plane(), workspace);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(weight_map_of_tile)->Unit(benchmark::kMillisecond);

/// Deformed and with its weight map: what the trainer asks for in each step.
void fresh_sample(benchmark::State& state) {
  const LabelledPicture in = tile();
  LabelledPicture out = in;
  Picture<float> weights(kOutput, kOutput);
  AugmentConfig config = nothing();
  config.of<Elastic>().probability = 1;
  AugmentWorkspace augment_workspace;
  WeightMapWorkspace weight_workspace;
  std::uint64_t sample = 0;
  for (auto _ : state) {
    augment(config, 0, ++sample, in.view(), out.buffer(), augment_workspace);
    weight_map({}, 2, out.label.plane(), {}, weights.plane(), weight_workspace);
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(fresh_sample)->Unit(benchmark::kMillisecond)->Threads(1)->Threads(2)->UseRealTime();

void cut_tiles(benchmark::State& state) {
  LabelledPicture out = memory();
  for (auto _ : state) {
    cut_tile(picture().view(), {62, 62}, out.buffer());
    benchmark::ClobberMemory();
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(state.iterations() * 2 *
                          (kInput * kInput * Index{sizeof(float)} + kOutput * kOutput));
}
BENCHMARK(cut_tiles)->Unit(benchmark::kMicrosecond);

/// The yardstick of cut_tiles: as many bytes, copied.
void copy_tile(benchmark::State& state) {
  const std::vector<float> from(kInput * kInput, 1);
  std::vector<float> to(from.size());
  for (auto _ : state) {
    std::copy(from.begin(), from.end(), to.begin());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * 2 * kInput * kInput * Index{sizeof(float)});
}
BENCHMARK(copy_tile)->Unit(benchmark::kMicrosecond);

void components(benchmark::State& state) {
  const LabelledPicture in = tile();
  Picture<std::uint32_t> ids(kOutput, kOutput);
  ComponentsWorkspace workspace;
  for (auto _ : state) {
    benchmark::DoNotOptimize(label_components(in.label.plane(), 8, ids.plane(), workspace));
  }
  state.SetBytesProcessed(state.iterations() * kOutput * kOutput *
                          Index{1 + sizeof(std::uint32_t)});
}
BENCHMARK(components)->Unit(benchmark::kMicrosecond);

/// side^2 px with about `cells` cells: squares with gaps of 4 px.
Picture<std::uint8_t> grid_of_cells(Index side, Index cells) {
  const auto across = std::max<Index>(1, static_cast<Index>(std::sqrt(static_cast<double>(cells))));
  const Index pitch = side / across;
  Picture<std::uint8_t> label(side, side);
  for (Index y = 0; y < side; ++y) {
    for (Index x = 0; x < side; ++x) label.plane()(y, x) = y % pitch >= 4 && x % pitch >= 4;
  }
  return label;
}

/// Bytes that are allocated now.
double allocated() {
  const auto memory = mallinfo2();
  return static_cast<double>(memory.uordblks + memory.hblkhd);
}

void weight_map_of(benchmark::State& state, const Picture<std::uint8_t>& label) {
  Picture<float> weights(label.height, label.width);
  const double before = allocated();
  WeightMapWorkspace workspace;
  for (auto _ : state) {
    weight_map({}, 2, label.plane(), {}, weights.plane(), workspace);
    benchmark::ClobberMemory();
  }
  state.counters["workspace_bytes_per_px"] =
      (allocated() - before) / static_cast<double>(label.height * label.width);
  state.counters["per_px"] = benchmark::Counter(
      static_cast<double>(label.height * label.width),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

/// The real label, repeated: the same cells everywhere, more of them.
void weight_map_by_size(benchmark::State& state) {
  const Index side = state.range(0);
  Picture<std::uint8_t> label(side, side);
  extrapolate_by_mirroring(picture().label.plane(), 0, 0, label.plane());
  weight_map_of(state, label);
}
BENCHMARK(weight_map_by_size)
    ->Arg(256)
    ->Arg(388)
    ->Arg(1024)
    ->Arg(4096)
    ->Arg(8192)
    ->Unit(benchmark::kMillisecond);

void weight_map_by_cells(benchmark::State& state) {
  weight_map_of(state, grid_of_cells(1024, state.range(0)));
}
BENCHMARK(weight_map_by_cells)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10000)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace unetflow
