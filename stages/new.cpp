// Looks at images and labels and writes a pipeline that fits them and this machine.
#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "core/error.hpp"
#include "plan/machine.hpp"
#include "plan/pipeline_files.hpp"
#include "stage.hpp"

using namespace unetflow;

namespace {

double minutes_of(const std::string& text) {
  char* rest = nullptr;
  const double minutes = std::strtod(text.c_str(), &rest);
  if (text.empty() || *rest != 0 || !(minutes > 0 && minutes < 1e6)) {
    throw InputError("--minutes", "is " + text + ", expected a number above 0");
  }
  return minutes;
}

}  // namespace

constexpr int kRevision = 1;

int main(int argc, char** argv) {
  Stage stage(
      "new", kRevision,
      "Looks at images and labels and writes a pipeline for them: tile, network, batch, "
      "epochs, what is held out, each with its reason. make PIPELINE=NAME then runs it. Says "
      "what looks wrong. Images, labels and masks are files, folders or patterns; labels "
      "and masks are joined with images by name.",
      "unetflow-new --images data/image --labels data/label --folder pipelines/mine");
  GivenFiles given;
  fs::path folder;
  std::string minutes = "10", kind;
  stage.option("--images", given.images, "Images: a folder, a file, a pattern or FILE:DATASET");
  stage.option("--labels", given.labels, "Their labels, in the same way");
  stage.option("--mask", given.mask, "Masks of what belongs to the images; 0 is ignored");
  stage.option("--pairs", given.pairs,
               "A list of images and labels in place of these, where names do not say which belong "
               "together: CSV with the columns picture and label, and if need be picture_page, "
               "label_page and mask; files are below its folder");
  stage.option("--kind", kind,
               "What labels are, where it is guessed wrong: binary, classes, instances, objects");
  stage.option("--minutes", minutes, "What the training may take on this machine; default: 10");
  stage.option("--folder", folder, "The pipeline's folder, which must not be there yet", true);
  stage.has_no({"--config", "--set", "--input", "--output", "--why"});
  return stage.run(argc, argv, [&] {
    const double wished = minutes_of(minutes);
    check_pipeline_folder(folder);
    check_given(given, kind);
    const FoundFiles files = find_files(given);
    const Fingerprint data = fingerprint_of(files, kind);
    const Machine machine = this_machine(stage.threads);
    const Plan plan =
        plan_for(data, machine, wished,
                 given.pairs.empty() ? "--labels " + given.labels : "--pairs " + given.pairs);
    write_pipeline(folder, pipeline_files(data, machine, plan, wished, files.root.string()));
    for (const auto& remark : data.remarks) stage.warn(remark);
    stage.say(data.summary);
    stage.say(summary_of(data, plan));
    stage.print(fmt::format("The pipeline is in {}\n", folder.string()));
  });
}
