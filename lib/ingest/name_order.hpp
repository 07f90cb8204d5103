// Whether names speak against joining labels with images by order. Private to this room.
#pragma once

#include <cstddef>

#include "ingest/name_parts.hpp"

namespace unetflow {

/// Whether names differ in numbers only, one of which all images have at another place than all
/// labels, as the year of 2021-03-04 and 04-03-2021. Small ones may be alike by chance.
bool moved(const Names& image_names, const Names& label_names);

/// Where labels are joined with images by order, the first whose name has a word of another image,
/// or none where others have some, or a number of another; -1: there is none. A word may have a
/// prefix glued to it, as A02 has in segA02.
std::ptrdiff_t against_order(const Names& images, const Names& labels);

}  // namespace unetflow
