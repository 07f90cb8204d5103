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
constexpr const char* kExported = "unetflow";
constexpr const char* kFormat = "unetflow-model-1";

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

/// Fills in what `contents` say, which are at `place`.
void describe(Model& model, const Json& said, const std::string& place) {
  const Json contents = checked_against(rules(), {{"contents", said}}, place)["contents"];
  contents["network"].get_to(model.network);
  contents["output_size"].get_to(model.output_size);
  model.trained_on = {place, contents.value(kPreprocessing, Json::object())};
  model.rim = model.trained_on.preprocessing.value("rim", 0);
  if (model.rim > 0 && model.network.classes != 3) {
    throw InputError(
        place + " at /contents/network/classes",
        fmt::format("is {}, expected 3 for cells with rim and core", model.network.classes));
  }
  const NetworkConfig fitting =
      network_for_tiles(model.network, model.network.channels, model.network.classes,
                        contents["input_size"], model.output_size, place);
  if (model.network.depth != fitting.depth) {
    throw InputError(place + " at /contents/network/depth",
                     fmt::format("is {}, expected {} for tiles of {} to {}", model.network.depth,
                                 fitting.depth, contents["input_size"].dump(), model.output_size));
  }
}

}  // namespace

Model read_model(const std::filesystem::path& path) {
  Model model;
  model.manifest = read_manifest(path, "model");
  model.weights = path.parent_path() / kWeights;
  describe(model, model.manifest.contents, path.string());
  return model;
}

Json exported_contents(const Model& model) {
  Json contents = Json::object();
  for (const char* key : {"network", "input_size", "output_size", kPreprocessing}) {
    if (model.manifest.contents.contains(key)) contents[key] = model.manifest.contents[key];
  }
  if (model.rule) contents["rule"] = *model.rule;
  return contents;
}

TensorMetadata exported_metadata(const Model& model) {
  Json made_from = Json::array();
  for (const auto& input : model.manifest.inputs) made_from.push_back(input.sha256);
  TensorMetadata metadata = weights_metadata(model.trained_on.preprocessing);
  metadata[kExported] = Json{
      {"format", kFormat},
      {"contents", exported_contents(model)},
      {"training", model.manifest.config},
      {"made_from",
       made_from}}.dump();
  return metadata;
}

Model read_exported_model(const std::filesystem::path& file) {
  Model model;
  model.weights = file;
  TensorMetadata metadata;
  read_safetensors(file, &metadata);
  const auto said = metadata.find(kExported);
  const Json all = said == metadata.end() ? Json() : parse_json(said->second, file.string());
  if (!all.is_object() || all.value("format", Json()) != kFormat) {
    throw InputError(
        file.string(),
        "does not say what its network is, expected a file that unetflow-export wrote");
  }
  const Json& manifests = schema("manifest");
  const Json contents =
      checked_against({{"definitions", manifests.at("definitions")},
                       {"properties", {{"contents", manifests.at("kinds").at("exported")}}}},
                      {{"contents", all.value("contents", Json())}}, file.string())["contents"];
  describe(model, contents, file.string());
  if (contents.contains("rule")) model.rule = contents["rule"].get<SegmentRule>();
  return model;
}

TensorMetadata weights_metadata(const Json& preprocessing) {
  return {{"format", "pt"}, {kPreprocessing, preprocessing.dump()}};
}

Tensors read_weights(const Model& model) {
  const auto& file = model.weights;
  TensorMetadata metadata;
  Tensors weights = model.manifest.kind.empty()
                        ? read_safetensors(file, &metadata)
                        : read_safetensors(model.manifest, kWeights, &metadata);
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
