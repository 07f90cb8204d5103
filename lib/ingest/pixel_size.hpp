// How large the pixels of all images are: as configured, or as their files say.
#pragma once

#include <string>
#include <vector>

#include "ingest/ingest.hpp"

namespace unetflow {

/// [y, x], um; empty where nobody says. `configured` wins over the files, and a remark tells where
/// they say something else. Throws InputError naming two files that differ.
std::vector<double> pixel_size_of(const std::vector<SourcePicture>& pictures,
                                  const PictureFolder& folder,
                                  const std::vector<double>& configured,
                                  std::vector<std::string>& remarks);

/// Adds to `remarks` where labels say that their pixels are of another size than their images'.
void compare_label_pixels(const std::vector<SourcePicture>& pictures, const PictureFolder& folder,
                          std::vector<std::string>& remarks);

}  // namespace unetflow
