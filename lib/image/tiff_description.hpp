// What the tags of a TIFF say of its pages: as ImageJ, OME-TIFF and tifffile write them, and the
// resolution that all may have.
#pragma once

#include <array>
#include <map>
#include <string>
#include <vector>

#include "image/file_description.hpp"

namespace unetflow {

struct TiffTags {
  Index pages = 1;
  Index height = 0, width = 0, samples = 1;  ///< of the first page
  bool samples_apart = false;                ///< each sample of a pixel in a plane of its own
  bool rgb = false;                          ///< the samples are said to be colours
  Index smaller_copy = 0;  ///< a page in the shape of the first at 1/2, 1/3, ...; 0: there is none
  std::map<Index, std::string> descriptions;  ///< ImageDescription, of the pages that have one
  std::map<Index, std::string> page_names;    ///< PageName, likewise
  std::array<double, 2> resolution = {0, 0};  ///< [y, x], pixels per unit; 0: not said
  int resolution_unit = 2;                    ///< 1: none, 2: inch, 3: cm
  std::vector<std::string> labels;            ///< of ImageJ's slices
  Index metamorph_planes = 0;                 ///< as UIC2Tag counts them; 0: it is not of MetaMorph
};

/// How many planes follow each other in the file without a directory of their own, as MetaMorph
/// writes stacks, ImageJ those beyond 4 GB, and tifffile where it is told to truncate; 1 where all
/// have one.
Index planes_of_one_page(const TiffTags& tags);

bool is_of_imagej(const TiffTags& tags);

/// Whether planes of samples are not colours but pages, because the array that they are of says so,
/// or does not say what its axes are, as tifffile writes three slices (as RGB, unless it is told
/// otherwise).
bool samples_are_pages(const TiffTags& tags);

/// Whether all samples of a pixel are channels, none of them alpha, because the array that they are
/// of says so.
bool samples_are_channels(const TiffTags& tags);

/// What the tags say, where samples are pages with `samples` 1. `tags.pages` counts planes that
/// have no directory, too.
FileDescription describe_tiff(const TiffTags& tags);

/// What OME-XML says of the planes of a TIFF.
FileDescription describe_ome(const std::string& xml, const TiffTags& tags);

/// The names of the slices of an ImageJ stack in its two metadata tags (IJMetadataByteCounts and
/// IJMetadata); none where they are not understood.
std::vector<std::string> imagej_labels(const std::vector<std::uint32_t>& counts,
                                       const std::string& bytes, bool big_endian);

/// The ImageDescription by which ImageJ, Fiji and tifffile know the axes of the pages and the pixel
/// size's unit.
std::string imagej_description(const FileDescription& description);

/// What imagej_labels() reads, little-endian: the sizes of its parts, and all of them.
struct ImageJLabels {
  std::vector<std::uint32_t> counts;
  std::string bytes;
};
ImageJLabels labels_for_imagej(const std::vector<std::string>& labels);

}  // namespace unetflow
