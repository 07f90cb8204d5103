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
  /// The folders of both are those of their whole paths.
  NameConflicts(const Names& images, const Names& labels, const std::vector<Names>& image_folders,
                const std::vector<Names>& label_folders);

  /// Whether the label at this place is of something else than the image at that:
  ///
  ///   s1_t1     s1_t2_mask     the same word with another number (but for channels)
  ///   KO_1      KO_2_mask      another number without a word
  ///   2_7_a     2_17_a         one of several such numbers differs, and not in all labels alike
  ///   WT        WT_2_mask      the number of another image, or one that only some labels have
  ///   plateA_1  plateB_1       words of all images and of all labels that differ in one letter
  ///   A1        B1_mask        wells of another row, or single letters a to h
  ///   val/2     train/2        folders that both sides have
  ///   plate1/a  plate2/a       the same word with another number, in a folder
  bool between(size_t image, size_t label) const;

 private:
  using Numbers = std::map<std::string, std::set<std::string>>;  ///< by the word before them, or ""
  static Numbers numbers_in(const std::string& name);

  /// Of the folders of a file: those that both sides have, and the numbers behind words in all.
  struct Folders {
    std::set<std::string> shared;
    Numbers numbers;
  };
  static std::vector<Folders> folders_in(const std::vector<Names>& files,
                                         const std::set<std::string>& others);

  std::vector<Numbers> images_, labels_;
  std::vector<Folders> image_folders_, label_folders_;
  bool words_differ_ = false;            ///< plateA and plateB
  bool images_have_numbers_ = false;     ///< some of them
  bool labels_lack_numbers_ = false;     ///< some of them
  std::set<std::string> label_numbers_;  ///< those of all labels
};

}  // namespace unetflow
