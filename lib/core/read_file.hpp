// Reading files whole. Only regular ones: a FIFO would wait for a writer, and a device never ends.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace unetflow {

/// Gives `take` all bytes of a regular file, in order, block by block. Throws InputError with the
/// reason when it is not one or cannot be read to its end.
void read_blocks(const std::filesystem::path& file,
                 const std::function<void(std::span<const std::byte>)>& take);

/// The same of one that is open, from its begin; `file` is what errors call it. Returns the number
/// of bytes.
std::uint64_t read_blocks(int descriptor, const std::filesystem::path& file,
                          const std::function<void(std::span<const std::byte>)>& take);

/// The content of a regular file of at most `limit` bytes. Throws InputError as read_blocks does,
/// and when the file is larger.
std::string read_file(const std::filesystem::path& file, std::uint64_t limit);

/// The same of text in UTF-8, without the byte order mark that some programs write. Throws
/// InputError, too, for text in UTF-16.
std::string read_text(const std::filesystem::path& file, std::uint64_t limit);

/// Without the byte order mark of UTF-8 at its begin, where there is one.
std::string_view without_mark(std::string_view text);

/// Whether these first bytes of a file are the byte order mark of UTF-16.
bool is_utf16(std::string_view head);

}  // namespace unetflow
