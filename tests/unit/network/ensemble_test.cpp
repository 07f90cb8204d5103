#include "network/ensemble.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>

#include "artifact/artifact_writer.hpp"
#include "core/error.hpp"
#include "network/architecture.hpp"
#include "network/network.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

fs::path model_in(const fs::path& folder, int classes, std::uint64_t seed,
                  const Json& preprocessing = Json::object(),
                  const std::string& normalisation = "none") {
  NetworkConfig network;
  network.normalisation = normalisation;
  network.depth = 1;
  network.width = 2;
  network.classes = classes;
  ArtifactWriter writer(folder / "model.json");
  write_safetensors(writer.file("model.safetensors"), weights_of(*make_network(network, seed)), {});
  Manifest manifest;
  manifest.kind = "model";
  manifest.stage = "train";
  manifest.config = Json::object();
  manifest.contents = {{"network", network},
                       {"input_size", 28},
                       {"output_size", 12},
                       {"preprocessing", preprocessing}};
  writer.commit(manifest);
  return writer.manifest_path();
}

Picture<float> ramp() {
  Picture<float> image(1, 50, 31);
  for (size_t i = 0; i < image.values.size(); ++i) {
    image.values[i] = static_cast<float>(i % 37) / 37;
  }
  return image;
}

PredictConfig in_small_tiles() {
  PredictConfig config;
  config.device = "cpu";
  config.tile_size = 12;
  return config;
}

std::vector<std::array<double, 2>> as_they_are(const Ensemble& ensemble) {
  return std::vector<std::array<double, 2>>(ensemble.models().size(), {1, 1});
}

/// The mean of what each model predicts of the whole image by itself.
Picture<float> mean_of(const Ensemble& ensemble, const PredictConfig& config,
                       const Picture<float>& image) {
  const auto count = ensemble.models().size();
  Picture<float> mean;
  for (size_t i = 0; i < count; ++i) {
    const Predictor predictor(config, *ensemble.networks()[i], ensemble.models()[i].output_size);
    const auto own = predictor.predict(image.stack(), "image");
    if (i == 0) mean = Picture<float>(own.channels, own.height, own.width);
    std::transform(own.values.begin(), own.values.end(), mean.values.begin(), mean.values.begin(),
                   std::plus<>());
  }
  for (float& value : mean.values) value /= static_cast<float>(count);
  return mean;
}

std::vector<float> predicted_by(const fs::path& model) {
  Ensemble ensemble(std::vector<fs::path>{model});
  ensemble.load(in_small_tiles(), 1);
  return mean_of(ensemble, in_small_tiles(), ramp()).values;
}

/// How many times an ensemble gives rows of an image; all must be those of the mean.
int times_of_rows(const std::vector<fs::path>& models, RowRange range,
                  const PredictConfig& config = in_small_tiles()) {
  Ensemble ensemble(models);
  ensemble.load(config, 1);
  const auto image = ramp();
  const auto mean = mean_of(ensemble, config, image);
  Index row = range.first;
  int times = 0;
  const auto compare = [&](const Picture<float>& rows) {
    for (Index c = 0; c < rows.channels; ++c) {
      const float* const own = rows.plane(c).row(0);
      EXPECT_TRUE(std::equal(own, own + rows.height * rows.width, mean.plane(c).row(row))) << row;
    }
    row += rows.height;
    ++times;
  };
  ensemble.predict(image.stack(), "image", as_they_are(ensemble), range, compare);
  EXPECT_EQ(row, range.end);
  return times;
}

TEST(Ensemble, OfTurnedImagesGivesTheMeanOfWholeMaps) {
  const TemporaryFolder folder;
  const auto a = model_in(folder.path / "a", 2, 1), b = model_in(folder.path / "b", 2, 2);
  auto config = in_small_tiles();
  config.test_time_augmentation = true;
  EXPECT_EQ(times_of_rows({a, b}, {0, 50}, config), 1);
}

TEST(Ensemble, GivesTheRowsOfTheMeanAsTheyAreDone) {
  const TemporaryFolder folder;
  const auto a = model_in(folder.path / "a", 2, 1), b = model_in(folder.path / "b", 2, 2);
  EXPECT_NE(predicted_by(a), predicted_by(b));
  EXPECT_GT(times_of_rows({a}, {0, 50}), 3);
  EXPECT_EQ(times_of_rows({a}, {0, 50}), times_of_rows({a, b}, {0, 50}));
}

TEST(Ensemble, BeginsAPartWhereTilesOfAllModelsBegin) {
  const TemporaryFolder folder;
  // Its tiles are of the size that it was trained on, and overlap.
  const auto a = model_in(folder.path / "a", 2, 1),
             b = model_in(folder.path / "b", 2, 2, Json::object(), "group");
  Ensemble ensemble(std::vector<fs::path>{a, b});
  ensemble.load(in_small_tiles(), 1);
  const auto parts = ensemble.parts(50, 31);
  EXPECT_EQ(parts.front().first, 0);
  EXPECT_EQ(parts.back().end, 50);
  EXPECT_GT(parts.size(), 1);
  EXPECT_EQ(times_of_rows({a, b}, {0, 50}), static_cast<int>(parts.size()));
  EXPECT_EQ(times_of_rows({a, b}, {parts[1].first, 50}), static_cast<int>(parts.size()) - 1);
}

TEST(Ensemble, ModelsOfCellsWithOtherRimsAreRefused) {
  const TemporaryFolder folder;
  const auto a = model_in(folder.path / "a", 3, 1, {{"classes", 3}, {"rim", 8}}),
             b = model_in(folder.path / "b", 3, 2);
  EXPECT_THAT(
      [&] {
        Ensemble(std::vector<fs::path>{a, b});
      },
      ThrowsMessage<InputError>(
          HasSubstr("b/model.json: was trained on cells with rims of 0 px, expected 8 like ")));
}

TEST(Ensemble, ModelsOfOtherClassesAreRefused) {
  const TemporaryFolder folder;
  const auto a = model_in(folder.path / "a", 2, 1), b = model_in(folder.path / "b", 3, 2);
  EXPECT_THAT(
      [&] {
        Ensemble(std::vector<fs::path>{a, b});
      },
      ThrowsMessage<InputError>(
          HasSubstr("b/model.json: has 3 classes, expected 2 like " + a.string())));
}

}  // namespace
}  // namespace unetflow
