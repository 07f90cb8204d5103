// Which label belongs to which image: joined by name, never by position alone.
#pragma once

#include <string>
#include <vector>

#include "ingest/picture_folder.hpp"

namespace unetflow {

/// The label of each image, and how it was found.
struct Pairs {
  std::vector<PageAddress> labels;        ///< one per image; its file is empty where there is none
  std::string rule;                       ///< that of pair_names(), "only file" or "order"
  std::vector<std::string> remarks = {};  ///< what users should know, a sentence each
};

/// Joins images with labels, both as PictureFolder::list() gives them, by the names of their files
/// as pair_names() does; a page of a file belongs to that of its partner of the same time and
/// depth, where both say them, else to that of the same number. Images without a label are allowed,
/// labels without an image are not, but for outlines of images that are not there, if others are: a
/// file may describe more images than there are. By order only where no name fits and files and
/// pages are as many. Throws InputError naming the label's file where it fits no image or has
/// another number of pages than its image.
Pairs pair_pages(const PictureFolder& folder, const std::vector<PageAddress>& images,
                 const std::vector<PageAddress>& labels);

/// The same where each label is an object of an image, joined as group_names() does.
std::vector<std::vector<PageAddress>> group_pages(const PictureFolder& folder,
                                                  const std::vector<PageAddress>& images,
                                                  const std::vector<PageAddress>& labels);

}  // namespace unetflow
