#include "ingest/ingest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <span>

#include "core/error.hpp"
#include "core/quantile.hpp"
#include "ingest/pairs.hpp"
#include "ingest/pixel_size.hpp"

namespace unetflow {
namespace {

Picture<float> scaled(const PicturePage& page, const ScalingConfig& scaling,
                      const std::string& where) {
  Picture<float> out = std::visit(
      [&](const auto& picture) {
        Picture<float> result(picture.channels, picture.height, picture.width);
        const double divisor = scaling.rule == "dtype" ? full_scale(page) : 1.0;
        for (size_t i = 0; i < result.values.size(); ++i) {
          // In double, so that 255 and 65535 map to 1 exactly, whatever the type.
          result.values[i] = static_cast<float>(static_cast<double>(picture.values[i]) / divisor);
        }
        return result;
      },
      page.values);
  const auto bad = std::find_if_not(out.values.begin(), out.values.end(),
                                    [](float v) { return std::isfinite(v); });
  if (bad != out.values.end()) {
    const Index i = (bad - out.values.begin()) % (out.height * out.width);
    throw InputError(where, fmt::format("has the value {} at y = {}, x = {}; expected numbers",
                                        *bad, i / out.width, i % out.width));
  }
  if (scaling.rule == "percentiles") {
    for (Index c = 0; c < out.channels; ++c) {
      const auto plane = out.plane(c);
      std::vector<float> sorted(plane.data, plane.data + plane.size());
      const double low = quantile(std::span(sorted), scaling.percentiles[0] / 100);
      const double high = quantile(std::span(sorted), scaling.percentiles[1] / 100);
      const double range = high > low ? high - low : 1;
      for (Index i = 0; i < plane.size(); ++i) {
        plane.data[i] = static_cast<float>((plane.data[i] - low) / range);
      }
    }
  }
  return out;
}

void set_labels(LabelledPicture& out, Picture<std::uint32_t> values, const LabelConfig& config,
                const std::string& where) {
  out.label = Picture<std::uint8_t>(values.height, values.width);
  if (config.kind == "binary") {
    std::set<std::uint32_t> found;
    for (size_t i = 0; i < values.values.size(); ++i) {
      const std::uint32_t value = values.values[i];
      out.label.values[i] = value == static_cast<std::uint32_t>(config.foreground) ? 1 : 0;
      if (found.insert(value).second && found.size() > 2) {
        throw InputError(where,
                         fmt::format("has more than two label values ({}, ...), expected binary "
                                     "labels; set labels.kind to classes or instances",
                                     fmt::join(found, ", ")));
      }
    }
    if (found.size() == 2 && !found.contains(static_cast<std::uint32_t>(config.foreground))) {
      throw InputError(where, fmt::format("has the label values {}, none of them the foreground {}",
                                          fmt::join(found, " and "), config.foreground));
    }
  } else if (config.kind == "classes") {
    for (size_t i = 0; i < values.values.size(); ++i) {
      if (values.values[i] >= static_cast<std::uint32_t>(config.classes)) {
        throw InputError(where, fmt::format("has the class {}, expected ids below {}",
                                            values.values[i], config.classes));
      }
      out.label.values[i] = static_cast<std::uint8_t>(values.values[i]);
    }
  } else {
    if (config.cut_touching) cut_touching_instances(values.plane());
    for (size_t i = 0; i < values.values.size(); ++i) {
      out.label.values[i] = values.values[i] != 0 ? 1 : 0;
    }
    out.instances = std::move(values);
  }
}

}  // namespace

void check_ingest(const IngestConfig& config, const std::string& place) {
  const auto& percentiles = config.scaling.percentiles;
  if (percentiles[0] >= percentiles[1]) {
    throw InputError(
        place + " at /scaling/percentiles",
        fmt::format("is [{}, {}], expected the lower one first", percentiles[0], percentiles[1]));
  }
  for (size_t i = 0; i < config.sources.size(); ++i) {
    const auto& source = config.sources[i];
    const auto at = [&](const char* key) {
      return fmt::format("{} at /sources/{}/{}", place, i, key);
    };
    if (!source.axes.empty()) parse_axes(source.axes, at("axes"));
    if (!source.label_axes.empty()) parse_axes(source.label_axes, at("label_axes"));
  }
}

bool holds_nothing(const IngestConfig& config, const PictureFolder& folder) {
  return std::none_of(config.sources.begin(), config.sources.end(), [&](const auto& source) {
    return folder.matches(source.pictures) ||
           (!source.labels.empty() && folder.matches(source.labels));
  });
}

Listing list_pictures(const IngestConfig& config, const PictureFolder& folder) {
  Listing listing;
  for (const auto& source : config.sources) {
    const auto pictures = folder.list(source.pictures, source.axes);
    const auto labels = source.labels.empty() ? std::vector<PageAddress>()
                                              : folder.list(source.labels, source.label_axes);
    const Pairs pairs = pair_pages(folder, pictures, labels);
    if (pairs.rule == "order") {
      listing.remarks.push_back(fmt::format(
          "{}: belongs to {} by order, the first to the first, because no name says which belong "
          "together",
          folder.place(labels.front()), folder.place(pictures.front())));
    }
    for (size_t i = 0; i < pictures.size(); ++i) {
      SourcePicture picture;
      picture.index = static_cast<std::int64_t>(listing.pictures.size());
      picture.name = pictures[i].name();
      picture.picture = pictures[i];
      picture.labels = pairs.labels[i];
      picture.subset = picture.labels.file.empty() ? "test" : source.subset;
      listing.pictures.push_back(std::move(picture));
    }
  }
  listing.pixel_size = pixel_size_of(listing.pictures, folder, config.pixel_size, listing.remarks);
  return listing;
}

IngestedPicture ingest_picture(const IngestConfig& config, PictureFolder& folder,
                               const SourcePicture& source) {
  const std::string where = folder.place(source.picture);
  IngestedPicture out;
  const PicturePage page = folder.read(source.picture);
  out.range = {0, full_scale(page)};
  out.input = scaled(page, config.scaling, where);
  if (source.labels.file.empty()) return out;
  const std::string label_place = folder.place(source.labels);
  auto values = label_values(folder.read(source.labels), label_place);
  if (values.height != out.input.height || values.width != out.input.width) {
    throw InputError(
        label_place,
        fmt::format("is {} x {} (height x width), expected {} x {} like {}", values.height,
                    values.width, out.input.height, out.input.width, where));
  }
  set_labels(out, std::move(values), config.labels, label_place);
  return out;
}

Json scaling_contents(const ScalingConfig& scaling, std::array<double, 2> range) {
  Json contents = {{"rule", scaling.rule}};
  if (scaling.rule == "percentiles") {
    contents["percentiles"] = scaling.percentiles;
  } else {
    contents["range"] = range;
  }
  return contents;
}

Json label_contents(const LabelConfig& labels) { return {{"kind", labels.kind}}; }

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
  if (entry.labelled) entry.labels = {source.labels.text()};
  return entry;
}

void check_lossless(const PicturePage& page, const std::string& place) {
  if (page.lossy) {
    throw InputError(place,
                     "is compressed in a way that changes label values (JPEG), expected labels in "
                     "PNG, TIFF or HDF5");
  }
}

Picture<std::uint32_t> label_values(const PicturePage& page, const std::string& where) {
  check_lossless(page, where);
  return std::visit(
      [&](const auto& picture) {
        if (picture.channels != 1) {
          throw InputError(
              where, fmt::format("has {} channels, expected labels with one", picture.channels));
        }
        Picture<std::uint32_t> result(picture.height, picture.width);
        for (size_t i = 0; i < result.values.size(); ++i) {
          const auto value = static_cast<double>(picture.values[i]);
          if (!(value >= 0 && value <= 4294967295.0 && value == std::floor(value))) {
            throw InputError(where, fmt::format("has the label {}, expected whole numbers", value));
          }
          result.values[i] = static_cast<std::uint32_t>(value);
        }
        return result;
      },
      page.values);
}

void cut_touching_instances(Plane<std::uint32_t> instances) {
  const std::vector<std::uint32_t> before(instances.data, instances.data + instances.size());
  const Plane<const std::uint32_t> old(before.data(), instances.height, instances.width);
  for (Index y = 0; y < old.height; ++y) {
    for (Index x = 0; x < old.width; ++x) {
      for (Index ny = std::max<Index>(y - 1, 0); ny <= std::min(y + 1, old.height - 1); ++ny) {
        for (Index nx = std::max<Index>(x - 1, 0); nx <= std::min(x + 1, old.width - 1); ++nx) {
          if (old(y, x) != 0 && old(ny, nx) != 0 && old(ny, nx) != old(y, x)) instances(y, x) = 0;
        }
      }
    }
  }
}

}  // namespace unetflow
