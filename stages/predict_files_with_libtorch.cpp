#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "artifact/finished_rows.hpp"
#include "artifact/picture_files.hpp"
#include "core/digest.hpp"
#include "core/memory.hpp"
#include "image/probability.hpp"
#include "image/write_picture.hpp"
#include "ingest/ingest.hpp"
#include "ingest/summary.hpp"
#include "network/ensemble.hpp"
#include "network/gpu.hpp"
#include "network/network.hpp"
#include "predict_files.hpp"
#include "predict_with_libtorch.hpp"
#include "segmentation/close_gaps.hpp"
#include "segmentation/measure_cells.hpp"
#include "training/computation.hpp"

namespace unetflow {
namespace {

/// As the files hold them.
Picture<float> unscaled(const PicturePage& page) {
  return std::visit(
      [](const auto& picture) {
        Picture<float> out(picture.channels, picture.height, picture.width);
        std::transform(picture.values.begin(), picture.values.end(), out.values.begin(),
                       [](auto value) { return static_cast<float>(value); });
        return out;
      },
      page.values);
}

/// What all files have in common.
struct Work {
  Stage& stage;
  const FilesJob& job;
  const Ensemble& ensemble;  ///< of one model
  const SegmentRule& rule;
  ArtifactWriter& writer;
  std::optional<FinishedRows> finished = {};
  std::optional<Summary> summary = {};  ///< of what was read
  std::int64_t next = 0;                ///< the next image's number, of all
  std::string table = {};               ///< cells.csv
  bool in_um = false;
  Json pictures = Json::array();

  const Model& model() const { return ensemble.models()[0]; }
};

/// TIFF, or what is asked for in its place.
PictureOutputs outputs_of(const PredictConfig& config) {
  const bool others = config.ome_tiff || config.ome_zarr;
  return {config.tiff || !others, config.ome_tiff, config.ome_zarr};
}

/// One stack of all images of a file, or a file for each image where they differ in size.
void write_results(Work& work, const std::string& name, const std::vector<PictureEntry>& entries,
                   const std::vector<double>& pixel_size, std::span<const Picture<float>> maps,
                   std::span<const Picture<std::uint32_t>> cells) {
  const auto place = [&](const std::string& file) { return work.writer.file(file); };
  const PictureOutputs outputs = outputs_of(work.job.config);
  PictureFiles<float> probabilities(place, name, entries, pixel_size, outputs, ".probability");
  for (const auto& map : maps) probabilities.add(map.plane());
  probabilities.close();
  write_ids(place, name, entries, pixel_size, outputs, cells, ".cells");
}

void begin_table(Work& work, const std::string& file, Index channels, bool in_um) {
  if (work.table.empty()) {
    work.table = cell_table_header(channels, in_um);
    work.in_um = in_um;
  } else if (in_um != work.in_um) {
    throw InputError(file,
                     fmt::format("{} a pixel size, the files before it {}: state --pixel-size",
                                 in_um ? "has" : "has not", in_um ? "have not" : "have"));
  }
}

IngestConfig reading_of(const Work& work, const std::string& pattern) {
  IngestConfig ingest;
  ingest.sources = {{.pictures = pattern, .labels = "", .subset = "test", .axes = work.job.axes}};
  ingest.scaling =
      scaling_of(work.model().trained_on.preprocessing.value("scaling", Json::object()));
  if (!work.job.range.empty()) ingest.scaling = {"range", work.job.range, {}};
  ingest.pixel_size = work.job.pixel_size;
  return ingest;
}

/// Predicts of an image what no earlier run has finished.
Picture<float> map_of(Work& work, Stack<const float> image, const std::string& place,
                      std::array<double, 2> scale) {
  const auto parts = work.ensemble.parts(image.height, image.width);
  const std::int64_t number = work.next++;
  std::vector<RowRange> missing;
  for (const RowRange part : parts) {
    if (!work.finished->has(number, part)) append(part, missing);
  }
  for (const RowRange range : missing) {
    Index first = range.first;
    work.ensemble.predict(image, place, {scale}, range, [&](const Picture<float>& rows) {
      work.finished->add(number, first, rows);
      first += rows.height;
    });
  }
  Picture<float> map(work.model().network.classes, image.height, image.width);
  for (const RowRange part : parts) {
    put_rows(work.finished->read(number, part), part.first, map);
  }
  return map;
}

void keep_first_channel(Picture<float>& image) {
  image.channels = 1;
  image.values.resize(static_cast<size_t>(image.height * image.width));
}

void predict_file(Work& work, const FilesJob::Source& from, const Listing& listing,
                  Progress& progress) {
  const PredictConfig& config = work.job.config;
  const IngestConfig ingest = reading_of(work, from.pattern);
  PictureFolder folder("");
  std::vector<PictureEntry> entries;
  std::vector<Picture<float>> maps;
  std::vector<Picture<std::uint32_t>> cells;
  for (const auto& source : listing.pictures) {
    const std::string place = folder.place(source.picture);
    IngestedPicture picture = ingest_picture(ingest, folder, source);
    auto gray = unscaled(folder.read(source.picture));
    const bool one_of_three = work.model().network.channels == 1 && is_gray_in_rgb(gray);
    entries.push_back(entry_of(source, picture));
    work.summary->add(picture, place, "");
    if (one_of_three) {
      keep_first_channel(picture.input);
      keep_first_channel(gray);
    }
    const Json preprocessing = {{"channels", picture.input.channels},
                                {"scaling", scaling_contents(ingest.scaling, picture.gray.range)},
                                {"pixel_size_um", listing.pixel_size},
                                {"channel_names", listing.channel_names}};
    const auto scale =
        check_images(work.stage, config, {place, preprocessing}, work.model().trained_on,
                     work.pictures.empty() && entries.size() == 1,
                     "state the gray values that become 0 and 1 as --range LOW,HIGH");
    auto probability = map_of(work, picture.input.stack(), place, scale);
    if (config.close_gaps > 0) close_gaps(config.close_gaps, probability);
    const auto [foreground, classes, cores] = foreground_of(probability, work.model().rim > 0);
    auto segments = segment(work.rule, foreground.plane(), classes.plane(), cores.plane());
    begin_table(work, place, gray.channels, !listing.pixel_size.empty());
    const std::array<double, 2> size =
        listing.pixel_size.empty() ? std::array{1., 1.}
                                   : std::array{listing.pixel_size[0], listing.pixel_size[1]};
    for (const auto& cell :
         measure_cells(std::as_const(segments.ids).plane(), gray.stack(), size)) {
      work.table += cell_table_line(source.name, cell, listing.pixel_size);
    }
    maps.push_back(foreground);
    cells.push_back(std::move(segments.ids));
    progress.advance();
  }
  write_results(work, from.name, entries, listing.pixel_size, maps, cells);
  for (auto& entry : entries) {
    entry.index = static_cast<std::int64_t>(work.pictures.size());
    work.pictures.push_back(entry);
  }
}

/// Predicts a file, or says why it cannot be and leaves nothing of it.
std::string problem_of(Work& work, const FilesJob::Source& from, const Listing& listing,
                       Progress& progress) {
  const size_t lines = work.table.size();
  const auto summary = work.summary;
  try {
    predict_file(work, from, listing, progress);
    return "";
  } catch (const InputError& error) {
    work.table.resize(lines);
    work.summary = summary;
    return error.what();
  }
}

/// Says all but the first problem, and throws InputError with the first one and how many of so many
/// files have one.
void tell_problems(const Stage& stage, const std::vector<std::string>& problems,
                   std::size_t files) {
  if (problems.empty()) return;
  for (std::size_t i = 1; i < problems.size(); ++i) stage.warn(problems[i]);
  const auto colon = problems.front().find(": ");
  std::string problem = problems.front().substr(colon + 2);
  if (files > 1) {
    problem += fmt::format(" ({} of {} files could not be predicted)", problems.size(), files);
  }
  throw InputError(problems.front().substr(0, colon), problem);
}

/// Leaves the manifest the model and the files of what could be predicted: it is not that of all
/// files, which the next run therefore tries again.
void keep_only(const std::vector<Listing>& predicted, const FilesJob& job, Manifest& manifest) {
  std::set<std::string> kept;
  for (const auto& listing : predicted) {
    const auto parts = PictureFolder("").parts(listing.pictures.front().picture.file);
    kept.insert(parts.begin(), parts.end());
  }
  std::vector<InputRecord> sources = {manifest.sources.front()};
  for (size_t i = 0; i < job.files.size(); ++i) {
    if (kept.contains(job.files[i])) sources.push_back(manifest.sources[i + 1]);
  }
  manifest.sources = std::move(sources);
}

}  // namespace

void predict_files(Stage& stage, const FilesJob& job, Manifest manifest) {
  retain_freed_memory();
  ArtifactWriter writer(stage.output);
  Ensemble ensemble(read_exported_model(job.model));
  const Model& model = ensemble.models()[0];
  const SegmentRule rule = model.rule.value_or(SegmentRule());
  if (!model.rule) {
    stage.warn(fmt::format("{} says nothing of how cells are made: {}", model.weights.string(),
                           text_of(rule)));
  }
  ensemble.load(job.config, stage.threads);
  const Network& network = *ensemble.networks()[0];
  for (const auto& line : device_lines(job.config.device, network.arithmetic(), stage.threads)) {
    stage.say(line);
  }
  Work work{stage, job, ensemble, rule, writer};
  // All files are opened before the first is predicted.
  std::vector<Listing> listings;
  std::int64_t images = 0;
  for (const auto& source : job.sources) {
    listings.push_back(list_pictures(reading_of(work, source.pattern), PictureFolder("")));
    for (const auto& remark : listings.back().remarks) stage.warn(remark);
    images += static_cast<std::int64_t>(listings.back().pictures.size());
  }
  const Json computation = computation_of(network, stage.threads);
  work.finished.emplace(FinishedRows::folder_of(stage.output),
                        sha256(to_json(manifest).dump() + computation.dump()));
  if (!work.finished->empty()) stage.say("resumes after what an earlier run has finished");
  auto progress = stage.progress("predict", images, "images");
  work.summary.emplace(reading_of(work, ""));
  std::vector<std::string> problems;
  std::vector<Listing> predicted;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < job.sources.size(); ++i) {
    work.next =
        std::exchange(first, first + static_cast<std::int64_t>(listings[i].pictures.size()));
    const std::string problem = problem_of(work, job.sources[i], listings[i], progress);
    if (problem.empty()) {
      predicted.push_back(listings[i]);
    } else {
      problems.push_back(problem);
    }
  }
  if (!problems.empty()) keep_only(predicted, job, manifest);
  if (problems.size() < job.sources.size()) {
    for (const auto& remark : work.summary->remarks()) stage.warn(remark);
    writer.write("cells.csv", work.table);
    manifest.contents = {{"pictures", work.pictures}, {"rule", work.rule}};
    stage.commit(writer, std::move(manifest));
  }
  tell_problems(stage, problems, job.sources.size());
}

}  // namespace unetflow
