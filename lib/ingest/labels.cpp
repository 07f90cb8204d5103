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
#include "ingest/thresholded_labels.hpp"

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

/// What is wrong with a binary page of so many values.
std::string no_binary(const WholeValues& found, const Values& values) {
  const std::string names = value_names(values);
  if (is_smoothed(found)) {
    return fmt::format(kSmoothed, names) +
           (found.colours
                ? "; expected labels without smoothing, or in gray with a labels.threshold"
                : "; set labels.threshold to the value from which on they are foreground, "
                  "or save the labels without smoothing");
  }
  const bool marks = values.size() == 3 && values.contains(255) && !found.colours;
  return fmt::format(
      "has more than two label values ({}), expected binary labels; set labels.kind "
      "to classes or instances, {}",
      names,
      marks ? "or labels.ignore to a value that marks what nobody has annotated, as "
              "255 often does"
            : "or labels.values to the class of each");
}

/// The value that is foreground in a binary page. Throws InputError where that is unclear.
std::int64_t foreground_of(const WholeValues& found, const Values& values,
                           const LabelConfig& config, const std::string& place) {
  if (values.size() > 2) throw InputError(place, no_binary(found, values));
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
  const bool by_colour = names_colours(config);
  if (config.threshold > 0) {
    // Numbers of colours are no gray values.
    const PicturePage gray = page.indexed || by_colour ? as_shown(page, place) : page;
    out.label = divided_by_threshold(gray, config.threshold, ignored(config), place);
    out.traits.push_back({.thresholded_type = stored_type(gray), .place = place});
    return out;
  }
  check_lossless(page, place);
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
