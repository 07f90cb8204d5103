#include "flow/tile_source.hpp"

#include <gmock/gmock.h>
#include <oneapi/tbb/global_control.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "core/error.hpp"
#include "flow/collect.hpp"
#include "flow/sample_stream.hpp"
#include "flow/shards.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

/// Every variation, so that nothing is left out.
TileSourceConfig lively() {
  TileSourceConfig config;
  config.augment.of<Flips>().probability = 0.5;
  config.augment.of<Rigid>().probability = 0.5;
  config.augment.of<Elastic>().alpha = 20;
  config.augment.of<Noise>().probability = 0.5;
  return config;
}

class Tiles : public testing::Test {
 protected:
  std::vector<Batch> stream(const std::vector<fs::path>& tiles, int threads = 1,
                            std::uint32_t epochs = 2) const {
    SampleStream samples({.batch = 3, .epochs = epochs, .threads = threads},
                         std::make_unique<TileSource>(config, tiles));
    return collect(samples);
  }

  const oneapi::tbb::global_control workers{oneapi::tbb::global_control::max_allowed_parallelism,
                                            8};
  const TemporaryFolder folder;
  TileSourceConfig config = lively();
};

TEST_F(Tiles, AreAugmentedAndWeightedByTheKernels) {
  const auto tiles = write_tiles(folder.path, 5, 1);
  AugmentWorkspace augment_workspace;
  WeightMapWorkspace weight_workspace;
  LabelledPicture expected = kTile.memory();
  Picture<float> weight(12, 12);
  for (const auto& batch : stream(tiles)) {
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      const SampleId id = batch.samples[i];
      const LabelledPicture tile = striped_tile(tile_number(id), kTile);
      augment(config.augment, batch.epoch, static_cast<std::uint64_t>(id.pack()), tile.view(),
              expected.buffer(), augment_workspace);
      weight_map(config.weight_map, 2, expected.label.plane(), {}, weight.plane(),
                 weight_workspace);
      EXPECT_TRUE(std::equal(expected.input.values.begin(), expected.input.values.end(),
                             batch.input.begin() + static_cast<Index>(i) * 28 * 28));
      EXPECT_TRUE(std::equal(expected.label.values.begin(), expected.label.values.end(),
                             batch.label.begin() + static_cast<Index>(i) * 12 * 12));
      EXPECT_TRUE(std::equal(weight.values.begin(), weight.values.end(),
                             batch.weight.begin() + static_cast<Index>(i) * 12 * 12));
    }
  }
}

TEST_F(Tiles, GiveTheSameBytesWithAnyNumberOfThreads) {
  const auto tiles = write_tiles(folder.path, 17, 2);
  const auto one = stream(tiles, 1);
  expect_equal(one, stream(tiles, 2));
  expect_equal(one, stream(tiles, 4));
}

TEST_F(Tiles, AreThoseOfTheImagesThatTrainByTheSplit) {
  const auto tiles = write_tiles(folder.path, 16, 4);  // one picture in each shard
  const auto split = write_split(folder.path, {"train", "holdout", "train", "validation"});
  SampleStream samples({.batch = 3, .epochs = 2},
                       std::make_unique<TileSource>(config, tiles, split));
  expect_equal(collect(samples), stream({tiles[0], tiles[2]}));
}

TEST_F(Tiles, OfImagesThatTheSplitDoesNotKnowAreRefused) {
  const auto tiles = write_tiles(folder.path, 8, 1);
  const auto open = [&](const std::vector<std::string>& subsets) {
    return [&, subsets] { TileSource(config, tiles, write_split(folder.path, subsets)); };
  };
  EXPECT_NO_THROW(open({"test", "train"})());
  EXPECT_THAT(open({"train"}),
              ThrowsMessage<InputError>(HasSubstr("split.json: does not list image 1 \"1\" of")));
  EXPECT_THAT(
      open({"test", "holdout"}),
      ThrowsMessage<InputError>(HasSubstr("holds a sample of an image that trains by the split")));
}

TEST_F(Tiles, GiveTheSameBytesFromAnyNumberOfShardsInAnyOrder) {
  const auto one = stream(write_tiles(folder.path / "1", 17, 1));
  auto tiles = write_tiles(folder.path / "4", 17, 4);
  std::swap(tiles[0], tiles[3]);
  expect_equal(one, stream(tiles));
  // Some of these have none.
  expect_equal(one, stream(write_tiles(folder.path / "20", 17, 20)));
}

TEST_F(Tiles, WithInstancesAreWeightedByThem) {
  // Class labels alone would join what touches; here instances part each stripe from the next.
  TileShape shape = kTile;
  shape.instances = true;
  config.augment = {};
  config.augment.of<Elastic>().probability = 0;
  for (const auto& batch : stream(write_tiles(folder.path, 5, 1, shape))) {
    WeightMapWorkspace workspace;
    Picture<float> expected(12, 12);
    for (std::size_t i = 0; i < batch.samples.size(); ++i) {
      const SampleId id = batch.samples[i];
      const LabelledPicture tile = striped_tile(tile_number(id), shape);
      weight_map(config.weight_map, 2, tile.label.plane(), tile.instances.plane(), expected.plane(),
                 workspace);
      EXPECT_TRUE(std::equal(expected.values.begin(), expected.values.end(),
                             batch.weight.begin() + static_cast<Index>(i) * 12 * 12));
    }
  }
}

TEST_F(Tiles, BeyondTheBudgetAreReadAgainIntoTheSameMemory) {
  const auto tiles = write_tiles(folder.path, 40, 4);
  const auto kept = stream(tiles, 2, 3);
  config.memory = 4 * (28 * 28 * 4 + 12 * 12);  // bytes; a tenth of them
  auto source = std::make_unique<TileSource>(config, tiles);
  const TileSource& watched = *source;
  SampleStream samples({.batch = 3, .epochs = 3, .threads = 2}, std::move(source));
  const Index in_flight = 3 * samples.batches_in_memory();
  std::size_t number = 0;
  while (const Batch* batch = samples.next()) {
    expect_equal(*batch, kept[number++]);
    EXPECT_LE(watched.tiles_in_memory(), 4 + in_flight);
  }
  EXPECT_EQ(number, kept.size());
}

TEST_F(Tiles, WithinTheBudgetAreReadOnce) {
  const auto tiles = write_tiles(folder.path, 6, 1);
  const auto expected = stream(tiles);
  SampleStream samples({.batch = 3, .epochs = 2}, std::make_unique<TileSource>(config, tiles));
  std::vector<Batch> batches = {*samples.next(), *samples.next()};
  damage(tiles[0]);
  while (const Batch* batch = samples.next()) batches.push_back(*batch);
  expect_equal(batches, expected);
}

TEST_F(Tiles, ThatAreDamagedThrowTheirFilesNameFromNext) {
  const auto tiles = write_tiles(folder.path, 17, 2);
  damage(tiles[1]);
  for (const int threads : {1, 2, 4}) {
    EXPECT_THAT([&] { stream(tiles, threads); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("00001-of-00002.h5 dataset input index"),
                                                HasSubstr("is damaged"))));
  }
}

TEST_F(Tiles, ThatAreDamagedSayNothingElse) {
  const auto tiles = write_tiles(folder.path, 17, 1);
  damage(tiles[0]);
  testing::internal::CaptureStderr();
  EXPECT_THROW(stream(tiles, 4), InputError);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST_F(Tiles, WithAClassThatIsNoneAreRefused) {
  const fs::path path = folder.path / "00000-of-00001.json";
  ShardWriter shard(path);
  create_tiles(shard, 1, kTile);
  LabelledPicture tile = striped_tile(0, kTile);
  tile.label.values[17] = 7;
  write_tile(shard, 0, tile.view());
  write_keys(shard, {{tile_id(0), 0, 0, 0}}, false, true);
  shard.commit(shard_manifest("tiles", 0, 1));
  EXPECT_THAT(
      [&] { stream({path}); },
      ThrowsMessage<InputError>(HasSubstr(
          "00000-of-00001.h5 dataset label index 0: has the class 7, expected ids below 2")));
}

TEST_F(Tiles, OfDifferentSizesAreRefused) {
  auto tiles = write_tiles(folder.path / "a", 2, 1);
  tiles.push_back(write_tiles(folder.path / "b", 2, 1, {1, 30, 14, false})[0]);
  EXPECT_THAT([&] { TileSource(config, tiles); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("b/00000-of-00001.json: holds samples of 1 "
                                                        "channels, input 30, output 14"),
                                              HasSubstr("a/00000-of-00001.json holds samples of 1 "
                                                        "channels, input 28, output 12"))));
}

TEST_F(Tiles, GivenTwiceAreRefused) {
  const auto tiles = write_tiles(folder.path, 6, 1);
  EXPECT_THAT(
      [&] {
        TileSource(config, {tiles[0], tiles[0]});
      },
      ThrowsMessage<InputError>(HasSubstr("holds tile 0 of image number 0, epoch 0, which is in")));
}

TEST_F(Tiles, ThatAreNoneAreRefused) {
  EXPECT_THAT([&] { TileSource(config, write_tiles(folder.path, 0, 1)); },
              ThrowsMessage<InputError>(HasSubstr("none of the tiles shards holds a sample")));
}

/// What this process holds at a moment.
struct Held {
  std::ptrdiff_t files = 0;
  std::int64_t bytes = 0;  ///< in memory
};

Held held() {
  Held now;
  now.files = std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  std::int64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages >> pages;  // the second number: those in memory
  now.bytes = pages * sysconf(_SC_PAGESIZE);
  return now;
}

TEST_F(Tiles, OfTenThousandSamplesHoldNoMoreThanTheFirstTwoThousand) {
  config.memory = 0;  // all are read again in each epoch
  const auto tiles = write_tiles(folder.path, 100, 4);
  SampleStream samples({.batch = 4, .epochs = 100, .threads = 2},
                       std::make_unique<TileSource>(config, tiles));
  Held early;
  std::int64_t streamed = 0;
  while (const Batch* batch = samples.next()) {
    streamed += batch->size;
    if (streamed == 2000) early = held();
  }
  const Held late = held();
  EXPECT_EQ(streamed, 10000);
  EXPECT_EQ(late.files, early.files);
#ifndef UNETFLOW_SANITIZED  // the sanitizers keep what was freed
  EXPECT_LE(late.bytes - early.bytes, 4 << 20);
#endif
}

}  // namespace
}  // namespace unetflow
