#include "artifact/picture_shard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "artifact/preprocessing.hpp"
#include "artifact/value_checks.hpp"
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

std::string place_of(const ShardReader& shard, const std::string& name) {
  return shard.path().string() + " dataset " + name;
}

void check_shape(const ShardReader& shard, const std::string& name, const Shape& expected) {
  const Shape shape = shard.shape(name);
  if (shape == expected) return;
  throw InputError(place_of(shard, name),
                   fmt::format("has the shape [{}], expected [{}], as the manifest says of this "
                               "image",
                               fmt::join(shape, ", "), fmt::join(expected, ", ")));
}

/// A dataset that must have just this shape.
template <class T>
Picture<T> read(const ShardReader& shard, const std::string& name, const Shape& shape) {
  check_shape(shard, name, shape);
  Picture<T> picture;
  picture.channels = shape.size() == 3 ? shape[0] : 1;
  picture.height = shape[shape.size() - 2];
  picture.width = shape[shape.size() - 1];
  picture.values = shard.read_whole<T>(name);
  return picture;
}

void check_entries(const std::vector<PictureEntry>& entries, const std::string& place) {
  std::set<std::int64_t> indices;
  for (const auto& entry : entries) {
    if (!indices.insert(entry.index).second) {
      throw InputError(place, fmt::format("lists image {} twice", entry.index));
    }
    // Files beside the shard are called like the images.
    if (!is_name_inside(entry.name) || entry.name.find('/') != std::string::npos) {
      throw InputError(place, fmt::format("has the name {}, expected one that a file may have",
                                          Json(entry.name).dump()));
    }
  }
}

/// Throws InputError where the manifest describes an image that it does not list, or, of whole
/// images, says of one that it has labels that it does not describe, or the reverse.
void check_datasets(const Manifest& manifest, const std::vector<PictureEntry>& entries) {
  if (!manifest.datasets.is_object()) return;
  std::set<std::string> groups;
  for (const auto& entry : entries) groups.insert(group(entry));
  for (const auto& [name, described] : manifest.datasets.items()) {
    if (!name.starts_with("pictures/")) continue;
    if (!groups.contains(name.substr(0, name.rfind('/') + 1))) {
      throw InputError(manifest.path.string() + " at /contents/pictures",
                       fmt::format("does not list the image of dataset {}", name));
    }
  }
  for (const auto& entry : entries) {
    if (!manifest.datasets.contains(group(entry) + "image")) continue;
    for (const auto& [name, said] :
         {std::pair("label", entry.labelled), {"instances", entry.instances}}) {
      if (manifest.datasets.contains(group(entry) + name) == said) continue;
      throw InputError(manifest.path.string() + " at /contents/pictures",
                       fmt::format("says that image {} has {} {}, its datasets say the reverse",
                                   entry.index, said ? "a dataset" : "no dataset", name));
    }
  }
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
  auto entries = manifest.content<std::vector<PictureEntry>>("pictures");
  check_entries(entries, manifest.path.string() + " at /contents/pictures");
  check_datasets(manifest, entries);
  return in_subsets(std::move(entries), subsets);
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

Picture<std::uint8_t> read_label(const ShardReader& shard, const PictureEntry& entry) {
  const std::string name = group(entry) + "label";
  auto label = read<std::uint8_t>(shard, name, {entry.height, entry.width});
  check_classes(label.values, shard.manifest().classes(), place_of(shard, name));
  return label;
}

Picture<float> read_image(const ShardReader& shard, const PictureEntry& entry) {
  const std::string name = group(entry) + "image";
  const auto channels = shard.manifest().content<Index>("channels");
  auto image = read<float>(shard, name, {channels, entry.height, entry.width});
  check_finite(image.values, place_of(shard, name));
  return image;
}

LabelledPicture read_label_and_instances(const ShardReader& shard, const PictureEntry& entry) {
  LabelledPicture picture;
  if (entry.labelled) picture.label = read_label(shard, entry);
  if (entry.instances) {
    picture.instances =
        read<std::uint32_t>(shard, group(entry) + "instances", {entry.height, entry.width});
  }
  return picture;
}

LabelledPicture read_labelled_picture(const ShardReader& shard, const PictureEntry& entry) {
  auto image = read_image(shard, entry);
  LabelledPicture picture = read_label_and_instances(shard, entry);
  picture.input = std::move(image);
  return picture;
}

ProbabilityWriter::ProbabilityWriter(ShardWriter& shard, const PictureEntry& entry, Index classes)
    : shard_(shard),
      name_(group(entry) + "probability"),
      height_(entry.height),
      chunk_(classes, std::min<Index>(entry.height, ShardWriter::kChunkRows), entry.width) {
  shard.create_image<float>(
      name_, {classes, entry.height, entry.width},
      {{"class", "y", "x"}, "1", "probability of each class; sums to 1 over the classes"});
}

void ProbabilityWriter::add(const Picture<float>& rows) {
  for (Index taken = 0; taken < rows.height;) {
    const Index count = std::min(rows.height - taken, chunk_.height - filled_);
    for (Index c = 0; c < rows.channels; ++c) {
      const auto from = rows.plane(c);
      std::copy_n(from.row(taken), count * from.width, chunk_.plane(c).row(filled_));
    }
    taken += count;
    filled_ += count;
    if (filled_ < chunk_.height) continue;
    shard_.write_rows<float>(name_, first_, filled_, chunk_.values);
    first_ += std::exchange(filled_, 0);
    // The last rows may be fewer.
    const Index next = std::min(chunk_.height, height_ - first_);
    if (next < chunk_.height) chunk_ = Picture<float>(chunk_.channels, next, chunk_.width);
  }
}

void write_probability(ShardWriter& shard, const PictureEntry& entry,
                       const Picture<float>& probability) {
  ProbabilityWriter(shard, entry, probability.channels).add(probability);
}

Picture<float> read_probability(const ShardReader& shard, const PictureEntry& entry) {
  const std::string name = group(entry) + "probability";
  Picture<float> probability =
      read<float>(shard, name, {shard.manifest().classes(), entry.height, entry.width});
  check_probabilities(probability, place_of(shard, name));
  return probability;
}

Foreground read_foreground(const ShardReader& shard, const PictureEntry& entry) {
  const std::string name = group(entry) + "probability";
  const Index classes = shard.manifest().classes();
  check_shape(shard, name, {classes, entry.height, entry.width});
  const bool cores = has_cores(shard.manifest().contents);
  Foreground foreground{{entry.height, entry.width}, {}, {}};
  if (cores) {
    foreground.cores = {entry.height, entry.width};
  } else if (classes > 2) {
    foreground.classes = {entry.height, entry.width};
  }
  for (Index first = 0; first < entry.height; first += shard.chunk_rows(name)) {
    Picture<float> rows;
    rows.channels = classes;
    rows.height = std::min(shard.chunk_rows(name), entry.height - first);
    rows.width = entry.width;
    rows.values = shard.read_chunk_rows<float>(name, first);
    check_probabilities(rows, place_of(shard, name), first);
    const auto place = [&](const auto& part, auto& whole) {
      std::copy(part.values.begin(), part.values.end(), whole.plane().row(first));
    };
    const Foreground part = foreground_of(rows, cores);
    place(part.probability, foreground.probability);
    place(part.classes, foreground.classes);
    place(part.cores, foreground.cores);
  }
  return foreground;
}

std::string segments_dataset(const PictureEntry& entry) { return group(entry) + "segments"; }

void write_segments(ShardWriter& shard, const PictureEntry& entry,
                    const Picture<std::uint32_t>& segments, const Picture<std::uint8_t>& classes) {
  write(shard, segments_dataset(entry), segments,
        {{"y", "x"}, "instance", "cell that was found at each pixel; 0 is background"});
  if (classes.values.empty()) return;
  write(shard, group(entry) + "class", classes,
        {{"y", "x"}, "class", "class of the cell at each pixel; 0 is background"});
}

Picture<std::uint32_t> read_segments(const ShardReader& shard, const PictureEntry& entry) {
  return read<std::uint32_t>(shard, segments_dataset(entry), {entry.height, entry.width});
}

Picture<std::uint8_t> read_segment_classes(const ShardReader& shard, const PictureEntry& entry) {
  const std::string name = group(entry) + "class";
  auto classes = read<std::uint8_t>(shard, name, {entry.height, entry.width});
  check_classes(classes.values, shard.manifest().classes(), place_of(shard, name));
  return classes;
}

}  // namespace unetflow
