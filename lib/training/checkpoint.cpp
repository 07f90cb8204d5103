#include "training/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <span>

#include "artifact/artifact_writer.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"
#include "training/checkpoint_place.hpp"
#include "training/computation.hpp"

namespace unetflow {
namespace {

/// The key of a file's metadata that says all but the tensors, and its schema.
constexpr const char* kKey = "checkpoint";

/// A checkpoint of the same training that was computed in another way: not damaged, but not to be
/// mixed.
struct OtherComputation : InputError {
  using InputError::InputError;
};

/// SHA-256 of a file's first bytes; empty if there are not so many.
std::string sha256_of_begin(const fs::path& file, std::uintmax_t bytes) {
  std::error_code unknown;
  if (bytes > 0 && !fs::is_regular_file(file, unknown)) return {};  // a FIFO would wait
  std::ifstream stream(file, std::ios::binary);
  Sha256 digest;
  std::vector<char> block(1 << 16);
  while (bytes > 0) {
    stream.read(block.data(),
                static_cast<std::streamsize>(std::min<std::uintmax_t>(bytes, block.size())));
    const auto got = static_cast<std::size_t>(stream.gcount());
    digest.update(std::as_bytes(std::span(block.data(), got)));
    if (got == 0) return {};
    bytes -= got;
  }
  return digest.hex();
}

/// The update after which a checkpoint was made, by its manifest's name; nothing for other files.
std::optional<std::int64_t> step_of(const fs::path& manifest) {
  const std::string name = manifest.stem().string();
  if (manifest.extension() != ".json" || name.empty() || name.size() > 18 ||
      !std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return {};
  }
  return std::stoll(name);
}

/// What a file's metadata say, by schemas/checkpoint.schema.json.
Json said_in(const TensorMetadata& metadata, const std::string& file) {
  const auto text = metadata.find(kKey);
  if (text == metadata.end()) throw InputError(file, "does not say how far its training has come");
  return checked(parse_json(text->second, file), kKey, file);
}

fs::path tensors_of(const fs::path& manifest) {
  return fs::path(manifest).replace_extension(".safetensors");
}

void remove_checkpoint(const fs::path& manifest) {
  // The manifest first: without it, the other file is not a checkpoint. One that cannot be removed
  // only takes space.
  std::error_code ignored;
  for (const auto& file : {manifest, tensors_of(manifest)}) fs::remove(file, ignored);
}

}  // namespace

void Checkpoint::add(const std::string& prefix, const Tensors& more) {
  for (const auto& [name, tensor] : more) tensors.emplace(prefix + name, tensor);
}

Tensors Checkpoint::at(const std::string& prefix) const {
  Tensors found;
  for (const auto& [name, tensor] : tensors) {
    if (name.starts_with(prefix)) found.emplace(name.substr(prefix.size()), tensor);
  }
  return found;
}

/// A checkpoint as it was read.
struct CheckpointFolder::Stored {
  Checkpoint checkpoint;
  std::uintmax_t log_bytes = 0;
};

CheckpointFolder::CheckpointFolder(const fs::path& folder, const Manifest& training,
                                   Json computation)
    : own_(checkpoint_place(folder, training)),
      identity_(checkpoint_identity(training)),
      computation_(std::move(computation)) {}

std::string CheckpointFolder::identity_digest() const { return sha256(to_json(identity_).dump()); }

std::vector<fs::path> CheckpointFolder::newest_first() const {
  std::vector<fs::path> manifests;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(own_, missing)) {
    if (step_of(entry.path())) manifests.push_back(entry.path());
  }
  std::sort(manifests.begin(), manifests.end(),
            [](const auto& a, const auto& b) { return step_of(a) > step_of(b); });
  return manifests;
}

fs::path CheckpointFolder::log() const { return own_ / "metrics.jsonl"; }

void CheckpointFolder::save(const Checkpoint& checkpoint) {
  const std::string name = fmt::format("{:09}", checkpoint.position.step);
  std::error_code missing;
  std::uintmax_t log_bytes = 0;
  if (fs::exists(log(), missing)) {
    sync_to_disk(log());
    log_bytes = fs::file_size(log(), missing);
  }
  const Json said = {
      {"identity", identity_digest()},   {"computation", computation_},
      {"position", checkpoint.position}, {"progress", checkpoint.progress},
      {"log_bytes", log_bytes},          {"log_sha256", sha256_of_begin(log(), log_bytes)}};
  ArtifactWriter writer(own_ / (name + ".json"));
  write_safetensors(writer.file(name + ".safetensors"), checkpoint.tensors, {{kKey, said.dump()}});
  writer.commit(identity_);
  for (const auto& manifest : newest_first()) {
    if (manifest != writer.manifest_path() && manifest != last_whole_) remove_checkpoint(manifest);
  }
  last_whole_ = writer.manifest_path();
}

/// Throws InputError unless all that can be known without the trainer is right.
CheckpointFolder::Stored CheckpointFolder::read(const fs::path& path) const {
  Manifest manifest = read_manifest(path, "checkpoint");
  const fs::path file = tensors_of(path);
  if (manifest.files.size() != 1 || manifest.files.front().name != file.filename()) {
    throw InputError(path.string() + " at /files",
                     "names other files, expected " + file.filename().string());
  }
  TensorMetadata metadata;
  Checkpoint checkpoint;
  checkpoint.tensors = read_safetensors(manifest, file.filename().string(), &metadata);
  const Json said = said_in(metadata, file.string());
  manifest.version.clear();
  manifest.files.clear();
  if (to_json(manifest) != to_json(identity_) || said["identity"] != identity_digest()) {
    throw InputError(path.string(), "is of another training");
  }
  if (const auto difference = other_computation(said["computation"], computation_)) {
    throw OtherComputation(own_.string(), *difference);
  }
  checkpoint.position = said["position"];
  checkpoint.progress = said["progress"];
  if (checkpoint.position.step != step_of(path)) {
    throw InputError(file.string() + " at /position/step",
                     fmt::format("is {}, which is not its name", checkpoint.position.step));
  }
  const std::uintmax_t log_bytes = said["log_bytes"];
  if (said["log_sha256"] != sha256_of_begin(log(), log_bytes)) {
    throw InputError(file.string(), "does not match the training log beside it");
  }
  return {std::move(checkpoint), log_bytes};
}

std::optional<std::uintmax_t> CheckpointFolder::resume(
    const std::function<void(const Checkpoint&, const std::string&)>& restore,
    const std::function<void(const std::string&)>& report) {
  std::error_code ignored;
  for (const auto& left : temporaries_in(own_)) fs::remove_all(left, ignored);  // by killed runs
  const auto all = newest_first();
  for (const auto& path : all) {
    try {
      const Stored stored = read(path);
      restore(stored.checkpoint, tensors_of(path).string());
      last_whole_ = path;
      return stored.log_bytes;
    } catch (const OtherComputation&) {
      throw;
    } catch (const InputError& error) {
      report(fmt::format("a checkpoint is not used: {}", error.what()));
    }
  }
  if (!all.empty()) report("no checkpoint can be used; training begins from the start");
  return {};
}

}  // namespace unetflow
