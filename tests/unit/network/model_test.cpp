#include "network/model.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "artifact/artifact_writer.hpp"
#include "core/error.hpp"
#include "network/architecture.hpp"
#include "network/network.hpp"
#include "network/predictor.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

class ModelOf : public testing::Test {
 protected:
  ModelOf() {
    network.depth = 1;
    network.width = 2;
    weights = weights_of(*make_network(network, 1));
    contents = {{"network", network}, {"input_size", 28}, {"output_size", 12}};
  }

  /// Written as train does.
  fs::path written() const {
    ArtifactWriter writer(folder.path / "model.json");
    write_safetensors(writer.file("model.safetensors"), weights, metadata);
    Manifest manifest;
    manifest.kind = "model";
    manifest.stage = "train";
    manifest.config = Json::object();
    manifest.contents = contents;
    writer.commit(manifest);
    return writer.manifest_path();
  }

  void expect_refused(const std::string& message) const {
    const fs::path path = written();
    EXPECT_THAT(
        [&] {
          PredictConfig config;
          config.device = "cpu";
          load_network(config, read_model(path), 1);
        },
        ThrowsMessage<InputError>(HasSubstr(message)));
  }
  void expect_refused(const char* pointer, const Json& value, const std::string& message) {
    const Json before = contents;
    contents[Json::json_pointer(pointer)] = value;
    expect_refused(message);
    contents = before;
  }

  const TemporaryFolder folder;
  NetworkConfig network;
  Tensors weights;
  TensorMetadata metadata;
  Json contents;
};

TEST_F(ModelOf, ATrainingComesIn) {
  const Model model = read_model(written());
  EXPECT_EQ(Json(model.network), Json(network));
  EXPECT_EQ(model.output_size, 12);
  const auto loaded = load_network({}, model, 1);
  for (const auto& [name, tensor] : weights_of(*loaded)) {
    EXPECT_EQ(tensor.bytes, weights.at(name).bytes) << name;
  }
}

TEST_F(ModelOf, ATrainingSaysWhatItWasTrainedOnAlsoWithoutItsManifest) {
  const Json preprocessing = {{"scaling", {{"rule", "range"}, {"range", {0, 4095}}}},
                              {"channels", 1}};
  EXPECT_EQ(read_model(written()).trained_on.preprocessing, Json::object());
  contents["preprocessing"] = preprocessing;
  metadata = weights_metadata(preprocessing);
  const Model model = read_model(written());
  EXPECT_EQ(model.trained_on.preprocessing, preprocessing);
  EXPECT_EQ(read_weights(model).size(), weights.size());
  TensorMetadata said;
  read_safetensors(model.weights, &said);
  EXPECT_EQ(Json::parse(said.at("preprocessing")), preprocessing);

  EXPECT_EQ(read_start_weights(model.weights).trained_on.preprocessing, preprocessing);

  metadata = weights_metadata({{"channels", 1}});
  expect_refused("model.safetensors: says that it was trained on {\"channels\":1}, expected");
}

TEST_F(ModelOf, AContradictionIsRefusedByItsPointer) {
  expect_refused("/network/architecture", "vit",
                 "model.json at /contents/network/architecture: is \"vit\", expected one of");
  expect_refused("/network/width", 0, "at /contents/network/width: is 0, expected integer from 1");
  expect_refused("/network/width", 2.5, "at /contents/network/width: is 2.5");
  expect_refused("/network/depth", 40, "at /contents/network/depth: is 40, expected integer");
  expect_refused("/network/depth", 2, "at /contents/network/depth: is 2, expected 1 for tiles of");
  expect_refused("/network/classes", 1, "at /contents/network/classes: is 1");
  expect_refused("/network/channels", 0, "at /contents/network/channels: is 0");
  expect_refused("/preprocessing", {{"classes", 3}, {"rim", 8}},
                 "at /contents/network/classes: is 2, expected 3 for cells with rim and core");
  expect_refused("/network/dropout", "much", "at /contents/network/dropout: is \"much\"");
  expect_refused("/network/more", 1, "at /contents/network: unknown key \"more\"");
  expect_refused("/network", nullptr, "at /contents/network");
  expect_refused("/output_size", -12, "/output_size: is -12");
  expect_refused("/input_size", 29, "no U-Net that turns an input of 29 into an output of 12");
  contents["network"].erase("depth");
  expect_refused("at /contents/network: \"depth\" is missing");
  contents.erase("network");
  expect_refused("\"network\" is missing");
}

TEST_F(ModelOf, AnotherNetworkIsRefusedBeforeItTakesMemory) {
  expect_refused("/network/width", 1024,
                 "model.safetensors: tensor \"encoder_blocks.0.0.weight\" has the shape [2, 1, 3, "
                 "3], the network's has [1024, 1, 3, 3]");
  expect_refused("/network/architecture", "residual_unet", "has no tensor");
  expect_refused("/network/architecture", "fcn8s", "has no tensor \"features.0.weight\"");
}

TEST_F(ModelOf, WeightsThatAreNotFiniteAreRefusedByName) {
  const Tensors before = weights;
  for (const float wrong :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    weights["prediction.bias"] = Tensor::of({2}, std::vector<float>{1, wrong});
    expect_refused("model.safetensors: tensor \"prediction.bias\" has the value");
  }
  weights = before;
  weights.erase("prediction.bias");
  expect_refused("model.safetensors: has no tensor \"prediction.bias\"");
  weights = before;
  weights["more"] = before.at("prediction.bias");
  expect_refused("model.safetensors: has a tensor \"more\"");
  weights.clear();
  expect_refused("model.safetensors: has no tensor \"encoder_blocks.0.0.weight\"");
}

TEST_F(ModelOf, ADamagedFileIsRefused) {
  const fs::path path = written();
  const fs::path file = folder.path / "model.safetensors";
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(static_cast<std::streamoff>(fs::file_size(file)) - 3);
  stream.put('\x01');
  stream.close();
  EXPECT_THAT([&] { read_weights(read_model(path)); },
              ThrowsMessage<InputError>(HasSubstr("model.safetensors: is damaged")));
  EXPECT_THAT([&] { read_start_weights(file); },
              ThrowsMessage<InputError>(HasSubstr("model.safetensors: is damaged")));
  fs::remove(path);
  EXPECT_EQ(read_start_weights(file).tensors.size(), weights.size())
      << "nothing says what it should be";
}

TEST_F(ModelOf, WeightsThatAreTooLargeGiveNoProbabilities) {
  weights["prediction.weight"] = Tensor::of(
      weights["prediction.weight"].shape, std::vector<float>(4, std::numeric_limits<float>::max()));
  weights["prediction.bias"] =
      Tensor::of({2}, std::vector<float>(2, std::numeric_limits<float>::max()));
  const Model model = read_model(written());
  const auto loaded = load_network({}, model, 1);
  Picture<float> image(1, 12, 12);
  std::fill(image.values.begin(), image.values.end(), 1e30F);
  EXPECT_THAT([&] { Predictor({}, *loaded, 12).predict(image.stack(), "image a"); },
              ThrowsMessage<InputError>(HasSubstr("image a: gives probabilities that are not")));
}

}  // namespace
}  // namespace unetflow
