// How processes that were launched together find each other: through a folder that all can see, as
// stages need one anyway. The first writes where it listens into a file beside what is being made,
// .STEM.launch-ID, and removes it once all have come; the others connect to it, and then to each
// other.
#pragma once

#include <filesystem>
#include <memory>

#include "communication/communicator.hpp"
#include "communication/launch.hpp"

namespace unetflow {

/// Waits for all processes of the launch; `output` is the same for all. Throws Error naming those
/// that have not come within five minutes.
std::unique_ptr<Communicator> join(const Launch& launch, const std::filesystem::path& output);

}  // namespace unetflow
