// Making an artifact again from what its manifests say.
#pragma once

#include <filesystem>

#include "stage.hpp"

namespace unetflow {

/// Makes the artifact again in a scratch folder, with all that it came from, by the programs beside
/// this one, and prints of each whether it has the same content. `sources` is the folder of the
/// images, where ingest read one. Throws InputError naming the first that differs and why it may,
/// or what cannot be made again.
void reproduce(Stage& stage, const fs::path& manifest, const fs::path& sources);

}  // namespace unetflow
