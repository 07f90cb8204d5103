#include "ingest/pairs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/words.hpp"
#include "ingest/name_order.hpp"
#include "ingest/pair_names.hpp"

namespace unetflow {
namespace {

/// The pages of one file; of outlines that name their images, each is a file of its own.
struct File {
  size_t begin = 0;
  size_t count = 0;
};

std::vector<File> files_of(const std::vector<PageAddress>& pages) {
  std::vector<File> files;
  for (size_t i = 0; i < pages.size(); ++i) {
    const bool same = i > 0 && pages[i].file == pages[i - 1].file && pages[i].image.empty();
    if (!same) files.push_back({i, 0});
    ++files.back().count;
  }
  return files;
}

std::vector<std::string> names_of(const std::vector<File>& files,
                                  const std::vector<PageAddress>& pages) {
  std::vector<std::string> names;
  for (const auto& file : files) {
    const PageAddress& first = pages[file.begin];
    std::filesystem::path name = first.image.empty() ? first.file : first.image;
    names.push_back(name.replace_extension().generic_string());
  }
  return names;
}

constexpr const char* kListThem =
    "expected labels named like their images, or their pairs in a list (\"pairs\" of ingest's "
    "sources, --pairs of new)";

/// Whether files may be joined by order: each has as many pages as its partner, or one file has all
/// the pages of one side.
bool agree(const std::vector<File>& images, const std::vector<File>& labels) {
  const auto pages = [](const auto& files) { return files.back().begin + files.back().count; };
  if (images.size() == 1 || labels.size() == 1) return pages(images) == pages(labels);
  return std::equal(images.begin(), images.end(), labels.begin(), labels.end(),
                    [](const File& a, const File& b) { return a.count == b.count; });
}

/// Images and labels, their files, and the names of these.
struct Sides {
  Sides(const PictureFolder& in, const std::vector<PageAddress>& of_images,
        const std::vector<PageAddress>& of_labels)
      : folder(in),
        images(of_images),
        labels(of_labels),
        image_files(files_of(images)),
        label_files(files_of(labels)),
        image_names(names_of(image_files, images)),
        label_names(names_of(label_files, labels)) {}

  const PictureFolder& folder;
  const std::vector<PageAddress>&images, &labels;
  std::vector<File> image_files, label_files;
  std::vector<std::string> image_names, label_names;
};

/// The frames of one stack that labels, a file each, say by their numbers; empty: they do not.
std::vector<std::ptrdiff_t> frames_of(const Sides& sides) {
  const size_t count = sides.label_files.size();
  if (sides.image_files.size() != 1 || sides.labels.size() != count || count < 2) return {};
  return frame_numbers(sides.label_names, static_cast<std::ptrdiff_t>(sides.images.size()));
}

/// Whether one path is the end of the other, part by part.
bool is_end_of_other(const Names& a, const Names& b) {
  const auto length = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return std::equal(a.end() - length, a.end(), b.end() - length);
}

/// A name without the eight hexadecimal digits that Label Studio puts before those of its uploads.
std::string without_upload(const std::string& name) {
  constexpr size_t kDigits = 8;
  const bool has = name.size() > kDigits + 1 && name[kDigits] == '-' &&
                   name.find_first_not_of("0123456789abcdef") == kDigits;
  return has ? name.substr(kDigits + 1) : name;
}

/// Joins outlines with the images that they name: the one whose path ends like it, or the only one
/// of that name. Empty where none is there. Throws InputError where a name is that of several
/// images, or several labels name one.
NamePairs pairs_of_named_images(const Sides& sides) {
  std::vector<Names> images, labels;
  for (const auto& name : sides.image_names) images.push_back(split(name));
  for (const auto& name : sides.label_names) labels.push_back(split(name));
  for (auto& label : labels) {
    const bool there = std::any_of(images.begin(), images.end(), [&](const Names& image) {
      return image.back() == label.back();
    });
    if (!there) label = {without_upload(label.back())};
  }
  NamePairs pairs{{}, "name"};
  std::map<std::ptrdiff_t, size_t> taken;
  for (size_t i = 0; i < labels.size(); ++i) {
    const PageAddress& label = sides.labels[sides.label_files[i].begin];
    const auto refuse = [&](const std::string& what) {
      throw InputError(sides.folder.file_place(label),
                       fmt::format("names the image {}, {}", label.image, what));
    };
    std::vector<std::ptrdiff_t> called, whole;
    for (size_t k = 0; k < images.size() && !label.image.empty(); ++k) {
      if (images[k].back() != labels[i].back()) continue;
      called.push_back(static_cast<std::ptrdiff_t>(k));
      if (is_end_of_other(images[k], labels[i])) whole.push_back(called.back());
    }
    const auto namesakes = std::count_if(labels.begin(), labels.end(), [&](const Names& other) {
      return other.back() == labels[i].back();
    });
    if (whole.empty() && called.size() == 1 && namesakes == 1) whole = called;
    if (whole.size() > 1) {
      const auto path = [&](size_t k) {
        return sides.folder.file_place(
            sides.images[sides.image_files[static_cast<size_t>(whole[k])].begin]);
      };
      refuse(fmt::format("which may be {} or {}: expected it with its folder", path(0), path(1)));
    }
    pairs.image.push_back(whole.empty() ? -1 : whole.front());
    if (whole.empty()) continue;
    const auto [known, is_new] = taken.emplace(whole.front(), i);
    if (!is_new) {
      refuse("as does " +
             sides.folder.file_place(sides.labels[sides.label_files[known->second].begin]));
    }
  }
  return taken.empty() ? NamePairs() : pairs;
}

/// By name; without a rule where that is not possible. Throws InputError where labels name images
/// that are not there.
NamePairs named_pairs(const Sides& sides) {
  const bool single = sides.image_files.size() == 1 && sides.label_files.size() == 1;
  const auto named = std::find_if(sides.labels.begin(), sides.labels.end(),
                                  [](const PageAddress& label) { return !label.image.empty(); });
  NamePairs names;
  if (named != sides.labels.end()) names = pairs_of_named_images(sides);
  if (!names.rule.empty()) return names;
  if (!single || named != sides.labels.end()) {
    names = pair_names(sides.image_names, sides.label_names);
  }
  if (named != sides.labels.end() && names.rule.empty()) {
    throw InputError(sides.folder.file_place(*named),
                     fmt::format("names the image {}, which is not there, nor are the others that "
                                 "it names",
                                 named->image));
  }
  return single ? NamePairs{{0}, "only file"} : names;
}

/// Throws InputError where the first label cannot belong to the first image, and so on.
void check_order(const Sides& sides) {
  const auto& [folder, images, labels, image_files, label_files, image_names, label_names] = sides;
  if (!agree(image_files, label_files)) {
    throw InputError(
        folder.file_place(labels.front()),
        fmt::format("and the other labels have {} in {} for {} in {} of images, and their names "
                    "do not say which belong together{}; {}",
                    counted(labels.size(), "page"), counted(label_files.size(), "file"),
                    counted(images.size(), "page"), counted(image_files.size(), "file"),
                    image_files.size() == 1 && images.size() > 1
                        ? " (numbers of frames may count from 0 or from 1)"
                    : label_files.size() > image_files.size()
                        ? " (where each is one cell, set labels.kind to objects)"
                        : "",
                    kListThem));
  }
  if (image_files.size() != label_files.size()) return;
  const auto other = against_order(image_names, label_names);
  if (other < 0) return;
  const auto i = static_cast<size_t>(other);
  throw InputError(
      folder.file_place(labels[label_files[i].begin]),
      fmt::format("would belong to {} by order, but names of labels have words of other images; {}",
                  folder.file_place(images[image_files[i].begin]), kListThem));
}

using Places = std::set<std::vector<std::int64_t>>;

/// The places in time and depth of some pages.
Places places_of(const PageAddress* pages, size_t count) {
  Places places;
  for (size_t i = 0; i < count; ++i) places.insert(pages[i].time_and_depth);
  return places;
}

/// Whether pages are of several times and of several depths.
bool have_two_axes(const Places& places) {
  std::set<std::int64_t> times, depths;
  for (const auto& place : places) {
    if (place.size() != 2) continue;
    times.insert(place[0]);
    depths.insert(place[1]);
  }
  return times.size() > 1 && depths.size() > 1;
}

/// Labels of a file for the images of another, `count` both: by time and depth where each page of
/// both files has a place of its own in them, and the places are the same; else in order. Adds to
/// `remarks` where images have two such axes, and the labels do not say which page is where.
void place_pages(const PageAddress* images, const PageAddress* labels, size_t count,
                 const PictureFolder& folder, PageAddress* out, std::vector<std::string>& remarks) {
  std::copy_n(labels, count, out);
  const Places of_images = places_of(images, count), of_labels = places_of(labels, count);
  if (of_images.size() == count && of_images == of_labels) {
    std::map<std::vector<std::int64_t>, const PageAddress*> at;
    for (size_t i = 0; i < count; ++i) at.emplace(labels[i].time_and_depth, &labels[i]);
    for (size_t i = 0; i < count; ++i) out[i] = *at[images[i].time_and_depth];
  } else if (have_two_axes(of_images) && !have_two_axes(of_labels)) {
    remarks.push_back(fmt::format(
        "{}: does not say which of its pages is of which time and depth; taken to be in the order "
        "of {}",
        folder.file_place(*labels), folder.file_place(*images)));
  }
}

void place_by_order(const Sides& sides, Pairs& pairs) {
  const auto &images = sides.image_files, &labels = sides.label_files;
  pairs.labels = sides.labels;
  for (size_t i = 0; images.size() == labels.size() && i < images.size(); ++i) {
    const File& file = images[i];
    place_pages(&sides.images[file.begin], &sides.labels[labels[i].begin], file.count, sides.folder,
                &pairs.labels[file.begin], pairs.remarks);
  }
}

/// Gives the pages of an image's file the label's. Throws InputError where they are not as many.
void place_file(const Sides& sides, File image, File label_file, Pairs& pairs) {
  const PageAddress& label = sides.labels[label_file.begin];
  PageAddress* const out = &pairs.labels[image.begin];
  if (label.outlines && label_file.count == 1) {
    std::fill_n(out, image.count, label);  // its cells say which image of a stack they are in
    return;
  }
  if (image.count != label_file.count) {
    throw InputError(sides.folder.file_place(label),
                     fmt::format("has {}, expected {} like {}", counted(label_file.count, "page"),
                                 image.count, sides.folder.file_place(sides.images[image.begin])));
  }
  place_pages(&sides.images[image.begin], &label, image.count, sides.folder, out, pairs.remarks);
}

void place_by_name(const Sides& sides, const NamePairs& names, Pairs& pairs) {
  const PictureFolder& folder = sides.folder;
  const bool some = std::any_of(names.image.begin(), names.image.end(),
                                [](std::ptrdiff_t image) { return image >= 0; });
  std::vector<std::string> absent;  // images that outlines name
  for (size_t i = 0; i < sides.label_files.size(); ++i) {
    const PageAddress& label = sides.labels[sides.label_files[i].begin];
    if (names.image[i] >= 0) {
      const auto image = sides.image_files[static_cast<size_t>(names.image[i])];
      place_file(sides, image, sides.label_files[i], pairs);
    } else if (!label.image.empty()) {
      absent.push_back(label.image);
    } else {
      throw InputError(folder.file_place(label),
                       fmt::format("has no image that is named like it{}; {}",
                                   some ? ", as other labels have" : "", kListThem));
    }
  }
  if (absent.empty()) return;
  if (!some) {
    throw InputError(folder.file_place(sides.labels.front()),
                     fmt::format("names the image {}, which is not there, nor are the others that "
                                 "it names",
                                 absent.front()));
  }
  pairs.remarks.push_back(
      fmt::format("labels name images that are not there, and are left out: {}{}", absent.front(),
                  and_more(absent.size())));
}

}  // namespace

Pairs pair_pages(const PictureFolder& folder, const std::vector<PageAddress>& images,
                 const std::vector<PageAddress>& labels) {
  Pairs pairs{std::vector<PageAddress>(images.size()), ""};
  if (images.empty() || labels.empty()) return pairs;
  const Sides sides(folder, images, labels);
  const auto frames = frames_of(sides);
  for (size_t i = 0; i < frames.size(); ++i) {
    pairs.labels[static_cast<size_t>(frames[i])] = labels[i];
  }
  if (!frames.empty()) {
    pairs.rule = "number";
    return pairs;
  }
  const NamePairs names = named_pairs(sides);
  pairs.rule = names.rule.empty() ? "order" : names.rule;
  if (names.rule.empty()) {
    check_order(sides);
    place_by_order(sides, pairs);
  } else {
    place_by_name(sides, names, pairs);
  }
  return pairs;
}

std::vector<std::vector<PageAddress>> group_pages(const PictureFolder& folder,
                                                  const std::vector<PageAddress>& images,
                                                  const std::vector<PageAddress>& labels) {
  const auto image_files = files_of(images), label_files = files_of(labels);
  for (const auto& file : image_files) {
    if (file.count > 1) {
      throw InputError(folder.file_place(images[file.begin]),
                       "has several pages, expected one image per file where labels are objects");
    }
  }
  const auto places = group_names(names_of(image_files, images), names_of(label_files, labels));
  std::vector<std::vector<PageAddress>> grouped(images.size());
  for (size_t i = 0; i < label_files.size(); ++i) {
    if (places[i] < 0) {
      throw InputError(folder.file_place(labels[label_files[i].begin]),
                       "belongs to no image, or may belong to two: expected a folder on its way "
                       "that is called like one, or a name that begins like one");
    }
    auto& own = grouped[static_cast<size_t>(places[i])];
    const auto begin = labels.begin() + static_cast<std::ptrdiff_t>(label_files[i].begin);
    own.insert(own.end(), begin, begin + static_cast<std::ptrdiff_t>(label_files[i].count));
  }
  return grouped;
}

}  // namespace unetflow
