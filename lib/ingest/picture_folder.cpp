#include "ingest/picture_folder.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "artifact/hdf5_stack.hpp"
#include "core/error.hpp"
#include "core/utf8.hpp"
#include "core/words.hpp"
#include "image/other_formats.hpp"
#include "image/reader_helpers.hpp"
#include "image/zarr_metadata.hpp"
#include "ingest/glob.hpp"
#include "ingest/natural_sort.hpp"

namespace unetflow {
namespace {

namespace fs = std::filesystem;

const std::vector<PictureFormat>& formats() {
  static const auto all = [] {
    auto list = image_formats();
    list.push_back(zarr_format());
    list.push_back(hdf5_format());
    return list;
  }();
  return all;
}

std::string format_names() {
  std::vector<std::string> names;
  for (const auto& format : formats()) names.push_back(format.name);
  return fmt::format("{}", fmt::join(names, ", "));
}

/// In lower case.
std::string ending_of(const fs::path& file) { return lowered(file.extension().string()); }

bool has_ending(const fs::path& file, bool with_datasets) {
  const std::string ending = ending_of(file);
  return std::any_of(formats().begin(), formats().end(), [&](const PictureFormat& format) {
    return format.has_datasets == with_datasets &&
           std::find(format.endings.begin(), format.endings.end(), ending) != format.endings.end();
  });
}

bool is_called_like_outlines(const fs::path& file) {
  const std::string ending = ending_of(file);
  return ending == ".zip" || ending == ".roi" || ending == ".json" || ending == ".geojson";
}

constexpr std::size_t kHead = 64;  // bytes that tell what a file is

/// By content, its first bytes, because names can be wrong. Throws InputError naming the file where
/// there is none.
const PictureFormat& format_of(const fs::path& file, const std::string& head) {
  for (const auto& format : formats()) {
    if (ending_of(file) == ".vsi") break;  // a TIFF of thumbnails: the images are in other files
    for (const auto& magic : format.magic) {
      if (head.starts_with(magic)) return format;
    }
  }
  const std::string known = what_to_convert(head, ending_of(file));
  throw InputError(file.string(), known.empty() ? "is not an image of a known format, expected one "
                                                  "of " +
                                                      format_names()
                                                : known);
}

/// `head` are its first bytes; empty: they are read.
std::unique_ptr<PictureStack> open_pictures(const fs::path& file, const std::string& dataset,
                                            const std::string& axes, std::string head = {}) {
  if (is_zarr(file)) return std::make_unique<PictureStack>(zarr_format(), file, dataset, axes);
  std::error_code failure;
  if (!fs::is_regular_file(file, failure)) throw InputError(file.string(), "is not a file");
  if (head.empty()) head = first_bytes(file, kHead);
  const PictureFormat* format = &format_of(file, head);
  if (format->has_datasets && dataset.empty()) {
    throw InputError(file.string(), fmt::format("is an {} file, expected FILE:DATASET to name one "
                                                "of its datasets",
                                                format->name));
  }
  if (!format->has_datasets && !dataset.empty()) {
    throw InputError(file.string(),
                     fmt::format("is a {} file, which has no dataset {}", format->name, dataset));
  }
  return std::make_unique<PictureStack>(*format, file, dataset, axes);
}

/// FILE and DATASET of "FILE:DATASET", where FILE is there or has the ending of a format with
/// datasets; otherwise all of it and nothing.
std::pair<std::string, std::string> split_dataset(const fs::path& root, const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon == std::string::npos || fs::exists(root / text)) return {text, ""};
  const std::string file = text.substr(0, colon);
  if (!fs::is_regular_file(root / file) && !is_zarr(root / file) && !has_ending(file, true)) {
    return {text, ""};
  }
  return {file, text.substr(colon + 1)};
}

/// What a file says of one of its images.
void note(const FileDescription& file, PageAddress& page) {
  const FileImage& image = file.images[static_cast<size_t>(page.page)];
  page.pixel_size_um = file.pixel_size_um;
  page.channel_names = file.channel_names;
  if (image.t >= 0 || image.z >= 0) page.time_and_depth = {image.t, image.z};
  const auto plane = static_cast<size_t>(image.planes.front());
  if (plane < file.plane_names.size()) page.title = file.plane_names[plane];
}

}  // namespace

std::string PageAddress::name() const {
  const std::string stem = fs::path(file).stem().string();
  return pages > 1 ? fmt::format("{}:{}", stem, page) : stem;
}

std::string PageAddress::text() const {
  return fmt::format("{}{}{}", file, dataset.empty() ? "" : ":" + dataset,
                     pages > 1 ? fmt::format(" page {}", page) : "");
}

/// Relative to the root.
std::vector<fs::path> PictureFolder::files_of(const std::string& pattern) const {
  std::vector<fs::path> files;
  if (fs::is_directory(root_ / pattern) && !is_zarr(root_ / pattern)) {
    files = glob(root_ / pattern, "*").files;
    const auto has_image = [](const fs::path& file) { return has_ending(file, false); };
    const bool images = std::any_of(files.begin(), files.end(), has_image);
    std::erase_if(files, [&](const fs::path& file) {
      return images ? !has_image(file) : !is_called_like_outlines(file);
    });
    for (auto& file : files) file = pattern / file;
  } else if (fs::exists(root_ / pattern)) {  // a name may hold what would otherwise be a pattern
    files = {pattern};
  } else {
    auto matches = glob(root_, pattern);
    files = std::move(matches.files);
    const auto count = static_cast<std::ptrdiff_t>(files.size());
    for (auto& folder : matches.folders) {  // arrays of Zarr are folders
      if (is_zarr(root_ / folder)) files.push_back(std::move(folder));
    }
    std::inplace_merge(files.begin(), files.begin() + count, files.end(),
                       [](const auto& a, const auto& b) {
                         return natural_less(a.generic_string(), b.generic_string());
                       });
  }
  for (const auto& file : files) {
    if (described_ && !described_->contains(file.generic_string())) {
      throw InputError((root_ / file).string(),
                       "is a file that the manifest of its folder does not describe, expected only "
                       "such as it does");
    }
  }
  return files;
}

std::vector<std::string> PictureFolder::parts(const std::string& file) const {
  if (!is_zarr(root_ / file)) return {file};
  std::vector<std::string> parts;
  for (const auto& part : fs::recursive_directory_iterator(root_ / file)) {
    if (part.is_regular_file()) {
      parts.push_back(
          (fs::path(file) / part.path().lexically_relative(root_ / file)).generic_string());
    }
  }
  std::sort(parts.begin(), parts.end());
  return parts;
}

std::vector<std::string> PictureFolder::unread(const std::string& pattern) const {
  if (pattern.empty() || is_zarr(root_ / pattern)) return {};
  std::vector<std::string> unread;
  if (!fs::is_directory(root_ / pattern)) {
    const std::string files = split_dataset(root_, pattern).first;
    if (fs::exists(root_ / files)) return {};
    for (const auto& file : nearly_matching(root_, files)) {
      unread.push_back(fmt::format(
          "{}: is left out by {}, as it is spelled otherwise; the folder alone takes all of its "
          "images",
          (root_ / file).string(), files));
    }
    return unread;
  }
  const auto read = files_of(pattern);
  for (const auto& file : glob(root_ / pattern, "*").files) {
    if (has_ending(file, false) || has_ending(file, true)) continue;
    if (std::find(read.begin(), read.end(), pattern / file) != read.end()) continue;
    const std::string what = what_to_convert("", ending_of(file));
    if (!what.empty()) unread.push_back((root_ / pattern / file).string() + ": " + what);
  }
  return unread;
}

bool PictureFolder::matches(const std::string& pattern) const {
  return !files_of(split_dataset(root_, pattern).first).empty();
}

std::vector<PageAddress> PictureFolder::list(const std::string& pattern,
                                             const StatedAxes& axes) const {
  return list(pattern, axes, false);
}

std::vector<PageAddress> PictureFolder::list_labels(const std::string& pattern,
                                                    const StatedAxes& axes) const {
  return list(pattern, axes, true);
}

std::vector<PageAddress> PictureFolder::list(const std::string& pattern, const StatedAxes& axes,
                                             bool labels) const {
  if (!root_.empty() && fs::path(pattern).is_absolute()) {
    throw InputError(pattern, "is an absolute path, expected one below " + root_.string());
  }
  const auto [file_pattern, dataset] = split_dataset(root_, pattern);
  const auto files = files_of(file_pattern);
  if (files.empty()) {
    throw InputError((root_ / pattern).string(),
                     fs::is_directory(root_ / pattern)
                         ? "has no image files, expected some of " + format_names()
                         : no_match(root_, file_pattern));
  }
  std::vector<PageAddress> pages;
  for (const auto& file : files) {
    if (!is_utf8(file.string())) {
      throw InputError((root_ / file).string(), "has a name that is not UTF-8");
    }
    std::error_code failure;
    const bool ordinary = fs::is_regular_file(root_ / file, failure);
    std::string head = ordinary ? first_bytes(root_ / file, kHead) : "";
    if (labels && ordinary && may_hold_outlines(head)) {
      const auto images = read_outlines(root_ / file);
      for (Index i = 0; i < static_cast<Index>(images.size()); ++i) {
        pages.push_back({file.generic_string(), "", i, static_cast<Index>(images.size()), true,
                         images[static_cast<std::size_t>(i)].image});
      }
      continue;
    }
    try {
      const auto stack = open_pictures(root_ / file, dataset, axes.text, std::move(head));
      for (Index page = 0; page < stack->images(); ++page) {
        pages.push_back({file.generic_string(), dataset, page, stack->images()});
        pages.back().axes = axes.text;
        note(stack->description(), pages.back());
      }
    } catch (const UnclearAxes& error) {
      throw InputError(error.place, error.problem + ", as in " + axes.key);
    }
  }
  if (pages.empty()) throw InputError((root_ / pattern).string(), "has no pages");
  return pages;
}

PicturePage PictureFolder::read(const PageAddress& page, Reading reading) {
  const auto is_open = [&](size_t i) {
    return open_[i].pictures && open_[i].file == page.file && open_[i].dataset == page.dataset &&
           open_[i].axes == page.axes;
  };
  if (!is_open(0)) {
    std::swap(open_[0], open_[1]);
    if (!is_open(0)) {
      open_[0] = {page.file, page.dataset, page.axes,
                  open_pictures(path(page), page.dataset, page.axes)};
    }
  }
  return open_[0].pictures->read(page.page, reading);
}

const OutlinedImage& PictureFolder::outlines(const PageAddress& page) {
  if (outlines_file_ != page.file) {
    outlines_ = read_outlines(path(page));
    outlines_file_ = page.file;
  }
  return outlines_.at(static_cast<std::size_t>(page.page));
}

std::string PictureFolder::file_place(const PageAddress& page) const {
  return dataset_place(path(page), page.dataset);
}

std::string PictureFolder::place(const PageAddress& page) const {
  return page_place(file_place(page), page.page);
}

}  // namespace unetflow
