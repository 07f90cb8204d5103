// What each stage makes of the checked-in pictures may change only on purpose: SHA-256 of the
// decoded arrays against constants. Moving code must leave them alone. A change that means to give
// other values raises the stage's revision and records the new digest beside it here: results made
// before are then stale, and readers of the history see which change made them so.
#include <gmock/gmock.h>

#include <cstdlib>

#include "artifact/picture_shard.hpp"
#include "artifact/safetensors.hpp"
#include "artifact/shard.hpp"
#include "core/digest.hpp"
#include "image/picture_format.hpp"
#include "temporary_folder.hpp"

namespace unetflow {
namespace {

struct Golden {
  int revision;
  std::string digest;
};
bool operator==(const Golden& a, const Golden& b) {
  return a.revision == b.revision && a.digest == b.digest;
}
void PrintTo(const Golden& golden, std::ostream* out) {
  *out << "{" << golden.revision << ", \"" << golden.digest << "\"}";
}

template <class T>
void add_values(Sha256& digest, const ShardReader& shard, const std::string& name) {
  const auto values = shard.read_whole<T>(name);
  digest.update(std::as_bytes(std::span<const T>(values)));
}

/// Name, type, shape and values of each dataset, in the order of their names.
Golden golden(const fs::path& manifest) {
  const ShardReader shard(manifest);
  Sha256 digest;
  for (const auto& [name, info] : shard.manifest().datasets.items()) {
    const std::string type = info.at("dtype");
    const std::string head = name + type + info.at("shape").dump();
    digest.update(std::as_bytes(std::span(head)));
    if (type == "float32") {
      add_values<float>(digest, shard, name);
    } else if (type == "uint8") {
      add_values<std::uint8_t>(digest, shard, name);
    } else if (type == "uint32") {
      add_values<std::uint32_t>(digest, shard, name);
    } else if (type == "int32") {
      add_values<std::int32_t>(digest, shard, name);
    } else if (type == "int64") {
      add_values<std::int64_t>(digest, shard, name);
    } else {
      ADD_FAILURE() << name << " has the type " << type << ", which this test cannot digest";
    }
  }
  return {shard.manifest().revision, digest.hex()};
}

class GoldenBytes : public testing::Test {
 protected:
  /// Runs a stage with this configuration; its manifest.
  fs::path run(const std::string& stage, const std::string& config, const std::string& arguments) {
    const auto file = folder_.write(stage + ".json", config);
    const fs::path output = folder_.path / stage / "00000-of-00001.json";
    const std::string command = UNETFLOW_BIN_DIR "/unetflow-" + stage + " --quiet --config '" +
                                file.string() + "' " + arguments + " --output '" + output.string() +
                                "'";
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return output;
  }
  static std::string input(const fs::path& manifest) {
    return "--input '" + manifest.string() + "'";
  }

  fs::path ingest() {
    return run("ingest", R"({"sources": [{"pictures": "image.png", "labels": "cells.png"}],
                             "labels": {"kind": "instances"}, "scaling": {"rule": "percentiles"}})",
               input(kPictures));
  }
  fs::path tile() {
    return run("tile", R"({"input_size": 116, "output_size": 76, "stride": 20, "depth": 2})",
               input(ingest()));
  }
  /// Every augmentation, most of them on most samples, in two epochs.
  fs::path augment() {
    return run("augment", R"({"seed": 7, "epochs": [0, 5], "flips": {"probability": 0.7},
                              "rigid": {"probability": 0.7, "rotation": 20, "shift": 5},
                              "elastic": {"probability": 0.8},
                              "brightness_contrast": {"probability": 0.7},
                              "noise": {"probability": 0.7, "sigma": 0.05}})",
               input(tile()));
  }

  const fs::path kPictures = fs::path(UNETFLOW_SOURCE_DIR) / "tests/golden/pictures";
  TemporaryFolder folder_;
};

/// The pixels of an image and its label.
TEST_F(GoldenBytes, OfPhantom) {
  const fs::path manifest = run("phantom", R"({"seed": 3, "pictures": 1, "size": 128})", "");
  Sha256 digest;
  for (const char* name : {"image/0.png", "label/0.png"}) {
    const auto page = png_format().open(manifest.parent_path() / name, "")->read(0);
    const auto& values = std::get<Picture<std::uint8_t>>(page.values).values;
    digest.update(std::as_bytes(std::span(values)));
  }
  EXPECT_EQ((Golden{read_manifest(manifest, "pictures").revision, digest.hex()}),
            (Golden{2, "6a1687ab0fc408e623c4b2a00bd810e4e33ff94b6a58d2e49b81ea122d3503c2"}));
}

TEST_F(GoldenBytes, OfIngest) {
  EXPECT_EQ(golden(ingest()),
            (Golden{10, "b7650e041fd7a91400d9875cb666987f61bb2f264216c758d3f3ce234f1bf03b"}));
}

TEST_F(GoldenBytes, OfIngestWithBinaryLabels) {
  const auto images =
      run("ingest", R"({"sources": [{"pictures": "image.png", "labels": "binary.png"}]})",
          input(kPictures));
  EXPECT_EQ(golden(images),
            (Golden{10, "8fae9be9b067b7f5c81aa649acffcb36f1ca6fcd3635bd8e68209a4d48b94712"}));
}

/// Which of twelve images trains, validates and is held out.
TEST_F(GoldenBytes, OfSplit) {
  for (int number = 0; number < 12; ++number) {
    for (const char* name : {"image", "cells"}) {
      const auto copy = folder_.write(fmt::format("source/{}/{}.png", name, number));
      fs::copy_file(kPictures / (std::string(name) + ".png"), copy,
                    fs::copy_options::overwrite_existing);
    }
  }
  const auto images =
      run("ingest", R"({"sources": [{"pictures": "image/*.png", "labels": "cells/*.png"}],
                        "labels": {"kind": "instances"}})",
          input(folder_.path / "source"));
  const auto split = read_manifest(
      run("split", R"({"holdout": ["3", "image/7"], "folds": {"count": 4, "held": 1, "seed": 5}})",
          input(images)));
  EXPECT_EQ((Golden{split.revision, sha256(split.contents.dump())}),
            (Golden{1, "1b2b2f8e52b99c84bbd170897df7f9730e3398d637bb1274e372012e75518d57"}))
      << split.contents.dump(1);
}

TEST_F(GoldenBytes, OfTile) {
  EXPECT_EQ(golden(tile()),
            (Golden{1, "bb458f9d7b0b590df1f660f4cfa67e5c5e4a711c3f3480db37c259cba0d4bb23"}));
}

TEST_F(GoldenBytes, OfTileWithRimAndCoreOnLargerPixels) {
  const auto images =
      run("ingest", R"({"sources": [{"pictures": "image.png", "labels": "cells.png"}],
                        "labels": {"kind": "instances"}, "pixel_size": [0.5, 0.5]})",
          input(kPictures));
  const auto tiles = run("tile", R"({"input_size": 116, "output_size": 76, "stride": 20, "depth": 2,
                      "pixel_size": [0.7, 0.6], "cut_touching": false, "rim": 3})",
                         input(images));
  EXPECT_EQ(golden(tiles),
            (Golden{1, "368ab613afadf4f57ab7f68b5cf7084bdcb580aa3ab22410153a2987d99913f5"}));
}

TEST_F(GoldenBytes, OfTwoEpochsOfAugment) {
  EXPECT_EQ(golden(augment()),
            (Golden{1, "116ed2e554778b64789ff5e9e632bc1fac9c645ec449e93e97df84564cb6ef66"}));
}

TEST_F(GoldenBytes, OfWeightmap) {
  EXPECT_EQ(golden(run("weightmap", R"({"w0": 10, "sigma": 5})", input(augment()))),
            (Golden{1, "7ea371a39c0e20a469a535b75fc84d7de0b37c4c9867f60a4bb1e45ee33d3e22"}));
}

/// The picture's gray values as a prediction, for the stages that take one.
fs::path gray_values_as_prediction(const fs::path& pictures, const fs::path& folder,
                                   bool cores = false) {
  const auto page = png_format().open(pictures / "image.png", "")->read(0);
  const auto& gray = std::get<Picture<std::uint8_t>>(page.values);
  const size_t size = gray.values.size();
  Picture<float> probability(cores ? 3 : 2, gray.height, gray.width);
  for (size_t i = 0; i < size; ++i) {
    const float foreground = static_cast<float>(gray.values[i]) / 255;
    probability.values[i] = 1 - foreground;
    probability.values[size + i] = foreground;
    if (!cores) continue;
    probability.values[size + i] = foreground * (1 - foreground);
    probability.values[2 * size + i] = foreground * foreground;
  }
  ShardWriter shard(folder / "predictions" / "00000-of-00001.json");
  const PictureEntry entry{0, "image", "test", gray.height, gray.width, true, false};
  write_probability(shard, entry, probability);
  Manifest manifest;
  manifest.stage = "test";
  manifest.kind = "predictions";
  manifest.config = Json::object();
  manifest.contents = {{"pictures", {entry}}, {"classes", probability.channels}};
  if (cores) manifest.contents["rim"] = 3;
  shard.commit(manifest);
  return shard.manifest_path();
}

TEST_F(GoldenBytes, OfSegmentFromCores) {
  const auto prediction = gray_values_as_prediction(kPictures, folder_.path, true);
  const auto segments =
      run("segment", R"({"task": "objects", "threshold": 0.55, "min_size": 12, "border": "close"})",
          input(prediction));
  EXPECT_EQ(golden(segments),
            (Golden{3, "f7183ef9115a9264cef3009f4354755a9214b9ce2c49679e959a5daaa32dd1e9"}));
}

TEST_F(GoldenBytes, OfSegment) {
  const auto prediction = gray_values_as_prediction(kPictures, folder_.path);
  const std::map<std::string, Golden> expected = {
      {"keep", {3, "6c36964328e7b677a198bd082c0aa21c3eb43aa184f79b3ef8e69d8c138b8ace"}},
      {"thin", {3, "00e7b5b8c78afbcae618bc6a89bf79e2bc09d1b2b42cb515ad0bcaf603f8a63b"}},
      {"close", {3, "948f8fed17906245652b8e209681a81aad6e51584f4ad3d64fe9e761031f0826"}}};
  for (const auto& [border, digest] : expected) {
    const auto segments = run(
        "segment",
        R"({"task": "membranes", "threshold": 0.55, "min_size": 12, "border": ")" + border + "\"}",
        input(prediction));
    EXPECT_EQ(golden(segments), digest) << border;
  }
}

TEST_F(GoldenBytes, OfSegmentOfObjects) {
  const auto segments = run(
      "segment",
      R"({"task": "objects", "threshold": 0.7, "min_size": 5, "max_hole": 9, "border": "close"})",
      input(gray_values_as_prediction(kPictures, folder_.path)));
  EXPECT_EQ(golden(segments),
            (Golden{3, "0745aef199b092a5178a65ea90c3e16c2b4317cef0d1c399ec67e05296313ab7"}));
}

TEST_F(GoldenBytes, OfEvaluate) {
  const auto manifest = run("evaluate", R"({"bootstrap": {"seed": 3}})",
                            "--labels '" + (kPictures / "binary.png").string() +
                                "' --predictions '" + (kPictures / "image.png").string() + "'");
  const Json pooled = load_json(manifest.parent_path() / "metrics.json").at("pooled");
  std::string values;
  for (const char* key :
       {"v_rand", "v_info", "rand_error", "pixel_error", "warping_error", "iou", "dice"}) {
    values += fmt::format("{} {} {}\n", key, pooled.at(key).at("value").dump(),
                          pooled.at(key).at("threshold").dump());
  }
  EXPECT_EQ((Golden{read_manifest(manifest).revision, sha256(values)}),
            (Golden{7, "31274f0b02b08f82a803277e834f2a1f2ed432863c8625af3fac97abcd0622ce"}))
      << values;
}

#ifdef UNETFLOW_NETWORK
/// On a processor with fused multiply-add.
TEST_F(GoldenBytes, OfTrainAndPredict) {
  const auto model = run(
      "train", R"({"epochs": 1, "network": {"width": 4, "normalisation": "group"}, "device": "cpu",
                                      "optimiser": {"kind": "adamw", "learning_rate": 0.001}})",
      input(tile()));
  Sha256 weights;
  for (const auto& [name, tensor] : read_safetensors(model.parent_path() / "model.safetensors")) {
    const std::string head =
        fmt::format("{} {} {}\n", name, tensor.dtype, Json(tensor.shape).dump());
    weights.update(std::as_bytes(std::span(head)));
    weights.update(tensor.bytes);
  }
  EXPECT_EQ((Golden{read_manifest(model).revision, weights.hex()}),
            (Golden{4, "1ff358f27951bb7bcd8f150c9d44e6693e09827ca5ca5106734717a6e505c4ae"}));
  EXPECT_EQ(golden(run("predict", R"({"subsets": ["train"], "device": "cpu"})",
                       input(model) + " '" +
                           (folder_.path / "ingest/00000-of-00001.json").string() + "'")),
            (Golden{4, "b370bd60b105c49bf132c716cd39dfb695047a31a7386c9c314aa2334d563d84"}));
}
#endif

}  // namespace
}  // namespace unetflow
