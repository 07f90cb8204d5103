// Computes the loss weight maps of labels: tiles/ or augmented/ -> weights/.
#include "artifact/sample_shard.hpp"
#include "flow/in_batches.hpp"
#include "sample/weight_map.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage("weightmap", kRevision,
              "Computes each label pixel's weight in the loss, as the trainer does.",
              "unetflow-weightmap --config pipelines/em2012/weightmap.json"
              " --input work/em2012/augmented/00000-of-00004.json"
              " --output work/em2012/weights/00000-of-00004.json");
  stage.takes({"tiles", "augmented"});
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<WeightMapConfig>();
    auto manifest = stage.manifest("weights", config);
    if (stage.up_to_date(manifest)) return;
    const ShardReader samples(stage.only_input());
    const Json contents = samples.manifest().contents;
    const int classes = samples.manifest().classes();
    const auto shape = TileShape::of(samples);
    const auto keys = read_keys(samples);
    const auto count = static_cast<std::int64_t>(keys.size());
    ShardWriter shard(stage.output);
    create_weights(shard, count, shape.output_size);
    write_keys(shard, keys, samples.has("epoch"), false);

    struct Lane {
      LabelledPicture sample;
      Picture<float> weights;
      WeightMapWorkspace workspace;
    };
    std::vector<Lane> lanes(static_cast<size_t>(stage.threads));
    for (auto& lane : lanes) {
      lane.sample = shape.memory();
      lane.weights = {shape.output_size, shape.output_size};
    }
    auto progress = stage.progress("weightmap", count, "samples");
    in_batches(
        count, lanes,
        [&](std::int64_t i, Lane& lane) { read_labels(samples, i, lane.sample.buffer()); },
        [&](std::int64_t, Lane& lane) {
          const auto sample = lane.sample.view();
          weight_map(config, classes, sample.label, sample.instances, lane.weights.plane(),
                     lane.workspace);
        },
        [&](std::int64_t i, Lane& lane) {
          write_weight(shard, i, lane.weights.plane());
          progress.advance();
        });
    manifest.contents = contents;
    stage.commit(shard, std::move(manifest));
  });
}
