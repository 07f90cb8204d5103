// Whether two names that seem to belong together say that they do not. Private to this room.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "ingest/name_parts.hpp"

namespace unetflow {

/// Of all names of two sides that are compared, in any case of letters.
class NameConflicts {
 public:
  NameConflicts(const Names& images, const Names& labels);

  /// Whether the label at this place is of something else than the image at that:
  ///
  ///   s1_t1     s1_t2_mask     the same word with another number (but for channels)
  ///   KO_1      KO_2_mask      another number without a word
  ///   2_7_a     2_17_a         one of several such numbers differs, and not in all labels alike
  ///   WT        WT_2_mask      the number of another image, or one that only some labels have
  ///   plateA_1  plateB_1       words of all images and of all labels that differ in one letter
  bool between(size_t image, size_t label) const;

 private:
  using Numbers = std::map<std::string, std::set<std::string>>;  ///< by the word before them, or ""
  static Numbers numbers_in(const std::string& name);

  std::vector<Numbers> images_, labels_;
  bool words_differ_ = false;            ///< plateA and plateB
  bool images_have_numbers_ = false;     ///< some of them
  bool labels_lack_numbers_ = false;     ///< some of them
  std::set<std::string> label_numbers_;  ///< those of all labels
};

}  // namespace unetflow
