#include <nlohmann/json.hpp>

#include "artifact/picture_shard.hpp"
#include "artifact/picture_split.hpp"
#include "artifact/safetensors.hpp"
#include "artifact/training_log.hpp"
#include "core/config.hpp"
#include "core/digest.hpp"
#include "figure/report.hpp"
#include "figure/result_figures.hpp"
#include "figure/training_figures.hpp"
#include "ingest/ingest.hpp"
#include "ingest/split.hpp"
#include "metrics/comparison.hpp"
#include "metrics/evaluate_config.hpp"
#include "metrics/evaluation_output.hpp"
#include "phantom/phantom.hpp"
#include "sample/augment.hpp"
#include "sample/tile_grid.hpp"
#include "sample/weight_map.hpp"
#include "segmentation/segment.hpp"
#include "targets.hpp"

namespace unetflow::fuzz {

void manifest(Bytes bytes) {
  const auto file = file_with(bytes, "00000-of-00001.json");
  refuse_or_read([&] {
    const Manifest manifest = read_manifest(file);
    refuse_or_read([&] { picture_entries(manifest); });
    refuse_or_read([&] { PictureSplit::of({file}).entries(manifest); });
  });
}

void configuration(Bytes bytes) {
  if (bytes.empty()) return;
  const auto file = file_with(bytes.substr(1), "configuration.json");
  refuse_or_read([&] {
    switch (bytes.front()) {
      case 'a':
        return check_augment(load_config<AugmentConfig>(file), file.string());
      case 'e':
        return void(load_config<EvaluateConfig>(file));
      case 'i':
        return check_ingest(load_config<IngestConfig>(file), file.string());
      case 'p':
        return void(load_config<PhantomConfig>(file));
      case 'r':
        return void(load_config<ReportConfig>(file));
      case 's':
        return void(load_config<SplitConfig>(file));
      case 'g':
        return void(load_config<SegmentConfig>(file));
      case 't':
        return void(load_config<TileConfig>(file));
      case 'n':  // their structs need LibTorch; the schemas do not
        return void(checked(load_json(file), "train", file.string()));
      case 'd':
        return void(checked(load_json(file), "predict", file.string()));
      default:
        return void(load_config<WeightMapConfig>(file));
    }
  });
}

void metrics(Bytes bytes) {
  Manifest evaluation;
  evaluation.path = file_with(bytes, "metrics.json").replace_filename("evaluation.json");
  evaluation.files = {{"metrics.json", bytes.size(), sha256(bytes)}};
  refuse_or_read([&] {
    const Json json = read_metrics_json(evaluation);
    comparison_row("another", json);
    curves_figure(json.value("curves", Json::object()));
  });
}

void training_log(Bytes bytes) {
  const auto file = file_with(bytes, "metrics.jsonl");
  refuse_or_read([&] {
    const auto log = read_training_log(file);
    training_figure(log);
    training_in_terminal(log, 80, 20);
  });
}

void safetensors(Bytes bytes) {
  const auto file = file_with(bytes, "model.safetensors");
  refuse_or_read([&] { read_safetensors(file); });
}

void checkpoint(Bytes bytes) {
  const auto file = file_with(bytes, "000000001.safetensors");
  refuse_or_read([&] {
    TensorMetadata metadata;
    read_safetensors(file, &metadata);
    checked(parse_json(metadata["checkpoint"], file.string()), "checkpoint", file.string());
  });
}

}  // namespace unetflow::fuzz
