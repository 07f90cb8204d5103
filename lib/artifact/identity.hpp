// What an artifact is made from decides whether it must be made again; no date does. Its identity
// is in its manifest: kind, stage, the stage's revision, the whole configuration, and the SHA-256
// of its inputs' manifests and of its source files. unetflow's version is not a part of it: a
// stage's revision says when its results change.
#pragma once

#include <optional>
#include <string>

#include "artifact/digest_cache.hpp"
#include "artifact/manifest.hpp"

namespace unetflow {

/// Whether an artifact's source files can be compared: after raw data went to tape, what was made
/// from them stays good.
enum class Sources { kPresent, kGone };

/// Why the artifact at `path` must be made again, as "/stride is 20, was 40" or "image/3.png is
/// gone"; nothing when it is whole and was made from what `wanted` names. Of `wanted.contents` only
/// the keys that are given are compared, as far as a stage knows them before its work.
std::optional<std::string> what_changed(const Manifest& wanted, const fs::path& path,
                                        DigestCache& digests, Sources sources = Sources::kPresent);

}  // namespace unetflow
