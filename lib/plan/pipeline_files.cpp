#include "plan/pipeline_files.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <system_error>
#include <utility>
#include <vector>

#include "artifact/atomic_file.hpp"
#include "core/error.hpp"
#include "core/output_file.hpp"
#include "core/words.hpp"
#include "network/geometry.hpp"

namespace unetflow {
namespace {

/// A key of a configuration, its value, and why.
struct Choice {
  std::string key;
  Json value;
  std::string reason;
};

std::string sentence(std::string text) {
  text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text + ".";
}

/// `text` in lines of a comment, no longer than a line of this project.
std::string comment(std::string_view text, std::string_view mark) {
  constexpr size_t kLongest = 100;
  std::string lines, line(mark);
  while (!text.empty()) {
    const auto blank = std::min(text.find(' '), text.size());
    if (line.size() > mark.size() && line.size() + 1 + blank > kLongest) {
      lines += line + "\n";
      line = mark;
    }
    line += fmt::format(" {}", text.substr(0, blank));
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return lines + line + "\n";
}

/// JSON on one line, with blanks as people write them.
std::string on_one_line(const Json& value) {
  std::string text;
  const auto list = [&](const char* ends, const auto& items, const auto& write) {
    text += ends[0];
    bool first = true;
    for (const auto& item : items) {
      if (!std::exchange(first, false)) text += ", ";
      write(item);
    }
    text += ends[1];
  };
  if (value.is_array()) {
    list("[]", value, [&](const Json& item) { text += on_one_line(item); });
  } else if (value.is_object()) {
    list("{}", value.items(), [&](const auto& item) {
      text += fmt::format("{}: {}", Json(item.key()).dump(), on_one_line(item.value()));
    });
  } else {
    text = value.dump();
  }
  return text;
}

std::string configuration(const std::vector<Choice>& choices) {
  std::string text = "{\n";
  for (size_t i = 0; i < choices.size(); ++i) {
    if (!choices[i].reason.empty()) text += comment(choices[i].reason, "  //");
    text += fmt::format("  \"{}\": {}{}\n", choices[i].key, on_one_line(choices[i].value),
                        i + 1 < choices.size() ? "," : "");
  }
  return text + "}\n";
}

/// What differs from the defaults of `Config`.
template <class Config>
Json changed(const Config& config) {
  Json all = config;
  const Json defaults = Config{};
  for (const auto& [key, value] : defaults.items()) {
    if (all[key] == value) all.erase(key);
  }
  return all;
}

std::string ingest_file(const Fingerprint& data) {
  Json source = changed(data.ingest.sources.front());
  if (data.ingest.sources.front().pairs.empty()) {
    source["pictures"] = data.ingest.sources.front().pictures;
  }
  Json labels = changed(data.ingest.labels);
  labels["kind"] = data.ingest.labels.kind;
  return configuration(
      {{"sources", Json::array({source}),
        fmt::format("{}, {} of them labelled; labels are joined by name.",
                    counted(data.pictures.size(), "image"), data.labelled)},
       {"labels", labels, sentence(data.why_labels)},
       {"scaling", {{"rule", data.ingest.scaling.rule}}, sentence(data.why_scaling)}});
}

std::string split_file(const Fingerprint& data, const Plan& plan) {
  return configuration(
      {{"holdout", plan.holdout,
        fmt::format("{} of {} labelled, a fifth (at most ten files), never train: they are "
                    "measured. {} train.",
                    plan.held_out, data.labelled,
                    counted(data.labelled - plan.held_out, "image"))}});
}

std::string tile_file(const Fingerprint& data, const Plan& plan) {
  const Index margin = unet_geometry(plan.shape.depth).margin;
  return configuration(
      {{"depth", plan.shape.depth,
        fmt::format("With {} poolings a pixel sees {} px around it; half of a large cell is {:.0f} "
                    "px (the largest circle in it).",
                    plan.shape.depth, margin, data.width / 2)},
       {"output_size", plan.output_size,
        fmt::format("The size of the images up to 388 px, if memory allows: large tiles waste less "
                    "on their margins. Training takes about {:.1f} GB.",
                    plan.bytes / 1e9)},
       {"input_size", plan.shape.input_size,
        fmt::format("The output and its margin of {} px on each side.", margin)},
       {"stride", plan.stride,
        fmt::format("Tiles overlap where that leaves each of them seen several times: {} tiles "
                    "train.",
                    plan.tiles)}});
}

std::string train_file(const Machine& machine, const Plan& plan, double minutes) {
  return configuration(
      {{"network",
        {{"width", plan.shape.width}, {"normalisation", "group"}},
        fmt::format("The widest of 32, 24 and 16 that gets at least 1500 updates in {:g} minutes, "
                    "else 16, or less where that gets fewer than 200. GroupNorm: training from "
                    "random weights takes fewer updates.",
                    minutes)},
       {"batch", plan.shape.batch,
        plan.shape.batch == 1 ? "One large tile is enough for an update."
                              : "Small tiles come several to an update."},
       {"epochs", plan.epochs,
        fmt::format(
            "{} updates of about {:.0f} ms: {:.1f} minutes, from the products of a tile and "
            "the speed of the kernel, measured with {} when this was written "
            "({:.0f} billion products per second; a busy machine takes longer).{}",
            plan.updates, 1000 * plan.seconds_per_update,
            static_cast<double>(plan.updates) * plan.seconds_per_update / 60,
            counted(machine.threads, "thread"), machine.speed / 1e9,
            machine.has_gpu ? " The GPU of this machine takes a fraction of it." : "")},
       {"optimiser",
        {{"kind", "adamw"}, {"learning_rate", 0.002}, {"weight_decay", 0.0001}},
        "AdamW over one cycle: in a few hundred updates better than stochastic gradient descent "
        "(pipelines/em2012-best/TRIALS.md)."},
       {"schedule", {{"kind", "one_cycle"}}, ""}});
}

std::string augment_file() {
  return configuration({{"flips", {{"probability", 0.75}}, "Microscopes have no up and down."},
                        {"elastic", {{"probability", 0.7}}, "The paper's: shapes vary."},
                        {"brightness_contrast",
                         {{"probability", 1}, {"gain", 0.2}, {"offset", 0.1}},
                         "So do exposure and noise."},
                        {"noise", {{"probability", 1}, {"sigma", 0.03}}, ""}});
}

std::string weightmap_file(const Fingerprint& data, const Plan& plan) {
  const std::string cells =
      data.ingest.labels.kind == "binary"
          ? "Separate objects may be near each other"
          : fmt::format("{:.0f} % of the cells touch another", 100 * data.touching);
  return configuration(
      {{"w0", plan.weigh_gaps ? 10 : 0,
        plan.weigh_gaps ? cells + ": the paper's term weights the gaps between them."
                        : "No cells to keep apart: pixels near gaps count like all others."},
       {"class_balance", plan.balance_classes,
        plan.balance_classes
            ? fmt::format("The rarest class has {:.1f} % of the pixels.", 100 * data.rarest)
            : "No class is rare, so every pixel counts alike."}});
}

std::string predict_file(const Fingerprint& data, const Plan& plan) {
  std::vector<Choice> choices = {
      {"test_time_augmentation", plan.test_time_augmentation,
       fmt::format("The mean over eight orientations {}: predicting takes about {:.1f} minutes.",
                   plan.test_time_augmentation ? "costs little here"
                                               : "would take long beside the training",
                   plan.prediction_seconds / 60)}};
  if (data.task == "membranes" && data.classes() == 2) {
    choices.push_back({"close_gaps", 2, "Lines between cells: a gap of a few px would join two."});
  }
  return configuration(choices);
}

/// As text of a makefile.
std::string in_makefile(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '$') out += '$';
    if (c == '#') out += '\\';
    out += c;
  }
  return out;
}

std::string pipeline_mk(const Fingerprint& data, const Plan& plan, const std::string& source) {
  std::string text =
      comment(fmt::format("Made by unetflow-new from {} labelled images; {}. About {} in all.",
                          data.looked_at, data.summary, plan.about_minutes()),
              "#");
  for (const auto& remark : data.remarks) text += comment(remark, "# Note:");
  return text + fmt::format("shards ?= {}\nsource ?= {}\n", plan.shards, in_makefile(source));
}

}  // namespace

std::map<std::string, std::string> pipeline_files(const Fingerprint& data, const Machine& machine,
                                                  const Plan& plan, double minutes,
                                                  const std::string& source) {
  return {{"pipeline.mk", pipeline_mk(data, plan, source)},
          {"ingest.json", ingest_file(data)},
          {"split.json", split_file(data, plan)},
          {"tile.json", tile_file(data, plan)},
          {"augment.json", augment_file()},
          {"weightmap.json", weightmap_file(data, plan)},
          {"train.json", train_file(machine, plan, minutes)},
          {"predict.json", predict_file(data, plan)},
          {"segment.json", configuration({{"tiff", true, "Labelled cells for Fiji and napari."}})}};
}

void check_pipeline_folder(const fs::path& folder) {
  if (!folder.empty() && !folder.has_filename()) return check_pipeline_folder(folder.parent_path());
  // What Makefile.data refuses too: parts of targets, in which make cannot express these.
  if (folder.empty() ||
      folder.string().find_first_of(" \t\n:;%*\\?[|'\"$#=") != std::string::npos) {
    throw InputError("--folder " + folder.string(),
                     "cannot be a pipeline's folder, expected a name without blanks and special "
                     "characters, as in pipelines/mine");
  }
  std::error_code failed;
  if (fs::exists(fs::symlink_status(folder, failed))) {
    throw InputError(folder.string(), "is there already: remove it, or choose another name");
  }
}

void write_pipeline(const fs::path& named, const std::map<std::string, std::string>& files) {
  const fs::path folder = named.has_filename() ? named : named.parent_path();  // without a slash
  check_pipeline_folder(folder);
  make_folder(folder_of(folder));
  const fs::path partial = temporary_name(folder);
  make_folder(partial);
  try {
    for (const auto& [name, text] : files) write_file_atomically(partial / name, text);
    std::error_code failed;
    fs::rename(partial, folder, failed);
    if (failed) throw InputError(folder.string(), "cannot be made: " + failed.message());
    sync_to_disk(folder_of(folder));
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
    throw;
  }
}

}  // namespace unetflow
