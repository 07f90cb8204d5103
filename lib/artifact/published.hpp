// Published bytes: what was made of a pipeline once, by digests, so that anyone can tell whether
// they made the same. A pipeline's published.json has a record for each artifact.
#pragma once

#include <optional>
#include <string>

#include "artifact/manifest.hpp"

namespace unetflow {

/// SHA-256 of what an artifact is: its stage and revision, configuration, sources, files, datasets
/// and contents; neither its inputs, which have digests of their own, nor unetflow's version.
std::string content_digest(const Manifest& manifest);

/// What is published of an artifact: that digest, and what may tell why another one differs.
Json published_record(const Manifest& manifest);

/// Nothing if the artifact is the published one; else why it may differ, as the end of a sentence
/// that begins with its name.
std::optional<std::string> difference_from_published(const Json& record, const Manifest& manifest);

/// By what an artifact is published: its folder and name, "tiles/00000-of-00002".
std::string published_name(const Manifest& manifest);

}  // namespace unetflow
