#include "ingest/outline_labels.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/words.hpp"

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

/// The class that labels.values gives a cell's category; without a map all are foreground.
std::uint8_t class_of(const Outline& cell, const LabelConfig& config, const std::string& place) {
  if (cell.ignored || (config.values.empty() && config.kind != "classes")) return 1;
  const auto found = config.values.find(cell.category);
  if (found != config.values.end()) return found->get<std::uint8_t>();
  throw InputError(place,
                   cell.category.empty()
                       ? "has outlines without a category, which labels of kind classes and "
                         "labels.values need"
                       : fmt::format("has the category \"{0}\", which labels.values does not "
                                     "name, as in \"values\": {{\"{0}\": 1}}",
                                     cell.category));
}

/// Throws InputError where the outlines of one image say that they are in several of a stack.
void check_one_position(const std::vector<Outline>& cells, const std::string& place) {
  std::set<std::array<Index, 3>> positions;
  for (const auto& cell : cells) {
    if (cell.t >= 0 || cell.z >= 0 || cell.page >= 0) {
      positions.insert(cell.t >= 0 || cell.z >= 0 ? std::array<Index, 3>{cell.t, cell.z, -1}
                                                  : std::array<Index, 3>{-1, -1, cell.page});
    }
  }
  if (positions.size() > 1) {
    throw InputError(place,
                     fmt::format("has outlines at {} positions of a stack, but belongs to a single "
                                 "image; expected the stack, or the outlines of the image alone",
                                 positions.size()));
  }
}

}  // namespace

void check_positions(PictureFolder& folder, const std::vector<SourcePicture>& pictures) {
  std::map<std::string, std::vector<const SourcePicture*>> stacks;  // by their file of outlines
  for (const auto& picture : pictures) {
    for (const auto& label : picture.labels) {
      if (label.outlines && label.image.empty() && picture.picture.pages > 1) {
        stacks[label.file].push_back(&picture);
      }
    }
  }
  for (const auto& [file, images] : stacks) {
    PageAddress address;
    address.file = file;
    address.outlines = true;
    const std::string place = folder.file_place(address);
    for (const auto& cell : folder.outlines(address).cells) {
      const bool found = std::any_of(images.begin(), images.end(), [&](const auto* image) {
        return is_in(cell, image->picture, place);
      });
      if (!found) {
        throw InputError(place, fmt::format("has the outline {} at a position that is none of the "
                                            "{} of its stack",
                                            cell.name, counted(images.size(), "image")));
      }
    }
  }
}

Labels read_outline_labels(const LabelConfig& config, PictureFolder& folder,
                           const SourcePicture& source, Index height, Index width,
                           DrawnOutlines& drawn) {
  std::vector<Outline> cells;
  std::vector<std::uint8_t> classes = {0};  // of 0 and of each cell
  for (const auto& address : source.labels) {
    const std::string place = folder.file_place(address);
    if (!address.outlines) throw InputError(place, "holds pixels beside labels that are outlines");
    const OutlinedImage& outlined = folder.outlines(address);
    if (outlined.height != 0 && (outlined.height != height || outlined.width != width)) {
      throw InputError(place,
                       fmt::format("says that {} is {} x {} (height x width), but it is {} x "
                                   "{}",
                                   outlined.image, outlined.height, outlined.width, height, width));
    }
    const bool of_stack = outlined.image.empty() && source.picture.pages > 1;
    if (outlined.image.empty() && !of_stack) check_one_position(outlined.cells, place);
    for (const auto& cell : outlined.cells) {
      if (of_stack && !is_in(cell, source.picture, place)) continue;
      cells.push_back(cell);
      classes.push_back(class_of(cell, config, place));
    }
  }
  drawn = draw(cells, height, width);
  Labels labels{{height, width}, std::move(drawn.ids)};
  for (size_t i = 0; i < labels.label.values.size(); ++i) {
    labels.label.values[i] =
        drawn.is_ignored.values[i] != 0 ? kIgnored : classes[labels.instances.values[i]];
  }
  if (config.kind == "binary" || config.kind == "classes") labels.instances = {};
  return labels;
}

}  // namespace unetflow
