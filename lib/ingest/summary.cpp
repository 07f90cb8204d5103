#include "ingest/summary.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <unordered_map>

#include "core/error.hpp"
#include "core/words.hpp"
#include "ingest/label_shapes.hpp"
#include "ingest/value_counts.hpp"
#include "segmentation/components.hpp"

namespace unetflow {
namespace {

Index largest(const std::unordered_map<std::uint32_t, Index>& pixels) {
  Index most = 0;
  for (const auto& [id, count] : pixels) most = std::max(most, id == 0 ? 0 : count);
  return most;
}

/// The largest value of 8 or 16 bits, where it is more than twice any other id.
std::optional<std::uint32_t> id_of_ignored(const std::unordered_map<std::uint32_t, Index>& cells) {
  std::uint32_t first = 0, second = 0;
  for (const auto& [id, count] : cells) {
    second = std::max(second, std::min(first, id));
    first = std::max(first, id);
  }
  const bool largest = first == 255 || first == 65535;
  return largest && second > 0 && 2 * second < first ? std::optional(first) : std::nullopt;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

bool looks_inverted(const Picture<std::uint8_t>& label) {
  constexpr std::uint32_t kSpots = 5;
  Picture<std::uint8_t> mask(label.height, label.width);
  Picture<std::uint32_t> ids(label.height, label.width);
  const auto components_of = [&](std::uint8_t value) {
    std::transform(label.values.begin(), label.values.end(), mask.values.begin(),
                   [&](std::uint8_t id) -> std::uint8_t { return id == value; });
    return label_components(mask.plane(), 4, ids.plane());
  };
  const auto all = std::count(label.values.begin(), label.values.end(), std::uint8_t{1});
  if (2 * all < label.height * label.width || components_of(0) < kSpots) return false;
  components_of(1);
  return 100 * largest(counts(ids.values)) > 95 * all;
}

bool is_gray_in_rgb(const Picture<float>& image) {
  const auto plane = static_cast<std::ptrdiff_t>(image.height * image.width);
  const auto first = image.values.begin();
  return image.channels == 3 && std::equal(first, first + plane, first + plane) &&
         std::equal(first, first + plane, first + 2 * plane);
}

void Summary::note(const std::string& what, const std::string& place, const std::string& detail) {
  Seen& seen = seen_[what];
  if (seen.count++ > 0) return;
  seen.first = place;
  seen.detail = detail;
}

void Summary::look_at_gray_values(const GrayValues& gray, const std::string& place) {
  constexpr double kManySaturated = 0.2;
  constexpr double kFarFromOne = 16;
  if (gray.lowest == gray.highest) {
    note(fmt::format("has the gray value {} everywhere", gray.lowest), place);
  } else if (gray.two_valued) {
    note("has two gray values only, as a label has; is it an image?", place);
  } else if (gray.saturated > kManySaturated) {
    note("is saturated: more than a fifth of its values are the largest that its type holds",
         place);
  }
  const bool floats = gray.type == "floats" && config_.scaling.rule == "dtype";
  if (floats && std::max(-gray.lowest, gray.highest) > kFarFromOne) {
    note(
        "has floats far from 0 to 1, which are taken as they are; set scaling to a range or to "
        "percentiles",
        place);
  }
  const auto [low, high] = gray.range;
  if (config_.scaling.rule == "range" && (gray.lowest < low || gray.highest > high)) {
    note("has values outside scaling.range", place);
  }
}

void Summary::look_at_labels(const IngestedPicture& picture, const std::string& place) {
  ++labelled_;
  for (const auto& traits : picture.traits) agreement_.add(traits);
  const auto of_label = counts(picture.label.values);
  for (const auto& [id, count] : of_label) pixels_[id] += count;
  const auto of = [&](std::uint8_t id) { return of_label.contains(id) ? of_label.at(id) : 0; };
  const Index area = picture.label.height * picture.label.width;
  if (of(kIgnored) == area) {
    note("has a label in which nothing is annotated", place);
  } else if (of(0) + of(kIgnored) == area) {
    note(
        "has a label without any foreground: it trains and is measured as an image in which there "
        "is nothing; if it is not annotated, leave its label out (of a stack, in a list of pairs)",
        place);
  } else if (of(0) == 0) {
    note("has a label without any background", place);
  } else if (picture.instances.values.empty() && looks_inverted(picture.label)) {
    note(
        "looks inverted: its foreground is one region around spots of background; if it is, set "
        "labels.foreground to the value of the spots, or say in labels.values which is which",
        place);
  }
  const auto cells = counts(picture.instances.values);
  if (const auto id = id_of_ignored(cells)) {
    note(fmt::format("has the id {}, far above its others: if it marks what nobody has annotated, "
                     "set labels.ignore to it",
                     *id),
         place);
  }
  cells_ += static_cast<Index>(cells.size()) - (cells.contains(0) ? 1 : 0);
  if (2 * largest(cells) > area)
    note("has a cell of more than half the image; is it the background?", place);
  if (picture.shared > 0) note("has objects that overlap; the later one has those pixels", place);
  categories_.insert(picture.categories.begin(), picture.categories.end());
  look_at_shapes(picture, place);
  if (picture.empty > 0) note("has outlines that cover no pixel of the image", place);
}

void Summary::look_at_shapes(const IngestedPicture& picture, const std::string& place) {
  constexpr Index kMany = 5;
  auto ids = picture.instances;
  const bool drawn = !ids.values.empty();
  if (!drawn) {
    Picture<std::uint8_t> mask = picture.label;
    std::replace(mask.values.begin(), mask.values.end(), kIgnored, std::uint8_t{0});
    ids = Picture<std::uint32_t>(mask.height, mask.width);
    label_components(mask.plane(), 8, ids.plane());
  }
  const CellShapes shapes = shapes_of(ids.plane());
  if (drawn && shapes.pieces >= kMany && shapes.pieces > 2 * shapes.cells) {
    note("looks like a mask or classes, not like ids of cells:", place,
         fmt::format(" {} pieces of {}", shapes.pieces, counted(shapes.cells, "value")));
  }
  if (shapes.cells >= kMany && 2 * shapes.hollow > shapes.cells) {
    note(
        "has outlines of cells that are not filled: what is inside is background; fill holes "
        "where the cells are meant",
        place);
  }
}

void Summary::look_for_repeated(const IngestedPicture& picture, const std::string& place,
                                const std::string& label_place) {
  const auto is_constant = [](const auto& values) {
    return std::all_of(values.begin(), values.end(),
                       [&](const auto value) { return value == values.front(); });
  };
  const auto earlier = [](Repeated& seen, const auto& values, const std::string& where) {
    return seen.earlier(values.data(), values.size() * sizeof values.front(), where);
  };
  const auto& image = picture.input.values;
  if (!is_constant(image)) {
    const std::string* other = earlier(repeated_images_, image, place);
    if (other != nullptr) return note("is, pixel by pixel, the same image as", place, " " + *other);
  }
  if (picture.label.height == 0 || is_constant(picture.label.values)) return;
  const std::string* other = picture.instances.values.empty()
                                 ? earlier(repeated_labels_, picture.label.values, label_place)
                                 : earlier(repeated_labels_, picture.instances.values, label_place);
  if (other != nullptr) {
    note("is, pixel by pixel, the same label as that of another image,", label_place, " " + *other);
  }
}

void Summary::add(const IngestedPicture& picture, const std::string& place,
                  const std::string& label_place) {
  images_.push_back({place, picture.gray});
  channels_ = picture.input.channels;
  look_at_gray_values(picture.gray, place);
  if (is_gray_in_rgb(picture.input)) {
    note("is gray saved as RGB: its three channels are the same", place);
  }
  if (picture.alpha_dropped > 0) note("has transparency (alpha), which is dropped", place);
  if (picture.palette_dropped) {
    note("has the colours of a look-up table (LUT), which are dropped: its gray values count",
         place);
  }
  if (picture.label.height > 0) look_at_labels(picture, label_place);
  look_for_repeated(picture, place, label_place);
  resemblance_.add(picture.input);
}

void Summary::add_remarks_of_scale(std::vector<std::string>& remarks) const {
  if (images_.empty() || config_.scaling.rule == "percentiles") return;
  constexpr double kOther = 8;  // times
  std::vector<double> widths;
  for (const auto& [place, gray] : images_) {
    widths.push_back((gray.highest - gray.lowest) / (gray.range[1] - gray.range[0]));
  }
  const double usual = median(widths);
  Index others = 0;
  std::string first;
  for (size_t i = 0; i < images_.size(); ++i) {
    if (widths[i] <= kOther * usual && usual <= kOther * widths[i]) continue;
    if (others++ == 0) first = images_[i].place;
  }
  if (others > 0) {
    remarks.push_back(
        fmt::format("{} with another scale than the rest, their gray values reaching "
                    "more than {} times as far or less than an {}th, the first {}; "
                    "scaling by percentiles would level them",
                    counted(others, "image"), kOther, kOther, first));
  }
  const auto& [place, gray] = images_.front();
  for (const auto& image : images_) {
    if (image.gray.type == gray.type) continue;
    remarks.push_back(fmt::format("{} holds {} and {} {}: is 1 the same in both?", image.place,
                                  image.gray.type, place, gray.type));
    break;
  }
}

void Summary::add_remark_of_contrast(std::vector<std::string>& remarks) const {
  if (images_.empty() || config_.scaling.rule == "percentiles") return;
  const auto& first = images_.front().gray;
  auto [low, high] = first.most;
  for (const auto& [place, gray] : images_) {
    if (gray.full_scale != first.full_scale) return;
    low = std::min(low, gray.most[0]);
    high = std::max(high, gray.most[1]);
  }
  const double scale = first.range[1] - first.range[0];
  const double used = (high - low) / scale;
  if (used <= 0 || used >= (scale == 65535 ? 1.0 / 4 : 1.0 / 8)) return;
  const bool counts = first.full_scale > 0;
  const double from = low >= 0 && 4 * low < high ? 0 : low;
  const double to = counts && from == 0 ? std::exp2(std::ceil(std::log2(high + 1))) - 1 : high;
  remarks.push_back(
      fmt::format("nearly all gray values lie from {:.6g} to {:.6g}, in {:.2g} % of their scale, "
                  "which ends at {}; scaling by the range [{:.6g}, {:.6g}] or by percentiles would "
                  "spread them",
                  low, high, 100 * used, first.range[1], from, to));
}

std::vector<std::string> Summary::remarks() const {
  std::vector<std::string> remarks;
  for (const auto& [what, seen] : seen_) {
    remarks.push_back(
        fmt::format("{}: {}{}{}", seen.first, what, seen.detail, and_more(seen.count)));
  }
  const bool ignores = !config_.labels.ignore.is_array() || !config_.labels.ignore.empty();
  if (ignores && labelled_ > 0 && !pixels_.contains(kIgnored)) {
    remarks.push_back(
        fmt::format("no label has a value of labels.ignore, {}", config_.labels.ignore.dump()));
  }
  for (int id = 0; config_.labels.kind == "classes" && id < config_.labels.classes; ++id) {
    if (labelled_ > 0 && !pixels_.contains(id)) {
      remarks.push_back(
          fmt::format("none of these labels has the class {} of {}", id, config_.labels.classes));
    }
  }
  if (categories_.size() > 1 && config_.labels.values.empty()) {
    remarks.push_back(
        fmt::format("outlines of the categories {} are all taken alike; labels.kind classes, with "
                    "the class of each in labels.values, would tell them apart",
                    fmt::join(categories_, ", ")));
  }
  add_remarks_of_scale(remarks);
  add_remark_of_contrast(remarks);
  constexpr double kAlike = 0.5;
  if (labelled_ > 0 && resemblance_.of_neighbours() > kAlike) {
    remarks.emplace_back(
        "each image resembles the one before, as frames of a movie or slices of a stack do: "
        "what is measured on some of them tells little of other movies");
  }
  return remarks;
}

std::string Summary::closing_line(const std::vector<double>& pixel_size_um) const {
  if (images_.empty()) return "no images";
  double low = images_.front().gray.lowest, high = images_.front().gray.highest;
  for (const auto& [place, gray] : images_) {
    low = std::min(low, gray.lowest);
    high = std::max(high, gray.highest);
  }
  const auto& gray = images_.front().gray;
  std::set<std::string> types;
  for (const auto& image : images_) types.insert(image.gray.type);
  std::string line =
      fmt::format("{} of {}, {} from {} to {}, scaled by ", counted(images_.size(), "image"),
                  counted(channels_, "channel"), fmt::join(types, " and "), low, high);
  line += config_.scaling.rule == "percentiles"
              ? fmt::format("the percentiles {} and {}", config_.scaling.chosen_percentiles()[0],
                            config_.scaling.chosen_percentiles()[1])
          : types.size() > 1 && config_.scaling.rule == "dtype"
              ? "what each type holds"
              : fmt::format("{} to {}", gray.range[0], gray.range[1]);
  if (!pixel_size_um.empty()) {
    line += fmt::format(", pixels of {} x {} um", pixel_size_um[0], pixel_size_um[1]);
  }
  if (labelled_ == 0) return line + "; none labelled";
  line += fmt::format("; {} labelled: ", labelled_);
  Index all = 0;
  for (const auto& [id, count] : pixels_) all += count;
  std::string shares;
  constexpr size_t kMost = 12;
  size_t said = 0;
  for (const auto& [id, count] : pixels_) {
    if (said++ == kMost && pixels_.size() > kMost + 1) {
      shares += fmt::format(" and {} more", pixels_.size() - kMost);
      break;
    }
    const auto place = static_cast<size_t>(id);
    const std::string name = id == kIgnored                        ? "not annotated"
                             : place < config_.labels.names.size() ? config_.labels.names[place]
                             : id == 0                             ? "background"
                             : config_.labels.kind == "classes"    ? fmt::format("class {}", id)
                                                                   : "foreground";
    shares += fmt::format("{}{:.1f} % {}", shares.empty() ? "" : ", ",
                          100 * static_cast<double>(count) / static_cast<double>(all), name);
  }
  line += shares;
  return cells_ > 0 ? line + "; " + counted(cells_, "cell") : line;
}

}  // namespace unetflow
