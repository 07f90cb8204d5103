#include "plan/fingerprint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <span>

#include "core/error.hpp"
#include "core/quantile.hpp"
#include "ingest/label_kind.hpp"
#include "ingest/pair_list.hpp"
#include "ingest/pairs.hpp"
#include "ingest/smoothed_labels.hpp"
#include "ingest/summary.hpp"
#include "metrics/calibration.hpp"
#include "segmentation/compact_ids.hpp"
#include "segmentation/components.hpp"
#include "segmentation/distance.hpp"
#include "segmentation/separate_cells.hpp"

namespace unetflow {
namespace {

constexpr size_t kMostLookedAt = 64;
constexpr double kMostPixels = 5e7;  ///< after which no further image is looked at

/// Whether several labels belong to an image, as files of single objects do.
bool are_objects(const FoundFiles& files, const PictureFolder& folder) {
  if (!files.patterns.pairs.empty()) {
    const auto labels = read_pair_list(folder, files.patterns.pairs).labels;
    return std::any_of(labels.begin(), labels.end(),
                       [](const auto& own) { return own.size() > 1; });
  }
  const auto images = folder.list(files.patterns.images);
  const auto labels = folder.list_labels(files.patterns.labels);
  if (labels.size() <= images.size() || labels.front().outlines) return false;
  try {
    (void)group_pages(folder, images, labels);
    return true;
  } catch (const InputError&) {
    return false;  // then they are joined one to one, which says what is wrong
  }
}

/// Evenly spread over those that have labels.
std::vector<const SourcePicture*> looked_at(const std::vector<SourcePicture>& pictures) {
  std::vector<const SourcePicture*> labelled, some;
  for (const auto& picture : pictures) {
    if (!picture.labels.empty()) labelled.push_back(&picture);
  }
  const size_t count = std::min(labelled.size(), kMostLookedAt);
  for (size_t i = 0; i < count; ++i) some.push_back(labelled[i * labelled.size() / count]);
  return some;
}

/// Every `step`th pixel of each axis.
Picture<std::int64_t> thinned_out(const Picture<std::int64_t>& values, Index step) {
  Picture<std::int64_t> out((values.height + step - 1) / step, (values.width + step - 1) / step);
  for (Index y = 0; y < out.height; ++y) {
    for (Index x = 0; x < out.width; ++x) {
      out.plane()(y, x) = values.plane()(y * step, x * step);
    }
  }
  return out;
}

/// Whether gray values have no ramps at all, as only drawn labels have none; nor has an image whose
/// pixels were doubled, if not thinned out.
bool looks_like_a_label(const PicturePage& page) {
  return std::visit(
      [](const auto& picture) {
        Picture<std::int64_t> values(picture.height, picture.width);
        constexpr double kLargest = 1e15;
        for (size_t i = 0; i < values.values.size(); ++i) {
          const auto value = static_cast<double>(picture.values[i]);
          if (!(std::abs(value) < kLargest) || value != std::floor(value)) return false;
          values.values[i] = static_cast<std::int64_t>(value);
        }
        const auto [low, high] = std::minmax_element(values.values.begin(), values.values.end());
        if (*low == *high) return false;
        for (const Index step : {1, 2, 3, 4}) {
          if (is_smoothed(thinned_out(values, step).plane())) return false;
        }
        return true;
      },
      page.values);
}

/// What is learned from gray values; also whether images and labels have been swapped.
class GrayLook {
 public:
  void add(const PicturePage& page, const std::string& place) {
    ScalingConfig of_any_type;
    of_any_type.rule = "percentiles";
    const auto gray = scaled(page, of_any_type, place).gray;
    bytes_ = bytes_ && gray.full_scale == 255;
    widths_.push_back((gray.highest - gray.lowest) / std::max(gray.full_scale, 1.0));
    if (looks_like_a_label(page)) {
      if (labels_++ == 0) first_label_ = place;
    }
  }
  bool are_labels() const { return 2 * labels_ > widths_.size(); }
  const std::string& first_label() const { return first_label_; }

  void choose(Fingerprint& found) const {
    constexpr double kLeast = 0.5;  // of the scale
    const bool wide =
        std::all_of(widths_.begin(), widths_.end(), [](double w) { return w >= kLeast; });
    if (bytes_ && wide) {
      found.why_scaling = "8 bits, of which all images use at least half: brightness is kept";
      return;
    }
    found.ingest.scaling.rule = "percentiles";
    found.why_scaling = bytes_ ? "some images use less than half of their 8 bits, so each is "
                                 "scaled by its own darkest and brightest values"
                               : "the type says nothing of the scale of gray values, so each image "
                                 "is scaled by its own darkest and brightest values";
  }

 private:
  bool bytes_ = true;
  std::vector<double> widths_;  ///< share of the scale that an image's values span
  size_t labels_ = 0;
  std::string first_label_;
};

void choose_labels(const std::vector<const SourcePicture*>& some, PictureFolder& folder,
                   const GrayLook& gray, const std::string& kind, Fingerprint& found) {
  std::vector<PageAddress> labels;
  for (const auto* picture : some) {
    labels.insert(labels.end(), picture->labels.begin(), picture->labels.end());
  }
  const auto swapped = [&] {
    throw InputError(gray.first_label(),
                     fmt::format("has the values of a label, and {} those of an image: have images "
                                 "and labels been swapped?",
                                 folder.place(labels.front())));
  };
  LabelKind look;
  try {
    look = label_kind_of(folder, labels, found.ingest.labels.kind == "objects", kind);
  } catch (const InputError&) {
    if (gray.are_labels()) swapped();
    throw;
  }
  if (gray.are_labels() && look.config.threshold > 0) swapped();
  found.ingest.labels = look.config;
  found.why_labels = look.reason;
  found.remarks.insert(found.remarks.end(), look.doubts.begin(), look.doubts.end());
}

/// What cells, or pieces of foreground, are like.
class CellLook {
 public:
  void add(const LabelledPicture& picture) {
    auto label = picture.label;
    std::replace(label.values.begin(), label.values.end(), kIgnored, std::uint8_t{0});
    auto ids = picture.instances;
    if (ids.values.empty()) {
      ids = Picture<std::uint32_t>(label.height, label.width);
      label_components_of_classes(label.plane(), ids.plane());
    }
    const size_t first = cells_.size();
    cells_.resize(first + compact_ids(ids.plane()));
    const auto distance = distance_to_zero(separate_cells(ids.plane()).plane());
    for (Index y = 0; y < ids.height; ++y) {
      for (Index x = 0; x < ids.width; ++x) {
        const auto id = ids.plane()(y, x);
        if (id == 0) continue;
        Cell& cell = cells_[first + id - 1];
        ++cell.area;
        cell.radius = std::max<double>(cell.radius, distance.plane()(y, x));
        note_touching(first, ids, y, x);
      }
    }
    for (const auto value : picture.label.values) ++pixels_[value];
  }

  void sum_up(Fingerprint& found) {
    double annotated = 0, all = 0, lines = 0, touching = 0;
    found.rarest = 1;
    for (size_t id = 0; id < kIgnored; ++id) annotated += pixels_[id];
    for (size_t id = 0; id < kIgnored && annotated > 0; ++id) {
      if (pixels_[id] > 0) found.rarest = std::min(found.rarest, pixels_[id] / annotated);
    }
    found.foreground = annotated > 0 ? 1 - pixels_[0] / annotated : 0;
    found.cells = static_cast<Index>(cells_.size());
    for (const auto& cell : cells_) {
      all += cell.area;
      touching += cell.touches;
      constexpr double kLong = 12;  // times as long as wide
      if (cell.area > kLong * 4 * cell.radius * cell.radius) lines += cell.area;
    }
    found.are_lines = 2 * lines > all;
    found.touching = cells_.empty() ? 0 : touching / static_cast<double>(cells_.size());
    std::sort(cells_.begin(), cells_.end(),
              [](const Cell& a, const Cell& b) { return a.radius < b.radius; });
    double below = 0;
    for (const auto& cell : cells_) {
      found.width = 2 * cell.radius;
      if ((below += cell.area) >= all / 2) break;
    }
  }

 private:
  struct Cell {
    double area = 0, radius = 0;
    bool touches = false;
  };
  void note_touching(size_t first, const Picture<std::uint32_t>& ids, Index y, Index x) {
    const auto id = ids.plane()(y, x);
    const auto meet = [&](std::uint32_t other) {
      if (other == 0 || other == id) return;
      cells_[first + id - 1].touches = cells_[first + other - 1].touches = true;
    };
    if (x > 0) meet(ids.plane()(y, x - 1));
    if (y > 0) meet(ids.plane()(y - 1, x));
  }

  std::vector<Cell> cells_;
  std::array<double, 256> pixels_ = {};
};

std::string task_of(const std::vector<PredictedPicture>& labels) {
  SegmentConfig config;
  config.threshold = 0.5;  // is not chosen: labels have no probabilities
  return calibrate(
             config, labels.size(), [&](size_t i) { return labels[i]; }, 1, [] {})
      .rule.task;
}

/// Reads images and labels as ingest will, which says what looks wrong.
void look_at_pictures(const std::vector<const SourcePicture*>& some, PictureFolder& folder,
                      Fingerprint& found) {
  Summary summary(found.ingest);
  CellLook cells;
  std::vector<PredictedPicture> labels;
  double pixels = 0;
  for (const auto* source : some) {
    IngestedPicture picture = ingest_picture(found.ingest, folder, *source);
    const std::string place = folder.place(source->picture);
    if (!found.sizes.empty() && picture.input.channels != found.channels) {
      throw InputError(place, fmt::format("has {} channels, expected {} like the images before it",
                                          picture.input.channels, found.channels));
    }
    found.channels = picture.input.channels;
    found.sizes.push_back({picture.input.height, picture.input.width});
    summary.add(picture, place, folder.place(source->labels.front()));
    cells.add(picture);
    pixels += static_cast<double>(picture.label.values.size());
    PredictedPicture& label = labels.emplace_back();
    label.label = std::move(picture.label);
    label.instances = std::move(picture.instances);
    if (pixels > kMostPixels) break;
  }
  cells.sum_up(found);
  if (found.cells == 0) {
    throw InputError(folder.place(some.front()->labels.front()),
                     "and the other labels have no foreground, expected some to learn from");
  }
  found.task = task_of(labels);
  found.looked_at = found.sizes.size();
  const auto remarks = summary.remarks();
  found.remarks.insert(found.remarks.end(), remarks.begin(), remarks.end());
  found.summary = summary.closing_line(found.pixel_size_um);
}

}  // namespace

Fingerprint fingerprint_of(const FoundFiles& files, const std::string& kind) {
  PictureFolder folder(files.root);
  Fingerprint found;
  SourceConfig& source = found.ingest.sources.front();
  source.pairs = files.patterns.pairs;
  if (source.pairs.empty()) source.pictures = files.patterns.images;
  source.labels = files.patterns.labels;
  source.mask = files.patterns.mask;
  if (kind.empty() ? are_objects(files, folder) : kind == "objects") {
    found.ingest.labels.kind = "objects";
  }
  Listing listing = list_pictures(found.ingest, folder);
  found.remarks = listing.remarks;
  found.pixel_size_um = listing.pixel_size;
  found.pictures = std::move(listing.pictures);
  found.labelled = static_cast<size_t>(
      std::count_if(found.pictures.begin(), found.pictures.end(),
                    [](const auto& picture) { return !picture.labels.empty(); }));
  const auto some = looked_at(found.pictures);
  if (found.labelled < found.pictures.size()) {
    found.remarks.push_back(fmt::format("{} of {} images have no label: they are only predicted",
                                        found.pictures.size() - found.labelled,
                                        found.pictures.size()));
  }
  GrayLook gray;
  for (const auto* picture : some) {
    gray.add(folder.read(picture->picture), folder.place(picture->picture));
  }
  choose_labels(some, folder, gray, kind, found);
  gray.choose(found);
  look_at_pictures(some, folder, found);
  return found;
}

}  // namespace unetflow
