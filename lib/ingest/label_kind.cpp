#include "ingest/label_kind.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "ingest/label_values.hpp"
#include "ingest/smoothed_labels.hpp"
#include "ingest/value_counts.hpp"
#include "segmentation/components.hpp"

namespace unetflow {
namespace {

constexpr size_t kManyValues = 254;  ///< in one page: ids
constexpr size_t kFewValues = 32;    ///< in all pages: may be classes
constexpr double kOnePiece = 1.5;    ///< pieces per value: cells are in one, classes in many
constexpr std::int64_t kUsualIgnored = 255;

using Values = std::set<std::int64_t>;

/// What pages hold, all together.
struct Seen {
  Values values;          ///< at most some more than kManyValues
  std::set<Values> sets;  ///< of single pages
  size_t most = 0;        ///< values in one page
  double pieces = 0;      ///< 8-connected, of some px, of values but 0
  double valued = 0;      ///< values but 0 that pieces were counted of
  double drawn = 0;       ///< pixels of values but 0
  double inner = 0;       ///< of those, pixels that are not in lines
  double pixels = 0;
  std::map<std::int64_t, double> of_value;  ///< pixels of each
  bool colours = false;
  double highest_soft = 0;  ///< of smoothed pages; 0: none is
  std::string soft_place;
};

/// 4-connected pieces of at least 4 px of each value but 0, and how many values these are.
void count_pieces(const WholeValues& found, const Values& values, Seen& seen) {
  constexpr Index kSpeck = 4;
  std::map<std::int64_t, std::uint8_t> number;
  for (const auto value : values) {
    if (value != 0) number.emplace(value, static_cast<std::uint8_t>(number.size() + 1));
  }
  Picture<std::uint8_t> numbers(found.values.height, found.values.width);
  for (size_t i = 0; i < numbers.values.size(); ++i) {
    const auto value = found.values.values[i];
    numbers.values[i] = value == 0 ? std::uint8_t{0} : number.at(value);
  }
  Picture<std::uint32_t> ids(numbers.height, numbers.width);
  std::vector<Index> areas(label_components_of_classes(numbers.plane(), ids.plane()) + 1);
  for (const auto id : ids.values) ++areas[id];
  seen.pieces += static_cast<double>(
      std::count_if(areas.begin() + 1, areas.end(), [](Index area) { return area >= kSpeck; }));
  seen.valued += static_cast<double>(number.size());
}

/// How much is drawn, and how much of it is wider than the lines of a brush.
void measure_lines(const Picture<std::int64_t>& values, Seen& seen) {
  constexpr Index kReach = 4;  // px to all sides
  const auto at = values.plane();
  for (Index y = 0; y < values.height; ++y) {
    for (Index x = 0; x < values.width; ++x) {
      const auto v = at(y, x);
      ++seen.pixels;
      if (v == 0) continue;
      ++seen.drawn;
      const bool far =
          y >= kReach && x >= kReach && y + kReach < values.height && x + kReach < values.width;
      seen.inner += far && at(y - kReach, x) == v && at(y + kReach, x) == v &&
                    at(y, x - kReach) == v && at(y, x + kReach) == v;
    }
  }
}

/// The largest value of a page of values in between, as soft masks have them. Throws InputError
/// where most values are in between: those are an image's.
double highest_of_soft(const PicturePage& page, const std::string& place) {
  return std::visit(
      [&](const auto& picture) {
        const auto [low, high] = std::minmax_element(picture.values.begin(), picture.values.end());
        const auto lowest = static_cast<double>(*low), highest = static_cast<double>(*high);
        constexpr double kExtreme = 0.1, kMostAreExtreme = 0.6;
        const double near = kExtreme * (highest - lowest);
        const auto extreme =
            std::count_if(picture.values.begin(), picture.values.end(), [&](auto value) {
              const auto number = static_cast<double>(value);
              return number <= lowest + near || number >= highest - near;
            });
        if (static_cast<double>(extreme) <
            kMostAreExtreme * static_cast<double>(picture.values.size())) {
          throw InputError(place, "has many gray values, as an image has, expected a label");
        }
        return highest;
      },
      page.values);
}

/// Whether all values are close to the lowest or the highest of 8 bits or more, and neither end is
/// one value, as JPEG of high quality leaves a mask.
bool is_nearly_binary(const Picture<std::int64_t>& values) {
  const auto [low, high] = std::minmax_element(values.values.begin(), values.values.end());
  const std::int64_t lowest = *low, highest = *high, near = (highest - lowest) / 25;
  if (highest - lowest < 100) return false;
  bool above_low = false, below_high = false;
  for (const auto value : values.values) {
    if (value > lowest + near && value < highest - near) return false;
    above_low = above_low || (value > lowest && value <= lowest + near);
    below_high = below_high || (value < highest && value >= highest - near);
  }
  return above_low && below_high;
}

bool is_soft(const PicturePage& page, const std::string& place, WholeValues& found) {
  if (page.lossy) return true;
  if (const auto* floats = std::get_if<Picture<float>>(&page.values)) {
    const auto whole = [](float value) { return value == std::floor(value); };
    if (!std::all_of(floats->values.begin(), floats->values.end(), whole)) return true;
  }
  found = whole_values(page, place);
  return !found.colours && (is_smoothed(found.values.plane()) || is_nearly_binary(found.values));
}

void look_at(const PicturePage& page, const std::string& place, Seen& seen) {
  WholeValues found;
  const bool soft = is_soft(page, place, found);
  Values values(found.values.values.begin(), found.values.values.end());
  if (soft && values.size() != 2) {
    seen.highest_soft = std::max(seen.highest_soft, highest_of_soft(page, place));
    if (seen.soft_place.empty()) seen.soft_place = place;
    return;
  }
  if (found.colours && values.size() > kFewValues && seen.soft_place.empty() &&
      is_smoothed(found)) {
    seen.soft_place = place;
  }
  seen.colours = seen.colours || found.colours;
  seen.most = std::max(seen.most, values.size());
  if (values.size() <= kManyValues) {
    count_pieces(found, values, seen);
    measure_lines(found.values, seen);
    for (const auto& [value, count] : counts(found.values.values))
      seen.of_value[value] += static_cast<double>(count);
    seen.sets.insert(values);
  }
  if (seen.values.size() <= kManyValues) seen.values.merge(values);
}

/// Ids 0, 1, ... where the values are these, else a class for each.
void set_classes(const Values& values, bool colours, LabelConfig& config) {
  config.classes = std::max(2, static_cast<int>(values.size()));
  if (!colours && *values.begin() == 0 &&
      *values.rbegin() == static_cast<std::int64_t>(values.size()) - 1) {
    return;
  }
  int id = 0;
  for (const auto value : values) config.values[value_name(value, has_colours(values))] = id++;
}

/// A class for each category of outlines.
void set_classes(const std::set<std::string>& categories, LabelConfig& config) {
  int id = 1;
  for (const auto& category : categories) config.values[category] = id++;
  config.classes = std::max(2, id);
}

std::set<std::string> categories_of(PictureFolder& folder, const std::vector<PageAddress>& labels) {
  std::set<std::string> categories;
  for (const auto& label : labels) {
    for (const auto& cell : folder.outlines(label).cells) {
      if (!cell.category.empty()) categories.insert(cell.category);
    }
  }
  return categories;
}

LabelKind binary(const Seen& seen, const Values& values) {
  LabelKind found;
  const std::string names = value_names(values);
  found.reason = fmt::format("labels have the values {}", names);
  if (values.size() <= 2 && values.contains(0) && !seen.colours) return found;
  const auto background = values.contains(0) ? 0 : *values.begin();
  for (const auto value : values) {
    found.config.values[value_name(value, has_colours(values))] = value == background ? 0 : 1;
  }
  if (!values.contains(0)) {
    found.doubts.push_back(fmt::format(
        "labels have the values {}, none of them 0: {} is taken for background; if it is the "
        "foreground, swap them in labels.values of ingest.json",
        names, value_name(background, seen.colours)));
  }
  return found;
}

/// 255 is ignored where no other value is above `highest`.
void ignore_255(const Seen& seen, Values& values, std::int64_t highest, LabelKind& found) {
  auto others = values;
  if (seen.colours || others.erase(kUsualIgnored) == 0 || others.size() < 2) return;
  if (*others.rbegin() > highest) return;
  found.config.ignore = Json::array({kUsualIgnored});
  found.doubts.emplace_back(
      "labels have 255 above their other ids: it is taken for pixels that "
      "nobody has annotated (labels.ignore of ingest.json)");
  values = std::move(others);
}

/// The lowest value is the class of the background, but another one has most pixels.
void doubt_background(const Seen& seen, const Values& values, LabelKind& found) {
  const auto most =
      std::max_element(seen.of_value.begin(), seen.of_value.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (most == seen.of_value.end() || most->first == *values.begin() ||
      !values.contains(most->first) || 2 * most->second < seen.pixels)
    return;
  found.doubts.push_back(fmt::format(
      "labels have the value {} in {:.1f} % of the pixels, but {} is taken for background: if it "
      "is not, give it another class in labels.values of ingest.json, and the background 0",
      value_name(most->first, seen.colours), 100 * most->second / seen.pixels,
      value_name(*values.begin(), seen.colours)));
}

/// Ids of cells or of classes, by the pieces that they are in.
LabelKind ids(const Seen& seen, Values values) {
  LabelKind found;
  const double pieces = seen.pieces / std::max(seen.valued, 1.0);
  const bool many = seen.most > kManyValues || values.size() > kFewValues + 1;
  constexpr size_t kPages = 3, kAlways = 4;
  const bool always_the_same = seen.sets.size() == 1 &&
                               seen.valued >= kPages * static_cast<double>(values.size() - 1) &&
                               values.size() <= kAlways + 1;
  if (many || (pieces < kOnePiece && !always_the_same)) {
    found.config.kind = "instances";
    found.reason =
        fmt::format("labels have up to {} values in an image, each in one piece", seen.most);
    ignore_255(seen, values, kUsualIgnored / 2, found);
    return found;
  }
  found.config.kind = "classes";
  found.reason =
      fmt::format("labels have the values {}, in {:.1f} pieces each", value_names(values), pieces);
  ignore_255(seen, values, static_cast<std::int64_t>(kFewValues) - 1, found);
  set_classes(values, seen.colours, found.config);
  doubt_background(seen, values, found);
  constexpr double kLittle = 0.2, kFew = 0.1;
  if (values.contains(0) && seen.drawn < kLittle * seen.pixels && seen.inner < kFew * seen.drawn) {
    found.doubts.push_back(fmt::format(
        "labels are 0 but for lines in {:.1f} % of the pixels: if these are scribbles, and 0 is "
        "what nobody has annotated, set labels.ignore to 0 and labels.values to the class of each "
        "other value (in ingest.json)",
        100 * seen.drawn / seen.pixels));
  }
  return found;
}

/// Throws InputError where values lie in between: a class for each would be nonsense.
void check_drawn(const Seen& seen) {
  if (seen.soft_place.empty()) return;
  throw InputError(
      seen.soft_place,
      "has values in between, as smoothing, resizing or JPEG leave them and as "
      "pictures have them, so they are not classes; expected labels without smoothing");
}

LabelKind thresholded(const Seen& seen) {
  LabelKind found;
  found.config.threshold = seen.highest_soft / 2;
  found.reason = "labels have values in between, as smoothing, resizing or JPEG leave them";
  found.doubts.push_back(fmt::format(
      "{}: has values in between, as smoothing, resizing or JPEG leave them: from {} on they are "
      "taken for foreground (labels.threshold of ingest.json)",
      seen.soft_place, found.config.threshold));
  return found;
}

/// What the values mean, without those that are ignored.
LabelKind by_values(const Seen& seen) {
  if (seen.highest_soft > 0) return thresholded(seen);
  Values values = seen.values;
  const bool negative = !seen.colours && values.erase(-1) > 0;
  const size_t foreground = values.size() - values.count(0);
  const bool two_each = std::all_of(seen.sets.begin(), seen.sets.end(), [](const Values& page) {
    return page.size() - page.count(-1) <= 2 && (page.contains(0) || page.size() == 1);
  });
  const bool is_binary = values.size() <= 2 || (two_each && foreground <= 2);
  LabelKind found = is_binary ? binary(seen, values) : ids(seen, values);
  if (negative) {
    found.config.ignore = Json::array({-1});
    found.doubts.emplace_back(
        "labels have -1: it is taken for pixels that nobody has annotated (labels.ignore of "
        "ingest.json)");
  }
  return found;
}

}  // namespace

LabelKind label_kind_of(PictureFolder& folder, const std::vector<PageAddress>& labels, bool objects,
                        const std::string& kind) {
  LabelKind found;
  if (std::any_of(labels.begin(), labels.end(), [](const auto& page) { return page.outlines; })) {
    found.config.kind = kind.empty() ? "instances" : kind;
    found.reason = "labels are outlines of cells";
    if (kind == "classes") set_classes(categories_of(folder, labels), found.config);
    return found;
  }
  Seen seen;
  for (const auto& label : labels) {
    const std::string place = folder.place(label);
    look_at(folder.read(label, Reading::kStored), place, seen);
  }
  if (seen.highest_soft == 0 && seen.values.size() < 2 && !objects) {
    throw InputError(folder.place(labels.front()),
                     fmt::format("and the other labels have the value {} everywhere, expected "
                                 "background and foreground",
                                 value_names(seen.values)));
  }
  found = by_values(seen);
  LabelConfig stated;
  if (objects) {
    stated.kind = "objects";
    stated.threshold = found.config.threshold;
    found.config = stated;
    found.reason = "several labels belong to an image, as a file per object does";
  } else if (!kind.empty() && kind != found.config.kind) {
    stated.kind = kind;
    if (kind == "classes") {
      check_drawn(seen);
      set_classes(seen.values, seen.colours, stated);
    }
    found = {stated, "you say", {}};
  }
  return found;
}

}  // namespace unetflow
