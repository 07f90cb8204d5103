// Makes synthetic source pictures with exact labels: source/image/N.png and source/label/N.png.
#include "phantom/phantom.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "image/write_picture.hpp"
#include "stage.hpp"

using namespace unetflow;

constexpr int kRevision = 2;

int main(int argc, char** argv) {
  Stage stage("phantom", kRevision,
              "Makes synthetic images that look like electron microscopy, with exact labels: "
              "image/N.png and label/N.png beside the manifest.",
              "unetflow-phantom --set /pictures=4"
              " --output work/phantom/source/phantom.json");
  stage.input_is_optional();
  return stage.run(argc, argv, [&] {
    const auto config = stage.config<PhantomConfig>();
    if (config.largest_cell < config.smallest_cell) {
      throw InputError(stage.config_place() + " at /largest_cell",
                       fmt::format("is {}, expected at least smallest_cell, {}",
                                   config.largest_cell, config.smallest_cell));
    }
    const auto manifest = stage.manifest("pictures", config);
    if (stage.up_to_date(manifest)) return;
    ArtifactWriter artifact(stage.output);
    auto progress = stage.progress("phantom", config.pictures, "images");
    for (int number = 0; number < config.pictures; ++number) {
      const Phantom phantom = make_phantom(config, static_cast<std::uint64_t>(number));
      write_png(artifact.file(fmt::format("image/{}.png", number)), phantom.image.plane());
      write_png(artifact.file(fmt::format("label/{}.png", number)), phantom.label.plane());
      progress.advance();
    }
    stage.commit(artifact, manifest);
  });
}
