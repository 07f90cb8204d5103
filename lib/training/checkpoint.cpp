#include "training/checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "artifact/artifact_writer.hpp"
#include "core/digest.hpp"
#include "core/error.hpp"

namespace unetflow {
namespace {

constexpr size_t kKept = 2;

/// Whether a file begins with `bytes` bytes that have this SHA-256.
bool begins_with(const fs::path& file, std::uintmax_t bytes, const std::string& digest) {
  std::ifstream stream(file, std::ios::binary);
  std::string text(bytes, '\0');
  return stream.read(text.data(), static_cast<std::streamsize>(bytes)) && sha256(text) == digest;
}

void remove_checkpoint(const fs::path& manifest) {
  // The manifest first: without it, the other file is not a checkpoint.
  for (const char* extension : {".json", ".safetensors"}) {
    fs::remove(fs::path(manifest).replace_extension(extension));
  }
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

CheckpointFolder::CheckpointFolder(fs::path folder, Manifest identity)
    : folder_(std::move(folder)), identity_(std::move(identity)) {
  identity_.kind = "checkpoint";
  identity_.version.clear();
  for (auto& input : identity_.inputs) input.path = "../../" + input.path;
  own_ = folder_ / sha256(to_json(identity_).dump()).substr(0, 12);
}

std::vector<fs::path> CheckpointFolder::newest_first() const {
  std::vector<fs::path> manifests;
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(own_, missing)) {
    if (entry.path().extension() == ".json") manifests.push_back(entry.path());
  }
  std::sort(manifests.rbegin(), manifests.rend());
  return manifests;
}

fs::path CheckpointFolder::log() const { return own_ / "metrics.jsonl"; }

void CheckpointFolder::save(const Checkpoint& checkpoint) const {
  const std::string name = fmt::format("{:09}", checkpoint.position.step);
  ArtifactWriter writer(own_ / (name + ".json"));
  write_safetensors(writer.file(name + ".safetensors"), checkpoint.tensors);
  Manifest manifest = identity_;
  manifest.contents = {
      {"position", checkpoint.position}, {"progress", checkpoint.progress}, {"log_bytes", 0}};
  if (fs::exists(log())) {
    sync_to_disk(log());
    manifest.contents["log_bytes"] = fs::file_size(log());
    manifest.contents["log_sha256"] = sha256_of_file(log());
  }
  writer.commit(std::move(manifest));
  const auto all = newest_first();
  for (size_t i = kKept; i < all.size(); ++i) remove_checkpoint(all[i]);
}

std::optional<Checkpoint> CheckpointFolder::load(
    const std::function<void(const std::string&)>& report) const {
  for (const auto& path : newest_first()) {
    try {
      const Manifest manifest = read_manifest(path, "checkpoint");
      verify_digests(path, manifest);
      const auto log_bytes = manifest.content<std::uintmax_t>("log_bytes");
      if (log_bytes > 0 &&
          !begins_with(log(), log_bytes, manifest.content<std::string>("log_sha256"))) {
        throw InputError(path.string(), "does not match the training log beside it");
      }
      return Checkpoint{
          manifest.content<TrainingPosition>("position"), manifest.content<Json>("progress"),
          read_safetensors(fs::path(path).replace_extension(".safetensors")), log_bytes};
    } catch (const InputError& error) {
      report(fmt::format("a checkpoint is damaged, using the one before: {}", error.what()));
      remove_checkpoint(path);
    }
  }
  return {};
}

void CheckpointFolder::remove() const {
  fs::remove_all(own_);
  std::error_code not_empty;  // it holds another training's
  fs::remove(folder_, not_empty);
}

}  // namespace unetflow
