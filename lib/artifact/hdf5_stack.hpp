// A stack of images in any HDF5 file, as other tools write it: a dataset [page, y, x] or [y, x].
#pragma once

#include "image/picture_format.hpp"

namespace unetflow {

/// Its datasets hold unsigned integers of 8 to 32 bits, floats, or (as in TIFF) signed or 64-bit
/// integers. Opening throws InputError("FILE dataset NAME", ...) for anything else.
PictureFormat hdf5_format();

}  // namespace unetflow
