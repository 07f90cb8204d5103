// What the names of files consist of: folders, words and numbers. Private to this room.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace unetflow {

using Names = std::vector<std::string>;

inline bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The folders of a path and its last part, in the normal form C of Unicode: macOS writes letters
/// like ä as two characters, others as one.
Names split(const std::string& path);
/// The folders on the way to each file.
std::vector<Names> folders_of(const Names& paths);
Names last_parts(const Names& paths);
/// The parts of each path in which the paths differ, each once.
Names differing_parts(const Names& paths);

/// Whether a cut before `at` divides a number, or a number or word.
bool divides_number(std::string_view name, size_t at);
bool divides_word(std::string_view name, size_t at);

/// Words with the number that follows them, each once, in order of the alphabet and without leading
/// zeros: mask, pos1, z2 of mask_z02_pos1.
Names words_of(const std::string& name);

/// A name's numbers without leading zeros, the letters before each, and the name with # in their
/// places.
struct Numbered {
  std::string pattern;
  Names numbers, letters;
};
Numbered numbered(const std::string& name);
/// The numbers of each name; nothing where the names differ in more than numbers.
std::optional<std::vector<Names>> numbers_of(const Names& names);
/// Which of the numbers differ between the names.
std::vector<size_t> varying(const std::vector<Names>& numbers);
/// The places of `count` numbers of labels that are compared with those in which images differ:
/// those in which labels differ; where these are fewer, as few labels may share a number, the last
/// ones. Empty where labels have too few or differ in more.
std::vector<size_t> compared_numbers(const std::vector<Names>& labels, size_t count);

bool unique(const Names& names);
/// What of paths says which belong together: their last parts, or where one of those occurs twice,
/// the parts that differ.
std::pair<Names, Names> compared(const Names& images, const Names& labels);

/// The words by which images are told apart: those that some of them have and others lack.
class TellingWords {
 public:
  explicit TellingWords(const Names& images);
  Names of(const std::string& name) const;

 private:
  std::unordered_set<std::string> words_;
};

/// Names as they are compared where capitals do not count.
Names without_case(Names names);

}  // namespace unetflow
