#include "ingest/join_objects.hpp"

#include <fmt/format.h>

#include <utility>

#include "core/error.hpp"

namespace unetflow {

Labels join_objects(const std::vector<PicturePage>& pages, const LabelConfig& config,
                    const std::vector<std::string>& places, Index& shared) {
  Labels out;
  LabelConfig of_object = config;
  of_object.kind = "binary";
  for (size_t number = 0; number < pages.size(); ++number) {
    Labels object = read_labels(pages[number], of_object, places[number]);
    for (auto& traits : object.traits) {
      traits.foreground = 0;  // each may have its own
      out.traits.push_back(std::move(traits));
    }
    if (number == 0) {
      out.label = object.label;
      out.instances = Picture<std::uint32_t>(out.label.height, out.label.width);
    } else if (object.label.height != out.label.height || object.label.width != out.label.width) {
      throw InputError(
          places[number],
          fmt::format("is {} x {} (height x width), expected {} x {} like {}", object.label.height,
                      object.label.width, out.label.height, out.label.width, places.front()));
    }
    for (size_t i = 0; i < object.label.values.size(); ++i) {
      const bool taken = out.instances.values[i] != 0;
      if (object.label.values[i] == 0 || (taken && object.label.values[i] == kIgnored)) continue;
      shared += taken;
      out.label.values[i] = object.label.values[i];
      out.instances.values[i] =
          object.label.values[i] == kIgnored ? 0 : static_cast<std::uint32_t>(number + 1);
    }
  }
  return out;
}

}  // namespace unetflow
