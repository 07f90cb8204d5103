#include "predict_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <string_view>

#include "artifact/atomic_file.hpp"
#include "artifact/digest_cache.hpp"
#include "artifact/finished_rows.hpp"
#include "core/error.hpp"
#include "core/words.hpp"
#include "ingest/picture_folder.hpp"

namespace unetflow {
namespace {

/// "0.5,-2": finite numbers; nothing where it is not so.
std::vector<double> parse_numbers(const std::string& text) {
  std::vector<double> numbers;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find(',', begin), text.size());
    char* rest = nullptr;
    const std::string part = text.substr(begin, end - begin);
    numbers.push_back(std::strtod(part.c_str(), &rest));
    if (part.empty() || *rest != 0 || !std::isfinite(numbers.back())) return {};
    begin = end + 1;
  }
  return numbers;
}

/// "0.5" or "0.5,0.25" (height, width).
std::vector<double> parse_pixel_size(const std::string& text) {
  if (text.empty()) return {};
  const auto sizes = parse_numbers(text);
  const bool sound =
      std::all_of(sizes.begin(), sizes.end(), [](double size) { return size > 0 && size < 1e6; });
  if (!sound || sizes.empty() || sizes.size() > 2) {
    throw InputError(
        "--pixel-size",
        fmt::format("is {}, expected um, as in 0.5 or 0.5,0.25 (height, width)", text));
  }
  return {sizes.front(), sizes.back()};
}

std::vector<double> parse_range(const std::string& text) {
  if (text.empty()) return {};
  auto range = parse_numbers(text);
  if (range.size() != 2 || range[0] >= range[1]) {
    throw InputError("--range", fmt::format("is {}, expected two gray values, the lower one first, "
                                            "as in 0,4095",
                                            text));
  }
  return range;
}

/// Throws InputError for an output of the stage that is not made here.
void check_outputs(const PredictConfig& config, const std::string& place) {
  if (!config.png) return;
  throw InputError(place + " at /png",
                   "is for shards: with --model, maps and cells are TIFF, OME-TIFF or OME-Zarr");
}

/// What the user's files, folders and patterns stand for. Throws InputError for what cannot be
/// read, and for two files whose results would be called the same.
std::vector<FilesJob::Source> sources_of(const std::vector<fs::path>& given,
                                         const std::string& axes, const PictureFolder& folder,
                                         std::set<std::string>& files) {
  std::vector<FilesJob::Source> sources;
  std::map<std::string, std::string> seen;
  for (const auto& input : given) {
    for (const auto& page : folder.list(input.string(), {axes, "--axes TCYX"})) {
      FilesJob::Source source = {page.file, fs::path(page.file).stem().string()};
      if (!page.dataset.empty()) {
        source.pattern += ":" + page.dataset;
        source.name += "_" + page.dataset;
        std::replace(source.name.begin(), source.name.end(), '/', '_');
      }
      const auto [at, is_new] = seen.emplace(source.name, source.pattern);
      if (at->second != source.pattern) {
        throw InputError(source.pattern, "has results of the same name as " + at->second +
                                             ": predict them into two folders");
      }
      if (!is_new) continue;  // another page
      sources.push_back(source);
      for (const auto& part : folder.parts(page.file)) files.insert(part);
    }
  }
  return sources;
}

/// Throws InputError where results of an earlier run would be lost: those of images that are not
/// among the wanted ones, and such as somebody has changed since.
void check_replaced(const fs::path& output, const Manifest& wanted) {
  if (!fs::exists(output)) return;
  const fs::path folder = folder_of(output);
  const auto refuse_change = [](const std::string& place) {
    throw InputError(place,
                     "was changed since it was predicted, and would be lost: move it, or "
                     "predict into another folder");
  };
  Manifest before;
  try {
    before = read_manifest(output, wanted.kind);
  } catch (const InputError& error) {
    const std::string text = error.what();
    refuse_change(text.substr(0, text.find(": ")));
  }
  std::set<std::string> names;
  for (const auto& source : wanted.sources) names.insert(source.path);
  std::vector<std::string> others;
  for (const auto& source : before.sources) {
    const bool is_model = &source == &before.sources.front();
    if (!is_model && !names.contains(source.path)) others.push_back(source.path);
  }
  if (!others.empty()) {
    throw InputError(
        folder.string(),
        fmt::format("holds what was predicted of {}{}, which would be lost: predict all "
                    "images in one call, or into another folder",
                    others.front(), and_more(others.size())));
  }
  DigestCache digests(fs::path(output).replace_extension(".digests"));
  for (const auto& file : before.files) {
    const fs::path path = folder / file.name;
    if (fs::is_regular_file(path) && digests.sha256(path) != file.sha256) {
      refuse_change(path.string());
    }
  }
}

}  // namespace

bool is_about_files(int argc, char** argv) {
  return std::any_of(argv, argv + argc, [](std::string_view argument) {
    return argument == "--model" || argument.starts_with("--model=");
  });
}

int run_on_files(int argc, char** argv, int revision) {
  Stage stage(
      "predict", revision,
      "Predicts image files by a model that unetflow-export wrote: for each, "
      "NAME.probability.tif and NAME.cells.tif (or .ome.tif and .ome.zarr, by --set "
      "/ome_tiff=true and --set /ome_zarr=true), and cells.csv with a line for each cell. "
      "A file that cannot be predicted does not lose the others. The folder holds the results "
      "of one call.",
      "unetflow-predict --model em2012.safetensors images/*.tif -o out");
  FilesJob job;
  fs::path folder;
  std::string pixel_size, range;
  bool resample = false;
  stage.option("--model", job.model, "The file that unetflow-export wrote", true);
  stage.option("-o,--folder", folder, "Where the results go", true);
  stage.option("--axes", job.axes, "What the files' axes are, as in TCYX; default: as they say");
  stage.option(
      "--pixel-size", pixel_size,
      "Of a pixel, in um, as in 0.5 or 0.5,0.25 (height, width); default: as the files say");
  stage.option("--range", range,
               "Gray values that become 0 and 1, as in 0,4095; default: as in the images that the "
               "model was trained on");
  stage.flag("--resample", resample, "Predicts images of another pixel size on the model's pixels");
  stage.takes_files();
  return stage.run(argc, argv, [&] {
    job.config = stage.config<PredictConfig>();
    job.config.resample = job.config.resample || resample;
    check_outputs(job.config, stage.config_place());
    job.pixel_size = parse_pixel_size(pixel_size);
    job.range = parse_range(range);
    job.config.any_scaling = job.config.any_scaling || !job.range.empty();
    std::set<std::string> files;
    job.sources = sources_of(stage.inputs(), job.axes, PictureFolder(""), files);
    stage.output = folder / "predicted.json";
    Json config = job.config;
    config["axes"] = job.axes;
    config["pixel_size"] = job.pixel_size;
    if (!job.range.empty()) config["range"] = job.range;
    auto manifest = stage.manifest("predicted", config);
    manifest.sources.push_back({job.model.filename().string(), stage.digest(job.model)});
    job.files.assign(files.begin(), files.end());
    for (const auto& file : job.files) {
      manifest.sources.push_back({fs::path(file).filename().string(), stage.digest(file)});
    }
    stage.serves_the_work(FinishedRows::folder_of(stage.output));
    check_replaced(stage.output, manifest);
    if (!stage.up_to_date(manifest)) predict_files(stage, job, std::move(manifest));
  });
}

}  // namespace unetflow
