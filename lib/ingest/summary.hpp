// What ingest tells of what it has read: a closing line, and what looks wrong.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "ingest/ingest.hpp"
#include "ingest/look_alikes.hpp"

namespace unetflow {

class Summary {
 public:
  explicit Summary(const IngestConfig& config) : config_(config) {}

  /// `label_place` is that of the first label, where there is one. Throws InputError(label_place,
  /// ...) where its values do not mean what those of the labels before it mean (LabelAgreement).
  void add(const IngestedPicture& picture, const std::string& place,
           const std::string& label_place);

  /// The value that is foreground in binary labels; 0: none was there.
  std::int64_t foreground() const { return agreement_.foreground(); }
  /// How many images, their gray values, the share of each class, cells.
  std::string closing_line(const std::vector<double>& pixel_size_um) const;
  /// What looks wrong or was left out, a sentence each.
  std::vector<std::string> remarks() const;

 private:
  struct Image {
    std::string place;
    GrayValues gray;
  };
  /// How often something was seen, and where first.
  struct Seen {
    Index count = 0;
    std::string first, detail;
  };
  /// `detail` follows `what` where it was seen first.
  void note(const std::string& what, const std::string& place, const std::string& detail = "");
  void look_at_gray_values(const GrayValues& gray, const std::string& place);
  void look_at_labels(const IngestedPicture& picture, const std::string& place);
  void look_at_shapes(const IngestedPicture& picture, const std::string& place);
  void look_for_repeated(const IngestedPicture& picture, const std::string& place,
                         const std::string& label_place);
  void add_remarks_of_scale(std::vector<std::string>& remarks) const;
  void add_remark_of_contrast(std::vector<std::string>& remarks) const;

  IngestConfig config_;
  std::vector<Image> images_;
  Index channels_ = 0, labelled_ = 0, cells_ = 0;
  LabelAgreement agreement_{
      "labels", ", or what each value means as labels.values: numbers are those stored"};
  std::map<int, Index> pixels_;  ///< of each class, kIgnored included
  std::map<std::string, Seen> seen_;
  std::set<std::string> categories_;  ///< of outlines
  Repeated repeated_images_, repeated_labels_;
  Resemblance resemblance_;
};

/// One foreground region around many spots of background: objects and background have been swapped.
/// Membranes are not so: there the background is a net.
bool looks_inverted(const Picture<std::uint8_t>& label);

/// Three channels that are the same.
bool is_gray_in_rgb(const Picture<float>& image);

}  // namespace unetflow
