#include "image/picture_stack.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/crash.hpp"
#include "image/reader_helpers.hpp"

namespace unetflow {
namespace {

/// The planes' channels behind each other; floats where the planes differ in type.
PicturePage joined(std::vector<PicturePage> planes) {
  const auto all_like_first = [&](const auto& same) {
    return std::all_of(planes.begin(), planes.end(),
                       [&](const auto& plane) { return same(plane, planes.front()); });
  };
  const auto join = [&]<class T>(Picture<T> out) {
    out.channels = 0;
    for (const auto& plane : planes) {
      std::visit(
          [&](const auto& picture) {
            out.channels += picture.channels;
            for (const auto value : picture.values) out.values.push_back(static_cast<T>(value));
          },
          plane.values);
    }
    PicturePage page;
    page.values = std::move(out);
    if (all_like_first([](const auto& a, const auto& b) { return a.bits == b.bits; })) {
      page.bits = planes.front().bits;
    }
    page.lossy = std::any_of(planes.begin(), planes.end(), [](const auto& p) { return p.lossy; });
    page.is_signed =
        std::any_of(planes.begin(), planes.end(), [](const auto& p) { return p.is_signed; });
    page.alpha_dropped = planes.front().alpha_dropped;
    page.palette_dropped = planes.front().palette_dropped;
    page.orientation = planes.front().orientation;
    return page;
  };
  return std::visit(
      [&](const auto& first) {
        using P = std::decay_t<decltype(first)>;
        const PageSize size = size_of(planes.front());
        if (all_like_first([](const auto& a, const auto& b) {
              return a.values.index() == b.values.index();
            })) {
          return join(P(0, size.height, size.width));
        }
        return join(Picture<float>(0, size.height, size.width));
      },
      planes.front().values);
}

}  // namespace

PictureStack::PictureStack(const PictureFormat& format, const std::filesystem::path& file,
                           const std::string& dataset, const std::string& axes)
    : place_(dataset_place(file, dataset)), library_(format.name + "'s library") {
  const ReadingThrough guard(library_, place_);
  // Should the rest throw, the file is closed under the guard.
  auto opened = format.open(file, dataset, axes);
  description_ = opened->describe();
  file_ = std::move(opened);
  if (!axes.empty() && !format.has_datasets) {
    set_axes(parse_axes(axes, place_));
  } else if (!description_.unclear.empty()) {
    throw UnclearAxes(place_, description_.unclear + "; expected its axes to be stated");
  } else if (!description_.axes.letters.empty()) {
    set_axes(description_.axes);
  }
}

/// Of pages, which are [y, x], [channel, y, x], or any two axes of one array.
void PictureStack::set_axes(const Axes& axes) {
  std::string letters = axes.letters;
  Axes of_pages = axes;
  const PageSize page = size_of(file_->read(0));
  // Interleaved colours are an axis of the page's own.
  if (letters.ends_with("YXC") && page.channels > 1) {
    of_pages.letters.pop_back();
    if (of_pages.sizes.back() != 0 && of_pages.sizes.back() != page.channels) {
      throw InputError(place_, fmt::format("has {} samples per pixel, which the axes {} do not fit",
                                           page.channels, letters));
    }
    of_pages.sizes.pop_back();
  }
  const auto& shape = description_.shape;
  const auto open = std::count(of_pages.sizes.begin(), of_pages.sizes.end() - 2, 0);
  if (open > 1 && shape.size() == of_pages.sizes.size()) of_pages = fitted(of_pages, shape, place_);
  of_pages = fitted_to_pages(of_pages, file_->pages(), page.height, page.width, place_);
  if (of_pages.letters.ends_with("YX")) {
    description_.images = images_of(of_pages.leading());
    return;
  }
  if (page.channels > 1) {
    throw InputError(place_, fmt::format("has {} samples per pixel, which the axes {} do not fit",
                                         page.channels, letters));
  }
  turned_ = of_pages;
  description_.images = images_of(of_pages.leading());
  description_.plane_names.clear();
}

PictureStack::~PictureStack() {
  const ReadingThrough guard(library_, place_);
  file_.reset();
}

PicturePage PictureStack::read(Index image, Reading reading) {
  const std::string place = page_place(place_, image);
  check_page(place, image, images());
  const ReadingThrough guard(library_, place);
  const FileImage& chosen = description_.images[static_cast<std::size_t>(image)];
  if (!turned_.letters.empty()) return gathered(chosen, reading);
  if (chosen.planes.size() == 1) return file_->read(chosen.planes.front(), reading);
  std::vector<PicturePage> planes;
  for (const Index plane : chosen.planes) {
    planes.push_back(file_->read(plane, reading));
    const PageSize size = size_of(planes.back()), first = size_of(planes.front());
    if (size.height != first.height || size.width != first.width) {
      throw InputError(
          page_place(place_, plane),
          fmt::format("is {} x {} (height x width), expected {} x {} like page {}, "
                      "another channel of the same image",
                      size.height, size.width, first.height, first.width, chosen.planes.front()));
    }
  }
  return joined(std::move(planes));
}

/// Of an array whose pages are not [y, x]: all its pages are read, and values brought to their
/// places.
PicturePage PictureStack::gathered(const FileImage& image, Reading reading) {
  const std::size_t last = turned_.letters.size() - 1;
  const Index height = turned_.size('Y'), width = turned_.size('X');
  const auto step = [&](std::size_t axis) {
    const char letter = turned_.letters[axis];
    return letter == 'C' ? height * width : letter == 'Y' ? width : letter == 'X' ? 1 : 0;
  };
  const auto belongs = [&](std::size_t axis, Index at) {
    const char letter = turned_.letters[axis];
    return (letter != 'T' || at == image.t) && (letter != 'Z' || at == image.z);
  };
  std::vector<PicturePage> pages;
  std::vector<Index> begins;
  for (Index number = 0; number < file_->pages(); ++number) {
    Index rest = number, begin = 0;
    bool wanted = true;
    for (std::size_t axis = last - 1; axis-- > 0;) {
      const Index at = rest % turned_.sizes[axis];
      rest /= turned_.sizes[axis];
      begin += at * step(axis);
      wanted = wanted && belongs(axis, at);
    }
    if (!wanted) continue;
    pages.push_back(file_->read(number, reading));
    begins.push_back(begin);
    const PageSize size = size_of(pages.back());
    if (size.channels != 1 || size.height != turned_.sizes[last - 1] ||
        size.width != turned_.sizes[last]) {
      throw InputError(page_place(place_, number), "has another size than the first page");
    }
  }
  PicturePage all = joined(std::move(pages));
  std::visit(
      [&](auto& stored) {
        std::decay_t<decltype(stored)> out(turned_.size('C'), height, width);
        for (std::size_t k = 0; k < begins.size(); ++k) {
          const auto page = stored.plane(static_cast<Index>(k));
          for (Index v = 0; v < page.height; ++v) {
            for (Index u = 0; belongs(last - 1, v) && u < page.width; ++u) {
              if (!belongs(last, u)) continue;
              out.values[static_cast<std::size_t>(begins[k] + v * step(last - 1) +
                                                  u * step(last))] = page(v, u);
            }
          }
        }
        stored = std::move(out);
      },
      all.values);
  return all;
}

}  // namespace unetflow
