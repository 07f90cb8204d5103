// Labels of cells that were drawn as outlines: ROIs of ImageJ, COCO, GeoJSON.
#pragma once

#include "ingest/ingest.hpp"

namespace unetflow {

/// The cells of an image of [height, width] whose labels are outlines; crowds are ignored. Of a
/// stack's outlines, those that say that they are in this image. `drawn` then says what users
/// should know. Throws InputError naming the file of outlines where they are of an image of another
/// size, do not say which image of a stack they are in, or labels.kind is of no cells.
Labels read_outline_labels(const LabelConfig& config, PictureFolder& folder,
                           const SourcePicture& source, Index height, Index width,
                           DrawnOutlines& drawn);

}  // namespace unetflow
