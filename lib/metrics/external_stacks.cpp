#include "metrics/external_stacks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "core/error.hpp"
#include "core/words.hpp"
#include "ingest/ingest.hpp"
#include "ingest/labels.hpp"
#include "ingest/outline_labels.hpp"
#include "ingest/pairs.hpp"
#include "ingest/picture_folder.hpp"
#include "metrics/check_size.hpp"
#include "metrics/class_probabilities.hpp"
#include "metrics/stack_files.hpp"
#include "segmentation/components.hpp"

namespace unetflow {
namespace {

constexpr const char* kOrBackground =
    "; if they are the probabilities of classes, say by --background which is that of the "
    "background, from 0 on";

/// A page of one channel: as it is, gray of RGB, or where it is read as stored, colours as numbers
/// (label_values()).
PicturePage one_channel(PicturePage page, Reading reading, const std::string& place) {
  const auto [channels, height, width] = size_of(page);
  if (channels == 1) return page;
  const auto plane = static_cast<std::ptrdiff_t>(height * width);
  const bool gray = std::visit(
      [&, all = channels](auto& picture) {
        const auto first = picture.values.begin();
        bool same = all == 3 && page.alpha == 0;
        for (std::ptrdiff_t c = 1; same && c < 3; ++c) {
          same = std::equal(first, first + plane, first + c * plane);
        }
        if (!same) return false;
        picture.values.resize(static_cast<size_t>(plane));
        picture.channels = 1;
        return true;
      },
      page.values);
  if (gray) return page;
  if (reading == Reading::kSeen) {
    throw InputError(place, fmt::format("has {} channels, expected one, or RGB that is gray{}",
                                        channels, kOrBackground));
  }
  LabelValues found = label_values(page, place);
  constexpr int kBits = 8;
  return {.values = std::move(found.values), .bits = found.colours ? kBitsOfColours : kBits};
}

/// 1 where the value is not the background's.
Picture<std::uint8_t> as_mask(const Picture<std::uint32_t>& values, double background) {
  Picture<std::uint8_t> mask(values.height, values.width);
  for (size_t i = 0; i < mask.values.size(); ++i) {
    mask.values[i] = static_cast<double>(values.values[i]) != background;
  }
  return mask;
}

Picture<std::uint8_t> as_classes(const Picture<std::uint32_t>& values, const std::string& place) {
  Picture<std::uint8_t> classes(values.height, values.width);
  for (size_t i = 0; i < classes.values.size(); ++i) {
    if (values.values[i] >= kIgnored) {
      throw InputError(place, fmt::format("has the value {}, expected classes below {}",
                                          values.values[i], kIgnored));
    }
    classes.values[i] = static_cast<std::uint8_t>(values.values[i]);
  }
  return classes;
}

Picture<std::uint32_t> components(const Picture<std::uint8_t>& classes) {
  Picture<std::uint32_t> ids(classes.height, classes.width);
  label_components_of_classes(classes.plane(), ids.plane());
  return ids;
}

/// The stacks, open, with what their values mean.
class Stacks {
 public:
  explicit Stacks(const ExternalStacks& given) : given_(given), folder_("") {
    join_by_name();
    outlines_ = labels_.front().outlines;
    StackContents labels, predictions;
    look_at_labels(labels);
    look_at_predictions(labels, predictions);
    if (labels_are_ == Meaning::kClasses && predictions_are_ == Meaning::kClasses) {
      class_count_ = static_cast<int>(std::max(labels.most(), predictions.most())) + 1;
    }
    if (labels_are_ == Meaning::kClasses && by_channel_) set_class_count(labels.most());
    for (const auto& [contents, meaning] :
         {std::pair(&labels, labels_are_), std::pair(&predictions, predictions_are_)}) {
      const auto doubt = contents->doubt();
      if (doubt && meaning == Meaning::kIds) remarks_.push_back(*doubt);
    }
    if (given.ignored && ignored_ == 0) {
      remarks_.push_back(fmt::format("no label has the value {} (--ignored)", *given.ignored));
    }
  }

  size_t count() const { return labels_.size(); }
  size_t unlabelled() const { return unlabelled_; }
  const std::vector<std::string>& remarks() const { return remarks_; }

  PredictedPicture read(size_t i) {
    PredictedPicture picture;
    picture.name = labels_[i].name();
    picture.index = static_cast<std::int64_t>(i);
    picture.class_count = class_count_;
    set_label(picture, labels_[i]);
    set_prediction(picture, predictions_[i]);
    return picture;
  }

 private:
  /// Lists the labelled predictions, and beside each its label.
  void join_by_name() {
    const auto labels = folder_.list_labels(given_.labels, given_.stated_label_axes());
    const auto [predictions, named] = list_predictions(folder_, given_);
    const Pairs pairs = pair_pages(folder_, named, labels);
    for (size_t i = 0; i < predictions.size(); ++i) {
      if (pairs.labels[i].file.empty()) continue;
      labels_.push_back(pairs.labels[i]);
      predictions_.push_back(predictions[i]);
    }
    unlabelled_ = predictions.size() - labels_.size();
    if (labels_.empty()) throw InputError(given_.labels, "has no label of any of the predictions");
    for (const auto& remark : pairs.remarks) remarks_.push_back(remark);
    if (pairs.rule == "order")
      remarks_.emplace_back("no names fit: pages are joined by their order");
  }

  void look_at_labels(StackContents& labels) {
    for (size_t i = 0; i < labels_.size() && !outlines_; ++i) {
      const std::string place = folder_.place(labels_[i]);
      const PicturePage stored = folder_.read(labels_[i], Reading::kStored);
      const auto [values, colours, ignored] = label_values(stored, place, given_.ignored);
      // Of the bits in the file, which say what white is.
      const bool floats = std::holds_alternative<Picture<float>>(stored.values);
      const int bits = colours  ? kBitsOfColours
                       : floats ? 0
                                : static_cast<int>(std::lround(std::log2(full_scale(stored) + 1)));
      labels.add({.values = values, .bits = bits}, place, ignored);
      ignored_ += ignored.size();
    }
    labels_are_ = given_.labels_are ? *given_.labels_are
                  : outlines_       ? Meaning::kIds
                                    : labels.of_labels(given_.labels);
    label_background_ = labels.background();
    if (outlines_) {
      check_outlines();
      note_losses();
    }
    remarks_.push_back(outlines_ ? "labels are outlines of cells"
                                 : remark("labels", given_.labels_are, labels_are_, labels));
  }

  void look_at_predictions(const StackContents& labels, StackContents& predictions) {
    const auto& background = given_.background;
    by_channel_ =
        background && size_of(folder_.read(predictions_.front(), Reading::kSeen)).channels > 1;
    if (by_channel_) {
      background_channel_ = *background;
      predictions_are_ = Meaning::kProbabilities;
      remarks_.push_back(fmt::format(
          "predictions are probabilities of classes, channel {} of background", *background));
      return;
    }
    for (const auto& page : predictions_) {
      predictions.add(read_prediction(page), folder_.place(page));
    }
    if (background) {
      predictions_are_ = Meaning::kMask;
      prediction_background_ = static_cast<double>(*background);
      remarks_.push_back(fmt::format("predictions are a mask whose background is {}", *background));
      return;
    }
    predictions_are_ = given_.predictions_are ? *given_.predictions_are
                                              : predictions.of_predictions(
                                                    labels_are_, labels.most(), given_.predictions);
    prediction_background_ = predictions.background();
    remarks_.push_back(
        remark("predictions", given_.predictions_are, predictions_are_, predictions));
  }

  /// Of outlines, too: pixels of several cells, and cells without a pixel.
  struct Label : LabelValues {
    Index shared = 0, empty = 0;
  };

  void check_outlines() const {
    if (labels_are_ == Meaning::kClasses) {
      throw InputError("--labels-are classes", "outlines are of cells, expected ids or mask");
    }
    if (given_.ignored) throw InputError("--ignored", "is a value of pixels; labels are outlines");
  }

  /// Notes what outlines lose when they become pixels.
  void note_losses() {
    std::vector<std::string> overlapping, outside;
    for (size_t i = 0; i < labels_.size(); ++i) {
      const Label label = drawn(i);
      if (label.shared > 0) overlapping.push_back(folder_.place(labels_[i]));
      if (label.empty > 0) outside.push_back(folder_.place(labels_[i]));
    }
    const auto note = [&](const auto& places, const char* what) {
      if (places.empty()) return;
      remarks_.push_back(fmt::format("{}{}: {}", places.front(), and_more(places.size()), what));
    };
    note(overlapping, "outlines overlap; the later one has those pixels");
    note(outside, "outlines cover no pixel of the prediction, so those cells are not measured");
  }

  /// The label of a prediction whose cells are outlines, as large as the prediction.
  Label drawn(size_t i) {
    LabelConfig cells;
    cells.kind = "instances";
    SourcePicture source;
    source.picture = predictions_[i];
    source.labels = {labels_[i]};
    const auto [channels, height, width] = size_of(folder_.read(predictions_[i], Reading::kStored));
    DrawnOutlines drawn;
    Labels labels = read_outline_labels(cells, folder_, source, height, width, drawn);
    Label label{{std::move(labels.instances)}, drawn.shared, drawn.empty};
    for (size_t pixel = 0; pixel < label.values.values.size(); ++pixel) {
      if (labels.label.values[pixel] == kIgnored) label.ignored.push_back(pixel);
    }
    return label;
  }

  void set_label(PredictedPicture& picture, const PageAddress& address) {
    const std::string place = folder_.place(address);
    Label label = outlines_ ? drawn(static_cast<size_t>(picture.index))
                            : Label{stored_values(address, labels_are_, label_background_,
                                                  palettes_of_labels_, given_.ignored)};
    picture.label =
        labels_are_ == Meaning::kClasses
            ? as_classes(label.values, place)
            : as_mask(label.values, labels_are_ == Meaning::kMask ? label_background_ : 0);
    for (const size_t i : label.ignored) picture.label.values[i] = kIgnored;
    if (labels_are_ == Meaning::kIds) picture.instances = std::move(label.values);
  }

  /// Values of a label or a prediction that is not graded.
  LabelValues stored_values(const PageAddress& address, Meaning meaning, double background,
                            LabelAgreement& palettes,
                            const std::optional<std::int64_t>& without = {}) {
    const std::string place = folder_.place(address);
    const PicturePage page = folder_.read(address, Reading::kStored);
    if (meaning != Meaning::kIds) {
      palettes.add(
          {.shown_as = shown_values(page, meaning == Meaning::kMask, background), .place = place});
    }
    return label_values(page, place, without);
  }

  /// As many classes as the predictions have channels.
  void set_class_count(double most) {
    const PageAddress& first = predictions_.front();
    class_count_ = static_cast<int>(size_of(folder_.read(first, Reading::kSeen)).channels);
    if (most < class_count_) return;
    throw InputError(folder_.place(first),
                     fmt::format("has channels of {} classes, but labels have "
                                 "classes up to {}",
                                 class_count_, most));
  }

  /// A prediction as stored, of one channel.
  PicturePage read_prediction(const PageAddress& address) {
    constexpr Index kRgb = 3, kRgba = 4;
    PicturePage page = folder_.read(address, Reading::kStored);
    const Index channels = size_of(page).channels;
    const bool floats = std::holds_alternative<Picture<float>>(page.values);
    if (channels > 1 && (floats || (channels != kRgb && channels != kRgba))) {
      throw InputError(
          folder_.place(address),
          fmt::format("has {} channels, expected one, or RGB{}", channels, kOrBackground));
    }
    return one_channel(std::move(page), Reading::kStored, folder_.place(address));
  }

  void set_class_probabilities(PredictedPicture& picture, const PageAddress& address) {
    const std::string place = folder_.place(address);
    const PicturePage page = folder_.read(address, Reading::kSeen);
    auto [foreground, classes] = class_probabilities(page, background_channel_, place);
    if (class_count_ > 2 && size_of(page).channels != class_count_) {
      throw InputError(place, fmt::format("has {} channels, expected {} like the first page",
                                          size_of(page).channels, class_count_));
    }
    picture.foreground = std::move(foreground);
    if (class_count_ > 2) picture.classes = std::move(classes);
  }

  void set_prediction(PredictedPicture& picture, const PageAddress& address) {
    const std::string place = folder_.place(address),
                      label = folder_.place(labels_[static_cast<size_t>(picture.index)]);
    if (by_channel_) {
      set_class_probabilities(picture, address);
      return check_size(picture.foreground, place, picture.label, label);
    }
    if (predictions_are_ == Meaning::kProbabilities) {
      const PicturePage page =
          one_channel(folder_.read(address, Reading::kSeen), Reading::kSeen, place);
      if (type_.empty()) type_ = type_name(page);
      if (type_name(page) != type_) {
        throw InputError(place, fmt::format("has {} values, expected {} like the first page",
                                            type_name(page), type_));
      }
      picture.foreground = probabilities(page, place);
      return check_size(picture.foreground, place, picture.label, label);
    }
    picture.segments =
        stored_values(address, predictions_are_, prediction_background_, palettes_of_predictions_)
            .values;
    check_size(picture.segments, place, picture.label, label);
    if (predictions_are_ == Meaning::kIds) return;
    const auto classes = predictions_are_ == Meaning::kClasses
                             ? as_classes(picture.segments, place)
                             : as_mask(picture.segments, prediction_background_);
    picture.segments = components(classes);
    if (class_count_ > 2) picture.classes = classes;
  }

  static std::string remark(const char* what, const std::optional<Meaning>& stated, Meaning taken,
                            const StackContents& contents) {
    const bool pair = taken == Meaning::kMask && contents.background() != 0;
    return fmt::format(
        "{} are {}{}: they have {}{}", what, stated ? "stated to be " : "taken as ", text_of(taken),
        contents.text(),
        pair ? fmt::format(", of which {} is taken for background", contents.background()) : "");
  }

  ExternalStacks given_;
  PictureFolder folder_;
  std::vector<PageAddress> labels_, predictions_;
  size_t unlabelled_ = 0;  ///< predictions
  bool outlines_ = false;  ///< are what labels are, instead of pixels
  Meaning labels_are_{}, predictions_are_{};
  double label_background_ = 0, prediction_background_ = 0;
  size_t ignored_ = 0;       ///< pixels of labels
  bool by_channel_ = false;  ///< predictions have a channel per class
  Index background_channel_ = 0;
  int class_count_ = 2;
  LabelAgreement palettes_of_labels_{"labels", "; or write them without a palette"};
  LabelAgreement palettes_of_predictions_{"predictions", "; or write them without a palette"};
  std::string type_;  ///< of the first page of probabilities
  std::vector<std::string> remarks_;
};

}  // namespace

PictureSource external_stacks(const ExternalStacks& given) {
  const auto stacks = std::make_shared<Stacks>(given);
  PictureSource source;
  source.count = stacks->count();
  source.read = [stacks](size_t i) { return stacks->read(i); };
  source.unlabelled = stacks->unlabelled();
  source.remarks = stacks->remarks();
  return source;
}

}  // namespace unetflow
