#include "predict_with_libtorch.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

#include "artifact/finished_rows.hpp"
#include "artifact/picture_files.hpp"
#include "artifact/picture_split.hpp"
#include "communication/communicator.hpp"
#include "core/digest.hpp"
#include "core/memory.hpp"
#include "image/probability.hpp"
#include "image/write_picture.hpp"
#include "network/ensemble.hpp"
#include "network/gpu.hpp"
#include "network/network.hpp"
#include "segmentation/close_gaps.hpp"
#include "training/computation.hpp"
#include "training/own_gpu.hpp"

namespace unetflow {
namespace {

/// A shard of images, and those of it that will be predicted.
struct Chosen {
  fs::path path;
  Preprocessed images;
  std::vector<PictureEntry> entries;
  std::vector<std::array<double, 2>> scales = {};  ///< by how much, for each model
};

std::vector<Chosen> chosen_of(const std::vector<fs::path>& shards, const PictureSplit& split,
                              const std::vector<std::string>& subsets) {
  std::vector<Chosen> chosen;
  for (const auto& path : shards) {
    const Manifest manifest = read_manifest(path, "images");
    auto entries = split.entries(manifest, subsets);
    if (entries.empty()) continue;
    chosen.push_back({path, {path.string(), preprocessing_of(manifest.contents)}, entries});
  }
  return chosen;
}

std::vector<PictureEntry> entries_of(const std::vector<Chosen>& chosen) {
  std::vector<PictureEntry> all;
  for (const auto& shard : chosen) {
    all.insert(all.end(), shard.entries.begin(), shard.entries.end());
  }
  return all;
}

/// Finds the models' scales. Throws InputError as check_images() does.
void check_chosen(const Stage& stage, const PredictConfig& config, const Ensemble& ensemble,
                  std::vector<Chosen>& chosen) {
  for (auto& shard : chosen) {
    for (const auto& model : ensemble.models()) {
      shard.scales.push_back(
          check_images(stage, config, shard.images, model.trained_on, &shard == &chosen.front(),
                       "ingest them like that, or set /any_scaling where 0 and 1 mean the same"));
    }
  }
}

/// What an image is predicted in, one after another.
std::vector<RowRange> parts_of(const PredictConfig& config, const Ensemble& ensemble,
                               const PictureEntry& entry) {
  if (config.close_gaps > 0) return {{0, entry.height}};
  return ensemble.parts(entry.height, entry.width);
}

/// Gives the rows of one or more successive parts, each by itself.
void predict_rows(const PredictConfig& config, const Ensemble& ensemble,
                  const Picture<float>& image, const std::string& place,
                  const std::vector<std::array<double, 2>>& scales, RowRange range,
                  const Ensemble::Rows& rows) {
  if (config.close_gaps == 0) return ensemble.predict(image.stack(), place, scales, range, rows);
  Picture<float> map(ensemble.models()[0].network.classes, image.height, image.width);
  Index first = 0;
  ensemble.predict(image.stack(), place, scales, range, [&](const Picture<float>& part) {
    put_rows(part, first, map);
    first += part.height;
  });
  close_gaps(config.close_gaps, map);
  rows(map);
}

/// What this process predicts of what is missing: of each image, successive parts joined.
struct Share {
  std::map<std::int64_t, std::vector<RowRange>> rows;  ///< by index
  std::int64_t parts = 0, finished = 0, all = 0;       ///< how many are here, done before, and all
};

Share share_of(const Communicator& processes, const PredictConfig& config, const Ensemble& ensemble,
               const std::vector<PictureEntry>& entries, const FinishedRows& finished) {
  Share share;
  std::vector<std::pair<std::int64_t, RowRange>> missing;
  for (const auto& entry : entries) {
    for (const RowRange part : parts_of(config, ensemble, entry)) {
      ++share.all;
      if (!finished.has(entry.index, part)) missing.emplace_back(entry.index, part);
    }
  }
  const auto count = static_cast<std::int64_t>(missing.size());
  share.finished = share.all - count;
  const auto [first, last] = ShardName{processes.rank(), processes.size()}.range(count);
  share.parts = last - first;
  for (auto i = first; i < last; ++i) {
    const auto& [index, part] = missing[static_cast<size_t>(i)];
    append(part, share.rows[index]);
  }
  return share;
}

/// Predicts all that is not finished, together with the other processes.
void finish_rows(Stage& stage, const PredictConfig& config, const Ensemble& ensemble,
                 const std::vector<Chosen>& chosen, FinishedRows& finished) {
  Communicator& processes = stage.processes();
  const Share share = share_of(processes, config, ensemble, entries_of(chosen), finished);
  processes.all("");  // each knows what there was
  const char* unit = share.all == static_cast<std::int64_t>(entries_of(chosen).size())
                         ? "images"
                         : "rows of tiles";
  if (share.finished > 0) {
    stage.say(fmt::format("resumes: {} of {} {} are done", share.finished, share.all, unit));
  }
  stage.log["predicted"] = share.all - share.finished;
  stage.log["resumed"] = share.finished;
  auto progress = stage.progress("predict", share.parts, unit);
  for (const auto& shard : chosen) {
    std::optional<ShardReader> images;
    for (const auto& entry : shard.entries) {
      const auto own = share.rows.find(entry.index);
      if (own == share.rows.end()) continue;
      if (!images) images.emplace(shard.path, "images");
      const auto image = read_image(*images, entry);
      const std::string place = fmt::format("{} image {}", shard.path.string(), entry.name);
      for (const RowRange range : own->second) {
        Index first = range.first;
        predict_rows(config, ensemble, image, place, shard.scales, range, [&](const auto& rows) {
          finished.add(entry.index, first, rows);
          first += rows.height;
          processes.check();
          progress.advance();
        });
      }
    }
  }
  finished.close();
  processes.all("");  // all of them have
  finished.find();
}

/// SHA-256 of all that rows depend on. Throws Error unless it is the same for all processes.
std::string identity_of(Stage& stage, const Manifest& manifest, const Ensemble& ensemble) {
  Json computation = Json::array();
  for (const auto& network : ensemble.networks()) {
    computation.push_back(computation_of(*network, stage.threads));
  }
  const auto all = stage.processes().all(computation.dump());
  for (size_t rank = 0; rank < all.size(); ++rank) {
    if (all[rank] == all[0]) continue;
    throw Error(
        fmt::format("rank {} of {} would predict otherwise than the first: {} instead of {}", rank,
                    all.size(), all[rank], all[0]));
  }
  return sha256(to_json(manifest).dump() + computation.dump());
}

/// Writes the images' maps from the rows, all of which are finished.
void write_maps(const PredictConfig& config, const Ensemble& ensemble,
                const std::vector<PictureEntry>& entries, const Json& pixel_size,
                const FinishedRows& finished, ShardWriter& shard) {
  const PictureOutputs outputs = {config.tiff, config.ome_tiff, config.ome_zarr};
  std::optional<PictureFiles<float>> files;
  if (outputs.any() && !entries.empty()) {
    files.emplace([&](const auto& file) { return shard.file(file); },
                  shard.manifest_path().stem().string(), entries, pixel_size, outputs);
  }
  for (const auto& entry : entries) {
    const bool drawn = config.png || files;
    Picture<float> foreground(drawn ? entry.height : 0, entry.width);
    ProbabilityWriter writer(shard, entry, ensemble.models()[0].network.classes);
    for (const RowRange part : parts_of(config, ensemble, entry)) {
      const auto rows = finished.read(entry.index, part);
      writer.add(rows);
      if (!drawn) continue;
      const auto drawn_rows = foreground_probability(rows);
      std::copy(drawn_rows.values.begin(), drawn_rows.values.end(),
                foreground.plane().row(part.first));
    }
    if (config.png) {
      write_png(shard.file(file_name_of(entry) + ".png"), in_8_bits(foreground).plane());
    }
    if (files) files->add(std::as_const(foreground).plane());
  }
  if (files) files->close();
}

}  // namespace

std::array<double, 2> check_images(const Stage& stage, const PredictConfig& config,
                                   const Preprocessed& images, const Preprocessed& trained,
                                   bool say, const std::string& scaling_remedy) {
  const auto refuse = [&](const std::optional<std::string>& sentence, const std::string& remedy) {
    if (sentence) throw InputError(images.name, *sentence + remedy);
  };
  refuse(other_channels(images, trained), "");
  if (!config.any_scaling) {
    refuse(other_scaling(images, trained), ": " + scaling_remedy);
  }
  if (!config.resample) {
    refuse(other_pixel_size(images, trained),
           ": predict with --resample, or mend pixel_size of ingest's configuration");
  }
  if (config.test_time_augmentation) {
    refuse(oblong_pixels(config.resample ? trained : images),
           ": /test_time_augmentation would turn them by a quarter");
  }
  for (const auto differs : {other_labels, other_channel_names}) {
    const auto sentence = differs(images, trained);
    if (say && sentence) stage.warn(images.name + " " + *sentence);
  }
  const auto sentence = not_compared(images, trained);
  const auto ratio = pixel_ratio(images, trained);
  if (config.resample && !ratio) {
    throw InputError(images.name, "cannot be resampled: " + *sentence);
  }
  constexpr double kLargest = 16;  // beyond it, a unit is wrong
  for (const double axis : ratio.value_or(std::array{1., 1.})) {
    if (config.resample && std::max(axis, 1 / axis) > kLargest) {
      throw InputError(images.name, fmt::format("has pixels {:.3g} times as large as those in {}, "
                                                "expected at most {} times: is a unit wrong?",
                                                axis, trained.name, kLargest));
    }
  }
  if (say && sentence) stage.say(*sentence);
  return config.resample ? *ratio : std::array{1., 1.};
}

void predict(Stage& stage, const PredictConfig& config, Manifest manifest) {
  retain_freed_memory();
  Ensemble ensemble(stage.inputs_of("model"));
  const auto shards = stage.inputs_of("images");
  check_one_set(shards);
  auto chosen = chosen_of(shards, PictureSplit::of(stage.inputs_of("split")), config.subsets);
  check_chosen(stage, config, ensemble, chosen);
  const auto entries = entries_of(chosen);
  Communicator& processes = stage.processes();
  std::optional<FinishedRows> finished;
  if (chosen.empty()) {
    stage.warn(fmt::format("no image is of subset {}: none is predicted (see /subsets)",
                           fmt::join(config.subsets, ", ")));
  } else {
    take_own_gpu(processes);
    ensemble.load(config, stage.threads);
    for (const auto& line :
         device_lines(config.device, ensemble.networks().front()->arithmetic(), stage.threads)) {
      stage.say(line);
    }
    finished.emplace(FinishedRows::folder_of(stage.output), identity_of(stage, manifest, ensemble),
                     processes.rank(), processes.size());
    finish_rows(stage, config, ensemble, chosen, *finished);
  }
  if (!processes.is_first()) return;
  const auto pixel_size =
      chosen.empty() ? Json::array()
                     : chosen.back().images.preprocessing.value("pixel_size_um", Json::array());
  ShardWriter shard(stage.output);
  if (finished) write_maps(config, ensemble, entries, pixel_size, *finished, shard);
  manifest.contents = {{"pictures", entries},
                       {"classes", ensemble.models()[0].network.classes},
                       {"pixel_size_um", pixel_size}};
  const int rim = ensemble.models()[0].rim;
  if (rim > 0) manifest.contents["rim"] = rim;
  stage.commit(shard, std::move(manifest));
}

}  // namespace unetflow
