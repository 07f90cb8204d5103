// Whether names speak against joining labels with images by order. Private to this room.
#pragma once

#include <cstddef>

#include "ingest/name_parts.hpp"

namespace unetflow {

/// Whether letters before some numbers of the images are those before another of the labels, as in
/// x1_y2 and y2_x1, or expt1xy2 and expxy2t1, where names differ in numbers only; or only one side
/// has letters before several numbers, which fit in another order, too.
bool crossed(const Names& image_names, const Names& label_names);

/// Whether names differ in numbers only, one of which all images have at another place than all
/// labels, as the year of 2021-03-04 and 04-03-2021. Small ones may be alike by chance.
bool moved(const Names& image_names, const Names& label_names);

/// Where labels are joined with images by order, the first whose name has a word of another image,
/// or none where others have some, or a number of another; -1: there is none. A word may have a
/// prefix glued to it, as A02 has in segA02.
std::ptrdiff_t against_order(const Names& images, const Names& labels);

}  // namespace unetflow
