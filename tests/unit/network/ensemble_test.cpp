#include "network/ensemble.hpp"

#include <gmock/gmock.h>

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
                  const Json& preprocessing = Json::object()) {
  NetworkConfig network;
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

TEST(Ensemble, PredictsTheMeanOfItsModels) {
  const TemporaryFolder folder;
  const auto a = model_in(folder.path / "a", 2, 1), b = model_in(folder.path / "b", 2, 2);
  const auto image = ramp();
  const auto predicted = [&](const std::vector<fs::path>& models) {
    Ensemble ensemble(models);
    PredictConfig config;
    config.device = "cpu";
    ensemble.load(config, 1);
    return ensemble.predict(image.stack(), "image",
                            std::vector<std::array<double, 2>>(models.size(), {1, 1}));
  };
  const auto one = predicted({a}), other = predicted({b}), mean = predicted({a, b});
  EXPECT_NE(one.values, other.values);
  for (size_t i = 0; i < mean.values.size(); ++i) {
    ASSERT_EQ(mean.values[i], (one.values[i] + other.values[i]) / 2) << i;
  }
}

TEST(Ensemble, GivesTheRowsOfOneModelAsTheyAreDone) {
  const TemporaryFolder folder;
  Ensemble ensemble({model_in(folder.path / "a", 2, 1)});
  PredictConfig config;
  config.device = "cpu";
  config.tile_size = 12;
  ensemble.load(config, 1);
  const auto image = ramp();
  const auto whole = ensemble.predict(image.stack(), "image", {{1, 1}});
  Index first = 0;
  int times = 0;
  ensemble.predict(image.stack(), "image", {0, 50}, [&](const Picture<float>& rows) {
    for (Index c = 0; c < rows.channels; ++c) {
      for (Index y = 0; y < rows.height; ++y) {
        for (Index x = 0; x < rows.width; ++x) {
          ASSERT_EQ(rows.plane(c)(y, x), whole.plane(c)(first + y, x)) << first + y << " " << x;
        }
      }
    }
    first += rows.height;
    ++times;
  });
  EXPECT_EQ(first, 50);
  EXPECT_GT(times, 3);
}

TEST(Ensemble, ModelsOfCellsWithOtherRimsAreRefused) {
  const TemporaryFolder folder;
  const auto a = model_in(folder.path / "a", 3, 1, {{"classes", 3}, {"rim", 8}}),
             b = model_in(folder.path / "b", 3, 2);
  EXPECT_THAT(
      [&] {
        Ensemble({a, b});
      },
      ThrowsMessage<InputError>(
          HasSubstr("b/model.json: was trained on cells with rims of 0 px, expected 8 like ")));
}

TEST(Ensemble, ModelsOfOtherClassesAreRefused) {
  const TemporaryFolder folder;
  const auto a = model_in(folder.path / "a", 2, 1), b = model_in(folder.path / "b", 3, 2);
  EXPECT_THAT(
      [&] {
        Ensemble({a, b});
      },
      ThrowsMessage<InputError>(
          HasSubstr("b/model.json: has 3 classes, expected 2 like " + a.string())));
}

}  // namespace
}  // namespace unetflow
