// Predicts whole images with trained networks: model + images/ -> predictions/. If it was stopped
// or killed, it resumes after the rows that were finished when it is run again. Several processes
// that were launched together share the rows of tiles.
#include "artifact/finished_rows.hpp"
#include "predict_files.hpp"
#include "predict_with_libtorch.hpp"

using namespace unetflow;

constexpr int kRevision = 4;

int main(int argc, char** argv) {
  if (is_about_files(argc, argv)) return run_on_files(argc, argv, kRevision);
  Stage stage("predict", kRevision,
              "Predicts images with a trained network. --input is the model, or several whose "
              "mean is taken, images shards, and the split if there is one. Image files without a "
              "pipeline: unetflow-predict --model "
              "FILE --help.",
              "unetflow-predict"
              " --input work/em2012/model/model.json work/em2012/split/split.json"
              " work/em2012/images/00000-of-00004.json"
              " --output work/em2012/predictions/00000-of-00004.json");
  bool resample = false;
  stage.flag("--resample", resample, "Sets resample of the configuration");
  stage.takes({"model", "split", "images"});
  stage.shares_its_work();
  return stage.run(argc, argv, [&] {
    auto config = stage.config<PredictConfig>();
    config.resample = config.resample || resample;
    ShardName::parse(stage.output);
    if (stage.inputs_of("model").empty()) stage.input_of("model");
    const auto manifest = stage.manifest("predictions", config);
    stage.serves_the_work(FinishedRows::folder_of(stage.output));
    if (!stage.up_to_date(manifest)) predict(stage, config, manifest);
  });
}
