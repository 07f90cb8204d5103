// Axes of arrays: which of them count images, and which one counts the channels of an image.
#pragma once

#include <string>
#include <vector>

#include "core/arithmetic.hpp"

namespace unetflow {

/// The axes of an array, the slowest first: T (time), Z (depth), C (channel), Y and X. There is an
/// image for each T and Z.
struct Axes {
  std::string letters;       ///< "TCYX"
  std::vector<Index> sizes;  ///< of each; 0: not said

  /// 1 where there is no such axis.
  Index size(char letter) const;
  /// As parse_axes() takes them.
  std::string text() const;
  /// The same without Y and X: what the planes of a file are, in order.
  Axes leading() const;
};

/// Axes as a user writes them: "TCYX", or "TC2YX" with sizes where the file does not say them.
/// Throws InputError(place, ...) for other letters, one twice, or no Y or X.
Axes parse_axes(const std::string& text, const std::string& place);

/// The same with all sizes, for an array [shape]. Throws InputError(place, ...) where they
/// contradict it.
Axes fitted(const Axes& axes, const std::vector<Index>& shape, const std::string& place);

/// The same for `pages` pages of [height, width], where the axes before the last two count pages.
/// One of them may be without a size.
Axes fitted_to_pages(const Axes& axes, Index pages, Index height, Index width,
                     const std::string& place);

/// The axes of an array [shape]: as `stated`, where that is not empty; by their names ("t", "time",
/// "channel", ...); or [page, y, x].
struct ArrayAxes {
  Axes axes;
  std::string unclear = {};  ///< why they are not known, as the end of a sentence
};
ArrayAxes axes_of_array(const std::vector<Index>& shape, const std::vector<std::string>& names,
                        const std::string& stated, const std::string& place);

/// Whether an array of this shape without names is rather (Y, X, C) than many narrow images.
bool is_like_channels(Index first, Index second, Index last);

/// Where a plane of Y and X, counted in the order of the other axes, begins along each axis.
std::vector<Index> begin_of_plane(const Axes& axes, Index plane);

/// One image of a file.
struct FileImage {
  std::vector<Index> planes;  ///< of the file, in the order of channels
  Index t = -1, z = -1;       ///< place in time and depth; -1: unknown
};

/// All images of a file whose planes have these axes, in the order of T and Z that the axes have.
/// Letters other than C, T and Z count images, too.
std::vector<FileImage> images_of(const Axes& planes);

/// An image per plane.
std::vector<FileImage> image_per_plane(Index planes);

}  // namespace unetflow
