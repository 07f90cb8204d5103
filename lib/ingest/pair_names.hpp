// Names that belong together, as those of images and of their labels.
//
//   the same name                    a                a
//   one name inside the other        A_crop           A_crop_mask
//   the same name in other affixes   img_A            lab_A
//   the same words                   z02 pos1         mask_pos1_z2
//   the same numbers                 t13              man_seg013
//
// The affixes are the same for all names of a side. Where names occur in several folders, those
// parts of their paths in which they differ are the names: mouse1/f0 and mouse2/f0. Words are those
// that tell images apart, with the numbers behind them; what else a label's name says does not
// count.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace unetflow {

struct NamePairs {
  std::vector<std::ptrdiff_t> image;  ///< for each label the place of its image; -1: it has none
  std::string rule;                   ///< "name", "words" or "number"
};

/// Joins labels with images; names are paths without endings. Each label has another image. Empty
/// where no rule fits at least half of the labels. The rule that fits most labels counts, of equal
/// ones the first; a label whose name then contradicts its image's has none (NameConflicts).
NamePairs pair_names(const std::vector<std::string>& images,
                     const std::vector<std::string>& labels);

/// The frame, counted from 0, of a stack of `frames` that each of these labels says by the only
/// number in which they differ. That counts from 0 where one is 0, and from 1 where one is
/// `frames`; empty where neither is so, or a number is beyond.
std::vector<std::ptrdiff_t> frame_numbers(const std::vector<std::string>& labels,
                                          std::ptrdiff_t frames);

/// For each of `labels`, several of which may belong to one image, as a file per object does, the
/// place of its image, or -1 where it has none or may have two: one of its folders is called like
/// the image (or like that by which the images differ), or its name begins with the image's, the
/// longest such.
std::vector<std::ptrdiff_t> group_names(const std::vector<std::string>& images,
                                        const std::vector<std::string>& labels);

}  // namespace unetflow
