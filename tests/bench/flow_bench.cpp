// Does the stream keep a trainer busy? A trainer that computes for 4 ms per sample takes batches
// from tiles of the paper's size, made by one data thread; `waiting` is the fraction of the time
// that it waited for samples. `kept` tiles fit into the memory budget and the first epoch is not
// counted; otherwise each is read from its shard every time. A trainer of another device, whose 4
// ms take none of the processor, has two data threads; `cold` files are out of the kernel's cache.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <thread>

#include "artifact/picture_shard.hpp"
#include "artifact/sample_shard.hpp"
#include "flow/sample_stream.hpp"
#include "flow/tile_source.hpp"
#include "phantom/phantom.hpp"
#include "sample/tile_grid.hpp"

namespace unetflow {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A shard of tiles of phantom pictures, removed at the end.
class Tiles {
 public:
  static constexpr std::int64_t kCount = 128;

  Tiles() : folder_(std::filesystem::temp_directory_path() / "unetflow_flow_bench") {
    const TileConfig config;
    const TileShape shape{1, config.input_size, config.output_size, false};
    ShardWriter shard(manifest());
    create_tiles(shard, kCount, shape);
    LabelledPicture tile = shape.memory();
    std::vector<SampleKey> keys;
    PhantomConfig pictures;
    pictures.size = 512;
    for (std::int64_t index = 0; index * 4 < kCount; ++index) {
      const Phantom phantom = make_phantom(pictures, static_cast<std::uint64_t>(index));
      LabelledPicture picture{{512, 512}, {512, 512}, {}};
      for (std::size_t i = 0; i < picture.input.values.size(); ++i) {
        picture.input.values[i] = static_cast<float>(phantom.image.values[i]) / 255;
        picture.label.values[i] = phantom.label.values[i] != 0;
      }
      for (const auto position : tile_positions(512, 512, config.output_size, config.stride)) {
        cut_tile(picture.view(), position, tile.buffer());
        write_tile(shard, static_cast<std::int64_t>(keys.size()), tile.view());
        keys.push_back({{index, static_cast<std::int64_t>(keys.size() % 4)}, 0, 0, 0});
      }
    }
    write_keys(shard, keys, false, true);
    Manifest description;
    description.kind = "tiles";
    description.stage = "flow_bench";
    description.config = Json::object();
    description.contents = {{"classes", 2},
                            {"channels", 1},
                            {"input_size", shape.input_size},
                            {"output_size", shape.output_size},
                            {"pictures", Json::array()}};
    for (std::int64_t index = 0; index * 4 < kCount; ++index) {
      Json entry = PictureEntry{index, std::to_string(index), "train", 512, 512, true, false, ""};
      entry["tiles"] = 4;
      description.contents["pictures"].push_back(std::move(entry));
    }
    shard.commit(description);
  }
  ~Tiles() { std::filesystem::remove_all(folder_); }
  Tiles(const Tiles&) = delete;
  Tiles& operator=(const Tiles&) = delete;

  std::filesystem::path manifest() const { return folder_ / "00000-of-00001.json"; }

  /// The next reads come from the disk.
  void let_go() const {
    const int file = open((folder_ / "00000-of-00001.h5").c_str(), O_RDONLY | O_CLOEXEC);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }

 private:
  std::filesystem::path folder_;
};

const Tiles& shared_tiles() {
  static const Tiles tiles;
  return tiles;
}

void compute_for(double seconds) {
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
  }
}

void trainer_of_4_ms_per_sample(benchmark::State& state) {
  TileSourceConfig config;
  config.augment.of<Elastic>().probability = 1;  // the default leaves out three samples in ten
  if (state.range(1) == 0) config.memory = 0;
  const Index batch_size = state.range(0);
  SampleStream stream({.batch = batch_size, .epochs = 1u << 20},
                      std::make_unique<TileSource>(config, std::vector{shared_tiles().manifest()}));
  for (std::int64_t first = 0; first < Tiles::kCount; first += batch_size) stream.next();

  const double waited_before = stream.seconds_waited();
  const auto start = Clock::now();
  std::int64_t samples = 0;
  for (auto _ : state) {
    const Batch* batch = stream.next();
    compute_for(0.004 * static_cast<double>(batch->size));
    samples += batch->size;
  }
  state.counters["waiting"] = (stream.seconds_waited() - waited_before) / seconds_since(start);
  state.SetItemsProcessed(samples);
}
BENCHMARK(trainer_of_4_ms_per_sample)
    ->ArgNames({"batch", "kept"})
    ->ArgsProduct({{1, 4}, {1, 0}})
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

void trainer_elsewhere_of_4_ms_per_sample(benchmark::State& state) {
  TileSourceConfig config;
  config.augment.of<Elastic>().probability = 1;
  config.memory = 0;
  SampleStream stream({.epochs = 1u << 20, .threads = 2},
                      std::make_unique<TileSource>(config, std::vector{shared_tiles().manifest()}));
  for (std::int64_t first = 0; first < Tiles::kCount; ++first) stream.next();
  const double waited_before = stream.seconds_waited();
  const auto start = Clock::now();
  std::int64_t samples = 0;
  for (auto _ : state) {
    if (state.range(0) == 1 && samples % Tiles::kCount == 0) shared_tiles().let_go();
    stream.next();
    ++samples;
    std::this_thread::sleep_for(std::chrono::milliseconds(4));
  }
  state.counters["waiting"] = (stream.seconds_waited() - waited_before) / seconds_since(start);
  state.SetItemsProcessed(samples);
}
BENCHMARK(trainer_elsewhere_of_4_ms_per_sample)
    ->ArgName("cold")
    ->Arg(0)
    ->Arg(1)
    ->Iterations(4 * Tiles::kCount)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

/// The data thread alone: how fast samples can come.
void stream_alone(benchmark::State& state) {
  TileSourceConfig config;
  config.augment.of<Elastic>().probability = 1;
  if (state.range(0) == 0) config.memory = 0;
  SampleStream stream({.epochs = 1u << 20},
                      std::make_unique<TileSource>(config, std::vector{shared_tiles().manifest()}));
  for (std::int64_t first = 0; first < Tiles::kCount; ++first) stream.next();
  for (auto _ : state) benchmark::DoNotOptimize(stream.next());
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(stream_alone)
    ->ArgName("kept")
    ->Arg(1)
    ->Arg(0)
    ->MeasureProcessCPUTime()
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace unetflow
