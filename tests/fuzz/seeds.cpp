// Seeds that the project's own writers make. Those of other writers are in seeds/.
#include <fstream>

#include "artifact/picture_shard.hpp"
#include "artifact/safetensors.hpp"
#include "artifact/sample_shard.hpp"
#include "artifact/training_log.hpp"
#include "core/digest.hpp"
#include "image/write_picture.hpp"
#include "targets.hpp"

namespace unetflow::fuzz {
namespace {

void write(const fs::path& folder, const std::string& name, Bytes bytes) {
  fs::create_directories(folder);
  std::ofstream(folder / name, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

/// A shard's HDF5 file, and nothing beside it.
void keep_only(const fs::path& folder) {
  for (const char* name : {"00000-of-00001.json", "00000-of-00001.digests"}) {
    fs::remove(folder / name);
  }
}

Picture<std::uint8_t> squares() {
  Picture<std::uint8_t> picture(4, 5);
  for (std::size_t i = 0; i < picture.values.size(); ++i) {
    picture.values[i] = static_cast<std::uint8_t>(i % 2);
  }
  return picture;
}

void write_shards(const fs::path& pictures, const fs::path& augmented) {
  Manifest manifest;
  manifest.kind = "images";
  manifest.stage = "ingest";
  const LabelledPicture picture = {Picture<float>(1, 4, 5), squares(),
                                   Picture<std::uint32_t>(4, 5)};
  const PictureEntry entry = {0, "0", "train", 4, 5, true, true, "0.png"};
  manifest.contents = {{"pictures", {entry}}, {"channels", 1}, {"classes", 2}};
  ShardWriter images(pictures / "00000-of-00001.json");
  write_picture(images, entry, picture);
  images.commit(manifest);
  keep_only(pictures);

  ShardWriter samples(augmented / "00000-of-00001.json");
  const TileShape shape = {1, 6, 2, false};
  create_tiles(samples, 2, shape);
  const LabelledPicture tile = shape.memory();
  write_tile(samples, 0, tile.view());
  write_tile(samples, 1, tile.view());
  write_keys(samples, {{{0, 0}, 0, 0, 0}, {{0, 1}, 0, 0, 2}}, true, true);
  manifest.kind = "augmented";
  manifest.contents["pictures"][0]["tiles"] = 2;
  samples.commit(manifest);
  keep_only(augmented);
}

}  // namespace

void write_seeds(const fs::path& folder) {
  for (const auto& [name, target] : all_targets()) fs::create_directories(folder / name);
  const auto picture = squares();
  write_png(folder / "png/gray.png", picture.plane());
  write_png(folder / "png/colour.png", Picture<std::uint8_t>(3, 4, 5).stack());
  const std::vector<Plane<const std::uint8_t>> pages = {picture.plane(), picture.plane()};
  write_tiff<std::uint8_t>(folder / "tiff/pages.tif", pages);
  const Picture<float> values(4, 5);
  write_tiff<float>(folder / "tiff/float.tif", std::vector<Plane<const float>>{values.plane()});
  write_shards(folder / "pictures", folder / "augmented");

  const std::vector<float> weights = {1, 2, 3, 4};
  const Tensors tensors = {{"a.bias", Tensor::of({4}, weights)},
                           {"a.weight", Tensor::of({2, 2}, weights)}};
  write_safetensors(folder / "safetensors/two.safetensors", tensors, {{"format", "pt"}});
  const Json said = {
      {"identity", std::string(64, '0')},
      {"computation", {{"threads", 1}}},
      {"position", {{"epoch", 0}, {"samples_done", 2}, {"step", 1}}},
      {"progress",
       {{"loss_sum", 1.5}, {"best", {{"score", 0.5}, {"epoch", -1}, {"measurements_since", 0}}}}},
      {"log_bytes", 0},
      {"log_sha256", sha256("")}};
  write_safetensors(folder / "checkpoint/first.safetensors", tensors,
                    {{"checkpoint", said.dump()}});

  write(folder / "training_log", "two.jsonl",
        log_line(UpdateRecord{0, 0, 1.5, 0.01}) + "\n" +
            log_line(EpochRecord{0, 1.5, ValidationScores{0.9, 0.9, 0.1}}) + "\n");
}

}  // namespace unetflow::fuzz
