#include "artifact/picture_files.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace unetflow {
namespace {

/// The axes of images whose places in time and depth are those of one whole array; else Z, as
/// ImageJ calls the pages of a stack.
Axes axes_of(const std::vector<PictureEntry>& entries) {
  const auto count = static_cast<Index>(entries.size());
  Axes pages = {"Z", {count}};
  if (entries.empty()) return pages;
  const auto place = [](const PictureEntry& entry) {
    return entry.time_and_depth.size() == 2 ? entry.time_and_depth
                                            : std::vector<std::int64_t>{-1, -1};
  };
  // The last place tells the array's size, and each place its own number in it.
  const auto last = place(entries.back());
  const Index times = last[0] + 1, depths = last[1] + 1;
  for (Index i = 0; i < count; ++i) {
    const auto at = place(entries[static_cast<std::size_t>(i)]);
    if (std::max<Index>(at[0], 0) * std::max<Index>(depths, 1) + std::max<Index>(at[1], 0) != i) {
      return pages;
    }
  }
  return {"TZ", {std::max<Index>(times, 1), std::max<Index>(depths, 1)}};
}

bool of_one_size(const std::vector<PictureEntry>& entries) {
  return std::all_of(entries.begin(), entries.end(), [&](const auto& entry) {
    return entry.height == entries[0].height && entry.width == entries[0].width;
  });
}

}  // namespace

std::string file_name_of(const PictureEntry& entry) {
  std::string name = entry.name;
  for (char& c : name) {
    if (std::string_view("<>:\"/\\|?*").find(c) != std::string_view::npos) c = '_';
  }
  return fmt::format("{:05}-{}", entry.index, name);
}

FileDescription description_of(const std::vector<PictureEntry>& entries,
                               const std::vector<double>& pixel_size_um) {
  FileDescription description;
  description.axes = axes_of(entries);
  if (pixel_size_um.size() >= 2) {
    std::copy(pixel_size_um.end() - 2, pixel_size_um.end(), description.pixel_size_um.begin());
  }
  for (const auto& entry : entries) {
    description.plane_names.push_back(entry.title.empty() ? entry.name
                                                          : entry.name + " " + entry.title);
  }
  return description;
}

template <class T>
PictureFiles<T>::PictureFiles(FilePlace place, const std::string& stem,
                              std::vector<PictureEntry> entries, std::vector<double> pixel_size_um,
                              PictureOutputs outputs, std::string suffix)
    : place_(std::move(place)),
      entries_(std::move(entries)),
      pixel_size_um_(std::move(pixel_size_um)),
      outputs_(outputs),
      suffix_(std::move(suffix)),
      is_stack_(!entries_.empty() && of_one_size(entries_)) {
  if (is_stack_) open(stack_, stem + suffix_, entries_);
}

template <class T>
void PictureFiles<T>::open(Files& files, const std::string& stem,
                           const std::vector<PictureEntry>& entries) const {
  double bytes = 0;
  for (const auto& entry : entries) {
    bytes += static_cast<double>(entry.height) * static_cast<double>(entry.width) * sizeof(T);
  }
  const FileDescription description = description_of(entries, pixel_size_um_);
  if (outputs_.tiff) files.tiff.emplace(place_(stem + ".tif"), bytes, description);
  if (outputs_.ome_tiff) {
    files.ome_tiff.emplace(place_(stem + ".ome.tif"), bytes, description, TiffStyle::kOme);
  }
  if (outputs_.ome_zarr) {
    const std::string folder = stem + ".ome.zarr/";
    files.ome_zarr.emplace([this, folder](const auto& name) { return place_(folder + name); },
                           description, stem);
  }
}

template <class T>
void PictureFiles<T>::Files::add(Plane<const T> image) {
  if (tiff) tiff->add(image);
  if (ome_tiff) ome_tiff->add(image);
  if (ome_zarr) ome_zarr->add(image);
}

template <class T>
void PictureFiles<T>::Files::close() {
  if (tiff) tiff->close();
  if (ome_tiff) ome_tiff->close();
  if (ome_zarr) ome_zarr->close();
}

template <class T>
void PictureFiles<T>::add(Plane<const T> image) {
  const PictureEntry& entry = entries_.at(next_++);
  if (is_stack_) return stack_.add(image);
  Files files;
  open(files, file_name_of(entry) + suffix_, {entry});
  files.add(image);
  files.close();
}

template <class T>
void PictureFiles<T>::close() {
  if (is_stack_) stack_.close();
}

template class PictureFiles<float>;
template class PictureFiles<std::uint16_t>;
template class PictureFiles<std::uint32_t>;

void write_ids(FilePlace place, const std::string& stem, std::vector<PictureEntry> entries,
               std::vector<double> pixel_size_um, PictureOutputs outputs,
               std::span<const Picture<std::uint32_t>> pages, std::string suffix) {
  const auto write = [&]<class T>(T) {
    PictureFiles<T> files(std::move(place), stem, std::move(entries), std::move(pixel_size_um),
                          outputs, std::move(suffix));
    for (const auto& page : pages) {
      Picture<T> ids(page.height, page.width);
      std::copy(page.values.begin(), page.values.end(), ids.values.begin());
      files.add(std::as_const(ids).plane());
    }
    files.close();
  };
  const bool wide = std::any_of(pages.begin(), pages.end(), [](const auto& page) {
    return std::any_of(page.values.begin(), page.values.end(),
                       [](std::uint32_t id) { return id > 65535; });
  });
  wide ? write(std::uint32_t{}) : write(std::uint16_t{});
}

}  // namespace unetflow
