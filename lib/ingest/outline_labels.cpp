#include "ingest/outline_labels.hpp"

#include <fmt/format.h>

#include "core/error.hpp"

namespace unetflow {
namespace {

/// Whether a cell is in this image of its stack. Throws InputError(place, ...) where it does not
/// say.
bool is_in(const Outline& cell, const PageAddress& image, const std::string& place) {
  const auto& at = image.time_and_depth;
  if ((cell.t >= 0 || cell.z >= 0) && at.size() == 2) {
    return (cell.t < 0 || at[0] < 0 || cell.t == at[0]) &&
           (cell.z < 0 || at[1] < 0 || cell.z == at[1]);
  }
  if (cell.page < 0) {
    throw InputError(place, fmt::format("has the outline {} without a position in the stack of {} "
                                        "images; expected one, or a file of outlines per image",
                                        cell.name, image.pages));
  }
  return cell.page == image.page;
}

}  // namespace

Labels read_outline_labels(const LabelConfig& config, PictureFolder& folder,
                           const SourcePicture& source, Index height, Index width,
                           DrawnOutlines& drawn) {
  std::vector<Outline> cells;
  for (const auto& address : source.labels) {
    const std::string place = folder.file_place(address);
    if (config.kind != "instances" && config.kind != "objects") {
      throw InputError(place,
                       fmt::format("holds outlines of cells, expected labels.kind instances, "
                                   "not {}",
                                   config.kind));
    }
    if (!address.outlines) throw InputError(place, "holds pixels beside labels that are outlines");
    const OutlinedImage& outlined = folder.outlines(address);
    if (outlined.height != 0 && (outlined.height != height || outlined.width != width)) {
      throw InputError(place,
                       fmt::format("says that {} is {} x {} (height x width), but it is {} x "
                                   "{}",
                                   outlined.image, outlined.height, outlined.width, height, width));
    }
    const bool of_stack = outlined.image.empty() && source.picture.pages > 1;
    for (const auto& cell : outlined.cells) {
      if (!of_stack || is_in(cell, source.picture, place)) cells.push_back(cell);
    }
  }
  drawn = draw(cells, height, width);
  Labels labels{{height, width}, std::move(drawn.ids), 0};
  for (size_t i = 0; i < labels.label.values.size(); ++i) {
    labels.label.values[i] = drawn.is_ignored.values[i] != 0   ? kIgnored
                             : labels.instances.values[i] != 0 ? 1
                                                               : 0;
  }
  return labels;
}

}  // namespace unetflow
