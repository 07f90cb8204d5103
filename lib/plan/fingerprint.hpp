// What a data set is like: sizes, gray values, what labels mean, and how large and how close
// together what they show is. Isensee et al. 2021 (nnU-Net) call this a fingerprint.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "ingest/ingest.hpp"
#include "plan/given_files.hpp"
#include "segmentation/segment.hpp"

namespace unetflow {

struct Fingerprint {
  IngestConfig ingest;  ///< as the pipeline reads the data
  std::string why_labels, why_scaling;
  std::vector<SourcePicture> pictures;  ///< all of them
  size_t labelled = 0;                  ///< of them
  size_t looked_at = 0;                 ///< of the labelled ones
  Index channels = 1;
  std::vector<double> pixel_size_um;        ///< [y, x]; empty: unknown
  std::vector<std::array<Index, 2>> sizes;  ///< [height, width], of those looked at
  std::string task;                         ///< membranes or objects, as calibrate would say
  Index cells = 0;                          ///< or pieces of foreground, in those looked at
  double width = 0;        ///< px; of a large cell: the diameter of the largest circle in it
  double foreground = 0;   ///< share of the annotated pixels
  double rarest = 0;       ///< share of the rarest class that there is
  bool are_lines = false;  ///< pieces of foreground are far longer than wide
  double touching = 0;     ///< share of the cells that touch another
  std::vector<std::string> remarks;  ///< what looks wrong, or may be meant otherwise
  std::string summary;               ///< what ingest will say of them

  int classes() const { return ingest.labels.kind == "classes" ? ingest.labels.classes : 2; }
};

/// Looks at up to 64 labelled images, spread evenly. `kind` is that of the labels where the user
/// says it. Throws InputError naming the file where ingest would, and where images and labels seem
/// to be swapped.
Fingerprint fingerprint_of(const FoundFiles& files, const std::string& kind);

}  // namespace unetflow
