// Prints an artifact: what it holds, its configuration, and the chain of what it came from; checks
// every digest on the way.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <sstream>

#include "artifact/published.hpp"
#include "artifact/shard.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "core/printable.hpp"
#include "reproduce.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// "from 0 to 0.996, mean 0.49", sample by sample so that any size fits in memory.
template <class T>
std::string range(const ShardReader& shard, const std::string& name, const Shape& shape) {
  const bool apart = shard.has_samples(name);
  std::vector<T> values = apart ? std::vector<T>() : shard.read_whole<T>(name);
  if (apart) {
    std::int64_t size = 1;
    for (size_t axis = 1; axis < shape.size(); ++axis) size *= shape[axis];
    values.resize(static_cast<size_t>(size));
  }
  if (values.empty()) return "empty";
  const std::int64_t parts = apart ? shape[0] : 1;
  T low = std::numeric_limits<T>::max(), high = std::numeric_limits<T>::lowest();
  double sum = 0;
  for (std::int64_t i = 0; i < parts; ++i) {
    if (apart) shard.read<T>(name, i, values);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    low = std::min(low, *least);
    high = std::max(high, *most);
    for (const T value : values) sum += static_cast<double>(value);
  }
  return fmt::format("from {} to {}, mean {:.4g}", low, high,
                     sum / static_cast<double>(parts) / static_cast<double>(values.size()));
}

std::string range(const ShardReader& shard, const std::string& name, const std::string& dtype) {
  const Shape shape = shard.shape(name);
  if (dtype == "uint8") return range<std::uint8_t>(shard, name, shape);
  if (dtype == "uint16") return range<std::uint16_t>(shard, name, shape);
  if (dtype == "uint32") return range<std::uint32_t>(shard, name, shape);
  if (dtype == "int32") return range<std::int32_t>(shard, name, shape);
  if (dtype == "int64") return range<std::int64_t>(shard, name, shape);
  return range<float>(shard, name, shape);
}

/// What is printed has names from outside in it: a line stays a line.
void print_line(Stage& stage, const std::string& line) { stage.print(printable(line) + "\n"); }

void print_json(Stage& stage, const std::string& name, const Json& value) {
  std::istringstream lines(name + ": " + value.dump(2));
  for (std::string line; std::getline(lines, line);) print_line(stage, line);
}

void print_datasets(Stage& stage, const fs::path& path, const Manifest& manifest) {
  if (!manifest.datasets.is_object() || manifest.datasets.empty()) return;
  const ShardReader shard(path);
  print_line(stage, "datasets:");
  for (const auto& [name, info] : manifest.datasets.items()) {
    const auto dtype = info.at("dtype").get<std::string>();
    print_line(stage, fmt::format("  {}: {} [{}] ({}), unit {}, {}", name, dtype,
                                  fmt::join(shard.shape(name), ", "),
                                  fmt::join(info.at("axes").get<std::vector<std::string>>(), ", "),
                                  info.at("unit").get<std::string>(), range(shard, name, dtype)));
    print_line(stage, "    " + info.at("meaning").get<std::string>());
  }
}

/// Prints an artifact and, indented below it, what it came from.
class Chain {
 public:
  explicit Chain(Stage& stage) : stage_(stage) {}

  /// Returns false if anything differs from what its user's manifest, which expects the digest
  /// `expected`, or its own says. `above` are the artifacts that come from this one.
  bool print(const fs::path& path, const std::string& expected, std::set<fs::path> above = {}) {
    const std::string indent(2 * above.size() + 2, ' ');
    const std::string name = path.lexically_normal().string();
    const auto line = [&](const std::string& digest, const std::string& text) {
      print_line(stage_, fmt::format("{}{} {}", indent, digest.substr(0, 12), text));
    };
    if (!fs::exists(path)) {
      line(expected, "GONE: " + name);
      return true;  // what an artifact came from may have been deleted since
    }
    if (!above.insert(name).second) {
      line(expected, fmt::format("DAMAGED: {} comes from itself", name));
      return false;
    }
    try {
      const Manifest manifest = read_manifest(path);
      verify_digests(manifest);
      const std::string& digest = manifest.sha256;
      const bool whole = expected.empty() || digest == expected;
      line(digest,
           fmt::format("{} {} by {} {}{}", manifest.kind, name, manifest.stage, manifest.version,
                       whole ? "" : "  DIFFERS: has changed since it was used"));
      // What two artifacts come from is printed once.
      if (const auto seen = whole_.find(name); seen != whole_.end()) return whole && seen->second;
      for (const auto& source : manifest.sources) {
        print_line(stage_,
                   fmt::format("{}  {} file {}", indent, source.sha256.substr(0, 12), source.path));
      }
      bool inputs_whole = true;
      for (const auto& input : manifest.inputs) {
        inputs_whole &= print(path.parent_path() / input.path, input.sha256, above);
      }
      whole_[name] = inputs_whole;
      return whole && inputs_whole;
    } catch (const InputError& error) {
      line(expected, fmt::format("DAMAGED: {}", error.what()));
      return false;
    }
  }

 private:
  Stage& stage_;
  std::map<fs::path, bool> whole_;  ///< whether what an artifact came from is
};

}  // namespace

/// What all artifacts of a pipeline are published by.
constexpr const char* kArtifacts = "artifacts";

void publish(Stage& stage, const std::vector<fs::path>& inputs) {
  Json records = Json::object();
  for (const auto& path : inputs) {
    const Manifest manifest = read_manifest(path);
    records[published_name(manifest)] = published_record(manifest);
  }
  stage.print(Json{{kArtifacts, records}}.dump(1) + "\n");
}

/// Throws InputError naming the first artifact that is not the published one, and why it may
/// differ.
void compare_with_published(Stage& stage, const std::vector<fs::path>& inputs,
                            const fs::path& file) {
  const Json published = load_json(file);
  if (!published.is_object() || !published.value(kArtifacts, Json()).is_object()) {
    throw InputError(file.string() + " at /artifacts", "is missing, expected published artifacts");
  }
  std::string first;
  for (const auto& path : inputs) {
    const Manifest manifest = read_manifest(path);
    verify_digests(manifest);
    const std::string name = published_name(manifest);
    const auto difference =
        difference_from_published(published[kArtifacts].value(name, Json::object()), manifest);
    print_line(stage, fmt::format("{}: {}", name, difference ? "DIFFERS" : "the published bytes"));
    if (difference && first.empty()) first = name + " " + *difference;
  }
  if (!first.empty()) throw InputError(file.string(), "is not what was made here: " + first);
}

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage(
      "inspect", kRevision,
      "Prints artifacts (datasets with shapes, types and ranges, configuration, the chain of "
      "what they came from) and verifies their digests.",
      "unetflow-inspect work/phantom/tiles/00000-of-00002.json");
  bool again = false;
  bool publishes = false;
  fs::path sources, published;
  stage.flag("--reproduce", again,
             "Makes the artifacts again in a scratch folder, and all that they came from, and says "
             "whether they are the same");
  stage.option("--sources", sources, "For --reproduce: the folder of the images that ingest read");
  stage.option("--published", published, "Says whether the artifacts are those of this file");
  stage.flag("--publish", publishes, "Prints such a file");
  stage.has_no({"--config", "--set", "--output", "--why"});
  return stage.run(argc, argv, [&] {
    if (publishes) return publish(stage, stage.inputs());
    if (!published.empty()) return compare_with_published(stage, stage.inputs(), published);
    for (const auto& path : stage.inputs()) {
      const Manifest manifest = read_manifest(path);
      print_line(stage, fmt::format("{}: {} by stage {} {}", path.string(), manifest.kind,
                                    manifest.stage, manifest.version));
      verify_digests(manifest);
      print_line(stage, "files:");
      for (const auto& file : manifest.files) {
        print_line(stage, fmt::format("  {} {} {} bytes", file.sha256, file.name, file.bytes));
      }
      print_datasets(stage, path, manifest);
      print_json(stage, "contents", manifest.contents);
      print_json(stage, "configuration", manifest.config);
      print_line(stage, "came from:");
      if (!Chain(stage).print(path, "")) {
        throw InputError(path.string(),
                         "was made from artifacts that have changed since, or are damaged");
      }
      if (again) reproduce(stage, path, sources);
    }
  });
}
