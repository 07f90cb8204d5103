// Labels that were drawn as outlines of cells: ROIs of ImageJ, COCO, GeoJSON.
#pragma once

#include "ingest/ingest.hpp"

namespace unetflow {

/// The labels of an image of [height, width] that are outlines; crowds are ignored. Of a stack's
/// outlines, those that say that they are in this image. Cells are instances, or as labels.kind
/// says foreground or of the class that labels.values gives their category. `drawn` then says what
/// users should know. Throws InputError naming the file of outlines where they are of an image of
/// another size, do not say which image of a stack they are in, are at several positions of a stack
/// though there is a single image, or are of a category that labels.values does not name.
Labels read_outline_labels(const LabelConfig& config, PictureFolder& folder,
                           const SourcePicture& source, Index height, Index width,
                           DrawnOutlines& drawn);

/// Throws InputError where a file of outlines of a whole stack has one that is in none of its
/// images.
void check_positions(PictureFolder& folder, const std::vector<SourcePicture>& pictures);

}  // namespace unetflow
