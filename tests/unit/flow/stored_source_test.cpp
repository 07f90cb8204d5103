#include "flow/stored_source.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "flow/collect.hpp"
#include "flow/sample_stream.hpp"
#include "flow/shards.hpp"
#include "flow/tile_source.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Stored : public testing::Test {
 protected:
  StoredPaths write(const std::string& name, std::int64_t count, std::int64_t shards,
                    const std::vector<std::int32_t>& epochs, const TileShape& shape = kTile) const {
    return write_stored(folder.path / name, count, shards, epochs, config.augment,
                        config.weight_map, shape);
  }
  static std::vector<Batch> stream(const StoredPaths& paths, std::uint32_t epochs) {
    SampleStream samples({.batch = 3, .epochs = epochs, .threads = 2},
                         std::make_unique<StoredSource>(paths.augmented, paths.weights));
    return collect(samples);
  }

  const TemporaryFolder folder;
  TileSourceConfig config;
};

TEST_F(Stored, SamplesEqualTheStreamsBitForBit) {
  for (const bool instances : {false, true}) {
    const TileShape shape{1, 28, 12, instances};
    const std::string name = instances ? "instances" : "classes";
    const auto tiles = write_tiles(folder.path / name / "tiles", 10, 3, shape);
    SampleStream samples({.batch = 3, .epochs = 2}, std::make_unique<TileSource>(config, tiles));
    expect_equal(stream(write(name, 10, 2, {0, 1}, shape), 2), collect(samples));
  }
}

TEST_F(Stored, SamplesFindTheirWeightsWhateverTheOrderOfShards) {
  auto paths = write("a", 10, 2, {0, 1});
  const auto expected = stream(paths, 2);
  std::swap(paths.weights[0], paths.weights[1]);
  expect_equal(stream(paths, 2), expected);
}

TEST_F(Stored, SamplesAreThoseOfTheImagesThatTrainByTheSplit) {
  const auto paths = write("a", 12, 3, {0, 1});  // one picture in each shard
  const auto split = write_split(folder.path, {"train", "holdout", "train"});
  SampleStream samples({.batch = 3, .epochs = 2},
                       std::make_unique<StoredSource>(paths.augmented, paths.weights, split));
  const StoredPaths training = {{paths.augmented[0], paths.augmented[2]},
                                {paths.weights[0], paths.weights[2]}};
  expect_equal(collect(samples), stream(training, 2));
}

TEST_F(Stored, EpochsThatAreMissingAreNamed) {
  const auto paths = write("a", 10, 2, {0, 1});
  EXPECT_THAT([&] { stream(paths, 4); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("a/augmented: epoch 2 is in none of the augmented shards"),
                        HasSubstr("which hold 0, 1; expected 0 to 3"))));
}

TEST_F(Stored, SamplesOfAnEpochThatAreMissingAreNamed) {
  // Five tiles in epochs 0 and 1, the first two of them in epoch 2 as well.
  auto paths = write("a", 5, 1, {0, 1});
  const auto more = write("b", 2, 1, {2});
  paths.augmented.push_back(more.augmented[0]);
  paths.weights.push_back(more.weights[0]);
  stream(paths, 2);
  EXPECT_THAT(
      [&] { stream(paths, 3); },
      ThrowsMessage<InputError>(HasSubstr("epoch 2 of tile 2 of image number 0 is in none")));
}

TEST_F(Stored, SamplesGivenTwiceAreRefused) {
  auto paths = write("a", 5, 1, {0, 1});
  paths.augmented.push_back(write("b", 2, 1, {1}).augmented[0]);
  EXPECT_THAT(
      [&] { stream(paths, 2); },
      ThrowsMessage<InputError>(HasSubstr("holds tile 0 of image number 0, epoch 1, which is")));
}

TEST_F(Stored, WeightsOfOtherShardsAreRefused) {
  auto paths = write("a", 10, 1, {0, 1});
  paths.weights = write("b", 9, 1, {0, 1}).weights;
  EXPECT_THAT([&] { stream(paths, 2); },
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("a/augmented/00000-of-00001.json: none of the weights shards was "
                                  "made from it"))));
}

TEST_F(Stored, WeightsThatAreDamagedThrowTheirFilesName) {
  const auto paths = write("a", 40, 1, {0, 1});
  damage(paths.weights[0]);
  EXPECT_THAT([&] { stream(paths, 2); },
              ThrowsMessage<InputError>(HasSubstr("weights/00000-of-00001.h5 dataset weight")));
}

}  // namespace
}  // namespace unetflow
