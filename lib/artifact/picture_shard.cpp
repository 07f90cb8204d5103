#include "artifact/picture_shard.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"

namespace unetflow {
namespace {

std::string group(const PictureEntry& entry) { return fmt::format("pictures/{:05}/", entry.index); }

template <class T>
void write(ShardWriter& shard, const std::string& name, const Picture<T>& picture,
           DatasetInfo info) {
  Shape shape = {picture.channels, picture.height, picture.width};
  if (info.axes.size() == 2) shape.erase(shape.begin());
  shard.write_whole<T>(name, shape, picture.values, info);
}

template <class T>
Picture<T> read(const ShardReader& shard, const std::string& name) {
  const Shape shape = shard.shape(name);
  if (shape.size() != 2 && shape.size() != 3) {
    throw InputError(shard.path().string() + " dataset " + name,
                     fmt::format("has {} axes, expected [channel,] y, x", shape.size()));
  }
  Picture<T> picture;
  picture.channels = shape.size() == 3 ? shape[0] : 1;
  picture.height = shape[shape.size() - 2];
  picture.width = shape[shape.size() - 1];
  picture.values = shard.read_whole<T>(name);
  return picture;
}

}  // namespace

std::vector<PictureEntry> in_subsets(std::vector<PictureEntry> entries,
                                     const std::vector<std::string>& subsets) {
  if (subsets.empty()) return entries;
  std::erase_if(entries, [&](const PictureEntry& entry) {
    return std::find(subsets.begin(), subsets.end(), entry.subset) == subsets.end();
  });
  return entries;
}

std::vector<PictureEntry> picture_entries(const Manifest& manifest,
                                          const std::vector<std::string>& subsets) {
  return in_subsets(manifest.content<std::vector<PictureEntry>>("pictures"), subsets);
}

void write_picture(ShardWriter& shard, const PictureEntry& entry, const LabelledPicture& picture) {
  write(shard, group(entry) + "image", picture.input,
        {{"channel", "y", "x"}, "1", "gray values, scaled to nominally 0 to 1"});
  if (entry.labelled) {
    write(shard, group(entry) + "label", picture.label,
          {{"y", "x"}, "class", "class of each pixel; 0 is background"});
  }
  if (entry.instances) {
    write(shard, group(entry) + "instances", picture.instances,
          {{"y", "x"}, "instance", "cell that each pixel belongs to; 0 is background"});
  }
}

LabelledPicture read_labelled_picture(const ShardReader& shard, const PictureEntry& entry) {
  LabelledPicture picture;
  picture.input = read<float>(shard, group(entry) + "image");
  if (entry.labelled) picture.label = read<std::uint8_t>(shard, group(entry) + "label");
  if (entry.instances) picture.instances = read<std::uint32_t>(shard, group(entry) + "instances");
  return picture;
}

void write_probability(ShardWriter& shard, const PictureEntry& entry,
                       const Picture<float>& probability) {
  write(shard, group(entry) + "probability", probability,
        {{"class", "y", "x"}, "1", "probability of each class; sums to 1 over the classes"});
}

Picture<float> read_probability(const ShardReader& shard, const PictureEntry& entry) {
  return read<float>(shard, group(entry) + "probability");
}

void write_segments(ShardWriter& shard, const PictureEntry& entry,
                    const Picture<std::uint32_t>& segments) {
  write(shard, group(entry) + "segments", segments,
        {{"y", "x"}, "instance", "cell that was found at each pixel; 0 is background"});
}

Picture<std::uint32_t> read_segments(const ShardReader& shard, const PictureEntry& entry) {
  return read<std::uint32_t>(shard, group(entry) + "segments");
}

}  // namespace unetflow
