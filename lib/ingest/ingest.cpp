#include "ingest/ingest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/words.hpp"
#include "image/reader_helpers.hpp"
#include "ingest/join_objects.hpp"
#include "ingest/label_values.hpp"
#include "ingest/outline_labels.hpp"
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

void remark_pairs(const Pairs& pairs, const PictureFolder& folder,
                  const std::vector<PageAddress>& images, Listing& listing) {
  for (const auto& remark : pairs.remarks) listing.remarks.push_back(remark);
  if (pairs.rule != "order") return;
  listing.remarks.push_back(fmt::format(
      "{}: belongs to {} by order, the first to the first, because no name says which belong "
      "together",
      folder.place(pairs.labels.front()), folder.place(images.front())));
}

/// A label's or mask's page as stored, turned like its image. Throws InputError where it is of
/// another size, or of outlines.
PicturePage stored_page_like(const PicturePage& image, const std::string& image_place,
                             PictureFolder& folder, const PageAddress& address) {
  const std::string place = folder.place(address);
  if (address.outlines) throw InputError(place, "holds outlines, expected pixels");
  PicturePage page = folder.read(address, Reading::kStored);
  turn_like(image, image_place, page, place);
  const PageSize size = size_of(page), expected = size_of(image);
  if (size.height != expected.height || size.width != expected.width) {
    throw InputError(
        place, fmt::format("is {} x {} (height x width), expected {} x {} like {}", size.height,
                           size.width, expected.height, expected.width, image_place));
  }
  return page;
}

/// Ignores what is 0 in a mask.
void ignore_outside(const PicturePage& mask, const std::string& place, Labels& labels) {
  const WholeValues found = whole_values(mask, place);
  std::set<std::int64_t> values;
  for (const auto value : found.values.values) {
    values.insert(value);
    if (mask.lossy || found.colours || values.size() - values.count(0) > 1) {
      throw InputError(place,
                       "has more values than 0 and another, or is smoothed, expected a mask "
                       "in which 0 is outside");
    }
  }
  for (size_t i = 0; i < labels.label.values.size(); ++i) {
    if (found.values.values[i] != 0) continue;
    labels.label.values[i] = kIgnored;
    if (!labels.instances.values.empty()) labels.instances.values[i] = 0;
  }
}

/// Leaves a file that matches both patterns to the narrower one, as where "*" takes "*_mask" too.
/// Throws InputError where neither is.
void tell_apart(std::vector<PageAddress>& images, std::vector<PageAddress>& others,
                const std::string& what, const PictureFolder& folder, Listing& listing) {
  const auto files_of = [](const std::vector<PageAddress>& pages) {
    std::set<std::string> files;
    for (const auto& page : pages) files.insert(page.file + ":" + page.dataset);
    return files;
  };
  const auto of_images = files_of(images), of_others = files_of(others);
  std::set<std::string> shared;
  std::set_intersection(of_images.begin(), of_images.end(), of_others.begin(), of_others.end(),
                        std::inserter(shared, shared.end()));
  if (shared.empty()) return;
  const bool images_lose = shared.size() < of_images.size();
  auto& losing = images_lose ? images : others;
  const auto is_shared = [&](const PageAddress& page) {
    return shared.contains(page.file + ":" + page.dataset);
  };
  const std::string place =
      folder.file_place(*std::find_if(losing.begin(), losing.end(), is_shared));
  const std::string both = "matches the patterns of images and of " + what;
  if (images_lose == (shared.size() < of_others.size())) {
    throw InputError(place, both +
                                ", expected one of them: a pattern for each, as *_raw.tif and "
                                "*_mask.tif, where both are in a folder");
  }
  std::erase_if(losing, is_shared);
  listing.remarks.push_back(fmt::format("{}: {}; taken for one of the {}{}", place, both,
                                        images_lose ? what : "images", and_more(shared.size())));
}

/// The labels of an image's files of pixels.
Labels read_pixels(const IngestConfig& config, PictureFolder& folder, const SourcePicture& source,
                   const PicturePage& page, Index& shared) {
  std::vector<PicturePage> pages;
  std::vector<std::string> places;
  for (const auto& address : source.labels) {
    pages.push_back(stored_page_like(page, folder.place(source.picture), folder, address));
    places.push_back(folder.place(address));
  }
  return config.labels.kind == "objects"
             ? join_objects(pages, config.labels, places, shared)
             : read_labels(pages.front(), config.labels, places.front());
}

/// Labels an image whose page is `page`.
void label(const IngestConfig& config, PictureFolder& folder, const SourcePicture& source,
           const PicturePage& page, IngestedPicture& out) {
  const auto [channels, height, width] = size_of(page);
  Labels labels;
  if (source.labels.front().outlines) {
    DrawnOutlines drawn;
    labels = read_outline_labels(config.labels, folder, source, height, width, drawn);
    out.shared = drawn.shared;
    out.empty = drawn.empty;
    out.categories = std::move(drawn.categories);
  } else {
    labels = read_pixels(config, folder, source, page, out.shared);
  }
  if (!source.mask.file.empty()) {
    ignore_outside(stored_page_like(page, folder.place(source.picture), folder, source.mask),
                   folder.place(source.mask), labels);
  }
  out.label = std::move(labels.label);
  out.instances = std::move(labels.instances);
  out.traits = std::move(labels.traits);
}

/// Joins a source's masks with its images, by name.
void join_masks(const std::vector<PageAddress>& masks, const PictureFolder& folder, PairList& list,
                Listing& listing) {
  const Pairs pairs = pair_pages(folder, list.pictures, masks);
  for (size_t i = 0; i < list.pictures.size(); ++i) {
    if (pairs.labels[i].file.empty() && !list.labels[i].empty()) {
      throw InputError(folder.place(list.pictures[i]), "has no mask, as others have");
    }
  }
  remark_pairs(pairs, folder, list.pictures, listing);
  list.masks = pairs.labels;
}

/// The images of a source with their labels and masks; notes in `listing` what users should know.
PairList pairs_of(const SourceConfig& source, bool objects, const PictureFolder& folder,
                  Listing& listing) {
  const StatedAxes axes = {source.axes};
  const StatedAxes label_axes = {source.label_axes, R"("label_axes": "TCYX")"};
  if (!source.pairs.empty()) {
    return read_pair_list(folder, source.pairs, axes, label_axes);
  }
  PairList list{folder.list(source.pictures, axes), {}, {}};
  std::vector<PageAddress> labels, masks;
  if (!source.labels.empty()) {
    labels = folder.list_labels(source.labels, label_axes);
    tell_apart(list.pictures, labels, "labels", folder, listing);
  }
  if (!source.mask.empty()) {
    masks = folder.list(source.mask);
    tell_apart(list.pictures, masks, "masks", folder, listing);
  }
  list.labels.resize(list.pictures.size());
  list.masks.resize(list.pictures.size());
  if (objects) {
    list.labels = group_pages(folder, list.pictures, labels);
  } else {
    const Pairs pairs = pair_pages(folder, list.pictures, labels);
    for (size_t i = 0; i < pairs.labels.size(); ++i) {
      if (!pairs.labels[i].file.empty()) list.labels[i] = {pairs.labels[i]};
    }
    remark_pairs(pairs, folder, list.pictures, listing);
  }
  if (!masks.empty()) join_masks(masks, folder, list, listing);
  return list;
}

/// Throws InputError where an image is its own label, or its label says that it is of another time
/// or depth.
void check_labels_of(const SourcePicture& picture, const PictureFolder& folder) {
  const auto& at = picture.picture.time_and_depth;
  const auto known = [](const std::vector<std::int64_t>& place) {
    return place.size() == 2 && place[0] >= 0 && place[1] >= 0;
  };
  for (const auto& label : picture.labels) {
    if (label.text() == picture.picture.text()) {
      throw InputError(folder.place(label), "is both an image and its label, expected two files");
    }
    if (known(at) && known(label.time_and_depth) && label.time_and_depth != at) {
      throw InputError(folder.place(label),
                       fmt::format("says that it is of time {} and depth {}, but {} is of time {} "
                                   "and depth {}; expected the same order, or it as label_axes",
                                   label.time_and_depth[0], label.time_and_depth[1],
                                   folder.place(picture.picture), at[0], at[1]));
    }
  }
}

/// Throws InputError where an image is in two sources, as in one that trains and one that does not.
void check_once(const Listing& listing, const PictureFolder& folder) {
  std::set<std::string> seen;
  for (const auto& picture : listing.pictures) {
    if (seen.insert(picture.picture.text()).second) continue;
    throw InputError(folder.place(picture.picture), "is in two of the sources, expected one");
  }
}

/// Tells of files that lie among the images but are not read.
void remark_unread(const SourceConfig& source, const PictureFolder& folder, Listing& listing) {
  for (const auto& pattern : std::set{source.pictures, source.labels, source.mask}) {
    const auto unread = folder.unread(pattern);
    if (unread.empty()) continue;
    listing.remarks.push_back(unread.front() + and_more(unread.size()));
  }
}

/// Tells of pages that a list leaves out, of files of which it names others.
void remark_unlisted(const SourceConfig& source, const PairList& list, const PictureFolder& folder,
                     Listing& listing) {
  std::map<std::string, std::set<Index>> listed;
  for (const auto& picture : list.pictures) listed[folder.file_place(picture)].insert(picture.page);
  for (const auto& picture : list.pictures) {
    const auto& pages = listed[folder.file_place(picture)];
    const auto named = static_cast<Index>(pages.size());
    if (named == picture.pages || picture.page != *pages.begin()) continue;
    listing.remarks.push_back(fmt::format(
        "{}: {} of its {} pages are not in {}; one that is there without a label is only predicted",
        folder.file_place(picture), picture.pages - named, picture.pages, source.pairs));
  }
}

/// The channels' names, of all files that say some. Throws InputError where files have the same
/// channels in another order; notes where they have others.
std::vector<std::string> channel_names_of(const PictureFolder& folder, Listing& listing) {
  const PageAddress* first = nullptr;
  for (const auto& source : listing.pictures) {
    const PageAddress& picture = source.picture;
    const auto& names = picture.channel_names;
    if (names.empty()) continue;
    if (first == nullptr) first = &picture;
    const auto& expected = first->channel_names;
    if (names == expected) continue;
    const std::string place = folder.file_place(picture);
    const std::string differs =
        fmt::format("has the channels {}, {} has {}", fmt::join(names, ", "),
                    folder.file_place(*first), fmt::join(expected, ", "));
    if (std::is_permutation(names.begin(), names.end(), expected.begin(), expected.end())) {
      throw InputError(place, differs + "; expected the same order in all files");
    }
    listing.remarks.push_back(fmt::format("{}: {}: do they mean the same?", place, differs));
    return {};
  }
  return first == nullptr ? std::vector<std::string>() : first->channel_names;
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
    if (!source.pairs.empty()) {
      constexpr const char* kBoth = "has no effect beside pairs, which lists images and labels";
      if (source.pictures != SourceConfig{}.pictures) throw InputError(at("pictures"), kBoth);
      if (!source.labels.empty()) throw InputError(at("labels"), kBoth);
      if (!source.mask.empty()) {
        throw InputError(at("mask"), "has no effect beside pairs, whose column mask names masks");
      }
    } else if (source.labels.empty() && !source.mask.empty()) {
      throw InputError(at("mask"), "has no effect without labels, in which it is ignored");
    } else if (source.labels.empty() && !source.label_axes.empty()) {
      throw InputError(at("label_axes"), "has no effect without labels");
    }
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
      if (!picture.labels.empty()) picture.mask = list.masks[i];
      picture.subset = picture.labels.empty() ? "test" : source.subset;
      if (picture.labels.size() > 1 && config.labels.kind != "objects") {
        throw InputError(folder.place(picture.picture),
                         fmt::format("has {} labels, expected one, or labels.kind objects",
                                     picture.labels.size()));
      }
      check_labels_of(picture, folder);
      listing.pictures.push_back(std::move(picture));
    }
    if (source.pairs.empty()) {
      remark_unread(source, folder, listing);
    } else {
      remark_unlisted(source, list, folder, listing);
      listing.lists.push_back(source.pairs);
    }
  }
  check_once(listing, folder);
  listing.pixel_size = pixel_size_of(listing.pictures, folder, config.pixel_size, listing.remarks);
  compare_label_pixels(listing.pictures, folder, listing.remarks);
  listing.channel_names = channel_names_of(folder, listing);
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
  out.palette_dropped = page.palette_dropped;
  if (!source.labels.empty()) label(config, folder, source, page, out);
  return out;
}

Json label_contents(const LabelConfig& labels, std::int64_t foreground) {
  Json contents = {{"kind", labels.kind == "objects" ? "instances" : labels.kind}};
  if (foreground >= kColour) {
    contents["foreground"] = value_name(foreground);
  } else if (foreground != 0) {
    contents["foreground"] = foreground;
  }
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
  if (!source.mask.file.empty()) entry.mask = source.mask.text();
  return entry;
}

}  // namespace unetflow
