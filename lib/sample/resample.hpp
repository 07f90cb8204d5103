// Bilinear resampling at the places of a coordinate map, row by row. Outside the image, pixels are
// reflected at the border, with the edge pixel repeated. The map is given as displacements u:
// output pixel p samples the source at p + u(p), so a displacement of 0 gives exactly the pixel
// itself.
#pragma once

#include <cstdint>

#include "image/view.hpp"
#include "simd/aligned.hpp"

namespace unetflow {

/// Output pixel p samples the source at centre + rotation * (p - centre) + shift, p = (y, x).
struct RigidMotion {
  double cosine = 1;
  double sine = 0;
  double shift_y = 0;  ///< px
  double shift_x = 0;  ///< px
};

/// One row of a coordinate map: the pixel above and left of each place, and the fraction of a pixel
/// from there to the place, in [0, 1]: the weight of the next pixel in the interpolation.
struct CoordinateRow {
  AlignedVector<std::int32_t> y, x;
  AlignedVector<float> fraction_y, fraction_x;
};

/// Scratch memory for one row; grows on first use and is kept.
struct ResampleWorkspace {
  AlignedVector<std::int32_t> offset;    ///< of the upper left of four neighbours
  AlignedVector<std::uint32_t> corners;  ///< classes of four neighbours, bytes in raster order
  AlignedVector<std::uint8_t> classes;
};

/// Row `y` of the coordinate map of an image [height, width]: the motion about the image's centre,
/// plus the displacements dy, dx [round_up(width, kLanes)].
void map_coordinates(const RigidMotion& motion, const float* dy, const float* dx, Index y,
                     Index height, Index width, CoordinateRow& row);

/// Gray values at the row's first `width` places: a + fraction_y (b - a), where a and b are
/// interpolated alike along x, between the upper and between the lower two pixels.
void resample(Plane<const float> source, const CoordinateRow& row, Index width, float* out,
              ResampleWorkspace& workspace);

/// Labels at the places margin_x to margin_x + label.width - 1 of the row. The label's pixel (0, 0)
/// is at (margin_y, margin_x) of the map. The label is reflected at its own border.
///
/// A place gets the class with the largest sum of bilinear weights, and the smaller id if two sums
/// are equal. With two classes, that is foreground where the interpolated mask exceeds 0.5. If
/// there are instances, the place gets that of the pixel with the largest weight among those of its
/// class, and 0 if the class is 0: a deformed label and its instances agree about what is
/// foreground.
void resample_labels(Plane<const std::uint8_t> label, Plane<const std::uint32_t> instances,
                     const CoordinateRow& row, Index margin_y, Index margin_x,
                     std::uint8_t* out_label, std::uint32_t* out_instances,
                     ResampleWorkspace& workspace);

}  // namespace unetflow
