// Puts a model into one file that travels: model/ + calibration/ -> exported/.
#include "artifact/artifact_writer.hpp"
#include "artifact/safetensors.hpp"
#include "network/model.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage("export", kRevision,
              "Writes a model as one file that holds all that predicting needs: weights, network, "
              "preprocessing, how cells are made, and what it was made from. --input is the model "
              "and, where there is one, the calibration. The file is called like the manifest, and "
              "unetflow-predict --model takes it.",
              "unetflow-export --input work/em2012/model/model.json"
              " work/em2012/calibration/calibration.json"
              " --output work/em2012/exported/em2012.json");
  stage.takes({"model", "calibration"});
  stage.has_no({"--config", "--set"});
  return stage.run(argc, argv, [&] {
    Model model = read_model(stage.input_of("model"));
    if (!stage.inputs_of("calibration").empty()) {
      const auto calibration = read_manifest(stage.input_of("calibration"), "calibration");
      model.rule = calibration.content<SegmentRule>("rule");
    }
    auto manifest = stage.manifest("exported", Json::object());
    if (stage.up_to_date(manifest)) return;
    ArtifactWriter writer(stage.output);
    write_safetensors(writer.file(stage.output.stem().string() + ".safetensors"),
                      read_weights(model), exported_metadata(model));
    manifest.contents = exported_contents(model);
    stage.commit(writer, std::move(manifest));
  });
}
