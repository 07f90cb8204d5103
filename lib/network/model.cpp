#include "network/model.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/config.hpp"
#include "core/error.hpp"
#include "network/architecture.hpp"

namespace unetflow {
namespace {

constexpr const char* kWeights = "model.safetensors";
constexpr const char* kPreprocessing = "preprocessing";

/// What train says of a network: as its configuration sets it, and what the data say of it. The
/// sizes beside it are checked with the manifest.
const Json& rules() {
  static const Json all = [] {
    const auto whole = [](int from, int to) {
      return Json{{"type", "integer"}, {"minimum", from}, {"maximum", to}};
    };
    Json network = schema("train").at("properties").at("network");
    network.erase("retired");
    network["properties"]["depth"] = whole(1, 8);
    network["properties"]["channels"] = whole(1, 65535);
    network["properties"]["classes"] = whole(2, 256);
    for (const auto& [key, unused] : network["properties"].items()) {
      network["required"].push_back(key);
    }
    const Json contents = {{"properties", {{"network", network}}}};
    return Json{{"properties", {{"contents", contents}}}};
  }();
  return all;
}

}  // namespace

Model read_model(const std::filesystem::path& path) {
  Model model;
  model.manifest = read_manifest(path, "model");
  const Json contents =
      checked_against(rules(), {{"contents", model.manifest.contents}}, path.string())["contents"];
  contents["network"].get_to(model.network);
  contents["output_size"].get_to(model.output_size);
  model.trained_on = {path.string(), contents.value(kPreprocessing, Json::object())};
  const NetworkConfig fitting =
      network_for_tiles(model.network, model.network.channels, model.network.classes,
                        contents["input_size"], model.output_size, path.string());
  if (model.network.depth != fitting.depth) {
    throw InputError(path.string() + " at /contents/network/depth",
                     fmt::format("is {}, expected {} for tiles of {} to {}", model.network.depth,
                                 fitting.depth, contents["input_size"].dump(), model.output_size));
  }
  return model;
}

TensorMetadata weights_metadata(const Json& preprocessing) {
  return {{"format", "pt"}, {kPreprocessing, preprocessing.dump()}};
}

std::filesystem::path weights_file(const Model& model) {
  return model.manifest.path.parent_path() / kWeights;
}

Tensors read_weights(const Model& model) {
  const auto file = weights_file(model);
  TensorMetadata metadata;
  Tensors weights = read_safetensors(model.manifest, kWeights, &metadata);
  const auto said = metadata.find(kPreprocessing);
  const Json& expected_preprocessing = model.trained_on.preprocessing;
  if (said != metadata.end() && said->second != expected_preprocessing.dump()) {
    throw InputError(file.string(),
                     fmt::format("says that it was trained on {}, expected {} as its manifest says",
                                 said->second, expected_preprocessing.dump()));
  }
  // Before a network of that width takes its memory.
  const char* name = architecture_of(model.network).first_layer;
  const auto first = weights.find(name);
  const std::vector<std::int64_t> expected = {model.network.width, model.network.channels, 3, 3};
  if (first != weights.end() && first->second.shape != expected) {
    throw InputError(file.string(),
                     fmt::format("tensor \"{}\" has the shape [{}], the network's has [{}]", name,
                                 fmt::join(first->second.shape, ", "), fmt::join(expected, ", ")));
  }
  if (first == weights.end()) {
    throw InputError(file.string(),
                     fmt::format("has no tensor \"{}\", which the network needs", name));
  }
  return weights;
}

StartWeights read_start_weights(const std::filesystem::path& file) {
  TensorMetadata metadata;
  StartWeights weights;
  const auto beside = std::filesystem::path(file).replace_extension(".json");
  std::error_code unknown;
  if (std::filesystem::is_regular_file(beside, unknown)) {
    const Json json = load_json(beside);
    if (json.is_object() && json.value("format", Json()) == "unetflow-artifact-1") {
      weights.tensors =
          read_safetensors(read_manifest(beside), file.filename().string(), &metadata);
    }
  }
  if (weights.tensors.empty()) weights.tensors = read_safetensors(file, &metadata);
  const auto said = metadata.find(kPreprocessing);
  const Json preprocessing =
      said == metadata.end() ? Json::object() : parse_json(said->second, file.string());
  weights.trained_on = {file.string(), preprocessing_of(preprocessing)};
  return weights;
}

}  // namespace unetflow
