#include "ingest/ingest.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "image/reader_helpers.hpp"
#include "ingest/pair_list.hpp"
#include "ingest/pairs.hpp"
#include "ingest/pixel_size.hpp"

namespace unetflow {
namespace {

/// Turns a label as its image is turned, where that is needed: the image's file says how it is to
/// be turned, the label's file says nothing, and only turned it fits. Throws InputError where it
/// fits both ways.
void turn_like(const PicturePage& image, const std::string& image_place, PicturePage& label,
               const std::string& place) {
  if (image.orientation <= 1 || label.orientation > 1) return;
  const PageSize seen = size_of(image), stored = size_of(label);
  const bool transposed = image.orientation >= 5 && seen.height != seen.width;
  if (!transposed) {
    throw InputError(place, fmt::format("says nothing of how it is to be turned, and {} says "
                                        "Orientation {}: expected both with the same tag, or "
                                        "without it",
                                        image_place, image.orientation));
  }
  // Drawn on the image as it was seen.
  if (stored.height == seen.height && stored.width == seen.width) return;
  std::visit([&](auto& picture) { picture = oriented(std::move(picture), image.orientation); },
             label.values);
}

/// The images of a source with their labels; notes in `listing` what users should know.
PairList pairs_of(const SourceConfig& source, bool objects, const PictureFolder& folder,
                  Listing& listing) {
  if (!source.pairs.empty()) return read_pair_list(folder, source.pairs);
  PairList list{folder.list(source.pictures, source.axes), {}};
  list.labels.resize(list.pictures.size());
  if (source.labels.empty()) return list;
  const auto labels = folder.list(source.labels, source.label_axes);
  if (objects) {
    list.labels = group_pages(folder, list.pictures, labels);
    return list;
  }
  const Pairs pairs = pair_pages(folder, list.pictures, labels);
  for (size_t i = 0; i < pairs.labels.size(); ++i) {
    if (!pairs.labels[i].file.empty()) list.labels[i] = {pairs.labels[i]};
  }
  if (pairs.rule == "order") {
    listing.remarks.push_back(fmt::format(
        "{}: belongs to {} by order, the first to the first, because no name says which belong "
        "together",
        folder.place(labels.front()), folder.place(list.pictures.front())));
  }
  return list;
}

}  // namespace

std::vector<std::string> SourcePicture::label_names() const {
  std::vector<std::string> names;
  for (const auto& label : labels) names.push_back(label.text());
  return names;
}

void check_ingest(const IngestConfig& config, const std::string& place) {
  check_scaling(config.scaling, place);
  check_labels(config.labels, place);
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const auto& source = config.sources[i];
    const auto at = [&](const char* key) {
      return fmt::format("{} at /sources/{}/{}", place, i, key);
    };
    if (!source.axes.empty()) parse_axes(source.axes, at("axes"));
    if (!source.label_axes.empty()) parse_axes(source.label_axes, at("label_axes"));
  }
}

bool holds_nothing(const IngestConfig& config, const PictureFolder& folder) {
  return std::none_of(config.sources.begin(), config.sources.end(), [&](const auto& source) {
    return folder.matches(source.pairs.empty() ? source.pictures : source.pairs) ||
           (!source.labels.empty() && folder.matches(source.labels));
  });
}

Listing list_pictures(const IngestConfig& config, const PictureFolder& folder) {
  Listing listing;
  for (const auto& source : config.sources) {
    const PairList list = pairs_of(source, config.labels.kind == "objects", folder, listing);
    for (size_t i = 0; i < list.pictures.size(); ++i) {
      SourcePicture picture;
      picture.index = static_cast<std::int64_t>(listing.pictures.size());
      picture.name = list.pictures[i].name();
      picture.picture = list.pictures[i];
      picture.labels = list.labels[i];
      picture.subset = picture.labels.empty() ? "test" : source.subset;
      if (picture.labels.size() > 1 && config.labels.kind != "objects") {
        throw InputError(folder.place(picture.picture),
                         fmt::format("has {} labels, expected one, or labels.kind objects",
                                     picture.labels.size()));
      }
      listing.pictures.push_back(std::move(picture));
    }
    if (!source.pairs.empty()) listing.lists.push_back(source.pairs);
  }
  listing.pixel_size = pixel_size_of(listing.pictures, folder, config.pixel_size, listing.remarks);
  return listing;
}

IngestedPicture ingest_picture(const IngestConfig& config, PictureFolder& folder,
                               const SourcePicture& source) {
  const std::string where = folder.place(source.picture);
  IngestedPicture out;
  const PicturePage page = folder.read(source.picture);
  auto [input, gray] = scaled(page, config.scaling, where);
  out.input = std::move(input);
  out.gray = gray;
  out.alpha_dropped = page.alpha_dropped;
  if (source.labels.empty()) return out;
  std::vector<PicturePage> pages;
  std::vector<std::string> places;
  for (const auto& address : source.labels) {
    places.push_back(folder.place(address));
    pages.push_back(folder.read(address, Reading::kStored));
    turn_like(page, where, pages.back(), places.back());
    const PageSize size = size_of(pages.back());
    if (size.height != out.input.height || size.width != out.input.width) {
      throw InputError(
          places.back(),
          fmt::format("is {} x {} (height x width), expected {} x {} like {}", size.height,
                      size.width, out.input.height, out.input.width, where));
    }
  }
  Labels labels = config.labels.kind == "objects"
                      ? join_objects(pages, config.labels, places, out.shared)
                      : read_labels(pages.front(), config.labels, places.front());
  out.label = std::move(labels.label);
  out.instances = std::move(labels.instances);
  out.foreground = labels.foreground;
  return out;
}

Json label_contents(const LabelConfig& labels) {
  Json contents = {{"kind", labels.kind == "objects" ? "instances" : labels.kind}};
  if (!labels.names.empty()) contents["names"] = labels.names;
  return contents;
}

PictureEntry entry_of(const SourcePicture& source, const LabelledPicture& picture) {
  PictureEntry entry;
  entry.index = source.index;
  entry.name = source.name;
  entry.subset = source.subset;
  entry.height = picture.input.height;
  entry.width = picture.input.width;
  entry.labelled = picture.label.height > 0;
  entry.instances = picture.instances.height > 0;
  entry.source = source.picture.file;
  entry.title = source.picture.title;
  entry.time_and_depth = source.picture.time_and_depth;
  entry.labels = source.label_names();
  return entry;
}

}  // namespace unetflow
