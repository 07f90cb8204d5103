#include "ingest/labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include "core/error.hpp"
#include "ingest/label_values.hpp"
#include "ingest/smoothed_labels.hpp"

namespace unetflow {
namespace {

using Values = std::set<std::int64_t>;

/// Of a name that check_ingest() has seen.
std::int64_t value_of(const Json& name) {
  const auto value = named_value(name);
  if (!value) throw Error(name.dump() + " names no label value");
  return *value;
}

/// The names of the values that stand for "not annotated": labels.ignore is one or a list.
Json ignored_names(const LabelConfig& config) {
  return config.ignore.is_array() ? config.ignore : Json::array({config.ignore});
}

Values ignored(const LabelConfig& config) {
  Values values;
  for (const auto& name : ignored_names(config)) values.insert(value_of(name));
  return values;
}

constexpr const char* kSmoothed =
    "has values in between along its edges ({}), as smoothing, resizing or JPEG leave them and as "
    "pictures have them";

bool names_colours(const LabelConfig& config) {
  const auto is_colour = [](const Json& name) {
    return name.is_string() && name.get<std::string>().starts_with('#');
  };
  const Json ignore = ignored_names(config);
  if (is_colour(config.foreground) || std::any_of(ignore.begin(), ignore.end(), is_colour)) {
    return true;
  }
  const auto values = config.values.items();
  return std::any_of(values.begin(), values.end(),
                     [&](const auto& item) { return is_colour(item.key()); });
}

/// What makes class ids of values: {"0": 0, "50": 1}.
std::string suggested_map(const Values& values) {
  std::string text;
  int id = 0;
  for (const auto value : values) {
    if (id == 8) return text + ", ...";
    text += fmt::format("{}\"{}\": {}", text.empty() ? "" : ", ",
                        value_name(value, has_colours(values)), id++);
  }
  return text;
}

/// Distinct values, some of very many.
Values distinct(const WholeValues& found, const Values& without) {
  constexpr size_t kMost = 300;
  Values values;
  std::int64_t last = -1;
  for (const auto value : found.values.values) {
    if (value == last && !values.empty()) continue;
    last = value;
    if (!without.contains(value)) values.insert(value);
    if (values.size() > kMost) break;
  }
  return values;
}

bool is_smoothed(const WholeValues& found) {
  if (!found.colours) return is_smoothed(found.values.plane());
  for (const int shift : {0, 8, 16}) {
    Picture<std::int64_t> channel = found.values;
    for (auto& value : channel.values) value = found.id(value) >> shift & 255;
    if (is_smoothed(channel.plane())) return true;
  }
  return false;
}

/// The value that is foreground in a binary page. Throws InputError where that is unclear.
std::int64_t foreground_of(const WholeValues& found, const Values& values,
                           const LabelConfig& config, const std::string& place) {
  if (values.size() > 2) {
    throw InputError(
        place,
        is_smoothed(found)
            ? fmt::format(kSmoothed, value_names(values)) +
                  (found.colours ? "; expected labels without smoothing, or in gray with a "
                                   "labels.threshold"
                                 : "; set labels.threshold to the value from which on they are "
                                   "foreground, or save the labels without smoothing")
            : fmt::format("has more than two label values ({}), expected binary labels; set "
                          "labels.kind to classes or instances, {}",
                          value_names(values),
                          values.size() == 3 && values.contains(255) && !found.colours
                              ? "or labels.ignore to a value that marks what nobody has "
                                "annotated, as 255 often does"
                              : "or labels.values to the class of each"));
  }
  const bool has_zero = values.contains(0);
  if (config.foreground == "any") {
    if (values.size() == 2 && !has_zero) {
      throw InputError(place, fmt::format("has the label values {}: expected 0 and another, or the "
                                          "one that is foreground as labels.foreground",
                                          value_names(values)));
    }
    if (!values.empty() && *values.begin() < 0) {
      throw InputError(
          place, fmt::format("has the label value{} {}: set labels.foreground to {} if that is "
                             "foreground, or labels.ignore if nobody has annotated it",
                             values.size() > 1 ? "s" : "", value_names(values), *values.begin()));
    }
    return values.empty() ? 0 : *values.rbegin();
  }
  const std::int64_t foreground = value_of(config.foreground);
  const bool absent = !values.contains(foreground);
  if (!values.empty() && absent && (values.size() == 2 || (!has_zero && foreground != 0))) {
    throw InputError(place, fmt::format("has the label value{} {}, expected 0 and the foreground "
                                        "{} (labels.foreground)",
                                        values.size() > 1 ? "s" : "", value_names(values),
                                        value_name(foreground)));
  }
  return foreground;
}

/// Classes of values that labels.values names.
void map_values(const WholeValues& found, const LabelConfig& config, const Values& without,
                const std::string& place, Labels& out) {
  std::unordered_map<std::int64_t, std::uint8_t> classes;
  for (const auto& [name, id] : config.values.items()) {
    const auto value = named_value(name);
    if (!value) {
      throw InputError(place, fmt::format("holds pixels, but labels.values names \"{}\", expected "
                                          "whole numbers or colours like \"#ff0000\"",
                                          name));
    }
    classes[*value] = id.get<std::uint8_t>();
  }
  for (size_t i = 0; i < found.values.values.size(); ++i) {
    const auto value = found.values.values[i];
    if (without.contains(value)) continue;
    const auto id = classes.find(value);
    if (id == classes.end()) {
      throw InputError(place, fmt::format("has the label value {}, which labels.values does not "
                                          "name{}",
                                          value_name(value),
                                          is_smoothed(found) ? "; it is a label smoothed along its "
                                                               "edges, as by JPEG or resizing"
                                                             : ""));
    }
    out.label.values[i] = id->second;
  }
}

void set_classes(const WholeValues& found, const LabelConfig& config, const Values& without,
                 const std::string& place, Labels& out) {
  for (size_t i = 0; i < found.values.values.size(); ++i) {
    const auto value = found.values.values[i];
    if (without.contains(value)) continue;
    if (value < 0 || value >= config.classes) {
      const auto values = distinct(found, without);
      if (values.size() > 4 && is_smoothed(found)) {
        throw InputError(place, fmt::format(kSmoothed, value_names(values)) +
                                    ", so they are not classes; expected labels without smoothing");
      }
      const bool marks = !found.colours && (value == 255 || value == -1);
      throw InputError(
          place,
          fmt::format("has the class {0}, expected ids below {1} (labels.classes); {2}",
                      value_name(value), config.classes,
                      marks ? fmt::format("if it marks what nobody has annotated, set "
                                          "labels.ignore to {}",
                                          value)
                            : fmt::format("or say what its values mean, as in \"values\": {{{}}}",
                                          suggested_map(values))));
    }
    out.label.values[i] = static_cast<std::uint8_t>(value);
  }
}

void set_instances(const WholeValues& found, const Values& without, const std::string& place,
                   Labels& out) {
  const auto values = distinct(found, without);
  if (values.size() > 2 && is_smoothed(found)) {
    throw InputError(place, fmt::format(kSmoothed, value_names(values)) +
                                ", so they are not ids of cells; expected labels without "
                                "smoothing, or labels.kind binary with a labels.threshold");
  }
  out.instances = Picture<std::uint32_t>(out.label.height, out.label.width);
  for (size_t i = 0; i < found.values.values.size(); ++i) {
    const auto value = found.values.values[i];
    if (without.contains(value)) continue;
    if (value < 0) {
      throw InputError(place, fmt::format("has the label {}, expected ids from 0 on; if it is what "
                                          "is not annotated, set labels.ignore to {}",
                                          value, value));
    }
    out.instances.values[i] = found.id(value);
    out.label.values[i] = value != 0 ? 1 : 0;
  }
}

/// What is ignored, and of all else whether the mean of the channels but alpha reaches the
/// threshold.
void set_by_threshold(const PicturePage& page, const LabelConfig& config, const std::string& place,
                      Labels& out) {
  const Values without = ignored(config);
  out.traits.push_back({.thresholded_type = stored_type(page), .place = place});
  const bool floats = std::holds_alternative<Picture<float>>(page.values);
  if (!floats && full_scale(page) < config.threshold) {
    throw InputError(place, fmt::format("holds {}, which never reach labels.threshold, {}",
                                        stored_type(page), config.threshold));
  }
  if (page.lossy && !without.empty()) {
    throw InputError(place,
                     "is compressed in a way that changes label values (JPEG), so that values of "
                     "labels.ignore cannot be told from others; expected PNG or TIFF");
  }
  const auto is_ignored = [&](const std::vector<double>& pixel) {
    const bool gray = std::all_of(pixel.begin(), pixel.end(),
                                  [&](double value) { return value == pixel.front(); });
    return std::any_of(without.begin(), without.end(), [&](std::int64_t value) {
      if (gray) return pixel[0] == static_cast<double>(value);
      const double packed = pixel.size() == 3 ? 65536 * pixel[0] + 256 * pixel[1] + pixel[2] : -1;
      return packed == static_cast<double>(value - kColour);
    });
  };
  std::visit(
      [&](const auto& picture) {
        const size_t size = out.label.values.size();
        size_t coloured = 0;
        std::vector<double> pixel(static_cast<size_t>(picture.channels - page.alpha));
        for (size_t i = 0; i < size; ++i) {
          double sum = 0;
          for (size_t c = 0; c < pixel.size(); ++c) {
            sum += pixel[c] = static_cast<double>(picture.values[c * size + i]);
          }
          if (std::isnan(sum)) throw InputError(place, "has labels that are not numbers");
          out.label.values[i] = sum / static_cast<double>(pixel.size()) >= config.threshold;
          if (is_ignored(pixel)) {
            out.label.values[i] = kIgnored;
          } else {
            const auto [low, high] = std::minmax_element(pixel.begin(), pixel.end());
            coloured += *high - *low > full_scale(page) / 4;
          }
        }
        const auto highest = *std::max_element(picture.values.begin(), picture.values.end());
        if (!floats && config.threshold < 1 && highest > 1) {
          throw InputError(place, fmt::format("has values up to {}, of which labels.threshold, {}, "
                                              "tells only 0 from the rest; expected a gray value",
                                              highest, config.threshold));
        }
        constexpr size_t kMany = 100;  // of so many pixels, one; JPEG colours some
        if (kMany * coloured > size) {
          throw InputError(place,
                           "has colours, which labels.threshold does not tell apart; expected gray "
                           "values, or colours without smoothing, as labels.foreground or values");
        }
      },
      page.values);
}

/// Throws InputError(place at key, ...) for a key that another one leaves without effect.
void check_keys(const LabelConfig& config, const std::string& place) {
  const auto refuse = [&](bool wrong, const char* key, const std::string& problem) {
    if (wrong) throw InputError(fmt::format("{} at /labels/{}", place, key), problem);
  };
  const bool map = !config.values.empty(), threshold = config.threshold > 0;
  refuse(map && threshold, "values", "and labels.threshold contradict each other, expected one");
  if (config.foreground == "any") return;
  refuse(threshold, "foreground",
         "has no effect beside labels.threshold, from which on values are foreground");
  refuse(map, "foreground", "has no effect beside labels.values, which says the class of each");
}

}  // namespace

void check_labels(const LabelConfig& config, const std::string& place) {
  const auto refuse = [&](const char* key, const std::string& problem) {
    throw InputError(fmt::format("{} at /labels/{}", place, key), problem);
  };
  const bool binary = config.kind == "binary";
  constexpr const char* kValue = "expected a whole number or a colour like \"#ff0000\"";
  check_keys(config, place);
  if (config.foreground != "any" && !named_value(config.foreground)) {
    refuse("foreground", fmt::format("is {}, {}", config.foreground.dump(), kValue));
  }
  for (const auto& name : ignored_names(config)) {
    if (!named_value(name)) refuse("ignore", fmt::format("has {}, {}", name.dump(), kValue));
  }
  const Values without = ignored(config);
  if (config.foreground != "any" && without.contains(value_of(config.foreground))) {
    refuse("ignore", fmt::format("has labels.foreground, {}", config.foreground.dump()));
  }
  const int classes = config.kind == "classes" ? config.classes : 2;
  std::map<std::int64_t, std::string> named;
  for (const auto& [name, id] : config.values.items()) {
    const auto value = named_value(name);  // nothing for the category of outlines
    if (value && !named.emplace(*value, name).second) {
      refuse("values",
             fmt::format("names one value twice, as \"{}\" and \"{}\"", named[*value], name));
    }
    if (value && without.contains(*value)) {
      refuse("values", fmt::format("gives \"{}\" a class, which labels.ignore has too", name));
    }
    if (!id.is_number_integer() || id < 0 || id >= classes) {
      refuse("values",
             fmt::format("gives \"{}\" the class {}, expected one from 0 to {}{}", name, id.dump(),
                         classes - 1, binary ? "" : ", as labels.classes says how many"));
    }
  }
  if (!config.names.empty() && config.names.size() != static_cast<size_t>(classes)) {
    refuse("names",
           fmt::format("has {} names, expected {}, one per class", config.names.size(), classes));
  }
}

Labels read_labels(const PicturePage& page, const LabelConfig& config, const std::string& place) {
  const PageSize size = size_of(page);
  Labels out;
  out.label = {size.height, size.width};
  if (config.threshold > 0) {
    // Numbers of colours are no gray values.
    const bool shown = page.indexed || names_colours(config);
    set_by_threshold(shown ? as_shown(page, place) : page, config, place, out);
    return out;
  }
  check_lossless(page, place);
  const bool by_colour = names_colours(config);
  const WholeValues found = whole_values(by_colour ? as_shown(page, place) : page, place);
  const Values without = ignored(config);
  const bool named = !config.values.empty() || config.foreground != "any";
  LabelTraits traits{.place = place};
  if (!named && config.kind != "instances") {
    traits.shown_as = shown_values(page, config.kind == "binary");
  }
  if (!config.values.empty()) {
    map_values(found, config, without, place, out);
  } else if (config.kind == "classes") {
    set_classes(found, config, without, place, out);
  } else if (config.kind == "instances") {
    set_instances(found, without, place, out);
  } else {
    const auto foreground = foreground_of(found, distinct(found, without), config, place);
    traits.foreground = foreground;
    const bool none = config.foreground == "any" && foreground == 0;
    for (size_t i = 0; i < out.label.values.size(); ++i) {
      out.label.values[i] = !none && found.values.values[i] == foreground ? 1 : 0;
    }
  }
  out.traits.push_back(std::move(traits));
  for (size_t i = 0; i < out.label.values.size() && !without.empty(); ++i) {
    if (without.contains(found.values.values[i])) out.label.values[i] = kIgnored;
  }
  return out;
}

void check_lossless(const PicturePage& page, const std::string& place) {
  if (page.lossy) {
    throw InputError(place,
                     "is compressed in a way that changes label values (JPEG), expected labels in "
                     "PNG, TIFF or HDF5; binary ones need a threshold (ingest's labels.threshold)");
  }
}

LabelValues label_values(const PicturePage& page, const std::string& place,
                         const std::optional<std::int64_t>& ignored) {
  check_lossless(page, place);
  const WholeValues found = whole_values(page, place);
  LabelValues out{{found.values.height, found.values.width}, found.colours};
  for (size_t i = 0; i < out.values.values.size(); ++i) {
    const auto value = found.values.values[i];
    if (value == ignored) {
      out.ignored.push_back(i);
    } else if (value < 0) {
      throw InputError(place, fmt::format("has the label {}, expected none below 0", value));
    } else {
      out.values.values[i] = found.id(value);
    }
  }
  return out;
}

}  // namespace unetflow
