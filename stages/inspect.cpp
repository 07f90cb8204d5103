// Prints an artifact: what it holds, its configuration, and the chain of what it came from; checks
// every digest on the way.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "artifact/shard.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

/// "from 0 to 0.996, mean 0.49", sample by sample so that any size fits in memory.
template <class T>
std::string range(const ShardReader& shard, const std::string& name, const Shape& shape) {
  std::int64_t size = 1;
  for (size_t axis = 1; axis < shape.size(); ++axis) size *= shape[axis];
  std::vector<T> values(static_cast<size_t>(size));
  T low{}, high{};
  double sum = 0;
  for (std::int64_t i = 0; i < shape[0]; ++i) {
    shard.read<T>(name, i, values);
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    low = i == 0 ? *least : std::min(low, *least);
    high = i == 0 ? *most : std::max(high, *most);
    for (const T value : values) sum += static_cast<double>(value);
  }
  if (shape[0] == 0 || size == 0) return "empty";
  const auto count = static_cast<double>(shape[0] * size);
  return fmt::format("from {} to {}, mean {:.4g}", low, high, sum / count);
}

void print_datasets(const fs::path& path, const Manifest& manifest) {
  if (!manifest.datasets.is_object() || manifest.datasets.empty()) return;
  const ShardReader shard(path);
  fmt::print("datasets:\n");
  for (const auto& [name, info] : manifest.datasets.items()) {
    const auto dtype = info.at("dtype").get<std::string>();
    const Shape shape = shard.shape(name);
    fmt::print("  {}: {} [{}] ({}), unit {}, {}\n    {}\n", name, dtype, fmt::join(shape, ", "),
               fmt::join(info.at("axes").get<std::vector<std::string>>(), ", "),
               info.at("unit").get<std::string>(),
               dtype == "float32" ? range<float>(shard, name, shape)
                                  : range<std::int64_t>(shard, name, shape),
               info.at("meaning").get<std::string>());
  }
}

/// The artifact and, indented below it, what it came from. Returns false if anything differs from
/// what its user's manifest or its own says. `verified` are those whose files were read already,
/// `above` those that come from this one.
bool print_chain(const fs::path& path, const std::string& expected, std::set<fs::path> above,
                 std::set<fs::path>& verified) {
  const size_t depth = above.size();
  const std::string indent(2 * depth + 2, ' ');
  if (!fs::exists(path)) {
    fmt::print("{}{} GONE: {}\n", indent, expected.substr(0, 12), path.lexically_normal().string());
    return true;  // what an artifact came from may have been deleted since
  }
  if (!above.insert(path.lexically_normal()).second) {
    fmt::print("{}{} DAMAGED: {} comes from itself\n", indent, expected.substr(0, 12),
               path.lexically_normal().string());
    return false;
  }
  try {
    const Manifest manifest = read_manifest(path);
    if (verified.insert(path.lexically_normal()).second) verify_digests(path, manifest);
    const std::string digest = sha256_of_file(path);
    const bool same = expected.empty() || digest == expected;
    fmt::print("{}{} {} {} by {} {}{}\n", indent, digest.substr(0, 12), manifest.kind,
               path.lexically_normal().string(), manifest.stage, manifest.version,
               same ? "" : "  DIFFERS: has changed since it was used");
    for (const auto& source : manifest.sources) {
      fmt::print("{}  {} file {}\n", indent, source.sha256.substr(0, 12), source.path);
    }
    bool whole = same;
    for (const auto& input : manifest.inputs) {
      whole &= print_chain(path.parent_path() / input.path, input.sha256, above, verified);
    }
    return whole;
  } catch (const InputError& error) {
    fmt::print("{}{} DAMAGED: {}\n", indent, expected.substr(0, 12), error.what());
    return false;
  }
}

}  // namespace

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage(
      "inspect", kRevision,
      "Prints artifacts (datasets with shapes, types and ranges, configuration, the chain of "
      "what they came from) and verifies their digests.",
      "unetflow-inspect work/phantom/tiles/00000-of-00002.json");
  stage.output_is_optional();
  return stage.run(argc, argv, [&] {
    for (const auto& path : stage.inputs()) {
      const Manifest manifest = read_manifest(path);
      fmt::print("{}: {} by stage {} {}\n", path.string(), manifest.kind, manifest.stage,
                 manifest.version);
      verify_digests(path, manifest);
      fmt::print("files:\n");
      for (const auto& file : manifest.files) {
        fmt::print("  {} {} {} bytes\n", file.sha256, file.name, file.bytes);
      }
      print_datasets(path, manifest);
      fmt::print("contents: {}\nconfiguration: {}\n", manifest.contents.dump(2),
                 manifest.config.dump(2));
      fmt::print("came from:\n");
      std::set<fs::path> verified = {path.lexically_normal()};
      if (!print_chain(path, "", {}, verified)) {
        throw InputError(path.string(),
                         "was made from artifacts that have changed since, or are damaged");
      }
    }
  });
}
