#include "core/read_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "core/error.hpp"

namespace unetflow {
namespace {

InputError cannot_be_read(const std::filesystem::path& file) {
  return {file.string(), fmt::format("cannot be read: {}", strerror(errno))};
}

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file)
      : number_(open(file.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {
    if (number_ < 0) throw cannot_be_read(file);
  }
  ~OpenFile() { close(number_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int number() const { return number_; }

 private:
  int number_;
};

}  // namespace

void read_blocks(const std::filesystem::path& file,
                 const std::function<void(std::span<const std::byte>)>& take) {
  const OpenFile opened(file);
  struct stat status = {};
  if (fstat(opened.number(), &status) != 0) throw cannot_be_read(file);
  if (S_ISDIR(status.st_mode)) throw InputError(file.string(), "is a folder, expected a file");
  if (!S_ISREG(status.st_mode)) {
    throw InputError(file.string(), "is a pipe or a device, expected a file");
  }
  read_blocks(opened.number(), file, take);
}

std::uint64_t read_blocks(int descriptor, const std::filesystem::path& file,
                          const std::function<void(std::span<const std::byte>)>& take) {
  std::vector<std::byte> block(1 << 20);
  std::uint64_t done = 0;
  for (;;) {
    const ssize_t size = pread(descriptor, block.data(), block.size(), static_cast<off_t>(done));
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) throw cannot_be_read(file);
    if (size == 0) return done;
    take(std::span(block).first(static_cast<std::size_t>(size)));
    done += static_cast<std::uint64_t>(size);
  }
}

std::string read_file(const std::filesystem::path& file, std::uint64_t limit) {
  std::string content;
  read_blocks(file, [&](std::span<const std::byte> block) {
    if (content.size() + block.size() > limit) {
      throw InputError(file.string(), fmt::format("is larger than {} bytes", limit));
    }
    content.append(reinterpret_cast<const char*>(block.data()), block.size());
  });
  return content;
}

std::string_view without_mark(std::string_view text) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

bool is_utf16(std::string_view head) {
  return head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF");
}

std::string read_text(const std::filesystem::path& file, std::uint64_t limit) {
  std::string text = read_file(file, limit);
  if (is_utf16(text)) {
    throw InputError(
        file.string(),
        "is text in UTF-16, expected UTF-8, which editors and Excel offer where files are saved");
  }
  text.erase(0, text.size() - without_mark(text).size());
  return text;
}

}  // namespace unetflow
