// Trains a network: tiles/, or augmented/ and weights/ -> model/. If it was stopped or killed, it
// resumes from its newest checkpoint when it is run again. Several processes that were launched
// together train one network.
#include "core/error.hpp"
#include "train_with_libtorch.hpp"
#include "training/checkpoint_place.hpp"

using namespace unetflow;

namespace {

/// How tiles become samples on the fly.
TileSourceConfig sample_config(const fs::path& augment, const fs::path& weightmap) {
  TileSourceConfig config;
  if (!augment.empty()) config.augment = load_config<AugmentConfig>(augment);
  check_augment(config.augment, augment.string());
  if (!weightmap.empty()) config.weight_map = load_config<WeightMapConfig>(weightmap);
  return config;
}

}  // namespace

constexpr int kRevision = 4;

int main(int argc, char** argv) {
  Stage stage(
      "train", kRevision,
      "Trains a network on tile shards, augmented and weighted on the fly; or on augmented shards "
      "and their weight maps. A split among the inputs says which images train; images shards "
      "serve for validation.",
      "unetflow-train --config pipelines/em2012/train.json"
      " --augment pipelines/em2012/augment.json --weightmap pipelines/em2012/weightmap.json"
      " --input work/em2012/split/split.json work/em2012/tiles/*.json"
      " --output work/em2012/model/model.json");
  fs::path augment, weightmap, start;
  stage.option("--augment", augment, "Configuration of augment, for training on tiles");
  stage.option("--weightmap", weightmap, "Configuration of weightmap, for training on tiles");
  stage.option("--start", start,
               "Weights to start from, a safetensors file: another model's, or VGG-16's for fcn8s");
  std::string freeze;
  stage.option("--freeze", freeze,
               "encoder: its weights stay as --start gives them, and the rest is trained");
  stage.takes({"tiles", "augmented", "weights", "images", "split"});
  stage.shares_its_work();
  return stage.run(argc, argv, [&] {
    if (!freeze.empty() && freeze != "encoder") {
      throw InputError("--freeze", "is " + freeze + ", expected encoder");
    }
    if (!freeze.empty() && start.empty()) {
      throw InputError("--freeze", "keeps weights that are given: expected --start as well");
    }
    TrainJob job{
        stage.config<TrainConfig>(), sample_config(augment, weightmap), start, !freeze.empty(), {}};
    const bool on_the_fly = !stage.inputs_of("tiles").empty();
    if (!on_the_fly && stage.inputs_of("augmented").empty()) {
      throw InputError("--input", "has neither tiles, nor augmented shards with their weights");
    }
    Json recorded = job.config;
    if (on_the_fly) recorded["augment"] = job.samples.augment;
    if (on_the_fly) recorded["weightmap"] = job.samples.weight_map;
    if (!start.empty()) recorded["start"] = stage.digest(start);
    if (!freeze.empty()) recorded["freeze"] = freeze;
    job.identity = stage.manifest("model", recorded);
    stage.serves_the_work(checkpoint_place(checkpoints_of(stage.output), job.identity));
    if (!stage.up_to_date(job.identity)) train(stage, job);
  });
}
